//! Changes of units: reorganisations as data, from a draft whose rows are judged to what every service answers by.
//!
//! The rows of a change are always read whole: JSON in a column. What is in force stands in the order in which it came;
//! [`keeper`] makes the process's units of it.

pub mod api;
pub mod domain;
pub mod keeper;
pub(crate) mod store;
pub(crate) mod wire;
