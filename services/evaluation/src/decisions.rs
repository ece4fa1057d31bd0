//! Decisions: a unit recognises graded products, each with its certificate, in one act.
//!
//! A decision has no states: it is issued whole or not at all, and stands. Which stars a level may recognise on a day is
//! read from the sitting's regime.
//!
//! Deliberately absent: taking a decision back (certificates are revoked one by one, by the room `acts`), drafts.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
