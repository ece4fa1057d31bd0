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

/// What a list of rows that belong to producers may show; see [`Call::reach`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    by_unit: Scope,
    /// Where the caller is a producer, and which ones.
    own: Option<(Scope, Vec<Uuid>)>,
}

impl From<Scope> for Reach {
    fn from(by_unit: Scope) -> Self {
        Self { by_unit, own: None }
    }
}

impl Reach {
    /// What the caller reaches by its units.
    #[must_use]
    pub fn by_unit(&self) -> &Scope {
        &self.by_unit
    }

    /// The same as a condition. `owned` is the condition that a row belongs to one of the producers.
    pub fn on<C: IntoColumnRef + Clone>(&self, path: C, owned: impl FnOnce(&[Uuid]) -> Condition) -> Condition {
        match &self.own {
            None => self.by_unit.on(path),
            Some((scope, owners)) => {
                let own = Condition::all().add(scope.on(path.clone())).add(owned(owners));
                if self.by_unit == Scope::Within(Vec::new()) {
                    return own;
                }
                Condition::any().add(self.by_unit.on(path)).add(own)
            }
        }
    }

    /// True where a row of this path and producer may be shown.
    #[must_use]
    pub fn holds(&self, path: &str, owner: Uuid) -> bool {
        self.by_unit.holds(path) || self.owns(path, owner)
    }

    fn owns(&self, path: &str, owner: Uuid) -> bool {
        self.own.as_ref().is_some_and(|(scope, owners)| owners.contains(&owner) && scope.holds(path))
    }
}

/// By what a caller reaches a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A role at a unit that covers the row's.
    Unit,
    /// It is the row's producer.
    Owner,
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
        let path = self.path(unit)?;
        let allowed = self.scope().holds(&path);
        self.keep_judged(path);
        if allowed { Ok(()) } else { Err(Error::denied(Common::UnitForbidden)) }
    }

    /// The same for a row that belongs to a producer: its own account is let in as well, where the contract says `own`.
    /// Answers by what the caller was let in.
    ///
    /// # Errors
    /// PERMISSION_DENIED, UNIT_FORBIDDEN.
    pub fn at_own(&self, unit: &str, owner: Uuid) -> Result<Standing> {
        let path = self.path(unit)?;
        let reach = self.reach();
        if reach.by_unit.holds(&path) {
            self.keep_judged(path);
            return Ok(Standing::Unit);
        }
        let owns = reach.owns(&path, owner);
        // An owner is a leaf below its unit: a repeat is judged on both (`Call::again`).
        self.keep_judged(format!("{path}{owner}"));
        if owns { Ok(Standing::Owner) } else { Err(Error::denied(Common::UnitForbidden)) }
    }

    fn path(&self, unit: &str) -> Result<String> {
        self.judged.store(true, Ordering::Relaxed);
        let path = if unit.starts_with('/') { Some(unit.to_owned()) } else { (self.territory.path)(unit) };
        path.ok_or_else(|| Error::denied(Common::UnitForbidden))
    }

    fn keep_judged(&self, path: String) {
        if let Ok(mut judged) = self.judged_path.lock() {
            *judged = Some(path);
        }
    }

    /// True where the caller may still do what was judged on this path, its owner's id behind it.
    pub(crate) fn again(&self, judged: &str) -> bool {
        let reach = self.reach();
        let (path, owner) = judged.split_at(judged.rfind('/').map_or(0, |at| at + 1));
        reach.by_unit.holds(path) || owner.parse().is_ok_and(|owner| reach.owns(path, owner))
    }

    /// What the caller may see of a list: the units at which it holds one of the method's roles, with all below them
    /// and all that they took the place of. Where the contract says `own`, the role of a producer does not count here:
    /// see [`Call::reach`].
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.within(|role| role != Role::Producer || !self.method.own)
    }

    /// What the caller may see of a list of rows that belong to producers: by units, or as their producer.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let owners = self.owners();
        let own = (!owners.is_empty()).then(|| (self.within(|role| role == Role::Producer), owners.to_vec()));
        Reach { by_unit: self.scope(), own }
    }

    /// The producers in whose name the caller may act here; none for callers of other roles.
    #[must_use]
    pub fn owners(&self) -> &[Uuid] {
        let producer = self.method.own && self.method.roles.contains(&Role::Producer) && self.has_role(Role::Producer);
        if producer { &self.caller.producers } else { &[] }
    }

    fn within(&self, counts: impl Fn(Role) -> bool) -> Scope {
        self.judged.store(true, Ordering::Relaxed);
        self.held(self.method, counts)
    }

    /// What the caller might see of the list of another method, for answers that hold some of its columns: nothing where
    /// it holds none of that method's roles.
    #[must_use]
    pub fn scope_of(&self, method: &Method) -> Scope {
        self.held(method, |role| role != Role::Producer || !method.own)
    }

    fn held(&self, method: &Method, counts: impl Fn(Role) -> bool) -> Scope {
        let mut prefixes = Vec::new();
        for held in self.caller.roles.iter().filter(|h| method.roles.contains(&h.role) && counts(h.role)) {
            if held.unit == "units/vn" {
                return Scope::All;
            }
            prefixes.extend((self.territory.prefixes)(&held.unit));
        }
        prefixes.sort();
        prefixes.dedup();
        Scope::Within(prefixes)
    }

    /// True where the caller holds the role at a unit that covers this path.
    #[must_use]
    pub fn holds(&self, role: Role, path: &str) -> bool {
        self.held(self.method, |held| held == role).holds(path)
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

    /// The same in the service's own name, within the caller's trace and time: for what the caller was judged for here and
    /// need not be allowed to ask there.
    ///
    /// # Errors
    /// INTERNAL where the installation gave the service no signing key.
    pub fn to_peer_as_service<T>(&self, kit: &crate::Kit, message: T) -> Result<tonic::Request<T>> {
        let mut request = self.to_peer(message);
        let own = kit.as_service(())?;
        if let Some(authorization) = own.metadata().get("authorization") {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        Ok(request)
    }
}
