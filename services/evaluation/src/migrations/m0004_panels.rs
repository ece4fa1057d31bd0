//! Panels, seats, working rules, and what a member's sheet needs until it is locked.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, key, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn add(name: &'static str, column: &mut ColumnDef) -> TableAlterStatement {
    Table::alter().table(Alias::new(name)).add_column(column).take()
}

fn drop(name: &'static str, column: &'static str) -> TableAlterStatement {
    Table::alter().table(Alias::new(name)).drop_column(Alias::new(column)).take()
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        // Working rules and seats, always read whole with their council: JSON.
        manager.alter_table(add("council", c.text("rules").default("[]"))).await?;
        manager.alter_table(add("council", c.text("seats").default("[]"))).await?;
        // Who judges the product, always read whole with its sitting: JSON. Sittings from before this migration ask for no
        // quorum.
        manager.alter_table(add("sitting", c.text("panel").default("{}"))).await?;
        let states = ["draft", "handed_in", "locked"];
        manager.alter_table(add("mark_sheet", c.one_of("state", &states).default("handed_in"))).await?;
        manager.alter_table(add("mark_sheet", c.text("notes").default("[]"))).await?;
        // The login that began the sheet.
        manager.alter_table(add("mark_sheet", c.text("author").default(""))).await?;
        manager.alter_table(add("mark_sheet", c.flag("kept").default(false))).await?;
        let pre_score = table("pre_score")
            .col(c.uuid("sitting"))
            .col(c.text("answers"))
            .col(c.text("notes"))
            .col(c.small("total"))
            .col(c.big("record_us"))
            .primary_key(&mut key(&["sitting"]))
            .take();
        manager.create_table(pre_score).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("pre_score")).take()).await?;
        for (name, column) in [
            ("mark_sheet", "kept"),
            ("mark_sheet", "author"),
            ("mark_sheet", "notes"),
            ("mark_sheet", "state"),
            ("sitting", "panel"),
            ("council", "seats"),
            ("council", "rules"),
        ] {
            manager.alter_table(drop(name, column)).await?;
        }
        Ok(())
    }
}
