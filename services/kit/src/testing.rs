//! What tests of the rooms stand on: real services behind their real layers in one process, on a fresh database of
//! either engine, with a clock the test owns and tokens of any role.
//!
//! Databases: SQLite files in a folder that goes with the world; PostgreSQL databases made for the world on the server
//! that `TEST_POSTGRES_URL` names and dropped with it. Without that variable [`backends`] has SQLite alone;
//! `scripts/test` always sets it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod template;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database as Connector};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use time::Date;
use time::macros::date;

use crate::auth::{Held, Keys, role_named};
use crate::clock::Clock;
use crate::config::{Config, DatabaseConfig};
use crate::db::Database;
use crate::host::{Host, Running, Service};
use crate::link::Link;

/// An engine to test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Files.
    Sqlite,
    /// A server.
    Postgres,
}

/// The engines at hand.
#[must_use]
pub fn backends() -> Vec<Backend> {
    match postgres_url() {
        Some(_) => vec![Backend::Sqlite, Backend::Postgres],
        None => vec![Backend::Sqlite],
    }
}

/// The day on which a world's clock stands unless the test sets it: late in the plan year of Phú Yên.
pub const TODAY: Date = date!(2021 - 12 - 15);

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment which servers there are")]
fn postgres_url() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// An empty database for a test that needs no whole service.
pub struct Fresh {
    /// How to open it.
    pub config: DatabaseConfig,
    name: Option<String>,
    dir: TempDir,
}

impl Fresh {
    /// An empty database of an engine.
    pub async fn on(backend: Backend) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the database");
        // A machine that is busy with other tests is no failure.
        let mut config = DatabaseConfig { acquire_timeout_ms: 60_000, ..DatabaseConfig::default() };
        let name = match backend {
            Backend::Sqlite => {
                config.url = format!("sqlite://{}?mode=rwc", dir.path().join("fresh.db").display());
                None
            }
            Backend::Postgres => {
                let name = fresh_name("fresh");
                create(&name).await;
                config.url = with_database(&name);
                Some(name)
            }
        };
        Self { config, name, dir }
    }

    /// Opens it, with the tables of a history.
    pub async fn open<M: MigratorTrait>(&self) -> Database {
        let database = Database::open(&self.config, "fresh").await.expect("the database opens");
        database.migrate::<M>().await.expect("the database is migrated");
        database
    }

    /// Removes it, whoever still uses it. One that is only dropped stays until the end of the test server.
    pub async fn remove(self) {
        if let Some(name) = &self.name {
            remove(name).await;
        }
        drop(self.dir);
    }
}

/// Services to be started for a test.
pub struct WorldBuilder {
    host: Host,
    services: Vec<template::Kept>,
    backend: Backend,
    clock: Clock,
    keys: Arc<Keys>,
    dir: TempDir,
}

/// Services started for a test.
pub struct World {
    /// The clock of all services; stands still.
    pub clock: Clock,
    running: Option<Running>,
    keys: Arc<Keys>,
    backend: Backend,
    databases: Vec<String>,
    dir: TempDir,
}

/// One service on a fresh database.
pub async fn start<S: Service>(backend: Backend) -> World {
    World::on(backend).mount::<S>().start().await
}

impl World {
    /// Services on fresh databases of an engine.
    #[must_use]
    pub fn on(backend: Backend) -> WorldBuilder {
        let mut config = Config::default();
        let any_port = ([127, 0, 0, 1], 0).into();
        config.server.listen = any_port;
        config.server.admin_listen = any_port;
        config.server.drain_seconds = 0;
        config.server.grace_seconds = 2;
        config.telemetry.log_level = "error".to_owned();
        config.database.migrate_on_start = true;
        let dir = tempfile::tempdir().expect("a folder for the world");
        config.files.url = Some(format!("file://{}", dir.path().join("files").display()));
        let seal = dir.path().join("seal.key");
        std::fs::write(&seal, "what seals the secrets of a test's world").expect("a key for the world");
        config.auth.seal_key = Some(seal);
        let clock = Clock::at_noon(TODAY);
        let keys = Arc::new(Keys::generate().expect("keys can be made"));
        let host = Host::new(config).clock(clock.clone()).keys(keys.clone());
        WorldBuilder { host, services: Vec::new(), backend, clock, keys, dir }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the world runs until it is dropped")
    }

