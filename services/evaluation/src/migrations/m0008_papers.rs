//! Printed certificates, and the keys that sign their codes.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, index, key, optional, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        let keys = table("signing_key")
            .col(c.small("serial"))
            .col(c.text("kid"))
            .col(c.text("seed"))
            .col(c.big("create_us"))
            .col(optional(c.big("retire_us")))
            .primary_key(&mut key(&["serial"]))
            .take();
        manager.create_table(keys).await?;
        manager.create_table(paper(&c)).await?;
        let edition = index("certificate_paper_edition", "certificate_paper", &["certificate", "edition"]);
        manager.create_index(edition.clone().unique().take()).await?;
        manager.create_index(index("certificate_paper_order", "certificate_paper", &["paper_date", "id"])).await?;
        manager.create_index(index("certificate_paper_path", "certificate_paper", &["unit_path"])).await?;
        manager.create_index(index("certificate_number", "certificate", &["number", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut number = Index::drop();
        number.name("certificate_number").table(Alias::new("certificate"));
        manager.drop_index(number).await?;
        for name in ["certificate_paper", "signing_key"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}

fn paper(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_paper")
        .col(c.uuid("id"))
        .col(c.uuid("certificate"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.small("edition"))
        .col(c.one_of("reason", &["first", "lost", "damaged", "corrected", "transferred"]))
        .col(c.date("paper_date"))
        .col(c.text("place"))
        .col(c.text("signed_by"))
        .col(c.text("holder"))
        // JSON, always read whole: what the paper says of the certificate.
        .col(c.text("sheet"))
        .col(c.text("token"))
        .col(c.text("kid"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}
