//! Two records of one person made one, and two again. The rows stay as they are: a merged record points to the one that it was
//! merged into, and what is asked about duties and contacts follows the pointer when it is asked. Each merge is a row of its
//! own that keeps who was merged, why, and when and why it was taken back.
//!
//! Decision where the law is silent: people decide, and a name alone is no proof (see [`domain::judge`]).
//!
//! Deliberately absent: chains, merges by a machine, and moving anything from one record to the other.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
