//! `read` and `write`: what takes the boilerplate away from handlers.
//!
//! Both unwrap the request, check it (annotations of the contract first, then the room's parse function, all violations
//! together), run the handler, and turn its answer or [`Error`] into what tonic sends. The layers before have
//! authenticated the caller and checked the role; the handler judges the unit ([`Call::at`], [`Call::scope`]), and an
//! answer of a handler that forgot to is not sent.
//!
//! `receive` is a write whose caller streams: the first message is the request, the rest its content.
//! A write is one transaction: effect, facts (audit entry and event), request id with reply. A lost serialisation race
//! or a busy database runs the handler again, at most five times; a handler has therefore no other effect than on `tx`.
//!
//! # What was settled by trial
//! - *Async closures.* `AsyncFn(&Tx, …)` does not compile inside tonic's `Send` futures (rustc 1.95: "implementation of
//!   `Send` is not general enough", whichever arguments are borrowed). Handlers are therefore `move |w| async move { … }`
//!   over a guard that owns its parts.
//! - *A caller that leaves*, or whose deadline passes: the handler's future is dropped, and with the guard the transaction
//!   is rolled back; SQLite's one writing connection is free again for the next call. Calls that were dropped at 80
//!   moments from before BEGIN to after COMMIT took effect wholly or not at all, and the repeat was answered each time.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use prost_reflect::{DynamicMessage, Value};
use proto::common::v1::{ErrorReason as Common, Role};
use sea_orm::{DatabaseConnection, DatabaseTransaction};
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::auth::{Caller, Held, Signer};
use crate::call::{Call, CallSeed, Territory};
use crate::clock::Clock;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::feed::Feed;
use crate::incoming::Incoming;
use crate::journal::{self, Author, Fact};
use crate::page::PageKey;
use crate::repeat;
use crate::violations::{Frame, Violations};

/// What a handler of one RPC answers to tonic.
pub type Answer<T> = std::result::Result<Response<T>, Status>;

/// What a service's kit is made of; the host fills it in.
pub struct KitParts {
    /// The service, such as `registry`.
    pub service: &'static str,
    /// Its database; none for the gateway.
    pub database: Option<Database>,
    /// The clock.
    pub clock: Clock,
    /// The key that signs page tokens.
    pub pages: Arc<PageKey>,
    /// How the service knows units.
    pub territory: Territory,
    /// Makes the service's own tokens, for calls in its own name; none where it has no signing key.
    pub signer: Option<Arc<Signer>>,
    /// The feed of the service's journal.
    pub feed: Option<Feed>,
}

/// What a room works with. Cheap to clone.
#[derive(Clone)]
pub struct Kit(Arc<KitParts>);

/// A checked request being read for.
pub struct Read<P> {
    /// The call.
    pub call: Arc<Call>,
    /// What the parse function made of the request.
    pub want: P,
    database: Database,
}

impl<P> Read<P> {
    /// The connection to read with.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        self.database.reader()
    }

    /// One state of the database for a walk of many statements; see [`Database::snapshot`].
    ///
    /// # Errors
    /// UNAVAILABLE without a connection.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        self.database.snapshot().await
    }
}

/// A checked request being carried out in a transaction.
pub struct Write<P> {
    /// The call.
    pub call: Arc<Call>,
    /// What the parse function made of the request.
    pub want: Arc<P>,
    tx: Arc<DatabaseTransaction>,
    facts: Arc<Mutex<Vec<Fact>>>,
}

impl<P> Write<P> {
    /// The transaction.
    #[must_use]
    pub fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// Records what the write does. At least one fact belongs to every write; it is the audit entry and the event.
    pub fn record(&self, fact: Fact) {
        if let Ok(mut facts) = self.facts.lock() {
            facts.push(fact);
        }
    }
}

/// A request that was taken apart and checked.
struct Checked<P> {
    call: Arc<Call>,
    want: P,
    body: Vec<u8>,
    validate_only: bool,
}

/// How often a write is tried in all.
const TRIES: u32 = 5;

impl Kit {
    /// Puts a service's kit together.
    #[must_use]
    pub fn new(parts: KitParts) -> Self {
        Self(Arc::new(parts))
    }

