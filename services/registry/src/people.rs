//! People: the only personal data of the suite. Everything else names a person by id.

pub mod api;
pub(crate) mod store;
pub(crate) mod wire;
