//! What a session is printed and sent as: its calendar file, letters of invitation, the list of those invited.
//!
//! Names of persons are read from the registry for each paper, in this service's own name and for nobody but those who may
//! invite; nothing of them is stored here.

pub mod api;
pub mod domain;
pub(crate) mod wire;
