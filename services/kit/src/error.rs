//! The one error type: a private cause (logged once, never sent), a public text, a machine reason.
//!
//! A handler never makes a `tonic::Status`; it answers an [`Error`], and the conversion at the boundary adds what every
//! refusal carries: `ErrorInfo` always, `BadRequest` with all violations, `ResourceInfo`, `PreconditionFailure` and
//! `RetryInfo` where they apply, and the Vietnamese text as `LocalizedMessage` (the status message is English).
//!
//! Deliberately absent: error types per room. What callers must tell apart is a reason in the contract.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::time::Duration;

use proto::Reason;
use proto::common::v1::ErrorReason as Common;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::reasons::{self, ReasonId, Told};
use crate::violations::Violations;

/// Any cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What handlers, rules and stores answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or failed. See the module.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    reason: ReasonId,
    metadata: Vec<(&'static str, String)>,
    violations: Violations,
    resource: Option<String>,
    retry_after: Option<Duration>,
    transient: bool,
    cause: Option<BoxError>,
}

impl Error {
    fn new(code: Code, reason: impl Reason) -> Self {
        Self(Box::new(Inner {
            code,
            reason: ReasonId::of(reason),
            metadata: Vec::new(),
            violations: Violations::default(),
            resource: None,
            retry_after: None,
            transient: false,
            cause: None,
        }))
    }

    /// The request has violations, all of them listed. INVALID_ARGUMENT.
    #[must_use]
    pub fn invalid(violations: Violations) -> Self {
        let mut error = Self::new(Code::InvalidArgument, Common::RequestInvalid).with("count", violations.len());
        error.0.violations = violations;
        error
    }

    /// The request has one violation that only the store could find. INVALID_ARGUMENT.
    #[must_use]
    pub fn violation(field: &str, reason: impl Reason, metadata: &[(&'static str, &str)]) -> Self {
        let mut violations = Violations::default();
        violations.add(field, reason, metadata);
        Self::invalid(violations)
    }

    /// The bytes, the JSON or a field outside the body's rules (such as a reused request id). INVALID_ARGUMENT.
    #[must_use]
    pub fn malformed(reason: impl Reason) -> Self {
        Self::new(Code::InvalidArgument, reason)
    }

    /// The named resource does not exist. NOT_FOUND.
    #[must_use]
    pub fn not_found(name: impl Into<String>) -> Self {
        Self::not_found_as(Common::ResourceNotFound, name)
    }

    /// The named resource does not exist, with a reason of its own. NOT_FOUND.
    #[must_use]
    pub fn not_found_as(reason: impl Reason, name: impl Into<String>) -> Self {
        Self::about(Code::NotFound, reason, name.into())
    }

    /// The resource or key exists. ALREADY_EXISTS.
    #[must_use]
    pub fn exists(name: impl Into<String>) -> Self {
        Self::exists_as(Common::ResourceExists, name)
    }

    /// The resource or key exists, with a reason of its own. ALREADY_EXISTS.
    #[must_use]
    pub fn exists_as(reason: impl Reason, name: impl Into<String>) -> Self {
        Self::about(Code::AlreadyExists, reason, name.into())
    }

    fn about(code: Code, reason: impl Reason, name: String) -> Self {
        let mut error = Self::new(code, reason).with("name", &name);
        error.0.resource = Some(name);
        error
    }

    /// A rule refuses in the present state. FAILED_PRECONDITION.
    #[must_use]
    pub fn refused(reason: impl Reason) -> Self {
        Self::new(Code::FailedPrecondition, reason)
    }

    /// The call lost against another one: read again and decide anew. ABORTED.
    #[must_use]
    pub fn conflict(reason: impl Reason) -> Self {
        Self::new(Code::Aborted, reason)
    }

    /// The caller may not. PERMISSION_DENIED.
    #[must_use]
    pub fn denied(reason: impl Reason) -> Self {
        Self::new(Code::PermissionDenied, reason)
    }

    /// The caller is not known. UNAUTHENTICATED.
    #[must_use]
    pub fn unauthenticated(reason: impl Reason) -> Self {
        Self::new(Code::Unauthenticated, reason)
    }

    /// A limit is used up; come back after the delay. RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn exhausted(reason: impl Reason, retry_after: Duration) -> Self {
        let mut error = Self::new(Code::ResourceExhausted, reason);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// The message is larger than the service takes; no retry helps. RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(Code::ResourceExhausted, Common::MessageTooLarge)
    }

    /// A peer does not answer. UNAVAILABLE.
    #[must_use]
    pub fn unavailable(peer: &'static str) -> Self {
        Self::unavailable_as(Common::PeerUnavailable).with("peer", peer)
    }

    /// A peer ended a stream or did not begin it. UNAVAILABLE; with SHUTTING_DOWN where the peer goes down in order.
    #[must_use]
    pub fn lost(peer: &'static str, status: Status) -> Self {
        let going_down = status.get_details_error_info().is_some_and(|info| info.reason == Common::ShuttingDown.id());
        let error = if going_down { Self::unavailable_as(Common::ShuttingDown) } else { Self::unavailable(peer) };
        error.because(status)
    }

    /// True where this process or a peer goes down in order: no fault, and nobody need be warned.
    #[must_use]
    pub fn is_going_down(&self) -> bool {
        self.0.reason == ReasonId::of(Common::ShuttingDown)
    }

    /// Something that the service needs is gone for now. UNAVAILABLE.
    #[must_use]
    pub fn unavailable_as(reason: impl Reason) -> Self {
        let mut error = Self::new(Code::Unavailable, reason);
        error.0.retry_after = Some(Duration::from_millis(500));
        error
    }

    /// The call's time ran out. DEADLINE_EXCEEDED.
    #[must_use]
    pub fn deadline() -> Self {
        Self::new(Code::DeadlineExceeded, Common::DeadlineExceeded)
    }

    /// The caller left before its stream was whole. CANCELLED.
    pub(crate) fn left(cause: Status) -> Self {
        Self::new(Code::Cancelled, Common::Cancelled).because(cause)
    }

    /// There is no such method. UNIMPLEMENTED.
    #[must_use]
    pub fn unimplemented(method: impl Display) -> Self {
        Self::new(Code::Unimplemented, Common::MethodUnknown).with("method", method)
    }

    /// The method is called in another form, such as "POST". UNIMPLEMENTED.
    #[must_use]
    pub fn called_otherwise(method: impl Display, form: &'static str) -> Self {
        Self::new(Code::Unimplemented, Common::MethodCalledOtherwise).with("method", method).with("form", form)
    }

    /// A fault of ours. The cause is logged, the caller reads the trace id. INTERNAL.
    #[must_use]
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::new(Code::Internal, Common::Internal).because(cause)
    }

