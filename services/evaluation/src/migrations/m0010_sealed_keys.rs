//! The public halves of the keys that sign certificates; their secrets are sealed from now on.

use sea_orm_migration::prelude::*;

use super::Columns;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        // Empty until the secret of before is sealed, which the service does as soon as it starts.
        let mut public = c.text("public").default("").take();
        manager.alter_table(Table::alter().table(Alias::new("signing_key")).add_column(&mut public).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::alter().table(Alias::new("signing_key")).drop_column(Alias::new("public")).take();
        manager.alter_table(drop).await
    }
}
