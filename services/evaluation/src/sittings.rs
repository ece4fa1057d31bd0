//! Sittings: one product before a council in one round, from the members' marks to the stars.
//!
//! A sitting freezes what judges it: regime and scorecard by the dossier's filing, the card's digest, the council's members
//! and limits. Marks are sealed until they are graded. A result keeps everything it was computed from in canonical form with
//! its digests, so that it can be recomputed byte for byte, years later, and any change of it is found.
//!
//! Deliberately absent: dossiers (their digest comes from the caller), conflicts of interest, taking a knock-out back, logins
//! of members, and warnings across criteria.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
