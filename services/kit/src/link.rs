//! The way to another service: under the generated client, in this process or over the network.
//!
//! A local link is the other service's [`Stack`]: the same layers, no socket. A remote link keeps a few HTTP/2
//! connections to a headless service name (one connection pins one replica, and its lock is shared by all its streams),
//! pings them while idle, and reconnects by itself; servers that close connections by age spread the load anew.
//!
//! UNAVAILABLE is tried again, at most twice and only where a repeat does no harm: reads, and mutations whose caller says
//! that they carry a request id (`x-ocop-repeatable: 1`). A budget ends the tries while most calls fail, so that retries
//! do not keep a weak service down.
//!
//! Deliberately absent: hedging (two cores have no calls to spare), and queues. Whoever waits, waits with a deadline.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use proto::common::v1::ErrorReason as Common;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

use crate::call::CallSeed;
use crate::error::{BoxError, Error, Result};
use crate::inventory;
use crate::stack::{Stack, status_response, timeout_of};
use crate::telemetry;

/// Says that a mutation carries a request id and may be tried again.
pub const REPEATABLE: HeaderName = HeaderName::from_static("x-ocop-repeatable");
/// What a service keeps of its caller's time for itself.
pub const RESERVE: Duration = Duration::from_millis(20);
/// Connections of a remote link.
const CHANNELS: usize = 4;
/// Tries after the first.
const RETRIES: u32 = 2;
/// Largest request that is kept for another try.
const KEPT: usize = 64 * 1024;
/// Tenths of a token in a full budget. A failed try costs ten tenths, a success gives one back.
const BUDGET: i64 = 100;

/// The way to another service. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Link {
    /// In this process.
    Local(Stack),
    /// Over the network.
    Remote(RemoteLink),
    /// Not configured: every call is UNAVAILABLE.
    Absent(Arc<str>),
}

impl Link {
    /// The way to a service in this process.
    #[must_use]
    pub fn local(stack: Stack) -> Self {
        Self::Local(stack)
    }

    /// The way to a service at a URL. It connects when it is first used. Must be called inside the runtime.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn remote(name: &str, url: &str) -> Result<Self, BoxError> {
        Ok(Self::Remote(RemoteLink::new(name, url)?))
    }

    /// The way to a service that nobody has configured.
    #[must_use]
    pub fn absent(name: &str) -> Self {
        Self::Absent(name.into())
    }
}

impl Service<Request<Body>> for Link {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, std::result::Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self {
            Self::Local(stack) => stack.call(request),
            Self::Remote(remote) => remote.clone().send(request).map(Ok).boxed(),
            Self::Absent(name) => {
                let answer = status_response(unavailable(name).because("the peer is not configured"));
                std::future::ready(Ok(answer)).boxed()
            }
        }
    }
}

/// Makes the headers of a forwarded call those of a call by this service: its span, and a deadline shorter by
/// [`RESERVE`], so that this service can still say who did not answer. The caller's token stays.
///
/// # Errors
/// DEADLINE_EXCEEDED where less than the reserve is left.
pub fn forward_headers(seed: &CallSeed, headers: &mut HeaderMap) -> Result<()> {
    telemetry::inject(&seed.context, headers);
    if let Some(deadline) = seed.deadline {
        put_timeout(deadline.checked_sub(RESERVE).unwrap_or(deadline), headers)?;
    }
    Ok(())
}

fn put_timeout(deadline: Instant, headers: &mut HeaderMap) -> Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Error::deadline());
    }
    // Eight digits at most, as gRPC says: microseconds up to 99 seconds, then milliseconds, then seconds.
    let text = match (left.as_micros(), left.as_millis()) {
        (us, _) if us < 100_000_000 => format!("{}u", us.max(1)),
        (_, ms) if ms < 100_000_000 => format!("{ms}m"),
        _ => format!("{}S", left.as_secs().min(99_999_999)),
    };
    headers.insert("grpc-timeout", HeaderValue::try_from(text).map_err(Error::internal)?);
    Ok(())
}

fn unavailable(peer: &str) -> Error {
    Error::unavailable_as(Common::PeerUnavailable).with("peer", peer)
}

/// A service over the network.
#[derive(Clone, Debug)]
pub struct RemoteLink(Arc<Remote>);

#[derive(Debug)]
struct Remote {
    name: String,
    channels: Vec<Channel>,
    next: AtomicUsize,
    budget: AtomicI64,
    down: AtomicBool,
}

/// How one try ended: with an answer, or with why the peer is unavailable.
type Tried = std::result::Result<Response<Body>, Error>;

