//! The keys by which producers and persons were searched before there were words. That of products stays: imports find products
//! of one name by it.

use kit::migrate::{Columns, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["producer", "person"] {
            manager.alter_table(Table::alter().table(name(table)).drop_column(name("search_key")).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["producer", "person"] {
            let key = Columns(manager).text("search_key").default("").take();
            manager.alter_table(Table::alter().table(name(table)).add_column(key).take()).await?;
        }
        Ok(())
    }
}
