//! Inspections: plans, which products should be visited first, and visits with checklist and findings.
//!
//! Deliberately absent: an obligation to visit. The score is advice with its reasons; who is visited is decided by people.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
