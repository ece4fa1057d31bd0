//! The evaluation service as its callers see it: generated client, real layers, real SQL, with the real registry beside
//! it; the same suite on both engines.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/acts.rs"]
mod acts;
#[path = "it/advising.rs"]
mod advising;
#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/bundled.rs"]
mod bundled;
#[path = "it/certificates.rs"]
mod certificates;
#[path = "it/conflicts.rs"]
mod conflicts;
#[path = "it/decisions.rs"]
mod decisions;
#[path = "it/feed.rs"]
mod feed;
#[path = "it/grading.rs"]
mod grading;
#[path = "it/handover.rs"]
mod handover;
#[path = "it/lists.rs"]
mod lists;
#[path = "it/lives.rs"]
mod lives;
#[path = "it/model.rs"]
mod model;
#[path = "it/office.rs"]
mod office;
#[path = "it/panels.rs"]
mod panels;
#[path = "it/papers.rs"]
mod papers;
#[path = "it/recording.rs"]
mod recording;
#[path = "it/register.rs"]
mod register;
#[path = "it/renewals.rs"]
mod renewals;
#[path = "it/results.rs"]
mod results;
#[path = "it/round_work.rs"]
mod round_work;
#[path = "it/rules.rs"]
mod rules;
#[path = "it/sealed.rs"]
mod sealed;
#[path = "it/seats.rs"]
mod seats;
#[path = "it/sittings.rs"]
mod sittings;
#[path = "it/supervision.rs"]
mod supervision;
#[path = "it/together.rs"]
mod together;
#[path = "it/whole_round.rs"]
mod whole_round;
