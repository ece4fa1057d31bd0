//! A service without its type: what the host needs of it.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm_migration::MigratorTrait;
use tonic::service::Routes;

use super::{Service, Setup};
use crate::call::Territory;
use crate::db::Database;
use crate::error::{BoxError, Result};
use crate::inventory;
use crate::serve::Front;
use crate::stack::Stack;

pub(super) struct Mount {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    pub(super) peers: &'static [&'static str],
    pub(super) has_database: bool,
    pub(super) check: fn() -> Result<(), Vec<String>>,
    pub(super) territory: fn() -> Territory,
    pub(super) migrate: for<'a> fn(&'a Database) -> BoxFuture<'a, Result<()>>,
    pub(super) pending: for<'a> fn(&'a Database) -> BoxFuture<'a, Result<Vec<String>>>,
    pub(super) build: fn(Setup) -> BoxFuture<'static, Result<Routes, BoxError>>,
    pub(super) front: fn(&Setup, Stack) -> Front,
}

impl Mount {
    pub(super) fn of<S: Service>() -> Self {
        Self {
            name: S::NAME,
            package: S::PACKAGE,
            peers: S::PEERS,
            has_database: !S::Migrator::migrations().is_empty(),
            check: S::check,
            territory: S::territory,
            migrate: |database| database.migrate::<S::Migrator>().boxed(),
            pending: |database| database.pending::<S::Migrator>().boxed(),
            build: |setup| S::build(setup).boxed(),
            front: S::front,
        }
    }
}

/// The gRPC services that a process answers for: those of its packages; all of them where no package of it has any (a
/// gateway alone).
pub(super) fn service_names(mounts: &[Mount]) -> Vec<String> {
    let packages: BTreeSet<&str> = mounts.iter().map(|m| m.package).collect();
    let of = |method: &inventory::Method| packages.contains(method.package.as_str());
    let own: BTreeSet<String> = inventory::methods().filter(|m| of(m)).map(|m| m.service.clone()).collect();
    let all = || inventory::methods().map(|m| m.service.clone()).collect::<BTreeSet<_>>();
    let names = if own.is_empty() { all() } else { own };
    names.into_iter().collect()
}
