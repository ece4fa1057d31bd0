//! The gateway as callers see it, through its real listener: raw HTTP as `curl` sends it, gRPC over a channel, and calls
//! on their way to a peer of the test's own that keeps every byte.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/connect.rs"]
mod connect;
#[path = "it/connect_refusals.rs"]
mod connect_refusals;
#[path = "it/forwarding.rs"]
mod forwarding;
#[path = "it/grpc.rs"]
mod grpc;
#[path = "it/invitation.rs"]
mod invitation;
#[path = "it/listing.rs"]
mod listing;
#[path = "it/peer.rs"]
mod peer;
#[path = "it/stage.rs"]
mod stage;
#[path = "it/web.rs"]
mod web;
