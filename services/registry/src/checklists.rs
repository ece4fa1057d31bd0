//! What a dossier must have, and working days: reference data as an answer.
//!
//! Deliberately absent: papers that single provinces ask for.

pub mod api;
mod wire;
