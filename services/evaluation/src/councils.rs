//! Councils: who ranks products, set up by which decision, working by which rules.
//!
//! Members are posts, never persons. A sitting copies members and limits, so what is stored here rules only what comes after.
//!
//! Deliberately absent: changes of members, quorum, conflicts of interest, logins of members.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
