//! What the registry knows of certificates: a copy of the evaluation service's feed, for lists and searches.
//!
//! Whether a certificate is in force is computed from its days for the day that is asked for, never kept. The place in the
//! feed is kept in the transaction of the facts, so each event takes effect once; every answer says how fresh it is.
//!
//! Deliberately absent: any call to the evaluation service but its feed (the registry calls nobody), decisions (a copy may be
//! late), and suspensions and pending re-evaluations, which the feed does not tell of yet.

pub(crate) mod apply;
pub mod domain;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use kit::{Database, Error, Kit, Link, Result, Setup};
use proto::common::v1::{WatchRequest, WatchResponse};
use proto::evaluation;
use tokio_util::sync::CancellationToken;

/// Whose feed is followed.
pub(crate) const SOURCE: &str = "evaluation";

/// The longest pause between two tries to follow.
const LONGEST: Duration = Duration::from_secs(5);

/// Starts the reader.
pub(crate) fn follow_all(setup: &Setup) {
    let setup = setup.clone();
    let tasks = setup.tasks.clone();
    tasks.spawn("recognitions", move |stop| async move {
        tokio::select! {
            () = stop.cancelled() => {}
            link = setup.source(SOURCE) => keep_up(setup.kit.clone(), link, stop.clone()).await,
        }
    });
}

async fn keep_up(kit: Kit, link: Link, stop: CancellationToken) {
    let mut pause = Duration::from_millis(20);
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = follow(&kit, &link, &mut pause) => ended,
        };
        if let Err(error) = ended
            && !error.is_going_down()
        {
            tracing::warn!(?error, "the feed of certificates was interrupted, reading on from the place kept");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST),
        }
    }
}

async fn follow(kit: &Kit, link: &Link, pause: &mut Duration) -> Result<()> {
    let mut position = store::position(kit.database()?.reader()).await?;
    let request = kit.as_service(WatchRequest { after_position: position, until_head: false })?;
    let mut client = evaluation::v1::feed_service_client::FeedServiceClient::new(link.clone());
    let lost = |status| Error::lost(SOURCE, status);
    let mut messages = client.watch(request).await.map_err(lost)?.into_inner();
    while let Some(message) = messages.message().await.map_err(lost)? {
        match take(kit.database()?, position, message).await? {
            Some(reached) => position = reached,
            // Another replica follows too and is ahead: read on from where it is.
            None => return Ok(()),
        }
        *pause = Duration::from_millis(20);
    }
    Ok(())
}

/// Applies one message and keeps the place, together or not at all. None where another replica has gone on from here.
async fn take(database: &Database, position: i64, message: WatchResponse) -> Result<Option<i64>> {
    let tx = database.begin().await?;
    let events: Vec<_> = message.events.into_iter().filter(|event| event.position > position).collect();
    let reached = events.last().map_or(position, |event| event.position);
    // The head's time holds for what was read only when nothing is left to read.
    let complete_us = message.head_time.filter(|_| reached >= message.head_position).map(|t| kit::instant::of(&t));
    // The place first: it is the lock that lets one replica at a time go on.
    if !store::go_on(&tx, position, reached, complete_us).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    for event in events {
        apply::event(&tx, event).await?;
    }
    tx.commit().await?;
    Ok(Some(reached))
}
