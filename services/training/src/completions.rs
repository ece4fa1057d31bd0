//! Completions: who has passed which session, kept by version, so that a report can be counted by what was known on a day.
//!
//! A completion follows from attendance and nothing else: it is put and taken back in the transaction that records it.

pub(crate) mod store;
