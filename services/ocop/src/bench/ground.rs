//! The databases of a run: one for the suite, and a copy of it, made when the seeds are in, for the limit.

use std::path::{Path, PathBuf};

use kit::BoxError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgPool, SqliteConnection};
use tempfile::TempDir;

/// One of the two sides of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The service.
    Suite,
    /// What it is compared with.
    Limit,
}

impl Side {
    /// Its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Limit => "limit",
        }
    }
}

/// The tables that a write of the registry touches.
pub(super) const WRITTEN: [&str; 3] = ["producer", "journal", "request"];

/// Where the databases are.
pub(super) struct Ground {
    dir: TempDir,
    server: Option<PgPool>,
    url: Option<String>,
}

impl Ground {
    /// Makes an empty database for the suite.
    pub(super) async fn prepare(database_url: Option<&str>) -> Result<Self, BoxError> {
        let dir = tempfile::tempdir()?;
        for side in [Side::Suite, Side::Limit] {
            std::fs::create_dir(dir.path().join(side.name()))?;
        }
        let Some(url) = database_url else { return Ok(Self { dir, server: None, url: None }) };
        let options: PgConnectOptions = url.parse().map_err(|e| format!("--database-url: {e}"))?;
        let server = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
        let ground = Self { dir, server: Some(server), url: Some(url.to_owned()) };
        ground.admin(&format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name(Side::Suite))).await?;
        Ok(ground)
    }

    /// The folder of a side.
    pub(super) fn dir(&self, side: Side) -> PathBuf {
        self.dir.path().join(side.name())
    }

    /// The URL of a side's database.
    pub(super) fn url(&self, side: Side) -> String {
        match &self.url {
            Some(url) => with_database(url, &name(side)),
            None => format!("sqlite://{}?mode=rwc", file(&self.dir(side)).display()),
        }
    }

    /// True on PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// Copies the suite's database for the limit; nobody may be using it.
    pub(super) async fn copy(&self) -> Result<(), BoxError> {
        if self.is_postgres() {
            self.admin(&format!("CREATE DATABASE {} TEMPLATE {}", name(Side::Limit), name(Side::Suite))).await?;
        } else {
            std::fs::copy(file(&self.dir(Side::Suite)), file(&self.dir(Side::Limit)))?;
        }
        Ok(())
    }

    /// The processes of PostgreSQL that work for a side: its connections' backends. What serves all databases (WAL
    /// writer, checkpointer) is not counted. Empty on SQLite, which runs inside the service.
    pub(super) async fn backends(&self, side: Side) -> Result<Vec<u32>, BoxError> {
        let Some(server) = &self.server else { return Ok(Vec::new()) };
        let pids = "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'";
        let pids: Vec<i32> = sqlx::query_scalar(pids).bind(name(side)).fetch_all(server).await?;
        Ok(pids.into_iter().filter_map(|pid| u32::try_from(pid).ok()).collect())
    }

    /// What the report says of the database.
    pub(super) async fn line(&self) -> Result<String, BoxError> {
        let Some(server) = &self.server else {
            return Ok("SQLite (bundled, in the service's process), WAL, synchronous FULL".to_owned());
        };
        let settings = "SELECT concat('PostgreSQL ', current_setting('server_version'), ', fsync ', \
            current_setting('fsync'), ', synchronous_commit ', current_setting('synchronous_commit'))";
        Ok(sqlx::query_scalar(settings).fetch_one(server).await?)
    }

    /// Rows of a table of a side.
    pub(super) async fn rows(&self, side: Side, table: &'static str) -> Result<u64, BoxError> {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url(side)).await?;
            sqlx::query_scalar(count).fetch_one(&mut connection).await?
        } else {
            let options = SqliteConnectOptions::new().filename(file(&self.dir(side)));
            let mut connection = SqliteConnection::connect_with(&options).await?;
            sqlx::query_scalar(count).fetch_one(&mut connection).await?
        };
        Ok(rows.unsigned_abs())
    }

    /// Drops what was made. The temporary folder goes with the value.
    pub(super) async fn clear(self) -> Result<(), BoxError> {
        if self.is_postgres() {
            for side in [Side::Limit, Side::Suite] {
                self.admin(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(side))).await?;
            }
        }
        Ok(())
    }

    async fn admin(&self, statement: &str) -> Result<(), BoxError> {
        if let Some(server) = &self.server {
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(server).await?;
        }
        Ok(())
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join("registry.db")
}

/// The database of a side: runs at the same time do not meet.
fn name(side: Side) -> String {
    format!("ocop_bench_{}_{}", std::process::id(), side.name())
}

/// The URL with another database; parameters behind a question mark stay.
fn with_database(url: &str, name: &str) -> String {
    let (place, parameters) = url.split_once('?').map_or((url, String::new()), |(p, q)| (p, format!("?{q}")));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let end = place.get(authority..).and_then(|rest| rest.find('/')).map_or(place.len(), |at| authority + at);
    format!("{}/{name}{parameters}", place.get(..end).unwrap_or(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced_and_nothing_else() {
        let cases = [
            ("postgres://u@h:1/postgres", "postgres://u@h:1/b"),
            ("postgres://u:p@h:1", "postgres://u:p@h:1/b"),
            ("postgres://u@h/x?sslmode=disable", "postgres://u@h/b?sslmode=disable"),
        ];
        for (url, wanted) in cases {
            assert_eq!(with_database(url, "b"), wanted);
        }
    }

    #[tokio::test]
    async fn a_ground_without_a_server_is_two_files_in_a_folder_that_goes() {
        let ground = Ground::prepare(None).await.unwrap();
        std::fs::write(ground.dir(Side::Suite).join("registry.db"), "x").unwrap();
        ground.copy().await.unwrap();
        let copied = ground.dir(Side::Limit);
        assert_eq!(std::fs::read_to_string(copied.join("registry.db")).unwrap(), "x");
        assert!(ground.url(Side::Limit).starts_with("sqlite://"));
        assert!(ground.backends(Side::Suite).await.unwrap().is_empty());
        ground.clear().await.unwrap();
        assert!(!copied.exists());
    }
}
