//! Dossiers with their history, their sealed snapshots, numbers of registration slips, and samples.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

/// Short spellings of column kinds, on the engine at hand.
struct Columns<'a>(&'a SchemaManager<'a>);

impl Columns<'_> {
    fn text(&self, column: &'static str) -> ColumnDef {
        kit::migrate::bytes_text(self.0, name(column)).not_null().take()
    }
    fn big(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).big_integer().not_null().take()
    }
    fn small(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).integer().not_null().take()
    }
    fn flag(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).boolean().not_null().take()
    }
    fn date(&self, column: &'static str) -> ColumnDef {
        self.act(column).not_null().take()
    }
    /// The day of an act that is still to come.
    fn act(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).date().take()
    }
    fn uuid(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).uuid().not_null().take()
    }
    fn table(&self, title: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
        let mut table = Table::create();
        table.table(name(title)).col(self.uuid("id").primary_key());
        for column in columns {
            table.col(column);
        }
        table.take()
    }
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
        .chain(days.map(|d| c.act(d)))
        .chain([c.date("last_date")])
        .chain(["kind", "state", "round", "forwarded_to"].map(|n| c.small(n)))
        .chain(["due_provisional", "sample"].map(|f| c.flag(f)))
        .chain(["version", "create_us", "update_us"].map(|n| c.big(n)));
    let mut table = c.table("dossier", columns);
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
    c.table("dossier_entry", columns).foreign_key(&mut of_dossier("dossier_entry")).take()
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
        c.act("return_date"),
        c.flag("sample"),
        c.big("version"),
        c.big("create_us"),
        c.big("update_us"),
    ];
    c.table("sample_handover", columns).foreign_key(&mut of_dossier("sample_handover")).take()
}

fn index(title: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(title).table(name(table));
    for column in columns {
        index.col(name(column));
    }
    index
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
