//! Rounds: a council's working through the dossiers of one stretch of a year.
//!
//! A round has last days, by its regime or by its plan; a summary tells how far it has come without opening a mark, and a report
//! tells what is late.
//!
//! Deliberately absent: planning rounds ahead, and opening a closed round again.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
