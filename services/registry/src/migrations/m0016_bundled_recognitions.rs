//! A certificate of a bundle is kept once for each of its products. The feed of evaluation is read again from its beginning: a replica
//! of before would have kept the lead product alone. While an update goes on, replicas of before can no longer write the copy and leave
//! the feed to those of this release.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "certificate, product_id, stars, decision_date, first_out, end_date, end_kind";

/// SQLite changes no primary key, so the table is made anew.
async fn keyed(manager: &SchemaManager<'_>, columns: &[&'static str], once: &str) -> Result<(), DbErr> {
    let c = Columns(manager);
    let mut new = table("recognition_new");
    new.col(c.uuid("certificate")).col(c.uuid("product_id")).col(c.small("stars"));
    new.col(c.date("decision_date")).col(c.date("first_out")).col(optional(c.date("end_date")));
    new.col(c.small("end_kind").default(0)).primary_key(&mut key(columns));
    manager.create_table(new).await?;
    let copy = format!("INSERT INTO recognition_new ({COLUMNS}) SELECT {COLUMNS} FROM recognition {once}");
    manager.get_connection().execute_unprepared(&copy).await?;
    manager.drop_table(Table::drop().table(name("recognition")).take()).await?;
    manager.rename_table(Table::rename().table(name("recognition_new"), name("recognition")).take()).await?;
    manager.create_index(index("recognition_product", "recognition", &["product_id", "decision_date"])).await?;
    manager.create_index(index("recognition_stars", "recognition", &["stars", "product_id"])).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(manager, &["certificate", "product_id"], "").await?;
        let again = "DELETE FROM cursor WHERE source = 'evaluation'";
        manager.get_connection().execute_unprepared(again).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One product of each stays; the one with the smallest id, since nothing tells which of them leads.
        let once = "WHERE NOT EXISTS (SELECT 1 FROM recognition o WHERE o.certificate = recognition.certificate \
                    AND o.product_id < recognition.product_id)";
        keyed(manager, &["certificate"], once).await
    }
}
