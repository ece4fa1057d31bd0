//! Review visits: localities are reviewed one by one to find products that register.
//!
//! Deliberately absent: planned visits, deletion, and a list of overdue steps.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
