//! Complaints, requests to look again, and reports of misuse of the mark, with their terms and outcomes.
//!
//! Terms are calendar days and a setting of each case; working days wait for the calendar of holidays in
//! `services/reference`. Deliberately absent: who complains (the paper says so), and a new sitting after an upheld request to
//! look again, which the council opens itself.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
