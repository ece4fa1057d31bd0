//! Sittings, the members' marks, and what grading made of them.

use sea_orm_migration::prelude::*;

use super::{Columns, index, key, optional, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(sitting(&c)).await?;
        // One row per member and attempt; the answers are always read whole: JSON in the card's order.
        let sheet = table("mark_sheet")
            .col(c.id("sitting"))
            .col(c.number("attempt"))
            .col(c.text("member"))
            .col(c.text("answers"))
            .col(c.instant("record_us"))
            .primary_key(&mut key(&["sitting", "attempt", "member"]))
            .take();
        // Input and result are canonical JSON: their bytes are what the digests are of.
        let grading = table("grading")
            .col(c.id("sitting"))
            .col(c.number("attempt"))
            .col(c.text("input"))
            .col(c.text("input_digest"))
            .col(c.text("result"))
            .col(c.text("result_digest"))
            .col(c.text("program_version"))
            .col(c.instant("grade_us"))
            .primary_key(&mut key(&["sitting", "attempt"]))
            .take();
        manager.create_table(sheet).await?;
        manager.create_table(grading).await?;
        manager.create_index(index("sitting_round_product", "sitting", &["round", "product"]).unique().take()).await?;
        manager.create_index(index("sitting_order", "sitting", &["sitting_date", "id"])).await?;
        manager.create_index(index("sitting_product", "sitting", &["product"])).await?;
        manager.create_index(index("sitting_path", "sitting", &["unit_path"])).await?;
        manager.create_index(index("sitting_decision", "sitting", &["decision"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["grading", "mark_sheet", "sitting"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}

fn sitting(c: &Columns<'_>) -> TableCreateStatement {
    table("sitting")
        .col(c.id("id"))
        .col(c.id("round"))
        .col(c.id("council"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.id("product"))
        .col(c.text("product_display_name"))
        .col(c.text("product_code"))
        .col(c.text("product_unit"))
        .col(c.text("product_set"))
        .col(c.one_of("kind", &["first", "upgrade", "re_evaluation"]))
        .col(c.day("filing_date"))
        .col(c.day("sitting_date"))
        .col(c.text("dossier_digest"))
        .col(c.text("regime"))
        .col(c.text("scorecard"))
        .col(c.text("scorecard_digest"))
        .col(c.text("members"))
        .col(c.number("spread_limit"))
        .col(c.one_of("end_convention", &["exclusive", "inclusive"]))
        .col(c.one_of("state", &["open", "rescore", "graded", "decided"]))
        .col(c.number("attempt"))
        .col(c.number("graded_attempt"))
        .col(c.text("outcome"))
        .col(c.number("stars"))
        .col(c.text("knockouts"))
        .col(c.text("agreed"))
        .col(optional(c.id("decision")))
        .col(c.flag("sample"))
        .col(c.instant("create_us"))
        .col(c.instant("update_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}
