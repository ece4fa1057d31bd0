//! What was paid, entry by entry. The budget's feed is read again from its beginning, for the payments that were told
//! before: applying its events twice leaves what applying them once leaves.

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
        let spending = table("spending")
            .col(c.text("entry").primary_key())
            .col(c.text("plan"))
            .col(c.text("unit"))
            .col(c.text("unit_path"))
            .col(c.small("category"))
            .col(c.big("amount_vnd"))
            .col(c.date("act_date"))
            .col(c.flag("sample"))
            .take();
        manager.create_table(spending).await?;
        manager.create_index(index("spending_path", "spending", &["unit_path", "act_date"])).await?;
        let again =
            Query::delete().from_table(name("cursor")).and_where(Expr::col(name("source")).eq("budget")).to_owned();
        manager.execute(again).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("spending")).take()).await
    }
}
