//! The contract's inventory: what every RPC, message and reason must have, read from the descriptors that the services
//! themselves are built from, and the surfaces that other systems already count on (`contract/fixed.rs`).
//!
//! Deliberately absent: what `buf lint` says already (names, packages, enum prefixes).

#![expect(clippy::expect_used, reason = "a contract that cannot be read has failed")]

#[path = "contract/comments.rs"]
mod comments;
#[path = "contract/exports.rs"]
mod exports;
#[path = "contract/fixed.rs"]
mod fixed;
#[path = "contract/reasons.rs"]
mod reasons;
#[path = "contract/requests.rs"]
mod requests;
#[path = "contract/rpcs.rs"]
mod rpcs;
#[path = "contract/tested.rs"]
mod tested;

/// Fails with every fault that was found.
#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} fault(s):\n  {}", faults.len(), faults.join("\n  "));
}
