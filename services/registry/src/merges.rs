//! Two registrations of one producer made one, and two again. The rows stay as they are: a merged registration points to
//! the one that it was merged into, and what is asked about products and managers follows the pointer when it is asked.
//!
//! There is no store here: the pointer is a column of the producers' table, and its queries stand in their store.

pub mod api;
pub mod domain;
pub(crate) mod wire;
