//! Who checked in, and what participants say of sessions.

use kit::migrate::{Columns, key, name, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn check_in(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("check_in");
    all.col(c.uuid("session_id")).col(c.small("number")).col(c.uuid("person")).col(c.small("how"));
    all.col(c.big("create_us")).primary_key(&mut key(&["session_id", "number", "person"]));
    all
}

fn feedback(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("feedback");
    all.col(c.uuid("session_id").primary_key()).col(c.text("questions")).col(c.small("answers"));
    all.col(c.text("counts")).col(c.text("comments"));
    all
}

fn mark(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("feedback_mark");
    all.col(c.uuid("mark").primary_key());
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns(manager);
        for table in [check_in(columns), feedback(columns), mark(columns)] {
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["feedback_mark", "feedback", "check_in"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
