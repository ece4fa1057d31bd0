//! How far a plan has come.
//!
//! "Recognised in the year" counts distinct products whose first recognition is dated in the plan's year (domain guide);
//! a percentage of training counts distinct persons on duty on the asked day, and of those the ones with a passed
//! session of their audience, about one of the topics that the plan's target names (any where it names none), between the
//! first day of the plan's year and the asked day. 0 of 0 has no value.
//! Units are those of the map that the answer names; what a map cannot place is counted in the total and said.

pub mod api;
pub mod domain;
pub(crate) mod store;
mod wire;
