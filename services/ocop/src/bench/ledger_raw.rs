//! The statements of PostEntry through sqlx, on both engines: what `ocop bench ledger` is compared with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kit::{BoxError, Clock, name};
use prost::{Message, Name};
use proto::budget::v1 as pb;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Row, Sqlite};
use time::macros::date;
use tokio::task::JoinSet;
use uuid::Uuid;

const KEEP: &str = r#"UPDATE "line" SET "funding_vnd" = $1, "available_vnd" = $2, "committed_vnd" = $3, "paid_vnd" = $4, "settled_vnd" = $5 WHERE "line"."id" = $6"#;
const ENTRY: &str = r#"INSERT INTO "entry" ("id", "line_id", "estimate_id", "plan_id", "unit", "unit_path", "kind", "debit", "credit", "amount_vnd", "act_date", "note", "reverses", "sample", "create_us", "transfer_id") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"#;
const JOURNAL: &str = r#"INSERT INTO "journal" ("record_us", "caller", "method", "request_id", "resource", "unit", "act_date", "sample", "payload_type", "payload", "position", "hash") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"#;
const REQUEST: &str = r#"INSERT INTO "request" ("caller", "method", "request_id", "request_hash", "unit_path", "reply", "create_us") VALUES ($1, $2, $3, $4, $5, $6, $7)"#;

/// Where the line keeps its balances.
const BALANCES: [&str; 5] = ["funding_vnd", "available_vnd", "committed_vnd", "paid_vnd", "settled_vnd"];

const CALLER: &str = "limit";
const METHOD: &str = "/ocop.budget.v1.LedgerService/PostEntry";

macro_rules! engine {
    ($module:ident, $database:ty, $line:literal, $book:literal) => {
        mod $module {
            use super::*;

            pub(super) async fn commit_one(
                mut tx: sqlx::Transaction<'_, $database>,
                line: Uuid,
                [id, request_id]: [Uuid; 2],
            ) -> Result<(), sqlx::Error> {
                let now_us = Clock::System.now_us();
                let day = date!(2021 - 06 - 01);
                let found = sqlx::query::<$database>($line).bind(line).fetch_one(&mut *tx).await?;
                let plan: Uuid = found.try_get("plan_id")?;
                let (unit, unit_path): (String, String) = (found.try_get("unit")?, found.try_get("unit_path")?);
                let estimate: Uuid = found.try_get("estimate_id")?;
                let mut kept = [0_i64; 5];
                for (balance, column) in kept.iter_mut().zip(BALANCES) {
                    *balance = found.try_get(column)?;
                }
                let [funding, available, committed, paid, settled] = kept;
                sqlx::query::<$database>($book).bind(plan).fetch_one(&mut *tx).await?;
                sqlx::query::<$database>(KEEP)
                    .bind(funding)
                    .bind(available - 1)
                    .bind(committed + 1)
                    .bind(paid)
                    .bind(settled)
                    .bind(line)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query::<$database>(ENTRY)
                    .bind(id)
                    .bind(line)
                    .bind(estimate)
                    .bind(plan)
                    .bind(unit.as_str())
                    .bind(unit_path.as_str())
                    .bind("commit")
                    .bind("committed")
                    .bind("available")
                    .bind(1_i64)
                    .bind(day)
                    .bind("")
                    .bind(None::<Uuid>)
                    .bind(true)
                    .bind(now_us)
                    .bind(None::<Uuid>)
                    .execute(&mut *tx)
                    .await?;
                record(&mut tx, told(id, line, plan), request_id, (unit.as_str(), unit_path.as_str(), day)).await?;
                tx.commit().await
            }

            /// What every write leaves beside its own rows: the journal's entry and the answer to its request.
            async fn record(
                tx: &mut sqlx::Transaction<'_, $database>,
                told: pb::EntryPosted,
                request_id: Uuid,
                (unit, unit_path, day): (&str, &str, time::Date),
            ) -> Result<(), sqlx::Error> {
                sqlx::query::<$database>(JOURNAL)
                    .bind(Clock::System.now_us())
                    .bind(CALLER)
                    .bind(METHOD)
                    .bind(request_id)
                    .bind(told.entry.as_str())
                    .bind(unit)
                    .bind(day)
                    .bind(true)
                    .bind(pb::EntryPosted::type_url())
                    .bind(told.encode_to_vec())
                    .bind(None::<i64>)
                    .bind(None::<&[u8]>)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query::<$database>(REQUEST)
                    .bind(CALLER)
                    .bind(METHOD)
                    .bind(request_id)
                    .bind(&[0_u8; 32][..])
                    .bind(unit_path)
                    .bind(told.encode_to_vec())
                    .bind(Clock::System.now_us())
                    .execute(&mut **tx)
                    .await?;
                Ok(())
            }
        }
    };
}

