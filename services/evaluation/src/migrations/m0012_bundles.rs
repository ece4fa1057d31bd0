//! Bundles that are judged and certified as a whole. The registry's feed is read again from its beginning: which products a sealed
//! dossier names was passed over before. What a replica of before reads of it during an update stays untold; the registry's bundle is asked
//! for then.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, key, table};

/// Columns of a bundle, or of its products; empty for a single product, and in rows of before.
const COLUMNS: [(&str, &str); 3] = [("sitting", "bundle"), ("certificate", "bundle"), ("sealed_dossier", "bundle")];

/// The products of a bundle but its lead, by which sittings and certificates of them are found.
const TABLES: [(&str, &str); 2] = [("sitting_goods", "sitting"), ("certificate_goods", "certificate")];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for (of, column) in COLUMNS {
            let mut column = c.text(column).default("").take();
            manager.alter_table(Table::alter().table(Alias::new(of)).add_column(&mut column).take()).await?;
        }
        for (name, of) in TABLES {
            let keys = &mut key(&["product", of]);
            manager.create_table(table(name).col(c.uuid("product")).col(c.uuid(of)).primary_key(keys).take()).await?;
        }
        manager.get_connection().execute_unprepared("DELETE FROM cursor WHERE source = 'registry'").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in TABLES {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        for (of, column) in COLUMNS {
            let drop = Table::alter().table(Alias::new(of)).drop_column(Alias::new(column)).take();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
