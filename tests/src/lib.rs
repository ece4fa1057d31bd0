//! What the tests of the whole repository stand on: its files ([`repo`]), the code in them without comments and texts
//! ([`code`]), its contract as descriptors ([`surface`]), a client for any method ([`raw`]), the suite in one process
//! ([`suite`]) and as the separate programs that operators run ([`processes`]), and a receiver for their traces
//! ([`collector`]).
//!
//! Deliberately absent: rules. They stand in the test targets (`tidy`, `contract`, `access`), each beside the proof that
//! it can fail.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

pub mod code;
pub mod collector;
pub mod processes;
pub mod raw;
pub mod repo;
pub mod suite;
pub mod surface;
