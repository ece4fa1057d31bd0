//! Databases that are migrated once and copied for every world: a history of tables is the same for all tests of a program, and
//! carrying it out took most of the time of a short test.
//!
//! A template lives as long as the test program: of SQLite its bytes, of PostgreSQL a database that later programs remove when it
//! is old.

use std::any::TypeId;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use tokio::sync::OnceCell;

use super::{Backend, admin, administering, fresh_name, with_database};
use crate::config::DatabaseConfig;
use crate::db::Database;
use crate::error::Result;
use crate::host::Service;

/// How long a template may lie on the server after its program was started; none runs that long.
const OLD_MS: u64 = 3 * 3600 * 1000;

/// What a template is kept as.
enum Template {
    /// The bytes of the file.
    File(Vec<u8>),
    /// The name of the database.
    Database(String),
}

type Templates = HashMap<(TypeId, Backend), Arc<OnceCell<Template>>>;

static TEMPLATES: LazyLock<Mutex<Templates>> = LazyLock::new(Mutex::default);

/// A service with a database.
pub(super) struct Kept {
    /// Its name.
    pub(super) name: &'static str,
    /// Tells apart services of one name, as tests make them.
    service: TypeId,
    migrate: for<'a> fn(&'a Database) -> BoxFuture<'a, Result<()>>,
}

impl Kept {
    /// A service, where it has a database.
    pub(super) fn of<S: Service>() -> Option<Self> {
        let has_database = !S::Migrator::migrations().is_empty();
        has_database.then(|| Self {
            name: S::NAME,
            service: TypeId::of::<S>(),
            migrate: |database| database.migrate::<S::Migrator>().boxed(),
        })
    }

    /// Makes a migrated database: on PostgreSQL one whose name is answered, on SQLite a file of the folder.
    pub(super) async fn fresh(&self, backend: Backend, dir: &Path) -> Option<String> {
        let template = {
            let mut templates = TEMPLATES.lock().expect("nobody panics while it is held");
            templates.entry((self.service, backend)).or_default().clone()
        };
        match template.get_or_init(|| self.template(backend)).await {
            Template::File(bytes) => {
                std::fs::write(dir.join(format!("{}.db", self.name)), bytes).expect("the database is written");
                None
            }
            Template::Database(template) => {
                let name = fresh_name(self.name);
                admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Some(name)
            }
        }
    }

    async fn template(&self, backend: Backend) -> Template {
        match backend {
            Backend::Sqlite => {
                let dir = tempfile::tempdir().expect("a folder for the template");
                let file = dir.path().join("template.db");
                self.migrated(format!("sqlite://{}?mode=rwc", file.display())).await;
                // The last connection that closes leaves nothing beside the file.
                assert!(!dir.path().join("template.db-wal").exists(), "the template is whole");
                Template::File(std::fs::read(file).expect("the template is read"))
            }
            Backend::Postgres => {
                remove_old().await;
                let name = format!("template_{}", fresh_name(self.name));
                admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await;
                self.migrated(with_database(&name)).await;
                Template::Database(name)
            }
        }
    }

    /// Migrates a database and lets go of it.
    async fn migrated(&self, url: String) {
        let config = DatabaseConfig { url, acquire_timeout_ms: 60_000, ..DatabaseConfig::default() };
        let database = Database::open(&config, self.name).await.expect("the template opens");
        (self.migrate)(&database).await.expect("the template is migrated");
        database.close().await;
    }
}

/// Removes templates whose programs have ended long ago. Another program may do the same at this moment.
async fn remove_old() {
    let server = administering().await;
    let all = Statement::from_string(DbBackend::Postgres, "SELECT datname::text AS n FROM pg_database");
    for row in server.query_all_raw(all).await.expect("the databases are listed") {
        let name: String = row.try_get("", "n").expect("a name");
        if name.starts_with("template_test_") && is_old(&name) {
            let _gone_already = server.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await;
        }
    }
    server.close().await.expect("the connection closes");
}

/// True for a template that was made long ago: its name ends with an id that begins with its instant.
#[expect(clippy::disallowed_methods, reason = "the instant of a throw-away database")]
fn is_old(name: &str) -> bool {
    let id = name.rsplit('_').next().and_then(|id| uuid::Uuid::try_parse(id).ok());
    let ms = |id: uuid::Uuid| u64::try_from(id.as_u128() >> 80).unwrap_or_default();
    id.is_some_and(|id| ms(uuid::Uuid::now_v7()).saturating_sub(ms(id)) > OLD_MS)
}
