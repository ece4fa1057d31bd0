//! Scenarios: which candidates to bring to which stars, which sessions to hold and which support to give, so that the
//! targets are expected to be reached within the ceilings; answered exactly, with the limits that bind.

pub mod api;
pub mod domain;
pub mod explain;
pub mod store;
pub mod wire;
