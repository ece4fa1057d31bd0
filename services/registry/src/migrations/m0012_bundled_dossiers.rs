//! Dossiers of bundles: which bundle, which products are judged, and that each of them has one open dossier.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn covered(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("dossier_goods");
    all.col(c.uuid("dossier_id")).col(c.uuid("product_id")).col(c.flag("is_open"));
    all.primary_key(&mut key(&["dossier_id", "product_id"]));
    all.foreign_key(
        ForeignKey::create().from(name("dossier_goods"), name("dossier_id")).to(name("dossier"), name("id")),
    );
    all.foreign_key(
        ForeignKey::create().from(name("dossier_goods"), name("product_id")).to(name("product"), name("id")),
    );
    all
}

fn of_dossier() -> TableAlterStatement {
    Table::alter().table(name("dossier")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.alter_table(of_dossier().add_column(optional(c.uuid("bundle_id"))).take()).await?;
        manager.alter_table(of_dossier().add_column(c.text("products").default("").take()).take()).await?;
        manager.create_table(covered(c)).await?;
        // What there is names one product; sealed, withdrawn and rejected dossiers (states from 6) are not open.
        let known =
            "INSERT INTO dossier_goods (dossier_id, product_id, is_open) SELECT id, product_id, state < 6 FROM dossier";
        manager.get_connection().execute_unprepared(known).await?;
        let once = "CREATE UNIQUE INDEX dossier_goods_open ON dossier_goods (product_id) WHERE is_open";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("dossier_goods_of", "dossier_goods", &["product_id", "dossier_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("dossier_goods")).take()).await?;
        for column in ["products", "bundle_id"] {
            manager.alter_table(of_dossier().drop_column(name(column)).take()).await?;
        }
        Ok(())
    }
}
