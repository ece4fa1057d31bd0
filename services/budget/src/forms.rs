//! Forms: estimates, aggregations and assignments as papers and workbooks.

pub mod api;
pub mod domain;
pub mod render;
pub mod wire;
