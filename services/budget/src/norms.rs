//! Norms: the unit costs of the reference data, for those who write estimates. Nothing is stored.

pub mod api;
pub mod domain;
pub mod wire;
