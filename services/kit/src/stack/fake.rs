//! A service for the tests of the layers: the contract's units and feed with handlers that misbehave on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt};
use proto::common::v1::{Role, WatchRequest, WatchResponse};
use proto::registry::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::registry::v1::unit_service_server::{UnitService, UnitServiceServer};
use proto::registry::v1::{GetUnitRequest, ListUnitsRequest, ListUnitsResponse, MapUnitRequest, MapUnitResponse, Unit};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use super::{Limits, Stack, StackParts};
use crate::auth::{Held, Keys, Verifier};
use crate::cache::Cache;
use crate::call::CallSeed;
use crate::clock::Clock;
use crate::error::Error;

/// What happened in the handlers.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) began: AtomicUsize,
    pub(crate) running: AtomicUsize,
    pub(crate) most: AtomicUsize,
    /// Calls that ended in any way, also by being dropped.
    pub(crate) left: AtomicUsize,
    /// Handlers that have done their work and wait to be let go.
    pub(crate) waiting: AtomicUsize,
    pub(crate) change: Notify,
}

impl Seen {
    /// Waits until so many handlers have begun.
    pub(crate) async fn began(&self, count: usize) {
        self.until(|s| s.began.load(Ordering::SeqCst) >= count).await;
    }

    /// Waits until so many handlers are gone.
    pub(crate) async fn left(&self, count: usize) {
        self.until(|s| s.left.load(Ordering::SeqCst) >= count).await;
    }

    /// Waits until so many handlers have done their work and wait.
    pub(crate) async fn waiting(&self, count: usize) {
        self.until(|s| s.waiting.load(Ordering::SeqCst) >= count).await;
    }

    /// Waits until no handler is at work.
    pub(crate) async fn idle(&self) {
        self.until(|s| s.running.load(Ordering::SeqCst) == 0).await;
    }

    /// Says that a handler has done its work and waits.
    pub(crate) fn settled(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.change.notify_waiters();
    }

    async fn until(&self, done: impl Fn(&Self) -> bool) {
        let waiting = async {
            loop {
                let changed = self.change.notified();
                if done(self) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it happens within half a minute");
    }
}

/// That a handler is at work.
pub(crate) struct Presence(Arc<Seen>);

impl Presence {
    pub(crate) fn of(seen: &Arc<Seen>) -> Self {
        seen.began.fetch_add(1, Ordering::SeqCst);
        let running = seen.running.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most.fetch_max(running, Ordering::SeqCst);
        seen.change.notify_waiters();
        Self(seen.clone())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.left.fetch_add(1, Ordering::SeqCst);
        self.0.change.notify_waiters();
    }
}

#[derive(Clone)]
pub(crate) struct Fake(pub(crate) Arc<Seen>);

#[tonic::async_trait]
impl UnitService for Fake {
    #[expect(clippy::disallowed_methods, reason = "what a handler must not do is what is tested")]
    async fn get_unit(&self, request: Request<GetUnitRequest>) -> Result<Response<Unit>, Status> {
        let _here = Presence::of(&self.0);
        let seed = request.extensions().get::<Arc<CallSeed>>().cloned().expect("the layers leave a seed");
        let name = request.into_inner().name;
        match name.as_str() {
            "units/slow" => tokio::time::sleep(Duration::from_millis(600)).await,
            "units/never" => std::future::pending().await,
            "units/panic" => panic!("as asked"),
            "units/raw" => return Err(Status::unknown("some library's words")),
            "units/missing" => return Err(Error::not_found("units/missing").into()),
            _ => {}
        }
        let code = seed.caller.as_ref().map(|c| c.subject.clone()).unwrap_or_default();
        Ok(Response::new(Unit { name, code, ..Unit::default() }))
    }

    async fn list_units(&self, _: Request<ListUnitsRequest>) -> Result<Response<ListUnitsResponse>, Status> {
        Ok(Response::new(ListUnitsResponse::default()))
    }

    async fn map_unit(&self, _: Request<MapUnitRequest>) -> Result<Response<MapUnitResponse>, Status> {
        Ok(Response::new(MapUnitResponse::default()))
    }
}

#[tonic::async_trait]
impl FeedService for Fake {
    type WatchStream = BoxStream<'static, Result<WatchResponse, Status>>;

    /// A message every ten milliseconds: two where the head is the end, else for ever; -1 panics after the first.
    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let here = Presence::of(&self.0);
        let WatchRequest { after_position, until_head } = request.into_inner();
        let messages = futures_util::stream::unfold((0, here), move |(n, here)| async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(after_position >= 0 || n == 0, "as asked");
            let message = WatchResponse { head_position: n, ..WatchResponse::default() };
            (n < 2 || !until_head).then_some((Ok(message), (n + 1, here)))
        });
        Ok(Response::new(messages.boxed()))
    }
}

/// A stack around the fake, and what is needed to call it.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) seen: Arc<Seen>,
    pub(crate) stop: CancellationToken,
    keys: Arc<Keys>,
}

pub(crate) const LIMITS: Limits = Limits {
    max_message_bytes: 64 * 1024,
    max_in_flight: 100,
    default_deadline: Duration::from_secs(10),
    calls_per_minute: 0,
};

impl World {
    pub(crate) fn new(host: &'static str, limits: Limits) -> Self {
        let (seen, stop) = (Arc::<Seen>::default(), CancellationToken::new());
        let keys = Arc::new(Keys::generate().unwrap());
        let fake = Fake(seen.clone());
        let stack = Stack::new(StackParts {
            host,
            routes: Routes::new(UnitServiceServer::new(fake.clone())).add_service(FeedServiceServer::new(fake)),
            verifier: Arc::new(Verifier::new(keys.clone()).unwrap()),
            cache: Cache::memory(),
            clock: Clock::System,
            limits,
            stop: stop.clone(),
        });
        Self { stack, seen, stop, keys }
    }

    pub(crate) fn token(&self, role: Role) -> String {
        let held = [Held { role, unit: "units/vn".to_owned() }];
        let signer = self.keys.signer().unwrap();
        signer.mint("tester", &held, Duration::from_secs(600), Clock::System.now_us()).unwrap()
    }

    /// A request with a token of the role.
    pub(crate) fn request<T>(&self, role: Role, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let value = format!("Bearer {}", self.token(role)).parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        request
    }

    /// A request for a unit in an analyst's name.
    pub(crate) fn unit(&self, name: &str) -> Request<GetUnitRequest> {
        self.request(Role::Analyst, GetUnitRequest { name: name.to_owned(), ..GetUnitRequest::default() })
    }

    /// A request for the endless stream.
    pub(crate) fn watch(&self) -> Request<WatchRequest> {
        self.request(Role::Service, WatchRequest::default())
    }
}

/// The machine reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
