//! Acts on certificates, and who holds a certificate that was handed over.

use sea_orm_migration::prelude::*;

use kit::migrate::{Columns, index, key, optional, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(act(&c)).await?;
        let mut holder = optional(c.uuid("holder"));
        manager.alter_table(Table::alter().table(Alias::new("certificate")).add_column(&mut holder).take()).await?;
        let number = index("certificate_act_number", "certificate_act", &["certificate", "kind", "number_key"]);
        manager.create_index(number.clone().unique().take()).await?;
        manager.create_index(index("certificate_act_order", "certificate_act", &["act_date", "id"])).await?;
        manager.create_index(index("certificate_act_path", "certificate_act", &["unit_path"])).await?;
        manager.create_index(index("certificate_out", "certificate", &["earliest_out", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut out = Index::drop();
        out.name("certificate_out").table(Alias::new("certificate"));
        manager.drop_index(out).await?;
        let drop = Table::alter().table(Alias::new("certificate")).drop_column(Alias::new("holder")).take();
        manager.alter_table(drop).await?;
        manager.drop_table(Table::drop().table(Alias::new("certificate_act")).take()).await
    }
}

fn act(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_act")
        .col(c.uuid("id"))
        .col(c.uuid("certificate"))
        .col(c.uuid("product"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.one_of("kind", &["suspend", "lift", "revoke", "surrender", "correct", "transfer"]))
        .col(c.text("acting_unit"))
        .col(c.text("number"))
        // The number as it is compared: folded, without blanks.
        .col(c.text("number_key"))
        .col(c.date("act_date"))
        .col(c.text("authority"))
        .col(c.text("signed_by"))
        .col(c.text("ground"))
        .col(c.text("document"))
        .col(c.text("basis"))
        .col(optional(c.text("cause")))
        .col(optional(c.date("conclusion_date")))
        // JSON, always read whole.
        .col(c.text("changes"))
        .col(optional(c.uuid("holder")))
        .col(optional(c.uuid("previous_holder")))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}
