//! Estimates: what a plan costs, line by line, on the way from a draft to an approval.

pub mod amending;
pub mod api;
pub mod domain;
pub mod lines;
pub mod quarters;
pub mod store;
pub mod wire;
