//! What another system takes over: results and recognitions, each whole in one row, with product code and number of the set
//! as the decisions of the Prime Minister have them.
//!
//! Deliberately absent: sending it. The national system tells no form of its own, so columns carry the law's own words.

pub mod api;
pub mod domain;
pub(crate) mod named;
pub(crate) mod wire;
