//! Plans, estimates with their lines, assignments, entries.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn references(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(from.0), name(from.1)).to(name(to), name("id")).take()
}

fn col(column: &'static str) -> Expr {
    Expr::col(name(column))
}

const ACCOUNTS: [&str; 5] = ["funding", "available", "committed", "paid", "settled"];

/// The tables, of columns that both engines write alike.
struct Tables<'m>(Columns<'m>);

impl Tables<'_> {
    fn plan(&self) -> TableCreateStatement {
        Table::create()
            .table(name("plan"))
            .col(self.0.uuid("id").primary_key())
            .col(self.0.text("unit"))
            .col(self.0.text("unit_path"))
            .col(self.0.small("year"))
            .col(self.0.text("title"))
            .col(self.0.text("decision_number"))
            .col(self.0.date("decision_date"))
            .col(self.0.text("targets"))
            .col(self.0.text("tasks"))
            .col(self.0.flag("sample"))
            .col(self.0.big("version"))
            .col(self.0.big("create_us"))
            .col(self.0.big("update_us"))
            .take()
    }

    fn estimate(&self) -> TableCreateStatement {
        Table::create()
            .table(name("estimate"))
            .col(self.0.uuid("id").primary_key())
            .col(self.0.uuid("plan_id"))
            .col(self.0.text("unit"))
            .col(self.0.text("unit_path"))
            .col(self.0.text("title"))
            .col(self.0.text("stage"))
            .col(self.0.date("draft_date"))
            .col(optional(self.0.date("submit_date")))
            .col(optional(self.0.date("return_date")))
            .col(self.0.text("return_reason"))
            .col(optional(self.0.date("appraise_date")))
            .col(optional(self.0.date("approve_date")))
            .col(optional(self.0.date("assign_date")))
            .col(self.0.date("last_act_date"))
            .col(self.0.big("amount_vnd"))
            .col(optional(self.0.big("appraised_vnd")))
            .col(self.0.flag("sample"))
            .col(self.0.big("version"))
            .col(self.0.big("create_us"))
            .col(self.0.big("update_us"))
            .check(col("stage").is_in(["draft", "submitted", "appraised", "approved", "assigned"]))
            .check(col("amount_vnd").gt(0))
            .foreign_key(&mut references(("estimate", "plan_id"), "plan"))
            .take()
    }

    /// A line carries the balances of its accounts: whoever posts locks this one row, and the database itself refuses an
    /// overdraft or a sum that is not zero.
    fn line(&self) -> TableCreateStatement {
        let mut table = Table::create();
        table
            .table(name("line"))
            .col(self.0.uuid("id").primary_key())
            .col(self.0.uuid("estimate_id"))
            .col(self.0.uuid("plan_id"))
            .col(self.0.text("unit"))
            .col(self.0.text("unit_path"))
            .col(self.0.small("place"))
            .col(self.0.text("category"))
            .col(self.0.text("description"))
            .col(self.0.text("source"))
            .col(self.0.text("norm"))
            .col(self.0.big("quantity"))
            .col(self.0.big("days"))
            .col(self.0.big("rate_vnd"))
            .col(self.0.text("legal_reference"))
            .col(self.0.flag("norm_verified"))
            .col(self.0.text("lump_reason"))
            .col(self.0.big("amount_vnd"))
            .col(optional(self.0.big("appraised_vnd")))
            .col(self.0.text("appraisal_reason"))
            .col(optional(self.0.date("assign_date")))
            .col(self.0.flag("sample"));
        let mut sum = Expr::val(0);
        for account in ["funding_vnd", "available_vnd", "committed_vnd", "paid_vnd", "settled_vnd"] {
            table.col(self.0.big(account));
            sum = sum.add(col(account));
            table.check(if account == "funding_vnd" { col(account).lte(0) } else { col(account).gte(0) });
        }
        table
            .check(sum.eq(0))
            .check(col("amount_vnd").gt(0))
            .check(
                Condition::any()
                    .add(col("appraised_vnd").is_null())
                    .add(col("appraised_vnd").between(Expr::val(0), col("amount_vnd"))),
            )
            .foreign_key(&mut references(("line", "estimate_id"), "estimate"))
            .take()
    }

    fn assignment(&self) -> TableCreateStatement {
        Table::create()
            .table(name("assignment"))
            .col(self.0.uuid("id").primary_key())
            .col(self.0.uuid("estimate_id").unique_key())
            .col(self.0.uuid("plan_id"))
            .col(self.0.text("unit"))
            .col(self.0.text("unit_path"))
            .col(self.0.text("decision_number"))
            .col(self.0.date("decision_date"))
            .col(self.0.big("amount_vnd"))
            .col(self.0.flag("sample"))
            .col(self.0.big("create_us"))
            .foreign_key(&mut references(("assignment", "estimate_id"), "estimate"))
            .take()
    }

    fn entry(&self) -> TableCreateStatement {
        Table::create()
            .table(name("entry"))
            .col(self.0.uuid("id").primary_key())
            .col(self.0.uuid("line_id"))
            .col(self.0.uuid("estimate_id"))
            .col(self.0.uuid("plan_id"))
            .col(self.0.text("unit"))
            .col(self.0.text("unit_path"))
            .col(self.0.text("kind"))
            .col(self.0.text("debit"))
            .col(self.0.text("credit"))
            .col(self.0.big("amount_vnd"))
            .col(self.0.date("act_date"))
            .col(self.0.text("note"))
            .col(ColumnDef::new(name("reverses")).uuid().null())
            .col(self.0.flag("sample"))
            .col(self.0.big("create_us"))
            .check(col("kind").is_in(["assign", "commit", "release", "pay", "refund", "settle"]))
            .check(col("debit").is_in(ACCOUNTS))
            .check(col("credit").is_in(ACCOUNTS))
            .check(col("debit").ne(col("credit")))
            .check(col("amount_vnd").gt(0))
            .foreign_key(&mut references(("entry", "line_id"), "line"))
            .foreign_key(&mut references(("entry", "reverses"), "entry"))
            .take()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables(Columns(manager));
        for table in [tables.plan(), tables.estimate(), tables.line(), tables.assignment(), tables.entry()] {
            manager.create_table(table).await?;
        }
        let indexes = [
            index("plan_unit_year", "plan", &["unit", "year"]).unique().take(),
            index("plan_year", "plan", &["year", "id"]),
            index("estimate_plan", "estimate", &["plan_id", "id"]),
            index("estimate_path", "estimate", &["unit_path"]),
            index("line_estimate", "line", &["estimate_id", "place"]),
            index("line_plan", "line", &["plan_id", "estimate_id", "place"]),
            index("assignment_plan", "assignment", &["plan_id", "id"]),
            index("entry_plan", "entry", &["plan_id", "id"]),
            index("entry_estimate", "entry", &["estimate_id", "id"]),
            index("entry_line", "entry", &["line_id", "id"]),
            index("entry_reverses", "entry", &["reverses"]),
        ];
        for index in indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["entry", "assignment", "line", "estimate", "plan"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
