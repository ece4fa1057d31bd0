//! Scenarios: a question about a plan with its answer, both as the contract writes them.

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
        let c = Columns(manager);
        let bytes = |column: &'static str| ColumnDef::new(name(column)).binary().not_null().take();
        let columns = [
            c.uuid("plan_id"),
            c.text("unit"),
            c.text("unit_path"),
            c.text("title"),
            c.date("as_of"),
            bytes("inputs"),
            optional(bytes("result")),
            c.flag("solved"),
        ];
        let plan = ForeignKey::create().from(name("scenario"), name("plan_id")).to(name("plan"), name("id")).take();
        manager.create_table(c.table("scenario", columns).foreign_key(&mut plan.clone()).take()).await?;
        manager.create_index(index("scenario_plan", "scenario", &["plan_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("scenario")).take()).await
    }
}
