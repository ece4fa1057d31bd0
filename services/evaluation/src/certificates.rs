//! Certificates: every recognition of a product, issued here or known from elsewhere, and what it is worth on a day.
//!
//! The status is computed at each read, for any day, from the day of the decision and the events; no job flips a flag. Where
//! only a stretch of time is known for the decision (the press often says "round 2 of 2022"), the stretch is stored, and a
//! status is told only if each of its days gives the same.
//!
//! What is done with a certificate afterwards stands in [`crate::acts`].

pub mod api;
pub mod domain;
pub mod enter;
pub mod store;
pub mod wire;
