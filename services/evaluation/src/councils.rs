//! Councils: who ranks products, set up by which decision, working by which rules.
//!
//! Members are posts, never persons. A sitting copies members and limits, so what is stored here rules only what comes after.
//!
//! Working rules are dated, and seats tell which login marks as which member; both live in the council's row, because they are
//! read with it.
//!
//! Deliberately absent: changes of members.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
