//! Support packages for products that were recognised earlier: proposed, decided, delivered with evidence.
//!
//! Deliberately absent: whether the product was recognised (certificates are the evaluation service's, which the registry
//! does not call), payments (the budget service), files of evidence (the producer's vault).

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
