//! Sealed dossiers as the registry's feed tells them, how late a re-evaluation was filed, and by what another post signed.

use sea_orm_migration::prelude::*;

use super::{Columns, index, key, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn add(name: &'static str, column: &mut ColumnDef) -> TableAlterStatement {
    Table::alter().table(Alias::new(name)).add_column(column).take()
}

fn drop(name: &'static str, column: &'static str) -> TableAlterStatement {
    Table::alter().table(Alias::new(name)).drop_column(Alias::new(column)).take()
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(kit::migrate::cursor(manager)).await?;
        let sealed = table("sealed_dossier")
            .col(c.id("dossier"))
            .col(c.id("product"))
            .col(c.one_of("kind", &["first", "upgrade", "re_evaluation"]))
            .col(c.day("filing_date"))
            .col(c.text("digest"))
            .primary_key(&mut key(&["dossier"]))
            .take();
        manager.create_table(sealed).await?;
        manager.create_index(index("sealed_dossier_product", "sealed_dossier", &["product", "kind"])).await?;
        manager.alter_table(add("sitting", c.number("filed_late_days").default(0))).await?;
        manager.alter_table(add("decision", c.text("signer_authorisation").default(""))).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(drop("decision", "signer_authorisation")).await?;
        manager.alter_table(drop("sitting", "filed_late_days")).await?;
        for name in ["sealed_dossier", "cursor"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}
