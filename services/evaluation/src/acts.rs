//! Acts: what an authority does with a certificate after it was issued. Each is a row of its own that never changes; what
//! it does to the certificate is stored in the same transaction.
//!
//! Deliberately absent: taking an act back (a suspension is lifted, an end is final, a correction is corrected again), acts
//! of a later day.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
