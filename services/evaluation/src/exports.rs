//! The lists of evaluation as files. A list is written from what its List method answers, with the same filter and for the same
//! callers; who makes a product is asked of the registry page by page.
//!
//! Deliberately absent: mark sheets, seats, reminders, papers and acts (see the contract), and files that are kept: each is
//! made anew.

pub mod api;
mod handed;
mod judging;
mod supervised;
mod words;
