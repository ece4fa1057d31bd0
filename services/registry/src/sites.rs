//! Sites: where producers work and sell. A site lies in a commune of its own; it is judged by its producer's unit.
//!
//! Deliberately absent: coordinates, and what is sold there.

pub mod api;
pub(crate) mod store;
pub(crate) mod wire;
