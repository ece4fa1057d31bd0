//! Insights as a caller sees it: the services whose feeds it reads, mounted with it in one process, on both engines.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/asking.rs"]
mod asking;
#[path = "it/assignments.rs"]
mod assignments;
#[path = "it/forecast.rs"]
mod forecast;
#[path = "it/products.rs"]
mod products;
#[path = "it/recount.rs"]
mod recount;
#[path = "it/stage.rs"]
mod stage;
#[path = "it/targets.rs"]
mod targets;
#[path = "it/topics.rs"]
mod topics;
#[path = "it/training.rs"]
mod training;
#[path = "it/without_peers.rs"]
mod without_peers;
