//! What estimates are asked for by, their amendments, ceilings, steps and versions.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Every amount of a line by quarters: asked for, and granted.
const QUARTERS: [&str; 8] = ["q1_vnd", "q2_vnd", "q3_vnd", "q4_vnd", "g1_vnd", "g2_vnd", "g3_vnd", "g4_vnd"];
const OF_LINE: [&str; 3] = ["amends_line", "decrease", "return_reason"];
const OF_ESTIMATE: [&str; 6] =
    ["agency", "amends", "increase_vnd", "decrease_vnd", "above_ceiling_vnd", "version_count"];

/// Rows that are there already get this value.
fn filled(mut column: ColumnDef, value: impl Into<Expr>) -> ColumnDef {
    column.default(value).take()
}

fn add(of: &'static str, mut column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(name(of)).add_column(&mut column).take()
}

fn columns_of_estimate(c: Columns<'_>) -> Vec<ColumnDef> {
    vec![
        filled(c.text("agency"), ""),
        optional(c.uuid("amends")),
        filled(c.big("increase_vnd"), 0),
        filled(c.big("decrease_vnd"), 0),
        filled(c.big("above_ceiling_vnd"), 0),
        filled(c.small("version_count"), 0),
    ]
}

fn columns_of_line(c: Columns<'_>) -> Vec<ColumnDef> {
    let quarters = QUARTERS.map(|quarter| filled(c.big(quarter), 0)).into_iter();
    quarters
        .chain([
            optional(c.uuid("amends_line")),
            filled(c.flag("decrease"), false),
            filled(c.text("return_reason"), ""),
        ])
        .collect()
}

/// Ceilings are a value of their plan, read and written whole; whoever submits locks the row.
fn ceiling(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("ceiling");
    all.col(c.uuid("plan_id").primary_key()).col(c.text("amounts")).col(c.flag("refuse"));
    all.col(c.text("document_number")).col(c.date("act_date")).col(c.big("version")).col(c.big("update_us"));
    all.foreign_key(ForeignKey::create().from(name("ceiling"), name("plan_id")).to(name("plan"), name("id")));
    all
}

fn of_estimate(of: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(of), name("estimate_id")).to(name("estimate"), name("id")).take()
}

fn step(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("estimate_step");
    all.col(c.uuid("id").primary_key()).col(c.uuid("estimate_id"));
    for column in [c.text("kind"), c.text("stage"), c.small("role"), c.date("act_date"), c.text("document_number")] {
        all.col(column);
    }
    all.col(c.text("reason")).col(c.text("line_reasons")).col(c.small("number")).col(c.big("create_us"));
    all.foreign_key(&mut of_estimate("estimate_step"));
    all
}

fn version(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("estimate_version");
    all.col(c.uuid("estimate_id")).col(c.small("number")).col(c.text("title")).col(c.text("lines"));
    all.col(c.small("line_count")).col(c.big("amount_vnd")).col(c.date("act_date")).col(c.text("document_number"));
    all.col(c.flag("sample")).col(c.big("create_us"));
    all.primary_key(&mut key(&["estimate_id", "number"])).foreign_key(&mut of_estimate("estimate_version"));
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for column in columns_of_estimate(c) {
            manager.alter_table(add("estimate", column)).await?;
        }
        for column in columns_of_line(c) {
            manager.alter_table(add("line", column)).await?;
        }
        for table in [ceiling(c), step(c), version(c)] {
            manager.create_table(table).await?;
        }
        manager.create_index(index("estimate_amends", "estimate", &["amends"])).await?;
        manager.create_index(index("line_amends", "line", &["amends_line"])).await?;
        manager.create_index(index("estimate_step_of", "estimate_step", &["estimate_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (of, index) in [("estimate", "estimate_amends"), ("line", "line_amends")] {
            manager.drop_index(Index::drop().name(index).table(name(of)).to_owned()).await?;
        }
        for table in ["estimate_version", "estimate_step", "ceiling"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        for column in OF_LINE.iter().chain(&QUARTERS) {
            manager.alter_table(Table::alter().table(name("line")).drop_column(name(column)).take()).await?;
        }
        for column in OF_ESTIMATE {
            manager.alter_table(Table::alter().table(name("estimate")).drop_column(name(column)).take()).await?;
        }
        Ok(())
    }
}
