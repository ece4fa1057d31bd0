//! Trials of the database set-up. *Ping*: point reads with and without sea-orm's ping before each acquire. *Writers*:
//! fifty tasks that raise a counter by what they read from it, in SQLite's DEFERRED transactions and in IMMEDIATE ones.
//!
//! `cargo run --release -p kit --features testing --example database` with TEST_POSTGRES_URL; without it on SQLite alone.
//! The answers stand in the documentation of `kit::db`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a trial that cannot go on ends")]

use std::time::{Duration, Instant};

use kit::testing::{Backend, Fresh, backends};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

const READS: usize = 20_000;
const ROUNDS: usize = 3;

async fn connect(fresh: &Fresh, ping: bool, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(fresh.config.url.clone());
    options
        .max_connections(connections)
        .min_connections(connections)
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(ping);
    options.map_sqlx_sqlite_opts(|o| {
        o.journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(60))
    });
    Database::connect(options).await.unwrap()
}

async fn prepare(db: &DatabaseConnection) {
    db.execute_unprepared("CREATE TABLE tally (id integer PRIMARY KEY, value bigint NOT NULL)").await.unwrap();
    db.execute_unprepared("INSERT INTO tally VALUES (1, 0)").await.unwrap();
}

async fn value(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let read =
        Statement::from_sql_and_values(db.get_database_backend(), "SELECT value FROM tally WHERE id = $1", [1.into()]);
    db.query_one_raw(read).await?.expect("there is a row").try_get_by_index(0)
}

/// Point reads in a second, sixteen tasks over four connections.
async fn reads(fresh: &Fresh, ping: bool) -> f64 {
    let db = connect(fresh, ping, 4).await;
    let begun = Instant::now();
    let tasks = (0..16).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..READS / 16 {
                value(&db).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let took = begun.elapsed();
    db.close().await.unwrap();
    f64::from(u32::try_from(READS).unwrap()) / took.as_secs_f64()
}

async fn raise(db: &DatabaseConnection, mode: SqliteTransactionMode) -> Result<(), DbErr> {
    let options = TransactionOptions { sqlite_transaction_mode: Some(mode), ..TransactionOptions::default() };
    let tx = db.begin_with_options(options).await?;
    let raised = value(&tx).await? + 1;
    tx.execute_unprepared(&format!("UPDATE tally SET value = {raised} WHERE id = 1")).await?;
    tx.commit().await
}

/// Fifty tasks, twenty raises each: how many were refused, what the counter says, how long it took.
async fn writers(mode: SqliteTransactionMode, connections: u32) -> (usize, i64, Duration) {
    let fresh = Fresh::on(Backend::Sqlite).await;
    let db = connect(&fresh, false, connections).await;
    prepare(&db).await;
    let begun = Instant::now();
    let tasks = (0..50).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut refused = 0;
            for _ in 0..20 {
                refused += usize::from(raise(&db, mode).await.is_err());
            }
            refused
        })
    });
    let mut refused = 0;
    for task in tasks.collect::<Vec<_>>() {
        refused += task.await.unwrap();
    }
    let took = begun.elapsed();
    let counted = value(&db).await.unwrap();
    db.close().await.unwrap();
    fresh.remove().await;
    (refused, counted, took)
}

#[tokio::main]
async fn main() {
    println!("engine    reads/s with ping  without  with : without");
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let db = connect(&fresh, false, 1).await;
        prepare(&db).await;
        db.close().await.unwrap();
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            with.push(reads(&fresh, true).await);
            without.push(reads(&fresh, false).await);
        }
        let [with, without] = [with, without].map(|mut r| {
            r.sort_by(f64::total_cmp);
            *r.get(ROUNDS / 2).expect("there are rounds")
        });
        println!("{:<9} {with:>17.0}  {without:>7.0}  {:>14.2}", format!("{backend:?}"), with / without);
        fresh.remove().await;
    }
    println!("\nSQLite, 50 writers × 20, each writes what it read plus one");
    println!("transactions  connections  refused  counted of 1000  took");
    for (name, mode, connections) in [
        ("DEFERRED", SqliteTransactionMode::Deferred, 8),
        ("IMMEDIATE", SqliteTransactionMode::Immediate, 8),
        ("IMMEDIATE", SqliteTransactionMode::Immediate, 1),
    ] {
        let (refused, counted, took) = writers(mode, connections).await;
        println!("{name:<12}  {connections:>11}  {refused:>7}  {counted:>15}  {took:?}");
    }
}
