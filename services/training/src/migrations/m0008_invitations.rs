//! Who is asked to come to a session and the messages about it, and the hours of its half days.

use kit::migrate::{Columns, index, name, optional, table};
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

fn mail(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("mail");
    all.col(c.uuid("id").primary_key()).col(c.uuid("session_id")).col(c.uuid("invitation")).col(c.text("unit_path"));
    all.col(c.small("kind")).col(c.small("state")).col(c.small("attempts")).col(c.big("next_us"));
    all.col(c.text("last_error")).col(c.big("create_us")).col(optional(c.big("done_us")));
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let hours = Columns(manager).text("hours").default("").take();
        manager.alter_table(Table::alter().table(name("session")).add_column(hours).take()).await?;
        manager.create_table(invitation(Columns(manager))).await?;
        manager.create_table(mail(Columns(manager))).await?;
        for index in [
            index("invitation_person", "invitation", &["session_id", "person"]).unique().take(),
            index("invitation_session", "invitation", &["session_id", "id"]),
            index("invitation_of_person", "invitation", &["person", "id"]),
            index("invitation_unit", "invitation", &["unit_path"]),
            index("mail_due", "mail", &["state", "next_us"]),
            index("mail_session", "mail", &["session_id", "id"]),
            index("mail_invitation", "mail", &["invitation", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["mail", "invitation"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        manager.alter_table(Table::alter().table(name("session")).drop_column(name("hours")).take()).await
    }
}
