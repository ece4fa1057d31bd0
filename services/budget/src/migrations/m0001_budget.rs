//! Plans, estimates with their lines, assignments, entries.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn index(title: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(title).table(name(table));
    for column in columns {
        index.col(name(column));
    }
    index
}

fn references(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(from.0), name(from.1)).to(name(to), name("id")).take()
}

fn col(column: &'static str) -> Expr {
    Expr::col(name(column))
}

const ACCOUNTS: [&str; 5] = ["funding", "available", "committed", "paid", "settled"];

/// The columns that both engines write alike.
struct Columns<'m>(&'m SchemaManager<'m>);

impl Columns<'_> {
    fn id(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).uuid().not_null().take()
    }

    fn text(&self, column: &'static str) -> ColumnDef {
        kit::migrate::bytes_text(self.0, name(column)).not_null().take()
    }

    fn small(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).integer().not_null().take()
    }

    fn big(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).big_integer().not_null().take()
    }

    fn flag(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).boolean().not_null().take()
    }

    fn date(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).date().not_null().take()
    }

    fn date_or_none(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).date().null().take()
    }

    fn big_or_none(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).big_integer().null().take()
    }

    fn plan(&self) -> TableCreateStatement {
        Table::create()
            .table(name("plan"))
            .col(self.id("id").primary_key())
            .col(self.text("unit"))
            .col(self.text("unit_path"))
            .col(self.small("year"))
            .col(self.text("title"))
            .col(self.text("decision_number"))
            .col(self.date("decision_date"))
            .col(self.text("targets"))
            .col(self.text("tasks"))
            .col(self.flag("sample"))
            .col(self.big("version"))
            .col(self.big("create_us"))
            .col(self.big("update_us"))
            .take()
    }

    fn estimate(&self) -> TableCreateStatement {
        Table::create()
            .table(name("estimate"))
            .col(self.id("id").primary_key())
            .col(self.id("plan_id"))
            .col(self.text("unit"))
            .col(self.text("unit_path"))
            .col(self.text("title"))
            .col(self.text("stage"))
            .col(self.date("draft_date"))
            .col(self.date_or_none("submit_date"))
            .col(self.date_or_none("return_date"))
            .col(self.text("return_reason"))
            .col(self.date_or_none("appraise_date"))
            .col(self.date_or_none("approve_date"))
            .col(self.date_or_none("assign_date"))
            .col(self.date("last_act_date"))
            .col(self.big("amount_vnd"))
            .col(self.big_or_none("appraised_vnd"))
            .col(self.flag("sample"))
            .col(self.big("version"))
            .col(self.big("create_us"))
            .col(self.big("update_us"))
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
            .col(self.id("id").primary_key())
            .col(self.id("estimate_id"))
            .col(self.id("plan_id"))
            .col(self.text("unit"))
            .col(self.text("unit_path"))
            .col(self.small("place"))
            .col(self.text("category"))
            .col(self.text("description"))
            .col(self.text("source"))
            .col(self.text("norm"))
            .col(self.big("quantity"))
            .col(self.big("days"))
            .col(self.big("rate_vnd"))
            .col(self.text("legal_reference"))
            .col(self.flag("norm_verified"))
            .col(self.text("lump_reason"))
            .col(self.big("amount_vnd"))
            .col(self.big_or_none("appraised_vnd"))
            .col(self.text("appraisal_reason"))
            .col(self.date_or_none("assign_date"))
            .col(self.flag("sample"));
        let mut sum = Expr::val(0);
        for account in ["funding_vnd", "available_vnd", "committed_vnd", "paid_vnd", "settled_vnd"] {
            table.col(self.big(account));
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
            .col(self.id("id").primary_key())
            .col(self.id("estimate_id").unique_key())
            .col(self.id("plan_id"))
            .col(self.text("unit"))
            .col(self.text("unit_path"))
            .col(self.text("decision_number"))
            .col(self.date("decision_date"))
            .col(self.big("amount_vnd"))
            .col(self.flag("sample"))
            .col(self.big("create_us"))
            .foreign_key(&mut references(("assignment", "estimate_id"), "estimate"))
            .take()
    }

    fn entry(&self) -> TableCreateStatement {
        Table::create()
            .table(name("entry"))
            .col(self.id("id").primary_key())
            .col(self.id("line_id"))
            .col(self.id("estimate_id"))
            .col(self.id("plan_id"))
            .col(self.text("unit"))
            .col(self.text("unit_path"))
            .col(self.text("kind"))
            .col(self.text("debit"))
            .col(self.text("credit"))
            .col(self.big("amount_vnd"))
            .col(self.date("act_date"))
            .col(self.text("note"))
            .col(ColumnDef::new(name("reverses")).uuid().null())
            .col(self.flag("sample"))
            .col(self.big("create_us"))
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
        let columns = Columns(manager);
        for table in [columns.plan(), columns.estimate(), columns.line(), columns.assignment(), columns.entry()] {
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
