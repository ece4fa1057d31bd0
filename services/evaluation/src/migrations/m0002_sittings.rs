//! Sittings, the members' marks, and what grading made of them.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, index, key, optional, table};

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
            .col(c.uuid("sitting"))
            .col(c.small("attempt"))
            .col(c.text("member"))
            .col(c.text("answers"))
            .col(c.big("record_us"))
            .primary_key(&mut key(&["sitting", "attempt", "member"]))
            .take();
        // Input and result are canonical JSON: their bytes are what the digests are of.
        let grading = table("grading")
            .col(c.uuid("sitting"))
            .col(c.small("attempt"))
            .col(c.text("input"))
            .col(c.text("input_digest"))
            .col(c.text("result"))
            .col(c.text("result_digest"))
            .col(c.text("program_version"))
            .col(c.big("grade_us"))
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
        .col(c.uuid("id"))
        .col(c.uuid("round"))
        .col(c.uuid("council"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.uuid("product"))
        .col(c.text("product_display_name"))
        .col(c.text("product_code"))
        .col(c.text("product_unit"))
        .col(c.text("product_set"))
        .col(c.one_of("kind", &["first", "upgrade", "re_evaluation"]))
        .col(c.date("filing_date"))
        .col(c.date("sitting_date"))
        .col(c.text("dossier_digest"))
        .col(c.text("regime"))
        .col(c.text("scorecard"))
        .col(c.text("scorecard_digest"))
        .col(c.text("members"))
        .col(c.small("spread_limit"))
        .col(c.one_of("end_convention", &["exclusive", "inclusive"]))
        .col(c.one_of("state", &["open", "rescore", "graded", "decided"]))
        .col(c.small("attempt"))
        .col(c.small("graded_attempt"))
        .col(c.text("outcome"))
        .col(c.small("stars"))
        .col(c.text("knockouts"))
        .col(c.text("agreed"))
        .col(optional(c.uuid("decision")))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .col(c.big("update_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}
