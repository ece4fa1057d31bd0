//! The registry's duties and producers as its feed tells them, and the seats in councils and help teams as the evaluation
//! service's feed does: the denominator of every coverage, kept here so that it is counted in one statement. Facts are kept by version, with the time in which each was what we knew.
//!
//! Deliberately absent: names and contacts of persons, and decisions. Whether a person exists is asked of the registry.

mod apply;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use kit::Setup;

/// The last day that there is: of duties that have not ended, and for certificates that are good for good.
pub(crate) const NEVER: time::Date = time::macros::date!(9999 - 12 - 31);

/// The service whose feed is read.
pub(crate) const SOURCE: &str = "registry";

/// The service whose feed tells who sits in councils and help teams.
pub(crate) const COUNCILS: &str = "evaluation";

/// Starts the readers.
pub(crate) fn follow(setup: &Setup) {
    kit::follow::follow(setup, SOURCE, apply::event);
    kit::follow::follow(setup, COUNCILS, apply::seat);
}
