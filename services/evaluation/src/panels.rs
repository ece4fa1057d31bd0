//! Panels: who of a council judges one product: attendance, quorum, conflicts of interest, the check on site, and whether the
//! council meets or writes.
//!
//! A panel lives in its sitting and is changed under the sitting's lock, so that grading sees it whole.
//!
//! Deliberately absent: keeping somebody out who was only found in the registry's records and did not declare it, and the hour
//! at which somebody came.

pub mod api;
pub mod domain;
pub mod wire;
