//! What every service gets for free, so that the right thing is the short thing.
//!
//! A room sees few names: [`Kit`] with [`Kit::read`] and [`Kit::write`], [`Call`], [`Error`], [`Violations`], [`Fact`],
//! [`Link`], [`Service`] with [`Setup`]. Behind them lie the host with ordered start and drain, configuration,
//! telemetry, health, authentication and access from the contract, one transaction per write with request id, audit
//! entry and event, the gap-free feed, the two databases, the cache, paging, the clock.
//!
//! # What was settled by trial
//! Where the answers stand, with figures and the command that measures them again:
//! - closures of handlers, `Send` and retry; a caller that leaves: [`Kit`] (module `work`);
//! - head row against sealer; the feed's order under 16 writers: [`journal`];
//! - deadlines of our own: [`stack`]; age of connections and the limit of streams: [`serve`];
//! - no ping per acquire; SQLite's IMMEDIATE under 50 writers; one migration file for both engines: [`db`].
//!
//! The kit is the only place for telemetry, authentication, errors, database set-up, events and idempotency. It names
//! the contract's common package (`ocop.common.v1`) and nothing of any room.

pub mod admin;
pub mod annotations;
pub mod auth;
pub mod cache;
mod call;
mod clock;
pub mod config;
pub mod db;
mod error;
pub mod explain;
pub mod feed;
#[cfg(test)]
mod fixture;
pub mod health;
mod host;
mod incoming;
pub mod inventory;
pub mod journal;
pub mod link;
pub mod migrate;
pub mod page;
mod reasons;
mod repeat;
pub mod rows;
pub mod serve;
pub mod stack;
mod tasks;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod values;
mod violations;
mod work;

pub use auth::{Caller, Held};
pub use call::{Call, CallSeed, Reach, Scope, Standing, Territory, below};
pub use clock::Clock;
pub use config::Config;
pub use db::{Database, Engine};
pub use error::{BoxError, Error, OnUnique, PeerExt, Result, reason_table};
pub use host::{Host, Running, Service, Setup, run};
pub use incoming::Incoming;
pub use journal::Fact;
pub use link::Link;
pub use page::Page;
pub use proto::Reason;
pub use tasks::Tasks;
pub use values::{day, instant, name};
pub use violations::Violations;
pub use work::{Answer, Kit, KitParts, Read, Write, plain};

/// Refuses to change a row that was changed since the caller read it. A caller that sends no etag does not ask.
///
/// # Errors
/// ABORTED, `ETAG_STALE`.
pub fn fresh(sent: &str, version: i64, name: &str) -> Result<()> {
    if sent.is_empty() || sent == etag(version) {
        Ok(())
    } else {
        Err(Error::conflict(proto::common::v1::ErrorReason::EtagStale).with("name", name))
    }
}

/// The etag of a row: its version, which every change raises by one.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_etag_is_fresh() {
        assert!(fresh("", 3, "x").is_ok());
        assert!(fresh(&etag(3), 3, "x").is_ok());
        assert_eq!(fresh(&etag(2), 3, "x").unwrap_err().reason(), "ETAG_STALE");
    }
}
