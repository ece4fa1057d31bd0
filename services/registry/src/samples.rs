//! Samples that go with dossiers: handed in, and given back once.
//!
//! Deliberately absent: where samples lie, their tests (evidence) and tasting (evaluation).

pub mod api;
pub(crate) mod store;
pub(crate) mod wire;
