//! Norms: the unit costs of the reference data, and those that units set by their own decisions, for those who write
//! estimates.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
