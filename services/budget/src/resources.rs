//! Other resources than the assigned budget: pledged, received, withdrawn.
//!
//! A pledge's row carries what was received of it, as a line carries its balances: whoever records a receipt locks that
//! row, and the receipts are the proof of the sum.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
