//! What the registry knows of certificates: a copy of the evaluation service's feed, for lists and searches.
//!
//! Whether a certificate is in force or suspended is computed from its days for the day that is asked for, never kept. The place in the
//! feed is kept in the transaction of the facts, so each event takes effect once; every answer says how fresh it is.
//!
//! Deliberately absent: any call to the evaluation service but its feed (the registry calls nobody), decisions (a copy may be
//! late), pending re-evaluations, which the feed does not tell of (a certificate that they keep in force counts as lapsed
//! here), and texts of certificates: corrections change no state.

pub(crate) mod apply;
pub mod domain;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use kit::Setup;

/// Whose feed is followed.
pub(crate) const SOURCE: &str = "evaluation";

/// Starts the reader.
pub(crate) fn follow_all(setup: &Setup) {
    kit::follow::follow(setup, SOURCE, apply::event);
}