    /// Adds a dynamic value: it stands in `ErrorInfo.metadata` and fills `{key}` in the texts of the reason.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Display) -> Self {
        self.0.metadata.push((key, value.to_string()));
        self
    }

    /// Keeps the private cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<BoxError>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The status code it will be sent with.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The machine reason, such as `TAX_CODE_TAKEN`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.0.reason.id
    }

    /// What the caller is told, each with the field that it is about: the violations, or else the one reason.
    #[must_use]
    pub fn told(&self) -> Vec<(String, Told)> {
        if self.0.violations.is_empty() {
            let (vi, en) = self.texts();
            return vec![(String::new(), Told { id: self.0.reason.id, vi, en })];
        }
        self.0.violations.told().map(|(field, told)| (field.to_owned(), told)).collect()
    }

    /// True where the same work may simply be done again: a lost serialisation race or a busy database.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// The private cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }

    fn texts(&self) -> (String, String) {
        let find = |key: &str| self.0.metadata.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str());
        self.0.reason.texts(find)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().1)?;
        for violation in self.0.violations.iter() {
            write!(f, "; {violation}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {self}", self.0.code, self.0.reason.id)?;
        match &self.0.cause {
            // In words: the debug form of a status is the bytes of its details.
            Some(cause) => write!(f, " (cause: {})", crate::telemetry::chain(cause.as_ref())),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for Status {
    fn from(mut error: Error) -> Self {
        if error.0.code == Code::Internal {
            error = error.with("trace", crate::telemetry::trace_id());
        }
        let (vi, en) = error.texts();
        let Inner { code, reason, metadata, violations, resource, retry_after, .. } = *error.0;
        let metadata: HashMap<String, String> = metadata.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let mut details = ErrorDetails::with_error_info(reason.id, reason.domain, metadata);
        details.set_localized_message("vi-VN", vi);
        if code == Code::FailedPrecondition {
            details.add_precondition_failure_violation(reason.id, reason.domain, &*en);
        }
        if let Some(name) = resource {
            let kind = name.split('/').next().unwrap_or_default().to_owned();
            details.set_resource_info(kind, name, "", &*en);
        }
        if let Some(delay) = retry_after {
            details.set_retry_info(Some(delay));
        }
        let message = if violations.is_empty() { en } else { format!("{en}: {}", violations.summary()) };
        if !violations.is_empty() {
            details.set_bad_request(violations.into_details());
        }
        Status::with_error_details(code, message, details)
    }
}

impl From<DbErr> for Error {
    fn from(cause: DbErr) -> Self {
        match fault_of(&cause) {
            DbFault::Busy => {
                let mut error = Self::conflict(Common::Conflict).because(cause);
                error.0.transient = true;
                error
            }
            DbFault::Unique => Self::conflict(Common::Conflict).because(cause),
            DbFault::Gone => Self::unavailable_as(Common::DatabaseUnavailable).because(cause),
            DbFault::Full => Self::exhausted(Common::DatabaseFull, Duration::from_secs(30)).because(cause),
            DbFault::Other => Self::internal(cause),
        }
    }
}

enum DbFault {
    Busy,
    Unique,
    Gone,
    Full,
    Other,
}

fn fault_of(error: &DbErr) -> DbFault {
    if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return DbFault::Unique;
    }
    let runtime = match error {
        DbErr::ConnectionAcquire(_) => return DbFault::Gone,
        DbErr::Conn(e) | DbErr::Exec(e) | DbErr::Query(e) => e,
        _ => return DbFault::Other,
    };
    let RuntimeErr::SqlxError(sqlx) = runtime else { return DbFault::Other };
    match &**sqlx {
        sqlx::Error::Database(db) => match db.code().as_deref() {
            // PostgreSQL: serialization failure, deadlock, lock not available. SQLite: busy, locked, busy snapshot.
            Some("40001" | "40P01" | "55P03" | "5" | "6" | "517" | "261" | "262") => DbFault::Busy,
            // PostgreSQL: admin shutdown, crash shutdown, cannot connect now, statement timeout.
            Some("57P01" | "57P02" | "57P03" | "57014") => DbFault::Gone,
            // Disk full on PostgreSQL and on SQLite.
            Some("53100" | "13") => DbFault::Full,
            _ => DbFault::Other,
        },
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_) => DbFault::Gone,
        _ => DbFault::Other,
    }
}

