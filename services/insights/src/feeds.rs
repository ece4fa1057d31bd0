//! Reads the feeds of the other services into this one's tables.
//!
//! One reader per feed and replica: it goes on from the place that was kept, applies each message of the feed in one
//! transaction together with the new place (replicas never put older facts over newer ones: whoever is behind reads on
//! from the other's place), and starts again after a pause when the peer is gone. An event that this version does not know
//! is passed over; an event that cannot be read stops the feed and is logged, because a figure with a hole is worse
//! than a late one.

mod apply;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use kit::{Database, Error, Kit, Link, Result, Setup};
use proto::common::v1::{WatchRequest, WatchResponse};
use proto::{budget, evaluation, registry, training};
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

/// The services whose feeds are read.
pub(crate) const SOURCES: [&str; 4] = ["registry", "training", "evaluation", "budget"];

/// Starts one reader per feed.
pub(crate) fn read_all(setup: &Setup) {
    for source in SOURCES {
        let (kit, link) = (setup.kit.clone(), setup.peer(source));
        setup.tasks.spawn(source, move |stop| read(kit, link, source, stop));
    }
}

async fn read(kit: Kit, link: Link, source: &'static str, stop: CancellationToken) {
    let mut pause = Pause::default();
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = follow(&kit, &link, source, &mut pause) => ended,
        };
        if let Err(error) = ended
            && !error.is_going_down()
        {
            tracing::warn!(source, ?error, "the feed was interrupted, reading on from the place kept");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause.next()) => {}
        }
    }
}

/// Waits longer each time, up to five seconds; success starts over.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    fn next(&mut self) -> Duration {
        self.0 = (self.0 + 1).min(8);
        Duration::from_millis((20 << self.0).min(5000))
    }
}

async fn follow(kit: &Kit, link: &Link, source: &'static str, pause: &mut Pause) -> Result<()> {
    let mut position = store::position(kit.database()?.reader(), source).await?;
    let request = kit.as_service(WatchRequest { after_position: position, until_head: false })?;
    let mut messages = watch(link.clone(), source, request).await?;
    while let Some(message) = messages.message().await.map_err(|status| Error::lost(source, status))? {
        match take(kit.database()?, source, position, message).await? {
            Some(reached) => position = reached,
            // Another replica reads the same feed and is ahead: read on from where it is.
            None => return Ok(()),
        }
        *pause = Pause::default();
    }
    Ok(())
}

/// Applies one message and keeps the place, together or not at all. None where another replica has gone on from here.
async fn take(database: &Database, source: &'static str, position: i64, message: WatchResponse) -> Result<Option<i64>> {
    let tx = database.begin().await?;
    let events: Vec<_> = message.events.into_iter().filter(|event| event.position > position).collect();
    let reached = events.last().map_or(position, |event| event.position);
    // The head's time holds for what was read only when nothing is left to read.
    let complete_us = message.head_time.filter(|_| reached >= message.head_position).map(|t| kit::instant::of(&t));
    let place = store::Place { position: reached, head_position: message.head_position, complete_us };
    // The place first: it is the lock that lets one replica at a time go on.
    if !store::go_on(&tx, source, position, &place).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    for event in events {
        apply::event(&tx, event).await?;
    }
    tx.commit().await?;
    Ok(Some(reached))
}

async fn watch(
    link: Link,
    source: &'static str,
    request: tonic::Request<WatchRequest>,
) -> Result<Streaming<WatchResponse>> {
    let answer = match source {
        "registry" => registry::v1::feed_service_client::FeedServiceClient::new(link).watch(request).await,
        "training" => training::v1::feed_service_client::FeedServiceClient::new(link).watch(request).await,
        "evaluation" => evaluation::v1::feed_service_client::FeedServiceClient::new(link).watch(request).await,
        _ => budget::v1::feed_service_client::FeedServiceClient::new(link).watch(request).await,
    };
    Ok(answer.map_err(|status| Error::lost(source, status))?.into_inner())
}
