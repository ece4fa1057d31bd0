//! Changes of units that come as data, and where producers of divided communes belong.

use kit::migrate::name;
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
    let change = Table::create()
        .table(name("unit_change"))
        .col(ColumnDef::new(name("id")).uuid().not_null().primary_key())
        .col(text(m, "title"))
        .col(date("begin_date").not_null())
        .col(text(m, "source"))
        .col(date("source_date").not_null())
        .col(ColumnDef::new(name("verified")).boolean().not_null())
        .col(text(m, "content"))
        .col(small("unit_count"))
        .col(small("link_count"))
        .col(small("state"))
        .col(date("force_date"))
        .col(ColumnDef::new(name("place")).integer())
        .col(big("version"))
        .col(big("create_us"))
        .col(big("update_us"))
        .take();
    let assignment = Table::create()
        .table(name("unit_assignment"))
        .col(ColumnDef::new(name("producer_id")).uuid().not_null())
        .col(text(m, "from_unit"))
        .col(text(m, "to_unit"))
        .col(text(m, "to_path"))
        .col(date("end_date").not_null())
        .col(date("assign_date").not_null())
        .col(text(m, "reason"))
        .col(big("create_us"))
        .primary_key(Index::create().col(name("producer_id")).col(name("from_unit")))
        .foreign_key(
            ForeignKey::create().from(name("unit_assignment"), name("producer_id")).to(name("producer"), name("id")),
        )
        .take();
    [change, assignment]
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
        let mut place = Index::create();
        place.name("unit_change_place").table(name("unit_change")).col(name("place")).unique();
        manager.create_index(place).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["unit_assignment", "unit_change"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
