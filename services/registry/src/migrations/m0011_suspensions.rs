//! Suspensions of certificates, and why a certificate ended, in the copy of evaluation's feed. The feed is read again from
//! its beginning: what it told of them before was passed over.

use kit::migrate::{Columns, index, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// No foreign key: see the copy of certificates.
fn suspension(c: Columns<'_>) -> TableCreateStatement {
    let mut all = table("recognition_suspension");
    all.col(c.uuid("act").primary_key()).col(c.uuid("certificate")).col(c.date("from_date"));
    all.col(optional(c.date("until_date"))).col(optional(c.uuid("lifted_by")));
    all
}

fn of_recognition() -> TableAlterStatement {
    Table::alter().table(name("recognition")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(suspension(Columns(manager))).await?;
        let of = index("recognition_suspension_of", "recognition_suspension", &["certificate", "from_date"]);
        manager.create_index(of).await?;
        let until = index(
            "recognition_suspension_until",
            "recognition_suspension",
            &["until_date", "from_date", "certificate"],
        );
        manager.create_index(until).await?;
        let end_kind = Columns(manager).small("end_kind").default(0).take();
        manager.alter_table(of_recognition().add_column(end_kind).take()).await?;
        let again = "DELETE FROM cursor WHERE source = 'evaluation'";
        manager.get_connection().execute_unprepared(again).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(of_recognition().drop_column(name("end_kind")).take()).await?;
        manager.drop_table(Table::drop().table(name("recognition_suspension")).take()).await
    }
}
