//! The budget as a caller sees it: generated clients through the real layers onto real SQL, one suite for both engines.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/estimates.rs"]
mod estimates;
#[path = "it/exports.rs"]
mod exports;
#[path = "it/feed.rs"]
mod feed;
#[path = "it/ledger.rs"]
mod ledger;
#[path = "it/ledger_crowd.rs"]
mod ledger_crowd;
#[path = "it/ledger_model.rs"]
mod ledger_model;
#[path = "it/periods.rs"]
mod periods;
#[path = "it/plans.rs"]
mod plans;
#[path = "it/resources.rs"]
mod resources;
#[path = "it/rules.rs"]
mod rules;
#[path = "it/stage.rs"]
mod stage;
#[path = "it/transfers.rs"]
mod transfers;
#[path = "it/two_times.rs"]
mod two_times;
#[path = "it/who.rs"]
mod who;
