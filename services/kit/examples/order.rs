//! A trial: what does it cost to give every committed fact its place in one order, and to chain it to the one before?
//!
//! *Head row*: each write raises one row and chains the hash in its own last statement before the commit (on PostgreSQL
//! by its own `sha256`, one round trip; on SQLite in two statements). *Sealer*: what the kit does, see `kit::journal`;
//! its time counts until the last fact is sealed. *Neither*: the same statements with facts that never get a place.
//!
//! `cargo run --release -p kit --features testing --example order` with TEST_POSTGRES_URL; without it on SQLite alone.
//! The answer stands in the documentation of `kit::journal`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a trial that cannot go on ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kit::testing::{Backend, Fresh, backends};
use kit::{Database, Engine};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

/// Writes of one run.
const WRITES: usize = 3200;
/// Runs of each way; the middle one counts.
const ROUNDS: usize = 5;
/// Connections to PostgreSQL.
const POOL: u32 = 16;

struct History;

impl MigratorTrait for History {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(kit::journal::Migration)]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Neither,
    HeadRow,
    Sealer,
}

const COLUMNS: &str =
    "record_us, caller, method, request_id, resource, unit, act_date, sample, payload_type, payload, position, hash";

async fn run(tx: &DatabaseTransaction, sql: String, values: Vec<Value>) -> Vec<sea_orm::QueryResult> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.query_all_raw(statement).await.unwrap()
}

/// One write: an effect, a fact, and what the way asks for.
async fn write(database: &Database, way: Way) {
    let payload = vec![7u8; 120];
    let tx = database.begin().await.unwrap();
    run(&tx, "INSERT INTO effect (value) VALUES ($1)".to_owned(), vec!["an effect".into()]).await;
    let fact = "1, 'caller', '/ocop.training.v1.CourseService/CreateCourse', NULL, 'courses/1', 'units/54', '2021-12-15', \
                false, 'type'";
    let fact = match database.engine() {
        Engine::Sqlite => fact.to_owned(),
        Engine::Postgres => fact.replace("'2021-12-15'", "DATE '2021-12-15'"),
    };
    match (way, database.engine()) {
        (Way::HeadRow, Engine::Postgres) => {
            let sql = format!(
                "WITH h AS (UPDATE head SET position = position + 1, hash = sha256(hash || $1) RETURNING position, hash) \
                 INSERT INTO journal ({COLUMNS}) SELECT {fact}, $1, position, hash FROM h"
            );
            run(&tx, sql, vec![payload.into()]).await;
        }
        (Way::HeadRow, Engine::Sqlite) => {
            let head = run(&tx, "SELECT position, hash FROM head".to_owned(), vec![]).await;
            let (position, before): (i64, Vec<u8>) = (
                head.first().unwrap().try_get_by_index(0).unwrap(),
                head.first().unwrap().try_get_by_index(1).unwrap(),
            );
            let hash = Sha256::new().chain_update(before).chain_update(&payload).finalize().to_vec();
            let raise = "UPDATE head SET position = $1, hash = $2".to_owned();
            run(&tx, raise, vec![(position + 1).into(), hash.clone().into()]).await;
            let sql = format!("INSERT INTO journal ({COLUMNS}) VALUES ({fact}, $1, $2, $3)");
            run(&tx, sql, vec![payload.into(), (position + 1).into(), hash.into()]).await;
        }
        (Way::Neither | Way::Sealer, _) => {
            let sql = format!("INSERT INTO journal ({COLUMNS}) VALUES ({fact}, $1, NULL, NULL)");
            run(&tx, sql, vec![payload.into()]).await;
        }
    }
    tx.commit().await.unwrap();
}

/// Writes in a second, and how long after the last commit the last fact had its place.
async fn measure(backend: Backend, way: Way, writers: usize) -> (f64, Duration) {
    let mut fresh = Fresh::on(backend).await;
    fresh.config.max_connections = POOL;
    fresh.config.acquire_timeout_ms = 60_000;
    let database = fresh.open::<History>().await;
    let (id, bytes) = match backend {
        Backend::Sqlite => ("integer PRIMARY KEY", "blob"),
        Backend::Postgres => ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytea"),
    };
    let tx = database.begin().await.unwrap();
    for sql in [
        format!("CREATE TABLE effect (id {id}, value text NOT NULL)"),
        format!("CREATE TABLE head (position bigint NOT NULL, hash {bytes} NOT NULL)"),
        "INSERT INTO head VALUES (0, '')".to_owned(),
    ] {
        tx.execute_unprepared(&sql).await.unwrap();
    }
    tx.commit().await.unwrap();

    let stop = CancellationToken::new();
    let clock = kit::Clock::System;
    let feed = kit::feed::Feed::new("order", database.clone(), kit::cache::Cache::memory(), clock, stop);
    let writing = Arc::new(AtomicBool::new(true));
    let begun = Instant::now();
    let sealing = (way == Way::Sealer).then(|| {
        let (feed, writing) = (feed.clone(), writing.clone());
        tokio::spawn(async move {
            while writing.load(Ordering::SeqCst) {
                // As the kit's own loop gathers commits.
                tokio::time::sleep(Duration::from_millis(25)).await;
                feed.seal().await.unwrap();
            }
        })
    });
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                for _ in 0..WRITES / writers {
                    write(&database, way).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let written = begun.elapsed();
    writing.store(false, Ordering::SeqCst);
    if let Some(sealing) = sealing {
        sealing.await.unwrap();
        let head = feed.seal().await.unwrap();
        assert_eq!(head, i64::try_from(WRITES / writers * writers).unwrap(), "every fact has its place");
    }
    let all = begun.elapsed();
    database.close().await;
    fresh.remove().await;
    let count = f64::from(u32::try_from(WRITES / writers * writers).unwrap());
    (count / all.as_secs_f64(), all.saturating_sub(written))
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    *values.get(ROUNDS / 2).expect("there are rounds")
}

#[tokio::main]
async fn main() {
    println!("Middle of {ROUNDS} rounds; ratios are of ways in the same round.");
    println!("engine    writers  neither/s  head row/s  sealer/s  head row : neither  sealer : neither  sealed after");
    for backend in backends() {
        for writers in [16, 64] {
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let (neither, _) = measure(backend, Way::Neither, writers).await;
                let (head, _) = measure(backend, Way::HeadRow, writers).await;
                let (sealer, late) = measure(backend, Way::Sealer, writers).await;
                rounds.push((neither, head, sealer, late.as_secs_f64() * 1000.0));
            }
            let of = |value: fn(&(f64, f64, f64, f64)) -> f64| middle(rounds.iter().map(value).collect());
            println!(
                "{:<9} {writers:>7}  {:>9.0}  {:>10.0}  {:>8.0}  {:>18.2}  {:>16.2}  {:>9.0} ms",
                format!("{backend:?}"),
                of(|r| r.0),
                of(|r| r.1),
                of(|r| r.2),
                of(|r| r.1 / r.0),
                of(|r| r.2 / r.0),
                of(|r| r.3),
            );
        }
    }
}
