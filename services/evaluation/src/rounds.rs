//! Rounds: a council's working through the dossiers of one stretch of a year.
//!
//! Deliberately absent: the calendar of rounds that regimes ask for, and opening a closed round again.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
