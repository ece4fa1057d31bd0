//! What several rooms need: readers of request fields, conditions of lists, calls to the registry.

pub mod peer;
pub mod store;
pub mod wire;
