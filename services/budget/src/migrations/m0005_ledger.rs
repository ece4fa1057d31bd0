//! Transfers, periods and the closing of years; and entries that the database itself refuses to change or remove.
//!
//! The kinds of entries are part of their table's checks, which SQLite cannot alter: the table is made anew on both
//! engines, and its rows are taken along as they are.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const ACCOUNTS: [&str; 5] = ["funding", "available", "committed", "paid", "settled"];
const KINDS: [&str; 10] =
    ["assign", "commit", "release", "pay", "refund", "settle", "transfer_out", "transfer_in", "carry_out", "carry_in"];
const KEPT: &str = "id, line_id, estimate_id, plan_id, unit, unit_path, kind, debit, credit, amount_vnd, act_date, note, \
                    reverses, sample, create_us";

/// What refuses to change an entry, on each engine.
const SQLITE: [&str; 2] = [
    "CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry \
     BEGIN SELECT RAISE(ABORT, 'an entry of the ledger never changes'); END",
    "CREATE TRIGGER entry_kept BEFORE DELETE ON entry \
     BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never removed'); END",
];
const POSTGRES: [&str; 3] = [
    "CREATE FUNCTION entry_refuse() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'an entry of the ledger never changes and is never removed'; END $$",
    "CREATE TRIGGER entry_unchanged BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION entry_refuse()",
    "CREATE TRIGGER entry_kept BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse()",
];

fn references(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(from.0), name(from.1)).to(name(to), name("id")).take()
}

fn col(column: &'static str) -> Expr {
    Expr::col(name(column))
}

fn ledger_book(c: Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.text("unit"),
        c.text("unit_path"),
        c.small("year"),
        c.one_of("period_length", &["month", "quarter"]),
        c.small("adjustment_days"),
        c.small("backdate_days"),
        c.one_of("carry_over_rule", &["nothing", "available"]),
        c.big("closed_periods"),
        optional(c.date("close_date")),
        c.text("close_document_number"),
    ];
    // The book's id is its plan's.
    c.table("ledger_book", columns).foreign_key(&mut references(("ledger_book", "id"), "plan")).take()
}

fn period_act(c: Columns<'_>) -> TableCreateStatement {
    table("period_act")
        .col(c.uuid("id").primary_key())
        .col(c.uuid("plan_id"))
        .col(c.small("number"))
        .col(c.one_of("verb", &["close", "reopen"]))
        .col(c.date("act_date"))
        .col(c.text("document_number"))
        .col(c.text("reason"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .foreign_key(&mut references(("period_act", "plan_id"), "ledger_book"))
        .take()
}

fn transfer(c: Columns<'_>) -> TableCreateStatement {
    table("transfer")
        .col(c.uuid("id").primary_key())
        .col(c.one_of("kind", &["transfer", "carry_over"]))
        .col(c.uuid("from_line"))
        .col(c.uuid("to_line"))
        .col(c.uuid("from_plan"))
        .col(c.uuid("to_plan"))
        .col(c.uuid("from_entry"))
        .col(c.uuid("to_entry"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.big("amount_vnd").check(col("amount_vnd").gt(0)))
        .col(c.date("act_date"))
        .col(c.text("document_number"))
        .col(c.text("reason"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .check(col("from_line").ne(col("to_line")))
        .foreign_key(&mut references(("transfer", "from_line"), "line"))
        .foreign_key(&mut references(("transfer", "to_line"), "line"))
        .take()
}

fn entry(c: Columns<'_>, title: &'static str) -> TableCreateStatement {
    table(title)
        .col(c.uuid("id").primary_key())
        .col(c.uuid("line_id"))
        .col(c.uuid("estimate_id"))
        .col(c.uuid("plan_id"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.one_of("kind", &KINDS))
        .col(c.one_of("debit", &ACCOUNTS))
        .col(c.one_of("credit", &ACCOUNTS))
        .col(c.big("amount_vnd").check(col("amount_vnd").gt(0)))
        .col(c.date("act_date"))
        .col(c.text("note"))
        .col(optional(c.uuid("reverses")))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .col(optional(c.uuid("transfer_id")))
        .check(col("debit").ne(col("credit")))
        // What moves between lines belongs to a transfer, and nothing else does.
        .check(
            col("kind")
                .is_in(["transfer_out", "transfer_in", "carry_out", "carry_in"])
                .eq(col("transfer_id").is_not_null()),
        )
        .foreign_key(&mut references((title, "line_id"), "line"))
        .foreign_key(&mut references((title, "reverses"), title))
        .foreign_key(&mut references((title, "transfer_id"), "transfer"))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for table in [ledger_book(c), period_act(c), transfer(c), entry(c, "entry_next")] {
            manager.create_table(table).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared(
            "INSERT INTO ledger_book (id, unit, unit_path, year, period_length, adjustment_days, backdate_days, \
             carry_over_rule, closed_periods, close_document_number, sample, version, create_us, update_us) \
             SELECT id, unit, unit_path, year, 'month', 31, 31, 'available', 0, '', sample, 1, create_us, create_us FROM plan",
        )
        .await?;
        db.execute_unprepared(&format!("INSERT INTO entry_next ({KEPT}) SELECT {KEPT} FROM entry")).await?;
        manager.drop_table(Table::drop().table(name("entry")).take()).await?;
        manager.rename_table(Table::rename().table(name("entry_next"), name("entry")).take()).await?;
        for index in [
            index("entry_plan", "entry", &["plan_id", "id"]),
            index("entry_estimate", "entry", &["estimate_id", "id"]),
            index("entry_line", "entry", &["line_id", "id"]),
            index("entry_reverses", "entry", &["reverses"]),
            index("entry_transfer", "entry", &["transfer_id"]),
            index("period_act_plan", "period_act", &["plan_id", "number", "id"]),
            index("transfer_from_plan", "transfer", &["from_plan", "id"]),
            index("transfer_to_plan", "transfer", &["to_plan", "id"]),
            index("transfer_from_line", "transfer", &["from_line", "id"]),
            index("transfer_to_line", "transfer", &["to_line", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        let triggers: &[&str] = if manager.get_database_backend() == DbBackend::Postgres { &POSTGRES } else { &SQLITE };
        for trigger in triggers {
            db.execute_unprepared(trigger).await?;
        }
        Ok(())
    }

    /// The way back keeps the entries in a table that knows more kinds than the one before; an older program reads it.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared("DROP TRIGGER entry_unchanged ON entry").await?;
            db.execute_unprepared("DROP TRIGGER entry_kept ON entry").await?;
            db.execute_unprepared("DROP FUNCTION entry_refuse()").await?;
        } else {
            db.execute_unprepared("DROP TRIGGER entry_unchanged").await?;
            db.execute_unprepared("DROP TRIGGER entry_kept").await?;
        }
        manager.drop_table(Table::drop().table(name("period_act")).take()).await?;
        manager.drop_table(Table::drop().table(name("ledger_book")).take()).await
    }
}
