//! The guidance log: advice of officers on a dossier, written once and never changed. It stands in the dossier's history.
//!
//! Deliberately absent: advice without a dossier (review visits keep that), and answers to advice.

pub mod api;
pub(crate) mod wire;
