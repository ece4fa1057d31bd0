//! Who is asked to come to a session.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn invitation(c: Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("session_id"),
        c.uuid("person"),
        c.text("unit"),
        c.text("unit_path"),
        c.small("state"),
        c.date("reply_by"),
        c.small("channel"),
        optional(c.date("send_date")),
        optional(c.date("answer_date")),
        c.small("answered_by"),
        c.text("reason"),
        optional(c.uuid("registration")),
        c.small("reminders"),
        optional(c.date("remind_date")),
    ];
    c.table("invitation", columns)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(invitation(Columns(manager))).await?;
        for index in [
            index("invitation_person", "invitation", &["session_id", "person"]).unique().take(),
            index("invitation_session", "invitation", &["session_id", "id"]),
            index("invitation_of_person", "invitation", &["person", "id"]),
            index("invitation_unit", "invitation", &["unit_path"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("invitation")).take()).await
    }
}
