//! The layers of a service: what happens to every call before and after its handler, the same whether it came over the
//! network or from another service in the process.
//!
//! In order: find the method in the contract · read the trace context, begin span and measurement · deadline · limit of
//! calls at work · authenticate · role · handler (panics caught) · give tonic's own answers a reason · end span and
//! measurement when the trailers have been seen.
//!
//! # What was settled by trial
//! tonic's transport server is not used for what it does with connections (see [`crate::serve`]) and with deadlines.
//! - *Deadlines.* tonic's are private to its transport and answer CANCELLED "Timeout expired", the server's own as well as
//!   the caller's (`cargo run -p kit --features testing --example transport`). Ours: the caller's `grpc-timeout`, else the
//!   service's default for unary calls; streams have one only where the caller says so. When it passes, the handler's
//!   future is dropped (its transaction rolls back) and the caller reads DEADLINE_EXCEEDED with its `ErrorInfo`.
//! - *A caller that leaves.* Its handler's future is dropped as well; the call is measured as CANCELLED.
//! - *Status of a unary call* stands in the trailers: the body is wrapped, or everything would be measured as OK.
//!
//! Deliberately absent: judging units. Only the handler knows what a call touches (`Call::at`, `Call::scope`).

mod admit;
mod answer;
mod body;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;

use self::admit::Admitted;
pub use self::admit::timeout_of;
pub(crate) use self::answer::status_response;
use crate::auth::Verifier;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{BoxError, Error, Result};
use crate::inventory::Method;
use crate::serve::Draining;
use crate::tasks::panic_text;
use crate::telemetry::{self, Observed, RpcTable};

/// Asks, with the value `statements`, what a unary call costs; the answer stands in [`STATEMENTS`].
pub const COUNT: &str = "x-ocop-count";
/// How many statements a counted call ran.
pub const STATEMENTS: &str = "x-ocop-statements";

/// What a stack is made of.
pub struct StackParts {
    /// The service, such as `registry`: the `host` of its measurements.
    pub host: &'static str,
    /// The handlers.
    pub routes: Routes,
    /// Whose tokens are believed.
    pub verifier: Arc<Verifier>,
    /// What replicas share for limits per caller.
    pub cache: Cache,
    /// The clock by which tokens are judged.
    pub clock: Clock,
    /// The limits.
    pub limits: Limits,
    /// Ends open streams with UNAVAILABLE.
    pub stop: CancellationToken,
}

/// The limits of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest message of a unary request in bytes.
    pub max_message_bytes: usize,
    /// Unary calls at work at the same time, and as many streams.
    pub max_in_flight: usize,
    /// Time of a unary call whose caller says nothing.
    pub default_deadline: Duration,
    /// Calls of one caller in a minute; 0 is no limit.
    pub calls_per_minute: u32,
}

impl Limits {
    /// The limits that the settings name.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            max_message_bytes: config.server.max_message_bytes,
            max_in_flight: config.server.max_in_flight,
            default_deadline: Duration::from_secs(config.server.default_deadline_seconds),
            calls_per_minute: config.limits.calls_per_minute,
        }
    }
}

/// A service behind its layers. Cheap to clone.
#[derive(Clone)]
pub struct Stack(Arc<Inner>);

