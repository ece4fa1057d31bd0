//! Candidates of a year.

use kit::migrate::{Columns, index, name, optional};
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
        manager.create_index(index("candidate_producer", "candidate", &["producer_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("candidate")).take()).await
    }
}
