use sea_orm::Statement;
use sea_orm_migration::MigratorTrait;

use super::*;
use crate::fixture::{History, count_up, counted};
use crate::testing::{Backend, Fresh, backends};

/// The tables and indexes of a database, by name, with what they are made of.
async fn shape(database: &Database) -> Vec<String> {
    let what = match database.engine() {
        Engine::Sqlite => "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema",
        Engine::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
                coalesce(collation_name, '') FROM information_schema.columns WHERE table_schema = 'public'
             UNION ALL SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'"
        }
    };
    let db = database.reader();
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), what)).await.unwrap();
    let mut shape: Vec<String> = rows.iter().map(|r| r.try_get_by_index(0).unwrap()).collect();
    shape.retain(|line| !line.contains("seaql_migrations") && !line.starts_with("sqlite_"));
    shape.sort();
    shape
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_history_goes_up_down_and_up_again_on_both_engines() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = Database::open(&fresh.config, "fresh").await.unwrap();
        assert_eq!(database.pending::<History>().await.unwrap().len(), 2);
        assert!(shape(&database).await.is_empty(), "asking what is pending writes nothing");
        database.migrate::<History>().await.unwrap();
        let up = shape(&database).await;
        assert!(up.iter().any(|l| l.starts_with("journal_unsealed")) && up.iter().any(|l| l.starts_with("request")));
        assert!(database.pending::<History>().await.unwrap().is_empty());
        History::down(&database.write, None).await.unwrap();
        assert_eq!(shape(&database).await, Vec::<String>::new(), "{backend:?}: down leaves nothing");
        assert_eq!(database.pending::<History>().await.unwrap().len(), 2);
        database.migrate::<History>().await.unwrap();
        assert_eq!(shape(&database).await, up, "{backend:?}");
        database.migrate::<History>().await.expect("a second run finds nothing to do");
        database.close().await;
        fresh.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_migrate_one_after_the_other() {
    // A file on one machine has one process.
    for backend in backends().into_iter().filter(|b| *b == Backend::Postgres) {
        let fresh = Fresh::on(backend).await;
        let replicas = futures_util::future::join_all((0..4).map(|_| fresh.open::<History>())).await;
        for replica in replicas {
            assert!(replica.pending::<History>().await.unwrap().is_empty());
            replica.close().await;
        }
        fresh.remove().await;
    }
}

/// Every one of fifty tasks raises a counter four times by what it reads; answers what the counter says.
async fn fifty_writers(databases: &[Database]) -> i64 {
    let writers = (0..50).map(|n| {
        let database = databases[n % databases.len()].clone();
        tokio::spawn(async move {
            for _ in 0..4 {
                let tx = database.begin().await.unwrap();
                count_up(&tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no writer is refused");
    }
    counted(&databases[0]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_writers_lose_nothing_and_none_is_refused() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let one = fresh.open::<History>().await;
        assert_eq!(fifty_writers(std::slice::from_ref(&one)).await, 200, "{backend:?}");
        one.close().await;
        fresh.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_two_processes_on_one_file_lose_nothing() {
    let fresh = Fresh::on(Backend::Sqlite).await;
    let both = [fresh.open::<History>().await, fresh.open::<History>().await];
    assert_eq!(fifty_writers(&both).await, 200);
    for database in both {
        database.close().await;
    }
    fresh.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_finds_the_file_busy_for_too_long_may_try_again() {
    let fresh = Fresh::on(Backend::Sqlite).await;
    let patient = fresh.open::<History>().await;
    let mut options = sqlite_options(&fresh.config, 1);
    options.map_sqlx_sqlite_opts(|o| o.busy_timeout(Duration::from_millis(10)));
    let connection = connect(options, "fresh").await.unwrap();
    let impatient = Database { engine: Engine::Sqlite, read: connection.clone(), write: connection };
    let held = patient.begin().await.unwrap();
    let busy = impatient.begin().await.map(drop).expect_err("there is one writer");
    assert!(busy.is_transient() && busy.code() == tonic::Code::Aborted, "{busy:?}");
    held.rollback().await.unwrap();
    impatient.begin().await.unwrap().rollback().await.unwrap();
    fresh.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_what_it_has_acknowledged_and_minds_its_references() {
    let fresh = Fresh::on(Backend::Sqlite).await;
    let database = fresh.open::<History>().await;
    for connection in [&database.read, &database.write] {
        // WAL, synchronous FULL, foreign keys.
        for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
            let ask = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
            let told = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, ask)).await.unwrap().unwrap();
            assert_eq!(told.try_get_by_index::<String>(0).unwrap(), expected, "{pragma}");
        }
    }
    database.close().await;
    fresh.remove().await;
}

#[test]
fn no_connection_is_pinged_before_it_is_used() {
    let config = DatabaseConfig::default();
    for options in [sqlite_options(&config, 1), postgres_options(&config, "fresh")] {
        assert!(format!("{options:?}").contains("test_before_acquire: false"), "{options:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_unavailable_and_another_engine_is_our_fault() {
    let mut config = DatabaseConfig { acquire_timeout_ms: 200, ..Default::default() };
    // A port of the discard service, where nothing listens.
    config.url = "postgres://nobody@127.0.0.1:9/nothing".to_owned();
    let gone = Database::open(&config, "fresh").await.err().unwrap();
    assert_eq!((gone.code(), gone.reason()), (tonic::Code::Unavailable, "DATABASE_UNAVAILABLE"));
    config.url = "mysql://nobody@127.0.0.1/nothing".to_owned();
    assert_eq!(Database::open(&config, "fresh").await.err().unwrap().code(), tonic::Code::Internal);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_a_newer_program_serve_an_older_one_so_that_a_release_can_be_taken_back() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<History>().await;
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_the_next_release', 0)";
        database.write.execute_unprepared(newer).await.unwrap();
        assert!(database.pending::<History>().await.unwrap().is_empty(), "{backend:?}");
        database.migrate::<History>().await.unwrap();
        database.close().await;
        fresh.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_sees_nothing_of_what_is_written_after_its_first_statement_and_writes_nothing() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<History>().await;
        let read = async |db: &DatabaseTransaction| {
            let ask = Statement::from_string(db.get_database_backend(), "SELECT count(*) AS n FROM seaql_migrations");
            db.query_one_raw(ask).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
        };
        let snapshot = database.snapshot().await.unwrap();
        let before = read(&snapshot).await;
        let more = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_written_meanwhile', 0)";
        database.write.execute_unprepared(more).await.unwrap();
        assert_eq!(read(&snapshot).await, before, "{backend:?}");
        snapshot.rollback().await.unwrap();
        let later = database.snapshot().await.unwrap();
        assert_eq!(read(&later).await, before + 1, "{backend:?}");
        if backend == Backend::Postgres {
            assert!(later.execute_unprepared(more).await.is_err(), "a reading transaction");
        }
        later.rollback().await.unwrap();
        database.close().await;
        fresh.remove().await;
    }
}
