//! Completions: who has passed which session, kept by version, so that a report can be counted by what was known on a day;
//! and the certificates of completion, with the day on which the course is due again.
//!
//! A completion follows from attendance and nothing else: it is put and taken back in the transaction that records it.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
