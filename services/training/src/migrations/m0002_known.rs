//! What is known since when: duties and producers of the registry as its feed tells them, and who has completed what.
//! A row is one version of a fact; `known_from_us` to `known_to_us` is the time in which it was what we knew.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Beyond every instant: known still.
const STILL: i64 = i64::MAX;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn index(title: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(title).table(name(table));
    for column in columns {
        index.col(name(column));
    }
    index
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(name(column));
    }
    key
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |column| ColumnDef::new(name(column)).uuid().not_null().take();
        let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().take();
        let small = |column| ColumnDef::new(name(column)).integer().not_null().take();
        let big = |column| ColumnDef::new(name(column)).big_integer().not_null().take();
        let flag = |column| ColumnDef::new(name(column)).boolean().not_null().take();
        let date = |column| ColumnDef::new(name(column)).date().not_null().take();
        let table = |title| Table::create().table(name(title)).take();
        manager.create_table(kit::migrate::cursor(manager)).await?;
        let duty = table("duty")
            .col(text("duty"))
            .col(small("version"))
            .col(id("person"))
            .col(id("own_person"))
            .col(flag("several"))
            .col(text("audience"))
            .col(text("unit"))
            .col(text("unit_path"))
            .col(small("level"))
            .col(text("producer"))
            .col(small("legal_form"))
            .col(date("begin_date"))
            .col(date("last_date"))
            .col(flag("sample"))
            .col(big("known_from_us"))
            .col(big("known_to_us"))
            .primary_key(&mut key(&["duty", "version"]))
            .take();
        let producer = table("producer")
            .col(text("producer"))
            .col(small("version"))
            .col(text("unit"))
            .col(text("unit_path"))
            .col(small("legal_form"))
            .col(date("registration_date"))
            .col(flag("deleted"))
            .col(text("merged_into"))
            .col(big("known_from_us"))
            .col(big("known_to_us"))
            .primary_key(&mut key(&["producer", "version"]))
            .take();
        let merged = table("merged_person").col(id("person").primary_key()).col(id("into_person")).take();
        let completion = table("completion")
            .col(id("session_id"))
            .col(id("own_person"))
            .col(small("version"))
            .col(id("person"))
            .col(text("audience"))
            .col(text("topic"))
            .col(date("complete_date"))
            .col(flag("sample"))
            .col(big("known_from_us"))
            .col(big("known_to_us"))
            .primary_key(&mut key(&["session_id", "own_person", "version"]))
            .take();
        for table in [duty, producer, merged, completion] {
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
        let passed = Query::select()
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
            .take();
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
        fill.select_from(passed).map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.execute(fill).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["completion", "merged_person", "producer", "duty", "cursor"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
