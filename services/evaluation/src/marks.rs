//! Marks: what one member gives one product, from the first note to the lock, with running totals; and the help team's
//! pre-score beside it.
//!
//! Marks are sealed. While one member of the panel has not locked, a sheet is shown to the login that it belongs to and to
//! nobody else, whatever the role; once all have locked they are open, and change by a second scoring only. So nobody marks
//! after having seen: neither unlocking nor letting a member in is possible then.
//!
//! A sheet belongs to the login in the member's seat. In a council without seats it belongs to whoever began it; the secretary
//! records whole sheets from paper for anybody and is shown none of them.
//!
//! Deliberately absent: looking evidence up (the registry's vault keeps it; its name is kept here as told).

pub mod api;
pub mod domain;
pub mod seats;
pub mod store;
pub mod wire;
