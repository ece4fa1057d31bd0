//! Dossiers with their history, their sealed snapshots, numbers of registration slips, and samples.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table whose rows have an id; each says for itself what else it keeps.
fn rows(c: &Columns<'_>, title: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut rows = table(title);
    rows.col(c.uuid("id").primary_key());
    for column in columns {
        rows.col(column);
    }
    rows
}

fn dossier(c: &Columns<'_>) -> TableCreateStatement {
    let texts = [
        "product_set",
        "unit",
        "unit_path",
        "regime",
        "scorecard",
        "card_digest",
        "certificate",
        "commune_slip",
        "upper_slip",
        "digest",
        "reason",
        "forms",
        "papers",
        "assessment",
        "remarks",
    ];
    let days = ["certificate_end", "filing_date", "submit_date", "due_date", "forward_date", "seal_date", "end_date"];
    let columns = [c.uuid("product_id"), c.uuid("producer_id")]
        .into_iter()
        .chain(texts.map(|t| c.text(t)))
        .chain(days.map(|d| optional(c.date(d))))
        .chain([c.date("last_date")])
        .chain(["kind", "state", "round", "forwarded_to"].map(|n| c.small(n)))
        .chain(["due_provisional", "sample"].map(|f| c.flag(f)))
        .chain(["version", "create_us", "update_us"].map(|n| c.big(n)));
    let mut table = rows(c, "dossier", columns);
    table
        .foreign_key(ForeignKey::create().from(name("dossier"), name("product_id")).to(name("product"), name("id")))
        .foreign_key(ForeignKey::create().from(name("dossier"), name("producer_id")).to(name("producer"), name("id")))
        .take()
}

fn of_dossier(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(name(table), name("dossier_id")).to(name("dossier"), name("id")).take()
}

fn entry(c: &Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("dossier_id"),
        c.small("step"),
        c.small("state"),
        c.small("round"),
        c.date("act_date"),
        ColumnDef::new(name("officer_id")).uuid().take(),
        c.text("text"),
        c.text("remarks"),
        c.flag("sample"),
        c.big("create_us"),
    ];
    rows(c, "dossier_entry", columns).foreign_key(&mut of_dossier("dossier_entry")).take()
}

fn snapshot(c: &Columns<'_>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name("dossier_snapshot")).col(c.uuid("dossier_id").primary_key());
    table.col(c.text("digest")).col(ColumnDef::new(name("content")).binary().not_null()).col(c.big("create_us"));
    table.foreign_key(&mut of_dossier("dossier_snapshot")).take()
}

fn slip(c: &Columns<'_>) -> TableCreateStatement {
    Table::create().table(name("dossier_slip")).col(c.text("place").primary_key()).col(c.big("last")).take()
}

fn samples(c: &Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("dossier_id"),
        c.text("unit"),
        c.text("unit_path"),
        c.small("count"),
        c.date("hand_in_date"),
        c.text("received_by"),
        c.small("return_count"),
        optional(c.date("return_date")),
        c.flag("sample"),
        c.big("version"),
        c.big("create_us"),
        c.big("update_us"),
    ];
    rows(c, "sample_handover", columns).foreign_key(&mut of_dossier("sample_handover")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for table in [dossier(&c), entry(&c), snapshot(&c), slip(&c), samples(&c)] {
            manager.create_table(table).await?;
        }
        // One open dossier of a product; sealed, withdrawn and rejected ones (states from 6) do not count.
        let once = "CREATE UNIQUE INDEX dossier_open ON dossier (product_id) WHERE state < 6";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("dossier_product", "dossier", &["product_id", "id"])).await?;
        manager.create_index(index("dossier_producer", "dossier", &["producer_id", "id"])).await?;
        manager.create_index(index("dossier_path", "dossier", &["unit_path", "id"])).await?;
        manager.create_index(index("dossier_due", "dossier", &["state", "due_date"])).await?;
        manager.create_index(index("dossier_entry_of", "dossier_entry", &["dossier_id", "id"])).await?;
        manager.create_index(index("sample_handover_of", "sample_handover", &["dossier_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sample_handover", "dossier_slip", "dossier_snapshot", "dossier_entry", "dossier"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
