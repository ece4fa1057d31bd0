//! Councils and rounds.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, index, key, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        let council = table("council")
            .col(c.uuid("id"))
            .col(c.text("unit"))
            .col(c.text("unit_path"))
            .col(c.one_of("level", &["district", "province", "central"]))
            .col(c.text("decision_number"))
            .col(c.date("decision_date"))
            .col(c.text("title"))
            // The members, always read whole: JSON.
            .col(c.text("members"))
            .col(c.small("spread_limit"))
            .col(c.one_of("end_convention", &["exclusive", "inclusive"]))
            .col(c.flag("sample"))
            .col(c.big("create_us"))
            .primary_key(&mut key(&["id"]))
            .take();
        let round = table("round")
            .col(c.uuid("id"))
            .col(c.uuid("council"))
            .col(c.text("unit"))
            .col(c.text("unit_path"))
            .col(c.small("year"))
            .col(c.text("title"))
            .col(c.text("regime"))
            .col(c.date("open_date"))
            .col(c.one_of("state", &["open", "closed"]))
            .col(c.flag("sample"))
            .col(c.big("create_us"))
            .col(c.big("update_us"))
            .primary_key(&mut key(&["id"]))
            .take();
        manager.create_table(council).await?;
        manager.create_table(round).await?;
        manager.create_index(index("council_order", "council", &["decision_date", "id"])).await?;
        manager.create_index(index("council_path", "council", &["unit_path"])).await?;
        manager.create_index(index("round_order", "round", &["open_date", "id"])).await?;
        manager.create_index(index("round_path", "round", &["unit_path"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["round", "council"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}
