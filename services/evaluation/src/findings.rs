//! Findings of inspections and their corrective actions.
//!
//! A finding is made by the visit that was held (see [`crate::inspections`]) and walks by the table in [`domain`]. An
//! escalated one is the basis of a suspension or a revocation (see [`crate::acts`]).

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
