//! The accept loop: HTTP/1 and HTTP/2 with prior knowledge on one port, every resource bounded, and an end that comes.
//!
//! # Why our own
//! Settled by trial (`cargo run -p kit --features testing --example transport`) and by reading tonic 0.14.9's transport
//! server. A call of 600 ms and an endless stream are in flight when the connection is 300 ms old:
//! - *age without grace:* GOAWAY at the age; the call is answered, the stream goes on for ever, and with it the connection.
//! - *age with a grace of 100 ms:* after age + grace the connection is dropped where it stands (no GOAWAY comes before):
//!   the call reads UNKNOWN "transport error" after 0.4 s, the stream UNKNOWN "h2 protocol error".
//! - *age with a grace of 1 s:* the call is answered, the stream reads the same UNKNOWN after 1.3 s.
//! - *streams:* tonic switches off hyper's limit; of 1,000 calls on one connection 1,000 run at the same time. With a
//!   limit of 200 there are never more than 200, and all 1,000 are answered.
//! - *stop:* its graceful shutdown waits without limit for connections whose peer is idle or dead (hyper ≥ 1.5.1).
//!
//! Here:
//! - each connection takes [`Connections::max_streams`] streams; connections are counted; headers are bounded; a peer
//!   that says nothing is pinged, and one that never says a first word is let go;
//! - age or stop sends GOAWAY, ends open streams with UNAVAILABLE (through [`Draining`], so that their clients resume
//!   elsewhere), lets unary calls finish, and closes what is left after the grace. Idle peers are gone at once; a dead
//!   one, or one that stopped in the middle of its request, holds up the end for the grace and no longer.
//!
//! The tests below run both ends with a slow call and a stream in flight.
//!
//! Deliberately absent: TLS. Between services the platform brings it; at the edge an ingress does.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::config::ServerConfig;
use crate::error::BoxError;

/// What a listener hands its requests to: a [`crate::stack::Stack`], or what a gateway puts in front of it.
pub type Front = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Handlers that take every path and every body: what a gateway answers from `Service::build`.
#[must_use]
pub fn routes(front: Front) -> Routes {
    let mut routes = Routes::default();
    let router = std::mem::take(routes.axum_router_mut());
    Routes::from(router.fallback_service(Everything(front)))
}

/// A front under a router, whatever bodies the router makes.
#[derive(Clone)]
struct Everything(Front);

impl<B> Service<Request<B>> for Everything
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Front as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.0.call(request.map(Body::new))
    }
}

/// In a request's extensions: cancelled when the connection that it came by is to be closed.
#[derive(Clone, Debug)]
pub struct Draining(pub CancellationToken);

/// Limits of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Streams at the same time on one HTTP/2 connection.
    pub max_streams: u32,
    /// Connections at the same time.
    pub max_connections: usize,
    /// When a connection is closed gracefully; none is never.
    pub max_age: Option<Duration>,
    /// Time for what is in flight when a connection is closed.
    pub grace: Duration,
}

impl Connections {
    /// The limits that the settings name.
    #[must_use]
    pub fn of(config: &ServerConfig) -> Self {
        let age = Duration::from_secs(config.max_connection_age_seconds);
        Self {
            max_streams: config.max_streams,
            max_connections: config.max_connections,
            max_age: (!age.is_zero()).then_some(age),
            grace: Duration::from_secs(config.grace_seconds),
        }
    }
}

/// Longest silence before a peer is pinged, and longest wait for its answer.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// Longest wait for a peer's first byte, and for the head of an HTTP/1 request.
const FIRST_WORD: Duration = Duration::from_secs(10);
/// Most bytes of a request's headers; tokens and trace context are well below.
const HEADERS: u32 = 32 * 1024;
/// Windows of HTTP/2: one stream may fill a fast link, a connection four of them.
const WINDOWS: (u32, u32) = (1024 * 1024, 4 * 1024 * 1024);

/// Serves a listener until `stop`, then closes it, lets what is in flight finish within the grace, and returns when the
/// last connection is gone.
pub async fn serve(listener: TcpListener, service: Front, limits: Connections, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let builder = Arc::new(builder(&limits));
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let connection =
            Connection { builder: builder.clone(), service: service.clone(), limits, draining: stop.child_token() };
        open.spawn(async move {
            connection.run(stream).await;
            drop(place);
        });
    }
    // New callers go to another replica at once.
    drop(listener);
    open.close();
    open.wait().await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            // Out of file descriptors, or a peer that left in the queue: neither ends the service.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn builder(limits: &Connections) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(FIRST_WORD).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1);
    builder
}

struct Connection {
    builder: Arc<Builder<TokioExecutor>>,
    service: Front,
    limits: Connections,
    draining: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        if !has_spoken(&stream, &self.draining).await {
            return;
        }
        let _best_effort = stream.set_nodelay(true);
        let (service, draining) = (self.service, self.draining.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Draining(draining.clone()));
            service.clone().oneshot(request)
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        let mut old = pin!(after(self.limits.max_age));
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.draining.cancelled() => None,
            () = &mut old => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                // GOAWAY first, so that no client answers the end of its stream with a new one on this connection.
                connection.as_mut().graceful_shutdown();
                self.draining.cancel();
                match tokio::time::timeout(self.limits.grace, connection.as_mut()).await {
                    Ok(ended) => ended,
                    Err(_) => return tracing::warn!("a connection was closed with calls in flight: the grace is over"),
                }
            }
        };
        if let Err(error) = ended {
            // A peer that resets, or speaks something else: of interest to whoever looks for it.
            tracing::debug!(%error, "a connection ended");
        }
    }
}

async fn has_spoken(stream: &TcpStream, draining: &CancellationToken) -> bool {
    let mut first = [0];
    tokio::select! {
        () = draining.cancelled() => false,
        peeked = tokio::time::timeout(FIRST_WORD, stream.peek(&mut first)) => matches!(peeked, Ok(Ok(1))),
    }
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
