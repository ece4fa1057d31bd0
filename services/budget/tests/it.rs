//! The budget as a caller sees it: generated clients through the real layers onto real SQL, one suite for both engines.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/amendments.rs"]
mod amendments;
#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/ceilings.rs"]
mod ceilings;
#[path = "it/estimates.rs"]
mod estimates;
#[path = "it/exports.rs"]
mod exports;
#[path = "it/feed.rs"]
mod feed;
#[path = "it/fields.rs"]
mod fields;
#[path = "it/history.rs"]
mod history;
#[path = "it/ledger.rs"]
mod ledger;
#[path = "it/norms.rs"]
mod norms;
#[path = "it/ledger_crowd.rs"]
mod ledger_crowd;
#[path = "it/ledger_model.rs"]
mod ledger_model;
#[path = "it/periods.rs"]
mod periods;
#[path = "it/plans.rs"]
mod plans;
#[path = "it/roll_over.rs"]
mod roll_over;
#[path = "it/rules.rs"]
mod rules;
#[path = "it/scenarios.rs"]
mod scenarios;
#[path = "it/stage.rs"]
mod stage;
#[path = "it/tasks.rs"]
mod tasks;
#[path = "it/tasks_lists.rs"]
mod tasks_lists;
#[path = "it/transfers.rs"]
mod transfers;
#[path = "it/two_times.rs"]
mod two_times;
#[path = "it/who.rs"]
mod who;
