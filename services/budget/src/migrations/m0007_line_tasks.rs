//! Which task of the plan a line pays for.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = optional(Columns(manager).uuid("task_id"));
        manager.alter_table(Table::alter().table(name("line")).add_column(&mut column).take()).await?;
        manager.create_index(index("line_task", "line", &["task_id", "estimate_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("line_task").table(name("line")).to_owned()).await?;
        manager.alter_table(Table::alter().table(name("line")).drop_column(name("task_id")).take()).await
    }
}
