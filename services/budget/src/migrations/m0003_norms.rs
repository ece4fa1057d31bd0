//! Norms that units set by their own decisions.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        let norms = table("norm")
            .col(c.uuid("id").primary_key())
            .col(c.text("owner_unit"))
            .col(c.text("owner_path"))
            .col(c.text("same_key"))
            .col(c.text("name_vi"))
            .col(c.text("name_en"))
            .col(c.small("kind"))
            .col(c.big("amount_vnd"))
            .col(c.flag("ceiling"))
            .col(c.small("unit"))
            .col(c.text("category"))
            .col(c.small("areas"))
            .col(c.small("stars"))
            .col(c.text("legal_reference"))
            .col(c.flag("verified"))
            .col(c.date("valid_from"))
            .col(optional(c.date("valid_to")))
            .col(c.text("source"))
            .col(c.flag("sample"))
            .col(c.big("create_us"))
            .check(Expr::col(name("amount_vnd")).gt(0))
            .take();
        manager.create_table(norms).await?;
        let key = ["owner_unit", "same_key", "valid_from"];
        manager.create_index(index("norm_owner", "norm", &key).unique().take()).await?;
        // Of norms without an end there is one at most, whoever records another at the same time.
        let open = "CREATE UNIQUE INDEX norm_open ON norm (owner_unit, same_key) WHERE valid_to IS NULL";
        manager.get_connection().execute_unprepared(open).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("norm")).take()).await
    }
}
