//! The lists of training as files, written from what the List methods answer, with the same filters and for the same callers.
//!
//! Deliberately absent: attendances and coverage.

pub mod api;
mod lists;
