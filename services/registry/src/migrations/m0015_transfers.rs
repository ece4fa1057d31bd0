//! Transfers of certificates to other producers, in the copy of evaluation's feed. What was told before this is not read again:
//! those events did not name the new holder.

use kit::migrate::{Columns, index, name, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// No foreign key: see the copy of certificates.
fn transfer(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("recognition_transfer");
    all.col(c.uuid("act").primary_key()).col(c.uuid("certificate")).col(c.uuid("holder_id")).col(c.date("from_date"));
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(transfer(Columns(manager))).await?;
        let of = index("recognition_transfer_of", "recognition_transfer", &["certificate", "from_date", "act"]);
        manager.create_index(of).await?;
        manager
            .create_index(index("recognition_transfer_to", "recognition_transfer", &["holder_id", "certificate"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("recognition_transfer")).take()).await
    }
}
