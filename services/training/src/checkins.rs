//! Checking in: persons who have a place state themselves that they are there, in the time around the begin of a half day.
//!
//! Two ways, and both are stamps of this installation of which nothing is stored (what is not stored cannot be tried out by
//! who reads the database). A *token* is shown in the room as a code for phones, names session, half day and minute, and
//! is good for that minute and the next; it is used with the *pass* of one's registration. A *one-time code* of eight letters
//! names one person and one half day, for who has no phone. Both put the half day into the attendance list, which stays the
//! office's: it may correct what was checked in, with a reason when it is late.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
