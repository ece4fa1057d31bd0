//! Ceilings: the check figures of a plan's year, and what a submission must stay within.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
