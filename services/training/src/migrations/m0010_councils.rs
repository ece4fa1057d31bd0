//! Courses and sessions for members of councils and their help teams: the third audience, which the tables of before took
//! for none.

use kit::migrate::name;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: [&str; 2] = ["course", "session"];
const OLD: &str = "'officers', 'producer_managers'";
const NEW: &str = "'officers', 'producer_managers', 'councils'";

/// Puts another list of audiences into the tables' checks.
async fn swap(manager: &SchemaManager<'_>, from: &str, to: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() == DbBackend::Postgres {
        for table in TABLES {
            let check = format!("{table}_audience_check");
            db.execute_unprepared(&format!("ALTER TABLE {table} DROP CONSTRAINT {check}")).await?;
            let add = format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (audience IN ({to}))");
            db.execute_unprepared(&add).await?;
        }
        return Ok(());
    }
    // SQLite has no statement for it. Its own way to change a check (lang_altertable.html, at the end): the text of the
    // schema, whose rows stay as they are, and a new number of the schema, by which every connection reads it again.
    let version = Statement::from_string(db.get_database_backend(), "PRAGMA schema_version");
    let version = db.query_one_raw(version).await?.map(|row| row.try_get_by_index::<i32>(0)).transpose()?;
    db.execute_unprepared("PRAGMA writable_schema = ON").await?;
    let change = Query::update()
        .table(name("sqlite_master"))
        .value(name("sql"), Func::cust(name("replace")).args([Expr::col(name("sql")), Expr::val(from), Expr::val(to)]))
        .and_where(Expr::col(name("type")).eq("table"))
        .and_where(Expr::col(name("name")).is_in(TABLES))
        .and_where(Expr::col(name("sql")).like(format!("%({from})%")))
        .take();
    let changed = db.execute(&change).await?.rows_affected();
    db.execute_unprepared(&format!("PRAGMA schema_version = {}", version.unwrap_or_default() + 1)).await?;
    db.execute_unprepared("PRAGMA writable_schema = RESET").await?;
    match changed {
        2 => Ok(()),
        found => Err(DbErr::Migration(format!("{found} of 2 tables check their audience"))),
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        swap(manager, OLD, NEW).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        swap(manager, NEW, OLD).await
    }
}
