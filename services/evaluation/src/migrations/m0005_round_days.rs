//! The last days of rounds, and what finds open ones and unfinished sittings.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, index, optional};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for name in ["dossiers_by", "close_by"] {
            let mut column = optional(c.date(name));
            manager.alter_table(Table::alter().table(Alias::new("round")).add_column(&mut column).take()).await?;
        }
        manager.create_index(index("round_state", "round", &["state", "open_date", "id"])).await?;
        manager.create_index(index("sitting_state", "sitting", &["state", "sitting_date", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [("sitting_state", "sitting"), ("round_state", "round")] {
            manager.drop_index(Index::drop().name(name).table(Alias::new(table)).to_owned()).await?;
        }
        for column in ["close_by", "dossiers_by"] {
            let round = Table::alter().table(Alias::new("round")).drop_column(Alias::new(column)).take();
            manager.alter_table(round).await?;
        }
        Ok(())
    }
}
