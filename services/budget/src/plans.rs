//! Plans: what a unit's programme is to reach in a year, and who does what for it by when.

mod acts;
pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
