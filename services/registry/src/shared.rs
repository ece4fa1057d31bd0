//! What several rooms of the registry need: names as typed, units in requests, update masks, keyset pages.
//!
//! Deliberately absent: anything that only one room needs.

pub mod domain;
pub mod own;
#[cfg(test)]
mod plans;
pub mod reach;
pub mod records;
pub mod states;
pub mod store;
pub mod wire;
pub mod words;
