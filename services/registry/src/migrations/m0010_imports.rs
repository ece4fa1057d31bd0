//! What was imported under a request id, with the verdicts: a repeat is answered from here, and one that was cut off goes on
//! from here. Kept for some days only.

use kit::migrate::name;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn keyed(manager: &SchemaManager<'_>, table: &'static str) -> TableCreateStatement {
    let caller = kit::migrate::bytes_text(manager, name("caller")).not_null().take();
    Table::create()
        .table(name(table))
        .col(caller)
        .col(ColumnDef::new(name("request_id")).uuid().not_null())
        .col(ColumnDef::new(name("create_us")).big_integer().not_null())
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let run = keyed(manager, "import_run")
            .col(ColumnDef::new(name("id")).uuid().not_null())
            .col(ColumnDef::new(name("request_hash")).binary().not_null())
            .col(ColumnDef::new(name("finished")).boolean().not_null())
            .primary_key(Index::create().col(name("caller")).col(name("request_id")))
            .take();
        manager.create_table(run).await?;
        let batch = keyed(manager, "import_batch")
            .col(ColumnDef::new(name("batch")).integer().not_null())
            .col(ColumnDef::new(name("verdicts")).binary().not_null())
            .primary_key(Index::create().col(name("caller")).col(name("request_id")).col(name("batch")))
            .take();
        manager.create_table(batch).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_batch", "import_run"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
