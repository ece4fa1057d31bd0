//! What may vanish: rate limits, and the bell that wakes feed readers. In the process's memory, or shared over Redis.
//!
//! Every operation on Redis has 20 ms; when it does not answer, limits are counted by each process on its own and readers
//! look once a second: slower, never wrong, never down. A Redis that did not answer is left alone for half a second, after
//! which one operation asks again, so that calls do not pay the 20 ms while it is gone. Losing and finding it again is
//! logged once each.
//!
//! Deliberately absent: anything a decision reads. Domain data is not cached; the database answers by its indexes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt};
use proto::common::v1::ErrorReason as Common;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};
use tokio::time::Instant;

use crate::config::RedisConfig;
use crate::error::{BoxError, Error, Result};

/// Longest wait for Redis.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long a Redis that did not answer is left alone.
const REST: Duration = Duration::from_millis(500);
/// Longest pause between two attempts to connect.
const PAUSE: Duration = Duration::from_secs(2);
/// The window of a rate limit.
const MINUTE_US: i64 = 60 * 1_000_000;

/// Counts one call in the window's counter and answers the count so far.
const COUNT: &str =
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

/// Memory of the process, or Redis with that memory as its stand-in. Cheap to clone.
#[derive(Clone)]
pub struct Cache {
    windows: moka::sync::Cache<(String, i64), Arc<std::sync::atomic::AtomicU32>>,
    shared: Option<Shared>,
}

#[derive(Clone)]
struct Shared {
    client: Client,
    manager: ConnectionManager,
    count: Arc<Script>,
    /// When a Redis that is gone may be asked again; none while it answers.
    gone: Arc<Mutex<Option<Instant>>>,
}

impl Cache {
    /// As the settings say. Redis is first spoken to when it is first needed. Must be called inside the runtime.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn open(config: &RedisConfig) -> std::result::Result<Self, BoxError> {
        let shared = config.url.as_deref().map(Shared::new).transpose()?;
        Ok(Self { shared, ..Self::memory() })
    }

    /// Without Redis.
    #[must_use]
    pub fn memory() -> Self {
        let windows = moka::sync::Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(120)).build();
        Self { windows, shared: None }
    }

    /// Counts one call of a caller against its calls of this minute.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED RATE_LIMITED, with the time until the next minute.
    pub async fn limit(&self, subject: &str, most: u32, now_us: i64) -> Result<()> {
        let window = now_us.div_euclid(MINUTE_US);
        if self.count(subject, window).await <= most {
            return Ok(());
        }
        let left = MINUTE_US - now_us.rem_euclid(MINUTE_US);
        Err(Error::exhausted(Common::RateLimited, Duration::from_micros(left.unsigned_abs())))
    }

    async fn count(&self, subject: &str, window: i64) -> u32 {
        if let Some(shared) = &self.shared
            && let Some(count) = shared.count(subject, window).await
        {
            return count;
        }
        let counter = self.windows.get_with((subject.to_owned(), window), Arc::default);
        counter.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Rings a bell for other processes. Nothing is lost with it.
    pub async fn publish(&self, channel: &str, payload: &[u8]) {
        if let Some(shared) = &self.shared {
            let mut command = redis::cmd("PUBLISH");
            command.arg(channel).arg(payload);
            let mut manager = shared.manager.clone();
            shared.within(async move { command.query_async::<i64>(&mut manager).await }).await;
        }
    }

    /// Hears the bell. Without Redis, or while it is gone, the stream is silent; it never ends.
    #[must_use]
    pub fn subscribe(&self, channel: &str) -> BoxStream<'static, ()> {
        let Some(shared) = self.shared.clone() else { return futures_util::stream::pending().boxed() };
        let channel = channel.to_owned();
        let rounds = futures_util::stream::unfold((shared, channel), |(shared, channel)| async move {
            let heard = shared.listen(&channel).await;
            let round = match heard {
                Some(messages) => messages,
                None => {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    futures_util::stream::empty().boxed()
                }
            };
            Some((round, (shared, channel)))
        });
        rounds.flatten().boxed()
    }
}

impl Shared {
    fn new(url: &str) -> std::result::Result<Self, BoxError> {
        if url.starts_with("rediss:") {
            // The redis crate brings no TLS provider of its own; a second installation of the same one does no harm.
            let _already = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::open(url)?;
        // The manager gives up for ever where an attempt fails by anything but the network (a password that comes later),
        // so it must never stop trying.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(usize::MAX)
            .set_max_delay(PAUSE)
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(Duration::from_secs(1)));
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        // Operations wait too shortly to carry the first connection through: this one waits for it.
        let mut first = manager.clone();
        tokio::spawn(async move { redis::cmd("PING").query_async::<()>(&mut first).await });
        Ok(Self { client, manager, count: Arc::new(Script::new(COUNT)), gone: Arc::default() })
    }

    async fn count(&self, subject: &str, window: i64) -> Option<u32> {
        let mut call = self.count.key(format!("ocop:calls:{subject}:{window}"));
        call.arg(MINUTE_US / 1000);
        let mut manager = self.manager.clone();
        self.within(async move { call.invoke_async::<u32>(&mut manager).await }).await
    }

    async fn within<T>(&self, work: impl Future<Output = redis::RedisResult<T>>) -> Option<T> {
        if !self.may_ask() {
            return None;
        }
        let outcome = match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        let until = outcome.is_err().then(|| Instant::now() + REST);
        let before = std::mem::replace(&mut *self.gone.lock().unwrap_or_else(PoisonError::into_inner), until);
        match &outcome {
            Ok(_) if before.is_some() => tracing::info!("redis answers again"),
            Err(error) if before.is_none() => tracing::warn!(%error, "redis does not answer, going on without it"),
            _ => {}
        }
        outcome.ok()
    }

    /// True while Redis answers, and for one operation after each rest.
    fn may_ask(&self) -> bool {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match *gone {
            Some(until) if now < until => false,
            Some(_) => {
                *gone = Some(now + REST);
                true
            }
            None => true,
        }
    }

    async fn listen(&self, channel: &str) -> Option<BoxStream<'static, ()>> {
        let connected = tokio::time::timeout(Duration::from_secs(2), self.client.get_async_pubsub()).await;
        let mut pubsub = connected.ok()?.ok()?;
        pubsub.subscribe(channel).await.ok()?;
        Some(pubsub.into_on_message().map(|_| ()).boxed())
    }
}

#[cfg(test)]
mod tests;
