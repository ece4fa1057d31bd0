//! What several rooms need: readers of request fields, calls to the registry, codes, what is known since when.

pub(crate) mod code;
pub(crate) mod known;
pub(crate) mod levels;
pub mod peer;
pub mod wire;
