//! Evidence: papers and pictures of producers, kept once and used again, with their validity and versions.
//!
//! A write of this room has two halves. First the bytes come in ([`files`]): hashed, sniffed and counted on their way to an
//! object of their own, scanned ([`scan`]), then moved to their content address. Then one transaction records what is said of
//! them. Where the second half is refused or never comes, the object stays without a name: nothing refers to it, and the
//! next upload of the same bytes takes its place.
//!
//! Status on a day is computed from dates at each read. Files never change and are never deleted here.
//!
//! Deliberately absent: a sweep of objects that no version refers to (it would race
//! with uploads between move and commit, and such objects cost only their space).

pub mod api;
pub mod domain;
pub mod files;
mod place;
pub mod scan;
pub(crate) mod store;
pub(crate) mod wire;
