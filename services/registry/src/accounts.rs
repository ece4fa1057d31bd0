//! Accounts: which subject of a token speaks for which producer. What follows for other rooms stands in `shared::reach`.
//!
//! Deliberately absent: passwords and sign-in, which are the issuer's of the tokens.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
