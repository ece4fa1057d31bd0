//! Products that are presented together under one certificate: they count once.

use kit::migrate::{Columns, index, name, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        let mut bundled = table("bundled");
        bundled.col(c.text("product").primary_key()).col(c.text("bundle"));
        manager.create_table(bundled).await?;
        manager.create_index(index("bundled_bundle", "bundled", &["bundle"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("bundled")).take()).await
    }
}
