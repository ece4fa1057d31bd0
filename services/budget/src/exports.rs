//! The lists of the budget as files, written from what the List methods answer, with the same filters and for the same callers.
//!
//! Deliberately absent: the official forms of estimates and reports.

pub mod api;
mod lists;
mod tasks;