    /// A new id: UUIDv7, ordered by time, made by the service so that no row has to be read back for it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The database, for background work of the room's own (projections).
    ///
    /// # Errors
    /// INTERNAL for a service without one.
    pub fn database(&self) -> Result<&Database> {
        self.0.database.as_ref().ok_or_else(|| Error::internal("this service has no database"))
    }

    /// The feed of this service's facts.
    ///
    /// # Errors
    /// INTERNAL for a service without a database.
    pub fn feed(&self) -> Result<&Feed> {
        self.0.feed.as_ref().ok_or_else(|| Error::internal("this service has no feed"))
    }

    /// A request to a peer in this service's own name, for work that no caller asked for.
    ///
    /// # Errors
    /// INTERNAL where the installation gave the service no signing key.
    pub fn as_service<T>(&self, message: T) -> Result<Request<T>> {
        let signer = self.0.signer.as_ref().ok_or_else(|| Error::internal("auth.signing_key is not set"))?;
        let held = [Held { role: Role::Service, unit: "units/vn".to_owned() }];
        let token = signer.mint(self.0.service, &held, Duration::from_secs(300), self.0.clock.now_us());
        let token = token.map_err(Error::internal)?;
        let mut request = Request::new(message);
        let value = format!("Bearer {token}").parse().map_err(|_| Error::internal("the token is not ASCII"))?;
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }

    /// The call of a request, for handlers that must ask a peer before their transaction opens.
    ///
    /// # Errors
    /// INTERNAL where the request did not come through the service's layers.
    pub fn prepare<Q>(&self, request: &Request<Q>) -> std::result::Result<Arc<Call>, Status> {
        Ok(Arc::new(self.call(request.extensions())?))
    }

    /// Reads: checks the request, runs the handler, answers.
    ///
    /// # Errors
    /// The violations of the request, or what the handler refuses with.
    pub async fn read<Q, P, A, F, Fut>(
        &self,
        request: Request<Q>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
        handler: F,
    ) -> Answer<A>
    where
        Q: Message,
        F: FnOnce(Read<P>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let checked = self.check(request, parse)?;
        let call = checked.call.clone();
        let answer = match self.database() {
            Ok(database) => handler(Read { call: checked.call, want: checked.want, database: database.clone() }).await,
            Err(e) => Err(e),
        };
        finish(&call, answer.and_then(|a| judged(&call).map(|()| a)))
    }

    /// Calculates: as [`Kit::read`] for methods without a database.
    ///
    /// # Errors
    /// The violations of the request, or what the rule refuses with.
    pub fn compute<Q, P, A>(
        &self,
        request: Request<Q>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
        rule: impl FnOnce(&Call, P) -> Result<A>,
    ) -> Answer<A>
    where
        Q: Message,
    {
        let checked = self.check(request, parse)?;
        let answer = rule(&checked.call, checked.want);
        finish(&checked.call, answer.and_then(|a| judged(&checked.call).map(|()| a)))
    }

    /// Writes: checks the request, runs the handler in a transaction, keeps facts and reply with the effect, commits.
    ///
    /// # Errors
    /// The violations of the request, or what the handler refuses with; then nothing is stored.
    pub async fn write<Q, P, A, F, Fut>(
        &self,
        request: Request<Q>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
        handler: F,
    ) -> Answer<A>
    where
        Q: Message,
        P: Send + Sync,
        A: Message + Default,
        F: Fn(Write<P>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let checked = self.check(request, parse)?;
        let call = checked.call.clone();
        let key = call.request_id.filter(|_| !checked.validate_only).map(|request_id| repeat::Key {
            caller: call.caller.subject.clone(),
            method: call.method.path.clone(),
            request_id,
            hash: repeat::Key::hash(&checked.body),
        });
        let work = Work { call: call.clone(), want: Arc::new(checked.want), key, dry: checked.validate_only };
        finish(&call, self.carry_out(&work, &handler).await)
    }

