//! Training before or elsewhere, as papers tell it. Lists of papers come through [`crate::imports`].
//!
//! A paper that stands is a completion of its person by its own day, audience and topic: coverage counts it as it counts
//! sessions, from the instant of its recording on. One that was recorded wrongly is withdrawn and never deleted.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
