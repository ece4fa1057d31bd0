//! Certificates of completion, and which duty asks for which training.

use kit::migrate::{index, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

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
        let date = |column| ColumnDef::new(name(column)).date().not_null().take();
        let certificate = Table::create()
            .table(name("completion_certificate"))
            .col(id("session_id"))
            .col(id("own_person"))
            .col(text("issuer"))
            .col(small("year"))
            .col(small("serial"))
            .col(date("issue_date"))
            .col(date("repeat_date"))
            .primary_key(Index::create().col(name("session_id")).col(name("own_person")))
            .take();
        let requirement = Table::create()
            .table(name("requirement"))
            .col(id("id").primary_key())
            .col(text("unit"))
            .col(text("unit_path"))
            .col(text("title"))
            .col(text("audience"))
            .col(text("topics"))
            .col(small("level"))
            .col(small("legal_form"))
            .col(date("begin_date"))
            .col(date("due_date"))
            .col(ColumnDef::new(name("end_date")).date().null())
            .col(text("basis"))
            .col(ColumnDef::new(name("sample")).boolean().not_null())
            .col(big("version"))
            .col(big("create_us"))
            .take();
        manager.create_table(certificate).await?;
        manager.create_table(requirement).await?;
        for index in [
            index("certificate_number", "completion_certificate", &["issuer", "year", "serial"]).unique().take(),
            index("certificate_repeat", "completion_certificate", &["repeat_date"]),
            index("requirement_due", "requirement", &["due_date", "id"]),
            index("requirement_path", "requirement", &["unit_path"]),
            index("completion_date", "completion", &["complete_date", "session_id", "own_person"]),
            index("session_end", "session", &["end_date"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (index, table) in [("completion_date", "completion"), ("session_end", "session")] {
            manager.drop_index(Index::drop().name(index).table(name(table)).to_owned()).await?;
        }
        for table in ["requirement", "completion_certificate"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