    /// Receives: as [`Kit::write`] for a method whose caller streams. The first message is the request; it is checked
    /// before another one is read. `take` then brings in the rest, outside of any transaction, and answers what is to be
    /// written together with what tells this content from another (a hash): a repeat must bring the same first message
    /// and the same content. What `take` leaves behind must do no harm where the write is refused after it.
    ///
    /// # Errors
    /// The violations of the first message, or what `take` and the handler refuse with; then nothing is stored.
    pub async fn receive<Q, P, W, A, T, TFut, F, Fut>(
        &self,
        request: Request<Streaming<Q>>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
        take: T,
        handler: F,
    ) -> Answer<A>
    where
        Q: Message + Default,
        W: Send + Sync,
        A: Message + Default,
        T: FnOnce(Read<P>, Incoming<Q>) -> TFut,
        TFut: Future<Output = Result<(W, Vec<u8>)>> + Send,
        F: Fn(Write<W>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let (metadata, extensions, stream) = request.into_parts();
        let mut rest = Incoming::new(stream);
        // A stream without a message is an empty request.
        let first = rest.next().await.map_err(|e| self.send_early(&extensions, e))?.unwrap_or_default();
        let Checked { call, want, body, .. } = self.check(Request::from_parts(metadata, extensions, first), parse)?;
        let taken = match self.database() {
            Ok(database) => take(Read { call: call.clone(), want, database: database.clone() }, rest).await,
            Err(e) => Err(e),
        };
        let (want, content) = taken.map_err(|e| send(&call, e))?;
        let key = call.request_id.map(|request_id| repeat::Key {
            caller: call.caller.subject.clone(),
            method: call.method.path.clone(),
            request_id,
            hash: repeat::Key::hash(&[body, content].concat()),
        });
        let work = Work { call: call.clone(), want: Arc::new(want), key, dry: false };
        finish(&call, self.carry_out(&work, &handler).await)
    }

    /// A refusal from before the request is known.
    fn send_early(&self, extensions: &tonic::Extensions, error: Error) -> Status {
        match self.call(extensions) {
            Ok(call) => send(&call, error),
            Err(status) => status,
        }
    }

    async fn carry_out<P, A, F, Fut>(&self, work: &Work<P>, handler: &F) -> Result<A>
    where
        A: Message + Default,
        F: Fn(Write<P>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let mut tries = 1;
        loop {
            let error = match self.attempt(work, handler).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.is_transient() && tries < TRIES {
                tokio::time::sleep(Duration::from_millis(4 << tries)).await;
                tries += 1;
                continue;
            }
            return self.replay(work, error).await;
        }
    }

    async fn attempt<P, A, F, Fut>(&self, work: &Work<P>, handler: &F) -> Result<A>
    where
        A: Message,
        F: Fn(Write<P>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let database = self.database()?;
        let tx = Arc::new(database.begin().await?);
        let facts = Arc::new(Mutex::new(Vec::new()));
        let write = Write { call: work.call.clone(), want: work.want.clone(), tx: tx.clone(), facts: facts.clone() };
        let done = handler(write).await.and_then(|a| judged(&work.call).map(|()| a));
        // The handler's guard is gone with its future, so this is the only owner.
        let tx = Arc::try_unwrap(tx).map_err(|_| Error::internal("the handler kept its transaction"))?;
        let kept = match done {
            Ok(answer) if work.dry => Err(Ok(answer)),
            Ok(answer) => self.keep(work, &tx, &facts, &answer).await.map(|()| answer).map_err(Err),
            Err(error) => Err(Err(error)),
        };
        match kept {
            Ok(answer) => {
                tx.commit().await?;
                self.feed()?.wake();
                Ok(answer)
            }
            Err(outcome) => {
                tx.rollback().await?;
                outcome
            }
        }
    }

    /// What every write leaves beside its effect.
    async fn keep<P, A: Message>(
        &self,
        work: &Work<P>,
        tx: &DatabaseTransaction,
        facts: &Mutex<Vec<Fact>>,
        answer: &A,
    ) -> Result<()> {
        let facts = facts.lock().map(|mut f| std::mem::take(&mut *f)).unwrap_or_default();
        if facts.is_empty() {
            return Err(Error::internal(format!("{} recorded no fact", work.call.method.path)));
        }
        let call = &work.call;
        let author = Author {
            caller: &call.caller.subject,
            method: &call.method.path,
            request_id: call.request_id,
            now_us: call.now_us,
            today: call.today,
        };
        journal::append(tx, &author, facts).await?;
        let Some(key) = &work.key else { return Ok(()) };
        let path = call.judged_path.lock().ok().and_then(|p| p.clone()).unwrap_or_default();
        if repeat::keep(tx, key, path, answer.encode_to_vec(), call.now_us).await? {
            Ok(())
        } else {
            Err(Error::conflict(Common::Conflict))
        }
    }

