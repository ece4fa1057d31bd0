//! The facts that the feeds bring, each by the name of the resource it is about.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(name(column));
    }
    index
}

fn index(title: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    key(columns).name(title).table(name(table)).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().take();
        let big = |column| ColumnDef::new(name(column)).big_integer().not_null().take();
        let small = |column| ColumnDef::new(name(column)).integer().not_null().take();
        let flag = |column| ColumnDef::new(name(column)).boolean().not_null().take();
        let date = |column| ColumnDef::new(name(column)).date().not_null().take();
        let table = |title| Table::create().table(name(title)).take();
        let tables = [
            table("cursor")
                .col(text("source"))
                .col(big("position"))
                .col(big("head_position"))
                .col(big("complete_us"))
                .primary_key(&mut key(&["source"]))
                .take(),
            table("plan")
                .col(text("plan"))
                .col(text("unit"))
                .col(text("unit_path"))
                .col(small("year"))
                .col(text("title"))
                .col(flag("sample"))
                .primary_key(&mut key(&["plan"]))
                .take(),
            table("target")
                .col(text("plan"))
                .col(small("measure"))
                .col(big("value"))
                .primary_key(&mut key(&["plan", "measure"]))
                .take(),
            table("recognition")
                .col(text("certificate"))
                .col(text("product"))
                .col(text("unit"))
                .col(text("unit_path"))
                .col(small("stars"))
                .col(date("earliest_date"))
                .col(date("decision_date"))
                .col(flag("first"))
                .col(flag("sample"))
                .primary_key(&mut key(&["certificate"]))
                .take(),
            table("duty")
                .col(text("duty"))
                .col(text("person"))
                .col(small("audience"))
                .col(text("unit"))
                .col(text("unit_path"))
                .col(date("begin_date"))
                .col(ColumnDef::new(name("end_date")).date())
                .col(flag("sample"))
                .primary_key(&mut key(&["duty"]))
                .take(),
            table("passed")
                .col(text("session"))
                .col(text("person"))
                .col(small("audience"))
                .col(date("pass_date"))
                .col(flag("sample"))
                .primary_key(&mut key(&["session", "person"]))
                .take(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        manager.create_index(index("recognition_path", "recognition", &["unit_path", "decision_date"])).await?;
        manager.create_index(index("duty_path", "duty", &["unit_path", "audience"])).await?;
        manager.create_index(index("passed_person", "passed", &["person", "audience", "pass_date"])).await?;
        manager.create_index(index("plan_year", "plan", &["year", "plan"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["passed", "duty", "recognition", "target", "plan", "cursor"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
