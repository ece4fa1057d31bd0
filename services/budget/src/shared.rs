//! What several rooms need: words of enums, readers of request fields, conditions of lists.

pub mod store;
pub mod wire;
pub mod words;
