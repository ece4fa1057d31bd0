//! What a passed session was about, and what a target asks for. What is known from before has no topic: it counts for
//! targets that ask for none.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn alter(table: &'static str) -> TableAlterStatement {
    Table::alter().table(Alias::new(table)).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let topic = ColumnDef::new(Alias::new("topic")).integer().not_null().default(0).take();
        manager.alter_table(alter("passed").add_column(topic).take()).await?;
        let topics = kit::migrate::bytes_text(manager, Alias::new("topics")).not_null().default("").take();
        manager.alter_table(alter("target").add_column(topics).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(alter("target").drop_column(Alias::new("topics")).take()).await?;
        manager.alter_table(alter("passed").drop_column(Alias::new("topic")).take()).await
    }
}
