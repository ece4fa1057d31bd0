//! One call as a handler sees it: who calls, when, from where in the tree of units, and how long there is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use proto::common::v1::{ErrorReason as Common, Role, Scope as Declared};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef};
use time::Date;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::inventory::Method;

/// What the layers before the handler have found out; it travels in the request's extensions.
#[derive(Clone, Debug)]
pub struct CallSeed {
    /// Who calls; none for a method open to everybody that was called without a token.
    pub caller: Option<Arc<Caller>>,
    /// The method, from the contract.
    pub method: &'static Method,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
    /// The `authorization` value as it came, to be passed on to peers.
    pub authorization: Option<MetadataValue<Ascii>>,
    /// The trace and span of this call.
    pub context: Context,
}

/// How a service knows the tree of units in time. The kit has no unit data of its own.
#[derive(Clone, Copy)]
pub struct Territory {
    /// The path of a dated unit such as `/vn/54-20180507/555-20180507/`; none for an unknown unit.
    pub path: fn(&str) -> Option<String>,
    /// The paths that a role held at this unit covers: its own and those of its predecessors.
    pub prefixes: fn(&str) -> Vec<String>,
}

impl Territory {
    /// For services whose methods touch no unit (the gateway).
    #[must_use]
    pub fn none() -> Self {
        Self { path: |_| None, prefixes: |_| Vec::new() }
    }
}

/// What a list may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every row.
    All,
    /// Rows whose unit path begins with one of these. None at all shows nothing.
    Within(Vec<String>),
}

impl Scope {
    /// The same as a condition on the column that holds the unit's path. Written as ranges, because a prefix search
    /// by LIKE uses no index on SQLite; the column must be ordered by bytes (`kit::migrate::bytes_text`).
    #[must_use]
    pub fn on<C: IntoColumnRef + Clone>(&self, column: C) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Within(prefixes) if prefixes.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Self::Within(prefixes) => {
                prefixes.iter().fold(Condition::any(), |any, p| any.add(below(column.clone(), p)))
            }
        }
    }

    /// True where a row of this path may be shown.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Within(prefixes) => prefixes.iter().any(|p| path.starts_with(p.as_str())),
        }
    }
}

/// Rows whose path is the prefix or lies below it. `prefix` ends in '/', whose next byte is '0'.
pub fn below<C: IntoColumnRef + Clone>(column: C, prefix: &str) -> Condition {
    let end = format!("{}0", prefix.trim_end_matches('/'));
    Condition::all().add(Expr::col(column.clone()).gte(prefix)).add(Expr::col(column).lt(end))
}

/// One call. See the module.
pub struct Call {
    /// Who calls. `anonymous` without roles where the method is open to everybody.
    pub caller: Arc<Caller>,
    /// The method, from the contract.
    pub method: &'static Method,
    /// When the call began, by the service's clock.
    pub now_us: i64,
    /// The day of `now_us` in Asia/Ho_Chi_Minh.
    pub today: Date,
    /// The id that makes the call repeatable, if it has one.
    pub request_id: Option<Uuid>,
    pub(crate) seed: CallSeed,
    pub(crate) territory: Territory,
    pub(crate) judged: AtomicBool,
    pub(crate) judged_path: std::sync::Mutex<Option<String>>,
}

impl Call {
    /// Refuses unless the caller holds one of the method's roles at a unit that covers this one.
    ///
    /// # Errors
    /// PERMISSION_DENIED, UNIT_FORBIDDEN.
    pub fn at(&self, unit: &str) -> Result<()> {
        self.judged.store(true, Ordering::Relaxed);
        let path = if unit.starts_with('/') { Some(unit.to_owned()) } else { (self.territory.path)(unit) };
        let Some(path) = path else { return Err(Error::denied(Common::UnitForbidden)) };
        let allowed = self.scope().holds(&path);
        if let Ok(mut judged) = self.judged_path.lock() {
            *judged = Some(path);
        }
        if allowed { Ok(()) } else { Err(Error::denied(Common::UnitForbidden)) }
    }

    /// What the caller may see of a list: the units at which it holds one of the method's roles, with all below them
    /// and all that they took the place of.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.judged.store(true, Ordering::Relaxed);
        self.scope_of(self.method)
    }

    /// What the caller might see of the list of another method, for answers that hold some of its columns: nothing where
    /// it holds none of that method's roles.
    #[must_use]
    pub fn scope_of(&self, method: &Method) -> Scope {
        let mut prefixes = Vec::new();
        for held in self.caller.roles.iter().filter(|h| method.roles.contains(&h.role)) {
            if held.unit == "units/vn" {
                return Scope::All;
            }
            prefixes.extend((self.territory.prefixes)(&held.unit));
        }
        prefixes.sort();
        prefixes.dedup();
        Scope::Within(prefixes)
    }

    /// True where the caller holds the role at some unit.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.caller.roles.iter().any(|h| h.role == role)
    }

    pub(crate) fn needs_no_unit(&self) -> bool {
        matches!(self.method.scope, Declared::None | Declared::Public)
    }

    /// How long the caller still waits.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.seed.deadline.map(|d| d.saturating_duration_since(Instant::now()))
    }

    /// A request to a peer in the caller's name: identity, trace and a deadline 20 ms shorter than the caller's, so
    /// that this service can still say who did not answer.
    pub fn to_peer<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        if let Some(authorization) = &self.seed.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        if let Some(left) = self.remaining() {
            request.set_timeout(left.saturating_sub(Duration::from_millis(20)).max(Duration::from_millis(1)));
        }
        crate::telemetry::inject(&self.seed.context, request.metadata_mut().as_mut());
        request
    }
}
