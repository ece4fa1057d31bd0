//! Erasure of a person on request (Law 91/2025/QH15): name, search words, contacts and kept answers go for good, the id
//! stays wherever it is referred to; every record that was merged into the person's goes with it. Journal and events never held more than ids.
//!
//! Deliberately absent: names in the titles of producers, councils of the evaluation service, files of evidence.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
