//! What is known since when: duties and producers of the registry as its feed tells them, and who has completed what.
//! A row is one version of a fact; `known_from_us` to `known_to_us` is the time in which it was what we knew.

use kit::migrate::{Columns, index, key, name, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Beyond every instant: known still.
const STILL: i64 = i64::MAX;

/// Every fact has the time in which it was known.
fn known(columns: Columns<'_>, mut table: TableCreateStatement, id: &[&'static str]) -> TableCreateStatement {
    table.col(columns.big("known_from_us")).col(columns.big("known_to_us"));
    table.primary_key(&mut key(id)).take()
}

fn duty(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("duty");
    all.col(c.text("duty")).col(c.small("version")).col(c.uuid("person")).col(c.uuid("own_person"));
    all.col(c.flag("several")).col(c.text("audience")).col(c.text("unit")).col(c.text("unit_path"));
    all.col(c.small("level")).col(c.text("producer")).col(c.small("legal_form"));
    all.col(c.date("begin_date")).col(c.date("last_date")).col(c.flag("sample"));
    known(c, all, &["duty", "version"])
}

fn producer(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("producer");
    all.col(c.text("producer")).col(c.small("version")).col(c.text("unit")).col(c.text("unit_path"));
    all.col(c.small("legal_form")).col(c.date("registration_date")).col(c.flag("deleted")).col(c.text("merged_into"));
    known(c, all, &["producer", "version"])
}

fn completion(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("completion");
    all.col(c.uuid("session_id")).col(c.uuid("own_person")).col(c.small("version")).col(c.uuid("person"));
    all.col(c.text("audience")).col(c.text("topic")).col(c.date("complete_date")).col(c.flag("sample"));
    known(c, all, &["session_id", "own_person", "version"])
}

/// Who has passed before there were completions.
fn passed() -> SelectStatement {
    Query::select()
        .columns(["session_id", "person"].map(|c| (name("attendance"), name(c))))
        .expr(Expr::val(1))
        .columns([
            (name("attendance"), name("person")),
            (name("session"), name("audience")),
            (name("session"), name("topic")),
            (name("session"), name("end_date")),
            (name("attendance"), name("sample")),
            (name("attendance"), name("update_us")),
        ])
        .expr(Expr::val(STILL))
        .from(name("attendance"))
        .inner_join(
            name("session"),
            Expr::col((name("attendance"), name("session_id"))).equals((name("session"), name("id"))),
        )
        .and_where(Expr::col((name("attendance"), name("passed"))).eq(true))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns(manager);
        let mut merged = table("merged_person");
        merged.col(columns.uuid("person").primary_key()).col(columns.uuid("into_person"));
        manager.create_table(kit::migrate::cursor(manager)).await?;
        for table in [duty(columns), producer(columns), merged, completion(columns)] {
            manager.create_table(table).await?;
        }
        for index in [
            index("duty_person", "duty", &["person", "audience"]),
            index("duty_own_person", "duty", &["own_person"]),
            index("duty_unit", "duty", &["audience", "unit_path"]),
            index("duty_producer", "duty", &["producer"]),
            index("producer_unit", "producer", &["unit_path"]),
            index("completion_window", "completion", &["audience", "complete_date", "topic", "person"]),
            index("completion_person", "completion", &["person", "audience"]),
            index("completion_own_person", "completion", &["own_person"]),
        ] {
            manager.create_index(index).await?;
        }
        let columns = [
            "session_id",
            "own_person",
            "version",
            "person",
            "audience",
            "topic",
            "complete_date",
            "sample",
            "known_from_us",
            "known_to_us",
        ];
        let mut fill = Query::insert();
        fill.into_table(name("completion")).columns(columns.map(name));
        fill.select_from(passed()).map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.execute(fill).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["completion", "merged_person", "producer", "duty", "cursor"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
