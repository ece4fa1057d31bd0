//! Reads the feeds of the other services into this one's tables: [`kit::follow`] says how, [`apply`] what each event means.

mod apply;
pub(crate) mod pipeline;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use kit::Setup;

/// The services whose feeds are read.
pub(crate) const SOURCES: [&str; 4] = ["registry", "training", "evaluation", "budget"];

/// Starts one reader per feed.
pub(crate) fn read_all(setup: &Setup) {
    for source in SOURCES {
        kit::follow::follow(setup, source, apply::event);
    }
}
