//! Costs: what sessions were planned to cost, what they did cost, and what it costs to train one person. Counted when asked,
//! in one statement.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
