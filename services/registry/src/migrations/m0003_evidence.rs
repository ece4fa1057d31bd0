//! Evidence with its versions. The files themselves are no part of the database.

use kit::migrate::{index, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn text(manager: &SchemaManager<'_>, column: &'static str) -> ColumnDef {
    kit::migrate::bytes_text(manager, name(column)).not_null().take()
}

fn big(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().not_null().take()
}

fn small(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().not_null().take()
}

fn date(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).date().take()
}

fn tables(m: &SchemaManager<'_>) -> [TableCreateStatement; 2] {
    let evidence = Table::create()
        .table(name("evidence"))
        .col(ColumnDef::new(name("id")).uuid().not_null().primary_key())
        .col(ColumnDef::new(name("producer_id")).uuid().not_null())
        .col(ColumnDef::new(name("product_id")).uuid())
        .col(small("kind"))
        .col(text(m, "title"))
        .col(text(m, "issuing_body"))
        .col(text(m, "document_number"))
        .col(date("valid_from"))
        .col(date("valid_to"))
        .col(small("latest"))
        .col(text(m, "unit"))
        .col(text(m, "unit_path"))
        .col(ColumnDef::new(name("sample")).boolean().not_null())
        .col(text(m, "withdraw_reason"))
        .col(ColumnDef::new(name("withdraw_us")).big_integer())
        .col(big("version"))
        .col(big("create_us"))
        .col(big("update_us"))
        .foreign_key(ForeignKey::create().from(name("evidence"), name("producer_id")).to(name("producer"), name("id")))
        .foreign_key(ForeignKey::create().from(name("evidence"), name("product_id")).to(name("product"), name("id")))
        .take();
    let version = Table::create()
        .table(name("evidence_version"))
        .col(ColumnDef::new(name("evidence_id")).uuid().not_null())
        .col(small("place"))
        .col(text(m, "file_name"))
        .col(text(m, "media_type"))
        .col(big("size_bytes"))
        .col(text(m, "sha256"))
        .col(text(m, "issuing_body"))
        .col(text(m, "document_number"))
        .col(date("valid_from"))
        .col(date("valid_to"))
        .col(big("create_us"))
        .primary_key(Index::create().col(name("evidence_id")).col(name("place")))
        .foreign_key(
            ForeignKey::create().from(name("evidence_version"), name("evidence_id")).to(name("evidence"), name("id")),
        )
        .take();
    [evidence, version]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(manager) {
            manager.create_table(table).await?;
        }
        manager.create_index(index("evidence_producer", "evidence", &["producer_id", "id"])).await?;
        manager.create_index(index("evidence_product", "evidence", &["product_id", "id"])).await?;
        manager.create_index(index("evidence_path", "evidence", &["unit_path", "id"])).await?;
        manager.create_index(index("evidence_version_file", "evidence_version", &["sha256", "evidence_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["evidence_version", "evidence"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
