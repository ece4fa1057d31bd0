//! Raw-material areas: how large, of what, with which certificate, how much of the material is local.
//!
//! Deliberately absent: files of certificates (the producer's vault), contracts with growers.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