    /// Where the service that was mounted last listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.running().addr())
    }

    /// The way to a service.
    #[must_use]
    pub fn link(&self, service: &str) -> Link {
        self.running().link(service).unwrap_or_else(|| panic!("{service} is not mounted"))
    }

    /// The database of a service.
    #[must_use]
    pub fn database(&self, service: &str) -> Database {
        self.running().database(service).unwrap_or_else(|| panic!("{service} has no database"))
    }

    /// Which engine the world stands on.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The folder of the world's files.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// A caller that holds one role at one unit.
    #[must_use]
    pub fn as_role(&self, role: &str, unit: &str) -> As {
        let held = Held { role: role_named(role).expect("a role of the contract"), unit: unit.to_owned() };
        self.as_subject(&format!("test-{role}-{unit}"), &[held])
    }

    /// The account of a producer, named `producers/…`, at a unit.
    #[must_use]
    pub fn as_producer(&self, producer: &str, unit: &str) -> As {
        let own = crate::name::parse(producer, "producers").expect("a producer's name");
        let held = [Held { role: role_named("producer").expect("a role"), unit: unit.to_owned() }];
        self.as_account(&format!("test-{producer}"), &held, &[own])
    }

    /// A caller with roles of any kind.
    #[must_use]
    pub fn as_subject(&self, subject: &str, held: &[Held]) -> As {
        self.as_account(subject, held, &[])
    }

    /// A caller with roles of any kind that acts for producers.
    #[must_use]
    pub fn as_account(&self, subject: &str, held: &[Held], producers: &[uuid::Uuid]) -> As {
        let (signer, life) = (self.keys.signer().expect("a world's keys can sign"), Duration::from_secs(3600));
        As { token: signer.mint_for(subject, held, producers, life, self.clock.now_us()).expect("a token") }
    }
}

impl WorldBuilder {
    /// Adds a service; it reaches those added before.
    #[must_use]
    pub fn mount<S: Service>(mut self) -> Self {
        self.services.extend(template::Kept::of::<S>());
        self.host = self.host.mount::<S>();
        self
    }

    /// Changes settings.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        self.host = self.host.configure(change);
        self
    }

    /// Sets the day on which the clock stands.
    #[must_use]
    pub fn at(self, date: Date) -> Self {
        self.clock.set_noon(date);
        self
    }

    /// Starts all and waits until they are ready.
    pub async fn start(self) -> World {
        let Self { mut host, services, backend, clock, keys, dir } = self;
        if backend == Backend::Sqlite {
            host = host.data_dir(dir.path());
        }
        let fresh = services.iter().map(|service| service.fresh(backend, dir.path()));
        let fresh = futures_util::future::join_all(fresh).await;
        let mut databases = Vec::new();
        for (service, name) in services.iter().zip(fresh) {
            if let Some(name) = name {
                host = host.database(service.name, with_database(&name));
                databases.push(name);
            }
        }
        let mut running = host.start().await.expect("the world starts");
        running.ready().await.expect("the world gets ready");
        World { clock, running: Some(running), keys, backend, databases, dir }
    }
}

/// Stops the services in order and drops the databases; a world that is only dropped leaves its PostgreSQL databases to
/// the end of the test server.
impl World {
    /// Ends the world.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        for name in std::mem::take(&mut self.databases) {
            remove(&name).await;
        }
    }
}

/// A caller.
#[derive(Clone, Debug)]
pub struct As {
    /// Its bearer token.
    pub token: String,
}

impl As {
    /// A request of this caller.
    pub fn say<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        let value = format!("Bearer {}", self.token).parse().expect("a token is ASCII");
        request.metadata_mut().insert("authorization", value);
        request
    }

    /// A request of this caller that asks how many statements it cost; see [`statements`].
    pub fn count<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = self.say(message);
        request.metadata_mut().insert(crate::stack::COUNT, "statements".parse().expect("ASCII"));
        request
    }
}

/// How many statements a counted call cost.
#[must_use]
pub fn statements<T>(response: &tonic::Response<T>) -> u64 {
    let value = response.metadata().get(crate::stack::STATEMENTS).expect("the call was counted");
    value.to_str().expect("ASCII").parse().expect("a number")
}

/// The machine reason of a refusal.
#[must_use]
pub fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// The violations of a refusal as (field, reason), in order.
#[must_use]
pub fn violations(status: &tonic::Status) -> Vec<(String, String)> {
    use tonic_types::StatusExt;
    let found = status.get_details_bad_request().map(|b| b.field_violations).unwrap_or_default();
    found.into_iter().map(|v| (v.field, v.reason)).collect()
}

/// A fresh database on the test server, for a process that the test starts itself; it ends with the server.
pub async fn fresh_postgres(service: &str) -> String {
    let name = fresh_name(service);
    admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await;
    with_database(&name)
}

/// The Redis of the tests, where there is one.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "tests are told by their environment which servers there are")]
pub fn redis_url() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok().filter(|url| !url.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "a name for a throw-away database")]
fn fresh_name(service: &str) -> String {
    format!("test_{service}_{}", uuid::Uuid::now_v7().simple())
}

fn with_database(name: &str) -> String {
    let url = postgres_url().expect("TEST_POSTGRES_URL is set");
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}

async fn create(name: &str) {
    admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await;
}

async fn remove(name: &str) {
    admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

/// A connection to the test server itself.
async fn administering() -> sea_orm::DatabaseConnection {
    let url = postgres_url().expect("TEST_POSTGRES_URL is set");
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Connector::connect(options).await.expect("the test server answers")
}

async fn admin(statement: &str) {
    let connection = administering().await;
    connection.execute_unprepared(statement).await.expect("the statement is carried out");
    connection.close().await.expect("the connection closes");
}
