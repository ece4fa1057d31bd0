//! Decisions, certificates and what happens to certificates.

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
        let decision = table("decision")
            .col(c.uuid("id"))
            .col(c.text("unit"))
            .col(c.text("unit_path"))
            .col(c.text("number"))
            // The number as it is compared: folded, without blanks.
            .col(c.text("number_key"))
            .col(c.small("year"))
            .col(c.date("decision_date"))
            .col(c.text("authority"))
            .col(c.text("signed_by"))
            .col(c.small("certificates"))
            .col(c.flag("sample"))
            .col(c.big("create_us"))
            .primary_key(&mut key(&["id"]))
            .take();
        manager.create_table(decision).await?;
        manager.create_table(certificate(&c)).await?;
        manager.create_table(ended(&c)).await?;
        manager.create_table(span(&c)).await?;
        // Locked before a product's certificates are changed, so that they are changed one write after the other.
        let product = table("recognised_product").col(c.uuid("product")).primary_key(&mut key(&["product"])).take();
        manager.create_table(product).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["recognised_product", "certificate_span", "certificate_end", "certificate", "decision"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}

fn certificate(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate")
        .col(c.uuid("id"))
        .col(c.uuid("product"))
        .col(c.text("product_display_name"))
        .col(c.text("product_code"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.small("stars"))
        .col(c.text("number"))
        .col(optional(c.uuid("decision")))
        .col(c.small("serial"))
        .col(c.text("decision_number"))
        .col(c.date("earliest_date"))
        .col(c.date("latest_date"))
        // First days not in force by itself, for both: they follow from the dates, the months and the convention, and stand
        // here so that lists can be cut by them.
        .col(c.date("earliest_out"))
        .col(c.date("latest_out"))
        .col(c.small("months"))
        .col(c.one_of("end_convention", &["exclusive", "inclusive"]))
        .col(c.text("authority"))
        .col(c.text("regime"))
        .col(optional(c.uuid("sitting")))
        .col(c.text("source_text"))
        .col(c.text("source_url"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

/// Terminal events: the key says that a certificate ends before its time once.
fn ended(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_end")
        .col(c.uuid("certificate"))
        .col(c.one_of("kind", &["revoked", "surrendered", "superseded"]))
        .col(c.date("end_date"))
        .col(optional(c.uuid("by_certificate")))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["certificate"]))
        .take()
}

fn span(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_span")
        .col(c.uuid("id"))
        .col(c.uuid("certificate"))
        .col(c.one_of("kind", &["suspended", "re_evaluation"]))
        .col(c.date("from_date"))
        .col(optional(c.date("until_date")))
        .col(optional(c.uuid("sitting")))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("decision_number", "decision", &["unit", "year", "number_key"]).unique().take(),
        index("decision_order", "decision", &["decision_date", "id"]),
        index("decision_path", "decision", &["unit_path"]),
        index("certificate_product", "certificate", &["product", "earliest_date", "latest_date"]).unique().take(),
        index("certificate_sitting", "certificate", &["sitting"]).unique().take(),
        index("certificate_decision", "certificate", &["decision", "serial"]),
        index("certificate_order", "certificate", &["latest_date", "id"]),
        index("certificate_path", "certificate", &["unit_path"]),
        index("certificate_span_of", "certificate_span", &["certificate", "kind"]),
        index("certificate_span_sitting", "certificate_span", &["sitting"]),
    ]
}
