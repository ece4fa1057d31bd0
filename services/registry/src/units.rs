//! Administrative units in time, answered from reference data and the changes in force ([`crate::unit_changes`]).
//!
//! Deliberately absent: storage, and any notion of today: a bare code is read on a day that the caller names.

pub mod api;
pub mod domain;
pub mod wire;
