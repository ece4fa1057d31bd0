//! Pledges of other resources and what was received of them. Receipts are only added: the database itself refuses anything
//! else.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const SOURCES: [&str; 6] = ["central", "provincial", "district", "producers_own", "credit", "donor"];
const KINDS: [&str; 7] = ["producer", "lender", "donor", "central_programme", "province", "district", "commune"];

const SQLITE: [&str; 2] = [
    "CREATE TRIGGER receipt_unchanged BEFORE UPDATE ON receipt \
     BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END",
    "CREATE TRIGGER receipt_kept BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'a receipt is never removed'); END",
];
const POSTGRES: [&str; 3] = [
    "CREATE FUNCTION receipt_refuse() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'a receipt never changes and is never removed'; END $$",
    "CREATE TRIGGER receipt_unchanged BEFORE UPDATE OR DELETE ON receipt FOR EACH ROW EXECUTE FUNCTION receipt_refuse()",
    "CREATE TRIGGER receipt_kept BEFORE TRUNCATE ON receipt FOR EACH STATEMENT EXECUTE FUNCTION receipt_refuse()",
];

fn references(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(from.0), name(from.1)).to(name(to), name("id")).take()
}

fn col(column: &'static str) -> Expr {
    Expr::col(name(column))
}

fn pledge(c: Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("plan_id"),
        c.text("unit"),
        c.text("unit_path"),
        c.one_of("pledger_kind", &KINDS),
        c.text("pledger"),
        c.text("producer"),
        c.one_of("source", &SOURCES),
        c.big("amount_vnd").check(col("amount_vnd").gt(0)).take(),
        c.big("received_vnd").check(col("received_vnd").gte(0)).take(),
        c.date("pledge_date"),
        c.text("document_number"),
        optional(c.date("due_date")),
        optional(c.date("withdraw_date")),
        c.text("withdraw_reason"),
    ];
    c.table("pledge", columns).foreign_key(&mut references(("pledge", "plan_id"), "plan")).take()
}

fn receipt(c: Columns<'_>) -> TableCreateStatement {
    table("receipt")
        .col(c.uuid("id").primary_key())
        .col(c.uuid("pledge_id"))
        .col(c.uuid("plan_id"))
        .col(c.text("unit_path"))
        .col(c.big("amount_vnd").check(col("amount_vnd").gt(0)))
        .col(c.date("receive_date"))
        .col(c.text("document_number"))
        .col(optional(c.uuid("reverses")))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .foreign_key(&mut references(("receipt", "pledge_id"), "pledge"))
        .foreign_key(&mut references(("receipt", "reverses"), "receipt"))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(pledge(c)).await?;
        manager.create_table(receipt(c)).await?;
        for index in [
            index("pledge_plan", "pledge", &["plan_id", "id"]),
            index("pledge_path", "pledge", &["unit_path", "id"]),
            index("receipt_plan", "receipt", &["plan_id", "id"]),
            index("receipt_pledge", "receipt", &["pledge_id", "id"]),
            index("receipt_reverses", "receipt", &["reverses"]),
        ] {
            manager.create_index(index).await?;
        }
        let triggers: &[&str] = if manager.get_database_backend() == DbBackend::Postgres { &POSTGRES } else { &SQLITE };
        for trigger in triggers {
            manager.get_connection().execute_unprepared(trigger).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["receipt", "pledge"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION receipt_refuse()").await?;
        }
        Ok(())
    }
}
