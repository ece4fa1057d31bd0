//! The events of this service. Deliberately absent: anything of its own; the kit keeps the feed.

pub mod api;
