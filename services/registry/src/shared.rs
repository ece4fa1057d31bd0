//! What several rooms of the registry need: names as typed, units in requests, update masks, keyset pages.
//!
//! Deliberately absent: anything that only one room needs.

pub mod bulk;
pub mod domain;
pub mod ending;
pub(crate) mod maps;
pub mod own;
pub mod personal;
#[cfg(test)]
mod plans;
pub mod records;
pub mod states;
pub mod store;
pub mod wire;
pub mod words;
