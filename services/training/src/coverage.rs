//! Coverage: of the persons on duty on a day, how many have passed what they should, and who has not and why.
//!
//! The denominator comes from the copy of the registry's duties ([`crate::duties`]), the numerator from this service's own
//! completions; both are counted when asked. People who joined, left or changed post are thus right on every day without
//! any bookkeeping here. One statement counts, whatever the number of persons: the database groups those with one duty,
//! and only persons with several are answered one by one, because they count once.

pub mod api;
pub mod domain;
#[cfg(test)]
mod plans;
pub(crate) mod store;
pub mod wire;
