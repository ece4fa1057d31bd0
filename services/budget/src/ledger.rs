//! The ledger: double entry over the accounts of each assigned line.
//!
//! A posting locks its line's row, which carries the balances, decides on them, and adds one entry: under any
//! concurrency postings to one line follow one another, and postings to different lines do not wait for each other.
//! Balances are thus a sum that is kept, and the entries the proof of it: `GetTrialBalance` sums the entries.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
