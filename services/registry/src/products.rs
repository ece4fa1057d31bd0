//! Products: what producers bring to the programme. A product's code is given at registration and never changes.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
