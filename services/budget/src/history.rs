//! History: the steps that an estimate took, and the versions in which it was submitted.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
