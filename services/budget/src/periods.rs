//! The book of a plan's year: its rules, its periods, and what is closed.
//!
//! The book is one row per plan. Whoever posts an entry holds it shared until the entry is committed, after its line
//! where it posts to a line and before its lines where it assigns a budget; whoever closes or opens something holds it
//! alone. So no entry slips into a period while it is being closed, and two postings never wait for each other because
//! of it. A book exists from the plan's first assignment on, or its first change; before that its defaults are answered.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
