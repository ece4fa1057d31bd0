//! What several rooms need: readers of request fields, calls to the registry.

pub mod peer;
pub mod wire;
