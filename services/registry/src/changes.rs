//! Changes to the key data of a registered producer: proposed by one person, decided by a second one, carried out in one
//! transaction, readable by day afterwards. `UpdateProducer` corrects what was typed wrongly; what changed in life is a
//! change.
//!
//! Decided here, as the law is silent: a legal form that may not take part is recorded with advice, because it is a fact; new
//! products of it are refused (`eligibility`). Certificates are transferred by the evaluation service on `ProducerChanged`.
//!
//! Deliberately absent: products and codes, which keep the commune of their registration.

pub mod api;
mod apply;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
