//! Who may do what: every method of the suite for every role, without a token and with bad ones; and for what has been
//! stored, every role of its methods at units that cover it and at units that do not.
//!
//! What is expected is computed from the contract; what is found is a real call through the gateway, and through the
//! service's own door as well, because not every caller comes through the gateway.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a suite that does not answer has failed"
)]

#[path = "access/matrix.rs"]
mod matrix;
#[path = "access/units.rs"]
mod units;

use tests::raw::Outcome;

/// Fails with every cell that is not as it must be.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} cell(s):\n  {}", wrong.len(), wrong.join("\n  "));
}

/// A cell as text: what was found and how the refusal reads.
fn told(found: &Outcome) -> String {
    format!("{:?} {} ({})", found.code, found.reason, found.message)
}
