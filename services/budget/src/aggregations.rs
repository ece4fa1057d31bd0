//! Aggregations: the appraised estimates of a year put together over units and departments, and approved at once.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
