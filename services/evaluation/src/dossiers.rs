//! What this service knows of dossiers: which were sealed, by the registry's feed. A sitting is bound to the dossier that was
//! sealed for it by the digest of its snapshot.
//!
//! Deliberately absent: what stands in a dossier (the registry's), and drafts.

pub(crate) mod apply;
pub mod domain;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use kit::Setup;

/// Whose feed is followed.
pub(crate) const SOURCE: &str = "registry";

/// Starts the reader.
pub(crate) fn follow_all(setup: &Setup) {
    kit::follow::follow(setup, SOURCE, apply::event);
}
