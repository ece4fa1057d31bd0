//! Units in which nobody holds a post of a kind on a day. Nothing is stored: the posts that began by then are grouped by unit
//! and title in one statement, and set against the units of the day's map.
//!
//! Growth: reads the posts of the asked units that began by the day; each page works the whole list out again.

pub mod api;
pub mod domain;
pub(crate) mod wire;