engine!(
    postgres,
    Postgres,
    r#"SELECT * FROM "line" WHERE "line"."id" = $1 FOR UPDATE"#,
    r#"SELECT * FROM "ledger_book" WHERE "ledger_book"."id" = $1 FOR KEY SHARE"#
);
engine!(
    sqlite,
    Sqlite,
    r#"SELECT * FROM "line" WHERE "line"."id" = $1"#,
    r#"SELECT * FROM "ledger_book" WHERE "ledger_book"."id" = $1"#
);

fn told(id: Uuid, line: Uuid, plan: Uuid) -> pb::EntryPosted {
    pb::EntryPosted {
        entry: name::of("entries", id),
        line: name::of("lines", line),
        kind: pb::EntryKind::Commit.as_str_name().to_owned(),
        amount_vnd: 1,
        plan: name::of("plans", plan),
        category: pb::SpendingCategory::Training.as_str_name().to_owned(),
        source: pb::FundingSource::Provincial.as_str_name().to_owned(),
        ..Default::default()
    }
}

/// The connections, set up as the kit sets up the service's. Cheap to clone.
#[derive(Clone)]
pub(super) enum Pool {
    Postgres(sqlx::Pool<Postgres>),
    Sqlite(sqlx::Pool<Sqlite>),
}

impl Pool {
    /// Connects with the service's default settings.
    pub(super) async fn open(url: &str) -> Result<Self, BoxError> {
        let defaults = kit::Config::default().database;
        let patience = Duration::from_secs(60);
        if !url.starts_with("sqlite:") {
            let options: PgConnectOptions = url.parse()?;
            let pool = PgPoolOptions::new().max_connections(defaults.max_connections).acquire_timeout(patience);
            let pool = pool.test_before_acquire(false).connect_with(options.statement_cache_capacity(256)).await?;
            return Ok(Self::Postgres(pool));
        }
        let options: SqliteConnectOptions = url.parse()?;
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let options = options.foreign_keys(true).busy_timeout(patience).statement_cache_capacity(256);
        let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).acquire_timeout(patience);
        Ok(Self::Sqlite(pool.connect_with(options.pragma("cache_size", "-65536")).await?))
    }

    async fn commit_one(&self, line: Uuid, ids: [Uuid; 2]) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(pool) => postgres::commit_one(pool.begin().await?, line, ids).await,
            Self::Sqlite(pool) => sqlite::commit_one(pool.begin_with("BEGIN IMMEDIATE").await?, line, ids).await,
        }
    }
}

/// Runs the statements until a moment, as fast as they go. Answers how many transactions were committed.
#[expect(clippy::disallowed_methods, reason = "the limit has no kit, and keys of another order would cost more")]
pub(super) async fn clients(count: u16, pool: &Pool, line: &str, until: Instant) -> Result<u64, BoxError> {
    let line = name::parse(line, "lines").ok_or("no line")?;
    let committed = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..count {
        let (pool, committed) = (pool.clone(), committed.clone());
        clients.spawn(async move {
            while Instant::now() < until {
                pool.commit_one(line, [Uuid::now_v7(), Uuid::now_v7()]).await?;
                committed.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, BoxError>(())
        });
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    Ok(committed.load(Ordering::Relaxed))
}

/// How many a second.
pub(super) fn rate(count: u64, took: Duration) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from) / took.as_secs_f64().max(f64::EPSILON)
}
