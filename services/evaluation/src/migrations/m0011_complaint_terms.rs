//! What stands behind the due day of a complaint, kept beside it.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, optional};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        // Null in rows of before: they go on to be told by the terms of the day on which they are read.
        for mut column in [optional(c.flag("due_provisional")), optional(c.text("term_basis"))] {
            manager.alter_table(Table::alter().table(Alias::new("complaint")).add_column(&mut column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["term_basis", "due_provisional"] {
            let drop = Table::alter().table(Alias::new("complaint")).drop_column(Alias::new(column)).take();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