    /// The reply that this id got before, if it did: a repeat may fail in its effect because the first call succeeded.
    /// It is authorised again; refusals are never replayed.
    async fn replay<P, A: Message + Default>(&self, work: &Work<P>, error: Error) -> Result<A> {
        let Some(key) = work.key.as_ref().filter(|_| error.code() != Code::PermissionDenied) else {
            return Err(error);
        };
        // The lookup must not hide the first error: a database that is gone stays the reason.
        let Ok(Some(given)) = repeat::given(self.database()?, key).await else { return Err(error) };
        if !work.call.needs_no_unit() && !work.call.again(&given.unit_path) {
            return Err(Error::denied(Common::UnitForbidden));
        }
        if !given.same_body {
            return Err(Error::malformed(Common::RequestIdReused));
        }
        A::decode(given.reply.as_slice()).map_err(Error::internal)
    }

    fn check<Q: Message, P>(
        &self,
        request: Request<Q>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
    ) -> std::result::Result<Checked<P>, Status> {
        let mut call = self.call(request.extensions())?;
        let message = request.into_inner();
        let body = message.encode_to_vec();
        let dynamic = DynamicMessage::decode(call.method.input.clone(), body.as_slice()).map_err(Error::internal)?;
        let frame = Frame { now_us: call.now_us, pages: self.0.pages.clone(), method: &call.method.path };
        let mut violations = Violations::within(frame);
        crate::annotations::check(&call.method.input, &dynamic, &mut |field, reason, metadata| {
            violations.add(field, reason, metadata);
        });
        let want = parse(&message, &mut violations);
        let Some(want) = want.filter(|_| violations.is_empty()) else {
            let error = if violations.is_empty() {
                Error::internal(format!("the parser of {} gave up without a violation", call.method.path))
            } else {
                Error::invalid(violations)
            };
            return Err(send(&call, error));
        };
        call.request_id = text(&dynamic, "request_id").and_then(|id| Uuid::try_parse(&id).ok());
        let validate_only = field(&dynamic, "validate_only").and_then(|v| v.as_bool()).unwrap_or(false);
        Ok(Checked { call: Arc::new(call), want, body, validate_only })
    }

    fn call(&self, extensions: &tonic::Extensions) -> std::result::Result<Call, Status> {
        let seed = extensions
            .get::<Arc<CallSeed>>()
            .ok_or_else(|| Error::internal("the request did not come through the service's layers"))?;
        let now_us = self.0.clock.now_us();
        Ok(Call {
            caller: seed.caller.clone().unwrap_or_else(|| Arc::new(Caller::anonymous())),
            method: seed.method,
            now_us,
            today: crate::values::day::at(now_us),
            request_id: None,
            seed: CallSeed::clone(seed),
            territory: self.0.territory,
            judged: AtomicBool::new(false),
            judged_path: Mutex::new(None),
        })
    }
}

/// One write to be carried out.
struct Work<P> {
    call: Arc<Call>,
    want: Arc<P>,
    key: Option<repeat::Key>,
    dry: bool,
}

/// A parse function for requests with nothing to parse.
pub fn plain<Q>(_: &Q, _: &mut Violations) -> Option<()> {
    Some(())
}

fn judged(call: &Call) -> Result<()> {
    if call.needs_no_unit() || call.judged.load(std::sync::atomic::Ordering::Relaxed) {
        Ok(())
    } else {
        Err(Error::internal(format!("{} answered without judging the caller's units", call.method.path)))
    }
}

fn finish<A>(call: &Call, answer: Result<A>) -> Answer<A> {
    answer.map(Response::new).map_err(|error| send(call, error))
}

/// The boundary: the one place where a handler's error is logged and becomes a status.
fn send(call: &Call, error: Error) -> Status {
    crate::telemetry::failed(&call.method.path, &call.caller.subject, &error);
    error.into()
}

fn field<'a>(message: &'a DynamicMessage, name: &str) -> Option<std::borrow::Cow<'a, Value>> {
    message.get_field_by_name(name)
}

fn text(message: &DynamicMessage, name: &str) -> Option<String> {
    field(message, name)?.as_str().filter(|s| !s.is_empty()).map(str::to_owned)
}

mod long;
#[cfg(test)]
mod tests;

pub use long::Batch;
