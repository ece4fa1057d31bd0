//! Assigned money that moves between lines: within a plan, and as what is left into the next year.
//!
//! Both lines are locked in the order of their ids by one statement, so that transfers in opposite directions follow one
//! another and none waits for the other in a circle; then the books of their plans are held.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
