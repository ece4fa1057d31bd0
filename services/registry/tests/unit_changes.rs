//! Changes of units on a running registry. The map of units is the whole process's, so these tests have a process of their own
//! and run one after the other.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets something else has failed")]

#[path = "unit_changes/drafts.rs"]
mod drafts;
#[path = "unit_changes/force.rs"]
mod force;
#[path = "unit_changes/ground.rs"]
mod ground;
#[allow(dead_code, reason = "the office is that of the other tests; these use a part of it")]
#[path = "it/office.rs"]
mod office;
