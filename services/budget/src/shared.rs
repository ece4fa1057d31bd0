//! What several rooms need: words of enums, refusals.

pub mod names;
pub mod share;
pub mod wire;
pub mod words;
