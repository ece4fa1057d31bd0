//! Who may take part on which day, and of which size enterprises are. The lists are reference data
//! (`reference::participation`); registering a product asks [`domain::judge`] too.
//!
//! Deliberately absent: the measures of size; the class is what an officer records with what it rests on.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
