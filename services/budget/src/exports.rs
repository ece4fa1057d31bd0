//! The lists of the budget as files, written from what the List methods answer, with the same filters and for the same callers.
//!
//! Deliberately absent: the papers of estimates, aggregations and assignments, which are the forms.

pub mod api;
mod lists;
mod money;
mod tasks;
