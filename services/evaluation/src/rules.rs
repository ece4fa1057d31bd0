//! The rules: legal regimes, scorecards, grading. Answered from reference data and pure calculation.
//!
//! Deliberately absent: storage. A sitting stores what this room computes.

pub mod api;
pub mod domain;
pub mod wire;
