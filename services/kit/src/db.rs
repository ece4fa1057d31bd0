//! Databases: SQLite in a file for one machine, PostgreSQL for many, the same sea-orm code for both.
//!
//! SQLite: WAL, synchronous FULL, foreign keys, one writing connection whose transactions are IMMEDIATE (a reader never
//! turns into a writer half-way, so no transaction fails with "busy" after it has read), several reading ones.
//! PostgreSQL: one small pool, a statement timeout, no ping before each acquire (sea-orm's default costs a round trip
//! per statement).
//!
//! # What was settled by trial
//! `cargo run --release -p kit --features testing --example database` (2 cores shared with the server and other builds):
//! - *Ping per acquire* (sea-orm's default), 16 readers over 4 connections, with it : without it: PostgreSQL 0.66, SQLite
//!   0.69. Off; on PostgreSQL a connection that was idle for 30 seconds is still tried.
//! - *SQLite under 50 writers* that each write what they read plus one, 1,000 times in all over 8 connections. DEFERRED:
//!   988 refused (the reader that wants to write finds its snapshot old; no busy timeout helps). IMMEDIATE: none refused,
//!   none lost, 0.78 s; over one writing connection 0.57 s, which is why there is one.
//! - *One migration file on both engines*: the kit's goes up, down and up again on both and leaves nothing between; what
//!   the engines write differently stands in [`crate::migrate`]; a partial index is plain SQL. Four replicas
//!   that start together migrate one after the other. All by the tests of this module.
//!
//! Deliberately absent: a storage trait. sea-orm is the seam between the two engines; there are no mocks of it.

use std::time::Duration;

use sea_orm::sea_query::{Alias, Query};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::config::DatabaseConfig;
use crate::error::{Error, Result};

/// Which engine a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file on this machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database of one service.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    read: DatabaseConnection,
    write: DatabaseConnection,
}

/// Where sea-orm notes the migrations that were carried out.
const HISTORY: &str = "seaql_migrations";

/// PostgreSQL's advisory lock that lets one replica at a time migrate.
const MIGRATION_LOCK: i64 = 0x6f63_6f70_0001;

impl Database {
    /// Opens the database of a service.
    ///
    /// # Errors
    /// UNAVAILABLE where it does not answer, INTERNAL for a URL of neither engine.
    pub async fn open(config: &DatabaseConfig, service: &'static str) -> Result<Self> {
        if config.url.starts_with("sqlite:") {
            let write = connect(sqlite_options(config, 1), service).await?;
            let read = connect(sqlite_options(config, config.read_connections.max(1)), service).await?;
            Ok(Self { engine: Engine::Sqlite, read, write })
        } else if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            let pool = connect(postgres_options(config, service), service).await?;
            Ok(Self { engine: Engine::Postgres, read: pool.clone(), write: pool })
        } else {
            Err(Error::internal("database.url must begin with sqlite: or postgres:"))
        }
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The connection for reading outside transactions.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Begins a writing transaction. Dropping it rolls back.
    ///
    /// # Errors
    /// ABORTED (transient) where SQLite's writer stays busy beyond its timeout, UNAVAILABLE without a connection.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = match self.engine {
            Engine::Postgres => TransactionOptions::default(),
            Engine::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Begins a reading transaction that sees one state of the database however long it lasts. It holds a connection, so
    /// whoever takes one ends it before waiting for a caller.
    ///
    /// # Errors
    /// UNAVAILABLE without a connection.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let options = match self.engine {
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            // A deferred transaction of a reading connection: in WAL mode its first statement takes the snapshot.
            Engine::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
        };
        Ok(self.read.begin_with_options(options).await?)
    }

    /// Brings the tables up to date; on PostgreSQL one replica at a time. Tables that a newer program has brought further
    /// are left as they are, so that a release can be taken back.
    ///
    /// # Errors
    /// What the database says.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<()> {
        if self.pending::<M>().await?.is_empty() {
            return Ok(());
        }
        if self.engine == Engine::Sqlite {
            return Ok(M::up(&self.write, None).await?);
        }
        // The lock lives as long as this transaction, which does nothing else.
        let guard = self.write.begin().await?;
        guard.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        let done = M::up(&self.write, None).await;
        guard.rollback().await?;
        Ok(done?)
    }

    /// Names of the migrations that this program has and the database has not. It writes nothing. Migrations that only a
    /// newer program knows do not matter here (sea-orm's own question fails on them).
    ///
    /// # Errors
    /// What the database says.
    pub async fn pending<M: MigratorTrait>(&self) -> Result<Vec<String>> {
        let ours = M::migrations().into_iter().map(|migration| migration.name().to_owned());
        if !SchemaManager::new(&self.write).has_table(HISTORY).await? {
            return Ok(ours.collect());
        }
        let select = Query::select().column(Alias::new("version")).from(Alias::new(HISTORY)).take();
        let rows = self.write.query_all(&select).await?;
        let applied =
            rows.iter().map(|row| row.try_get("", "version")).collect::<std::result::Result<Vec<String>, _>>()?;
        Ok(ours.filter(|name| !applied.contains(name)).collect())
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// UNAVAILABLE or what the database says.
    pub async fn ping(&self) -> Result<()> {
        self.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Closes all connections; running statements end first.
    pub async fn close(self) {
        let closed = [self.read.clone().close().await, self.write.clone().close().await];
        for error in closed.into_iter().filter_map(std::result::Result::err) {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }
}

fn options(config: &DatabaseConfig) -> ConnectOptions {
    let mut options = ConnectOptions::new(config.url.clone());
    options
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .connect_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}

fn sqlite_options(config: &DatabaseConfig, connections: u32) -> ConnectOptions {
    let busy = Duration::from_millis(config.acquire_timeout_ms);
    let mut options = options(config);
    options
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>);
    options.map_sqlx_sqlite_opts(move |o| {
        o.create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(busy)
            .statement_cache_capacity(256)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
    });
    options
}

fn postgres_options(config: &DatabaseConfig, service: &'static str) -> ConnectOptions {
    let timeout = config.statement_timeout_ms;
    let mut options = options(config);
    options
        .max_connections(config.max_connections.max(2))
        .min_connections(1)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .set_application_name(format!("ocop-{service}"))
        .map_sqlx_postgres_opts(move |o| {
            o.options([("statement_timeout", timeout.to_string())]).statement_cache_capacity(256)
        });
    options
}

async fn connect(options: ConnectOptions, service: &'static str) -> Result<DatabaseConnection> {
    let mut connection = sea_orm::Database::connect(options).await?;
    connection.set_metric_callback(move |info| crate::telemetry::statement(service, info));
    Ok(connection)
}

/// True on PostgreSQL: for the few statements that the two engines write differently.
#[must_use]
pub fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Postgres
}

#[cfg(test)]
mod tests;
