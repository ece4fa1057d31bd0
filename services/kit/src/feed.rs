//! The feed of a service: its sealed facts in order, from any position, at least once, without gaps.
//!
//! One background task seals what is committed soon after each commit (and every second, for what other replicas wrote);
//! readers wake up when the head moves, by a channel in the process and by Redis between processes. Redis carries no
//! event: without it readers look once a second.

use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt};
use proto::common::v1::{ErrorReason as Common, Event, WatchRequest, WatchResponse};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

use std::sync::Arc;

use crate::cache::Cache;
use crate::clock::Clock;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::journal::{self, Entry};
use crate::repeat;
use crate::values::{day, instant};

/// What a feed's RPC streams.
pub type Events = BoxStream<'static, std::result::Result<WatchResponse, Status>>;

/// Most events in one message.
const BATCH: u64 = 500;
/// Bytes of events that fill a message: some events tell of a thousand rows. One that is larger goes alone.
const FULL: usize = 1024 * 1024;
/// Longest silence of a stream.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How long commits are gathered before one sealing transaction numbers them.
const GATHER: Duration = Duration::from_millis(25);
/// Replies to request ids are kept this long.
const KEEP_REPLIES_US: i64 = 48 * 3600 * 1_000_000;

/// The feed of one service. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    service: &'static str,
    database: Database,
    cache: Cache,
    clock: Clock,
    committed: Notify,
    head: watch::Sender<i64>,
    sealing: tokio::sync::Mutex<()>,
    stop: CancellationToken,
}

impl Feed {
    /// The feed of a service's journal; `stop` ends the streams.
    #[must_use]
    pub fn new(service: &'static str, database: Database, cache: Cache, clock: Clock, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            service,
            database,
            cache,
            clock,
            committed: Notify::new(),
            head: watch::Sender::new(0),
            sealing: tokio::sync::Mutex::new(()),
            stop,
        }))
    }

    /// Says that something was committed.
    pub(crate) fn wake(&self) {
        self.0.committed.notify_one();
    }

    /// Seals what is committed and answers the head.
    ///
    /// # Errors
    /// What the database says.
    pub async fn seal(&self) -> Result<i64> {
        let _one = self.0.sealing.lock().await;
        let head = journal::seal(&self.0.database).await?;
        let moved = self.0.head.send_if_modified(|h| std::mem::replace(h, head) != head);
        if moved {
            self.0.cache.publish(&self.channel(), head.to_string().as_bytes()).await;
        }
        Ok(head)
    }

    fn channel(&self) -> String {
        format!("ocop:{}:feed", self.0.service)
    }

    /// Background work: seals, and forgets old replies. Ends when the service stops.
    pub async fn run(self) {
        let mut others = self.0.cache.subscribe(&self.channel());
        let mut swept_us = 0;
        loop {
            let turn = tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = self.0.committed.notified() => true,
                Some(()) = others.next() => false,
                () = tokio::time::sleep(Duration::from_secs(1)) => false,
            };
            if turn {
                tokio::time::sleep(GATHER).await;
            }
            if let Err(error) = self.seal().await {
                tracing::warn!(service = self.0.service, ?error, "sealing failed, trying again");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            let now_us = self.0.clock.now_us();
            if now_us - swept_us > 3600 * 1_000_000 {
                swept_us = now_us;
                if let Err(error) = repeat::sweep(&self.0.database, now_us - KEEP_REPLIES_US).await {
                    tracing::warn!(service = self.0.service, ?error, "old replies were not swept");
                }
            }
        }
    }

    /// Streams events after a position.
    ///
    /// # Errors
    /// FAILED_PRECONDITION POSITION_UNKNOWN for a position that was never given out.
    pub async fn watch(&self, request: tonic::Request<WatchRequest>) -> std::result::Result<Response<Events>, Status> {
        let WatchRequest { after_position, until_head } = request.into_inner();
        let head = self.seal().await?;
        if !(0..=head).contains(&after_position) {
            return Err(Error::refused(Common::PositionUnknown).with("position", after_position).into());
        }
        let reader = Reader {
            feed: self.clone(),
            position: after_position,
            end: until_head.then_some(head),
            moved: self.0.head.subscribe(),
            started: false,
        };
        Ok(Response::new(futures_util::stream::unfold(Some(reader), step).boxed()))
    }
}

/// Where one stream stands.
struct Reader {
    feed: Feed,
    position: i64,
    end: Option<i64>,
    moved: watch::Receiver<i64>,
    started: bool,
}

async fn step(reader: Option<Reader>) -> Option<(std::result::Result<WatchResponse, Status>, Option<Reader>)> {
    let mut reader = reader?;
    if reader.started && reader.end.is_some_and(|end| reader.position >= end) {
        return None;
    }
    let inner = reader.feed.0.clone();
    if reader.started && *reader.moved.borrow_and_update() <= reader.position {
        tokio::select! {
            () = inner.stop.cancelled() => {
                return Some((Err(Error::unavailable_as(Common::ShuttingDown).into()), None));
            }
            changed = reader.moved.changed() => changed.ok()?,
            () = tokio::time::sleep(SIGN_OF_LIFE) => {}
        }
    }
    reader.started = true;
    match reader.next().await {
        Ok(response) => Some((Ok(response), Some(reader))),
        Err(error) => Some((Err(error.into()), None)),
    }
}

impl Reader {
    async fn next(&mut self) -> Result<WatchResponse> {
        let inner = &self.feed.0;
        // The time is taken before sealing: what was committed by then stands at or before the head that follows.
        let head_us = inner.clock.now_us();
        let head = self.feed.seal().await?;
        let mut events = journal::after(&inner.database, self.position, BATCH).await?;
        if let Some(end) = self.end {
            events.retain(|e| e.position.is_some_and(|p| p <= end));
        }
        events.truncate(fitting(events.iter().map(|e| e.payload.len())));
        if let Some(last) = events.last().and_then(|e| e.position) {
            self.position = last;
        }
        Ok(WatchResponse {
            events: events.into_iter().map(event).collect(),
            // Another process may have sealed more since the head was read.
            head_position: head.max(self.position),
            head_time: Some(instant::pb(head_us)),
        })
    }
}

/// How many of these payloads make a message.
fn fitting(sizes: impl Iterator<Item = usize>) -> usize {
    let mut sum = 0_usize;
    let fits = |(at, size): &(usize, usize)| {
        sum = sum.saturating_add(*size);
        *at == 0 || sum <= FULL
    };
    sizes.enumerate().take_while(fits).count()
}

fn event(entry: Entry) -> Event {
    Event {
        position: entry.position.unwrap_or(0),
        resource: entry.resource,
        unit: entry.unit,
        act_date: Some(day::pb(entry.act_date)),
        record_time: Some(instant::pb(entry.record_us)),
        sample: entry.sample,
        payload: Some(prost_types::Any { type_url: entry.payload_type, value: entry.payload }),
    }
}

#[cfg(test)]
mod tests;