struct Inner {
    rpcs: &'static RpcTable,
    host: &'static str,
    routes: Routes,
    verifier: Arc<Verifier>,
    cache: Cache,
    clock: Clock,
    limits: Limits,
    unary: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Stack {
    /// Puts the layers around the handlers.
    #[must_use]
    pub fn new(parts: StackParts) -> Self {
        let StackParts { host, routes, verifier, cache, clock, limits, stop } = parts;
        Self(Arc::new(Inner {
            rpcs: RpcTable::of(host),
            host,
            routes: routes.prepare(),
            verifier,
            cache,
            clock,
            limits,
            unary: Arc::new(Semaphore::new(limits.max_in_flight)),
            streams: Arc::new(Semaphore::new(limits.max_in_flight)),
            stop,
        }))
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stack({})", self.0.host)
    }
}

impl Service<Request<Body>> for Stack {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, std::result::Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        // Overload is refused with a reason instead of being queued out of sight.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        // Health and reflection are no part of the contract: open, unmeasured, without a deadline.
        if path.starts_with("/grpc.") {
            return self.0.routes.clone().call(request).boxed();
        }
        let rpc = self.0.rpcs.find(path);
        let observed = Observed::begin(rpc, &telemetry::extract(request.headers()));
        let trip = Trip { inner: self.0.clone(), observed };
        trip.run(request).map(Ok).boxed()
    }
}

/// One call on its way through the layers.
struct Trip {
    inner: Arc<Inner>,
    observed: Observed,
}

impl Trip {
    fn run(self, request: Request<Body>) -> impl Future<Output = Response<Body>> {
        let context = self.observed.context().clone();
        self.observed.scope().run(async move {
            let path = request.uri().path().to_owned();
            match self.inner.admit(&path, request.headers(), context).await {
                Ok(admitted) => self.handle(request, admitted).await,
                Err((caller, error)) => self.refuse(&path, &caller, error),
            }
        })
    }

    /// Runs the handler.
    async fn handle(self, request: Request<Body>, admitted: Admitted) -> Response<Body> {
        let Admitted { seed, permit } = admitted;
        let (method, deadline) = (seed.method, seed.deadline);
        let caller = seed.caller.as_ref().map_or_else(|| "anonymous".to_owned(), |c| c.subject.clone());
        let draining = request.extensions().get::<Draining>().map(|d| d.0.clone());
        let counted = request.headers().contains_key(COUNT);
        let mut request = if method.streaming {
            request
        } else {
            let most = self.inner.limits.max_message_bytes;
            request.map(|body| Body::new(body::Limited::new(body, most)))
        };
        request.extensions_mut().insert(Arc::new(seed));
        let work = AssertUnwindSafe(self.inner.routes.clone().call(request)).catch_unwind();
        let outcome = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, work).await.map_err(|_| Error::deadline()),
            None => Ok(work.await),
        };
        match outcome {
            Ok(Ok(Ok(mut response))) => {
                if let Some(statements) = telemetry::statements_of_call().filter(|_| counted) {
                    response.headers_mut().insert(STATEMENTS, statements.into());
                }
                let stop = draining.unwrap_or_else(|| self.inner.stop.clone());
                // A unary call is done; a stream keeps its place until it ends.
                let permit = method.streaming.then_some(permit);
                self.answer(response, Rest { method, caller, deadline, stop, permit })
            }
            Ok(Err(panic)) => {
                let cause: BoxError = format!("the handler panicked: {}", panic_text(&*panic)).into();
                self.refuse(&method.path, &caller, Error::internal(cause))
            }
            Err(error) => self.refuse(&method.path, &caller, error),
        }
    }

    fn answer(mut self, response: Response<Body>, rest: Rest) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        // A refusal has its status in the headers, everything else in the trailers.
        if let Some(code) = answer::settle(&mut parts.headers, &rest.method.path, &rest.caller) {
            self.observed.end(code);
            return Response::from_parts(parts, body);
        }
        let watched = body::Watched::new(body, self.observed, rest);
        Response::from_parts(parts, Body::new(watched))
    }

    /// Answers in the handler's place.
    fn refuse(mut self, method: &str, caller: &str, error: Error) -> Response<Body> {
        self.observed.end(error.code());
        telemetry::failed(method, caller, &error);
        status_response(error)
    }
}

/// What the rest of a call needs while its body is on its way.
struct Rest {
    method: &'static Method,
    caller: String,
    deadline: Option<Instant>,
    stop: CancellationToken,
    permit: Option<OwnedSemaphorePermit>,
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
