//! Estimates put together: which ones, and a copy of what their lines came to.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn aggregation(c: Columns<'_>) -> TableCreateStatement {
    let texts = ["unit", "unit_path", "title", "document_number", "approve_document_number"].map(|t| c.text(t));
    let numbers = ["year", "level", "state", "estimate_count", "line_count"].map(|n| c.small(n));
    let days = [c.date("act_date"), optional(c.date("approve_date"))];
    let sums = [c.big("amount_vnd"), c.big("appraised_vnd")];
    c.table("aggregation", texts.into_iter().chain(numbers).chain(days).chain(sums))
}

fn of(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(from), name(column)).to(name(to), name("id")).take()
}

fn frozen(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("aggregation_estimate");
    all.col(c.uuid("aggregation_id")).col(c.uuid("estimate_id")).col(c.text("unit")).col(c.text("shown_unit"));
    all.col(c.text("agency")).col(c.text("title")).col(c.big("amount_vnd")).col(c.big("appraised_vnd"));
    all.col(c.small("number")).col(c.big("version"));
    all.primary_key(&mut key(&["aggregation_id", "estimate_id"]));
    all.foreign_key(&mut of("aggregation_estimate", "aggregation_id", "aggregation"));
    all.foreign_key(&mut of("aggregation_estimate", "estimate_id", "estimate"));
    all
}

/// A row for each quarter of a line, and one for a line that is not spread: every table is then a sum over the same rows.
/// Lines of estimates that are mended go, so nothing here refers to them.
fn part(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("aggregation_part");
    all.col(c.uuid("aggregation_id")).col(c.uuid("line_id")).col(c.small("quarter"));
    for text in ["unit", "agency", "source", "category"] {
        all.col(c.text(text));
    }
    all.col(c.big("amount_vnd")).col(c.big("appraised_vnd"));
    all.primary_key(&mut key(&["aggregation_id", "line_id", "quarter"]));
    all.foreign_key(&mut of("aggregation_part", "aggregation_id", "aggregation"));
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for table in [aggregation(c), frozen(c), part(c)] {
            manager.create_table(table).await?;
        }
        manager.create_index(index("aggregation_path", "aggregation", &["unit_path", "id"])).await?;
        manager.create_index(index("aggregation_of", "aggregation_estimate", &["estimate_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["aggregation_part", "aggregation_estimate", "aggregation"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
