//! Where managers of producers of divided communes belong, as the registry's assignments say.

use kit::migrate::name;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().take();
        let table = Table::create()
            .table(name("assigned"))
            .col(text("duty"))
            .col(text("from_unit"))
            .col(text("to_unit"))
            .col(ColumnDef::new(name("end_date")).date().not_null())
            .primary_key(Index::create().col(name("duty")).col(name("from_unit")))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("assigned")).take()).await
    }
}
