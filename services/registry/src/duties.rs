//! Duties: posts of the programme, and managing a registered producer. They decide who must be trained. A duty has a
//! first and, once it has ended, a last day; both kinds share a table, because training counts them alike.

pub mod api;
pub mod domain;
pub(crate) mod managers;
mod posts;
pub(crate) mod store;
pub(crate) mod wire;
