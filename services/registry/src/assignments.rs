//! Where producers of divided communes belong: by default, or as somebody has said.
//!
//! An assignment holds from the division on: for what a map shows, and for what the producer registers later. What is stored
//! already stays in the unit of its day.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
