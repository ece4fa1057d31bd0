//! The events of this service for the others.

pub mod api;