/// True for the violation of a unique key.
pub(crate) fn is_unique(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Says what the violation of a unique key means.
pub trait OnUnique<T> {
    /// ALREADY_EXISTS with the reason and the name where a unique key was violated.
    ///
    /// # Errors
    /// That one, or the database's error as it is.
    fn on_unique(self, reason: impl Reason, name: impl Into<String>) -> Result<T>;
}

impl<T> OnUnique<T> for std::result::Result<T, DbErr> {
    fn on_unique(self, reason: impl Reason, name: impl Into<String>) -> Result<T> {
        self.map_err(|e| if is_unique(&e) { Error::exists_as(reason, name).because(e) } else { e.into() })
    }
}

/// Says what a peer's refusal means to the caller of this service.
pub trait PeerExt<T> {
    /// The answer; or what `meaning` makes of the code; else UNAVAILABLE where the peer did not answer in time, the
    /// peer's own words where it refused the caller, and INTERNAL for the rest.
    ///
    /// # Errors
    /// As said.
    fn or_refuse(self, peer: &'static str, meaning: impl FnOnce(Code) -> Option<Error>) -> Result<T>;
}

impl<T> PeerExt<T> for std::result::Result<tonic::Response<T>, Status> {
    fn or_refuse(self, peer: &'static str, meaning: impl FnOnce(Code) -> Option<Error>) -> Result<T> {
        let status = match self {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) => status,
        };
        if let Some(error) = meaning(status.code()) {
            return Err(error.because(status));
        }
        Err(match status.code() {
            Code::Unavailable | Code::ResourceExhausted => Error::unavailable(peer).because(status),
            Code::DeadlineExceeded => Error::deadline().because(status),
            Code::Cancelled => Error::new(Code::Cancelled, Common::Cancelled).because(status),
            Code::PermissionDenied => Error::denied(Common::UnitForbidden).because(status),
            Code::Unauthenticated => Error::unauthenticated(Common::TokenInvalid).because(status),
            _ => Error::internal(status),
        })
    }
}

/// A reason as an answer carries it that judges rows and refuses none of them: its id, its Vietnamese and its English text.
#[must_use]
pub fn reason_texts(reason: impl Reason, values: &[(&str, &str)]) -> (&'static str, String, String) {
    let reason = ReasonId::of(reason);
    let (vi, en) = reason.texts(|key| values.iter().find(|(known, _)| *known == key).map(|(_, value)| *value));
    (reason.id, vi, en)
}

/// Every reason of every package with its two texts: what the table test and the documentation read.
#[must_use]
pub fn reason_table() -> Vec<(String, String, String)> {
    reasons::table()
}
