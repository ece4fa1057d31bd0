//! Tasks of plans: who does what by when, where it stands, what is late, and what is reported.

pub(crate) mod acts;
pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