impl RemoteLink {
    fn new(name: &str, url: &str) -> Result<Self, BoxError> {
        let endpoint = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(Duration::from_secs(2))
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(20)))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true)
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(4 * 1024 * 1024);
        Ok(Self(Arc::new(Remote {
            name: name.to_owned(),
            channels: (0..CHANNELS).map(|_| endpoint.connect_lazy()).collect(),
            next: AtomicUsize::new(0),
            budget: AtomicI64::new(BUDGET),
            down: AtomicBool::new(false),
        })))
    }

    async fn send(self, mut request: Request<Body>) -> Response<Body> {
        let repeatable = repeatable(&mut request);
        let asked = match timeout_of(request.headers()) {
            Ok(asked) => asked,
            Err(error) => return status_response(error),
        };
        let deadline = asked.and_then(|t| Instant::now().checked_add(t));
        let (head, body) = request.into_parts();
        let head = Head { method: head.method, uri: head.uri, headers: head.headers };
        let (kept, body) = if repeatable { keep(body).await } else { (None, body) };
        let mut tried = self.try_once(head.with(body), deadline).await;
        let Some(kept) = kept else { return self.settle(tried) };
        for retry in 0..RETRIES {
            if tried.is_ok() || !self.may_retry() {
                break;
            }
            // Jitter keeps the callers of a restarted service from coming back all at once.
            tokio::time::sleep(Duration::from_millis(rand::random_range(10..40) << retry)).await;
            let mut again = head.clone();
            if let Some(deadline) = deadline
                && let Err(error) = put_timeout(deadline, &mut again.headers)
            {
                return status_response(error.with("peer", &self.0.name));
            }
            tried = self.try_once(again.with(Body::new(http_body_util::Full::new(kept.clone()))), deadline).await;
        }
        self.settle(tried)
    }

    async fn try_once(&self, request: Request<Body>, deadline: Option<Instant>) -> Tried {
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed) % CHANNELS;
        let Some(channel) = self.0.channels.get(turn) else { return Err(unavailable(&self.0.name)) };
        let call = channel.clone().oneshot(request);
        let outcome = match deadline {
            // The peer enforces the same deadline; this one is for a peer that says nothing at all.
            Some(deadline) => match tokio::time::timeout_at(deadline, call).await {
                Ok(outcome) => outcome,
                Err(_) => return Ok(status_response(Error::deadline().with("peer", &self.0.name))),
            },
            None => call.await,
        };
        let response = match outcome {
            Ok(response) => response,
            Err(error) if is_timeout(&error) => {
                return Ok(status_response(Error::deadline().with("peer", &self.0.name)));
            }
            Err(error) => {
                self.note_down(&error);
                return Err(unavailable(&self.0.name).because(error));
            }
        };
        if self.0.down.swap(false, Ordering::Relaxed) {
            tracing::info!(peer = self.0.name, "the peer answers again");
        }
        match Status::from_header_map(response.headers()) {
            Some(status) if status.code() == Code::Unavailable => Err(unavailable(&self.0.name).because(status)),
            _ => {
                self.0.budget.fetch_min(BUDGET - 1, Ordering::Relaxed);
                self.0.budget.fetch_add(1, Ordering::Relaxed);
                Ok(response)
            }
        }
    }

    /// Each failed call is logged by whoever made it; the cause is logged once, when the peer goes away.
    fn note_down(&self, error: &tonic::transport::Error) {
        if !self.0.down.swap(true, Ordering::Relaxed) {
            tracing::warn!(peer = self.0.name, cause = telemetry::chain(error), "the peer does not answer");
        }
    }

    fn may_retry(&self) -> bool {
        self.0.budget.fetch_sub(10, Ordering::Relaxed);
        self.0.budget.fetch_max(0, Ordering::Relaxed) > BUDGET / 2
    }

    fn settle(&self, tried: Tried) -> Response<Body> {
        tried.unwrap_or_else(status_response)
    }
}

/// What of a request is sent again.
#[derive(Clone)]
struct Head {
    method: http::Method,
    uri: http::Uri,
    headers: HeaderMap,
}

impl Head {
    /// Extensions stay here: they belong to this process.
    fn with(&self, body: Body) -> Request<Body> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        *request.version_mut() = http::Version::HTTP_2;
        request
    }
}

/// True where a second try does no harm. Takes the mark of a repeatable mutation off the request.
fn repeatable(request: &mut Request<Body>) -> bool {
    let marked = request.headers_mut().remove(REPEATABLE).is_some();
    inventory::method(request.uri().path()).is_some_and(|m| !m.streaming && (!m.mutation || marked))
}

/// True where the channel's own timer was first.
fn is_timeout(error: &tonic::transport::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<tonic::TimeoutExpired>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// Reads a small body to its end and keeps a copy; a large one is passed on as far as it was read.
async fn keep(mut body: Body) -> (Option<Bytes>, Body) {
    let mut read = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                length += data.len();
                read.push(data);
            }
            // Requests of generated clients have no trailers; an error means that the caller left.
            Ok(Err(_)) | Err(_) => return (None, replayed(read, body)),
        }
        if length > KEPT {
            return (None, replayed(read, body));
        }
    }
    let whole = match <[Bytes; 1]>::try_from(read) {
        Ok([one]) => one,
        Err(parts) => Bytes::from(parts.concat()),
    };
    (Some(whole.clone()), Body::new(http_body_util::Full::new(whole)))
}

fn replayed(read: Vec<Bytes>, rest: Body) -> Body {
    let read = futures_util::stream::iter(read.into_iter().map(|data| Ok(Frame::data(data))));
    Body::new(StreamBody::new(futures_util::StreamExt::chain(read, http_body_util::BodyStream::new(rest))))
}

#[cfg(test)]
mod tests;
