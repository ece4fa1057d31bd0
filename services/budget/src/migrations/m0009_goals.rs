//! What a plan is for, in words.

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
        let mut goals = Columns(manager).text("goals");
        manager.alter_table(Table::alter().table(name("plan")).add_column(goals.default("[]")).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(name("plan")).drop_column(name("goals")).take()).await
    }
}
