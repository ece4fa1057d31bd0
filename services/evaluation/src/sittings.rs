//! Sittings: one product before a council in one round, from the members' marks to the stars.
//!
//! A sitting freezes what judges it: regime and scorecard by the dossier's filing, the card's digest, the council's members
//! and limits. A result keeps everything it was computed from in canonical form with
//! its digests, so that it can be recomputed byte for byte, years later, and any change of it is found. Who judges is the room
//! `panels`', what one member gives is the room `marks`'; both live in this room's rows and are changed under a sitting's lock.
//!
//! Deliberately absent: what stands in dossiers (the registry seals them, the room `dossiers` knows which are), taking a knock-out
//! back, and warnings across criteria.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
