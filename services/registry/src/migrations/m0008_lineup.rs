//! Candidates of a year, bundles of products under one certificate, and the copy of certificates.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn candidate(c: Columns<'_>) -> TableCreateStatement {
    let ids = ["product_id", "producer_id", "visit_id", "carried_from"];
    let texts = ["unit", "unit_path", "display_name", "product_set", "subject", "dossier", "reason"];
    let numbers = ["year", "target_stars", "kind", "state"];
    let acts = ["accept_date", "file_date", "end_date"];
    let columns = texts.map(|t| c.text(t)).into_iter().chain(ids.map(|i| optional(c.uuid(i))));
    let columns = columns.chain(numbers.map(|n| c.small(n))).chain([c.date("propose_date")]);
    c.table("candidate", columns.chain(acts.map(|d| optional(c.date(d)))))
}

fn bundle(c: Columns<'_>) -> TableCreateStatement {
    let texts = ["display_name", "products", "product_set", "code", "unit", "unit_path", "reason"];
    let columns = texts.map(|t| c.text(t)).into_iter().chain(["lead_id", "producer_id"].map(|i| c.uuid(i)));
    c.table("bundle", columns.chain([c.date("form_date"), optional(c.date("dissolve_date"))]))
}

/// Certificates of products of an evaluation service that may know products before they are here: no foreign key.
fn recognition(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("recognition");
    all.col(c.uuid("certificate").primary_key()).col(c.uuid("product_id")).col(c.small("stars"));
    all.col(c.date("decision_date")).col(c.date("first_out")).col(optional(c.date("end_date")));
    all
}

fn of_product() -> TableAlterStatement {
    Table::alter().table(name("product")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(candidate(Columns(manager))).await?;
        // A product or idea stands once on a year's list; what was dropped (4) or carried over (5) does not count.
        let once = "CREATE UNIQUE INDEX candidate_once ON candidate (year, subject) WHERE state < 4";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("candidate_year", "candidate", &["year", "id"])).await?;
        manager.create_index(index("candidate_path", "candidate", &["unit_path", "year"])).await?;
        manager.create_index(index("candidate_product", "candidate", &["product_id"])).await?;
        manager.create_index(index("candidate_producer", "candidate", &["producer_id"])).await?;
        manager.create_table(bundle(Columns(manager))).await?;
        manager.create_index(index("bundle_path", "bundle", &["unit_path", "id"])).await?;
        manager.create_index(index("bundle_producer", "bundle", &["producer_id"])).await?;
        let held = ColumnDef::new(name("bundle_id")).uuid().null().take();
        manager.alter_table(of_product().add_column(held).take()).await?;
        manager.create_index(index("product_bundle", "product", &["bundle_id"])).await?;
        manager.create_table(recognition(Columns(manager))).await?;
        manager.create_table(kit::migrate::cursor(manager)).await?;
        manager.create_index(index("recognition_product", "recognition", &["product_id", "decision_date"])).await?;
        manager.create_index(index("recognition_stars", "recognition", &["stars", "product_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("product_bundle").table(name("product")).to_owned()).await?;
        manager.alter_table(of_product().drop_column(name("bundle_id")).take()).await?;
        for table in ["cursor", "recognition", "bundle", "candidate"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
