//! Decisions, certificates and what happens to certificates.

use sea_orm_migration::prelude::*;

use super::{Columns, index, key, optional, table};

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
            .col(c.id("id"))
            .col(c.text("unit"))
            .col(c.text("unit_path"))
            .col(c.text("number"))
            // The number as it is compared: folded, without blanks.
            .col(c.text("number_key"))
            .col(c.number("year"))
            .col(c.day("decision_date"))
            .col(c.text("authority"))
            .col(c.text("signed_by"))
            .col(c.number("certificates"))
            .col(c.flag("sample"))
            .col(c.instant("create_us"))
            .primary_key(&mut key(&["id"]))
            .take();
        manager.create_table(decision).await?;
        manager.create_table(certificate(&c)).await?;
        manager.create_table(ended(&c)).await?;
        manager.create_table(span(&c)).await?;
        // Locked before a product's certificates are changed, so that they are changed one write after the other.
        let product = table("recognised_product").col(c.id("product")).primary_key(&mut key(&["product"])).take();
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
        .col(c.id("id"))
        .col(c.id("product"))
        .col(c.text("product_display_name"))
        .col(c.text("product_code"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.number("stars"))
        .col(c.text("number"))
        .col(optional(c.id("decision")))
        .col(c.number("serial"))
        .col(c.text("decision_number"))
        .col(c.day("earliest_date"))
        .col(c.day("latest_date"))
        // First days not in force by itself, for both: they follow from the dates, the months and the convention, and stand
        // here so that lists can be cut by them.
        .col(c.day("earliest_out"))
        .col(c.day("latest_out"))
        .col(c.number("months"))
        .col(c.one_of("end_convention", &["exclusive", "inclusive"]))
        .col(c.text("authority"))
        .col(c.text("regime"))
        .col(optional(c.id("sitting")))
        .col(c.text("source_text"))
        .col(c.text("source_url"))
        .col(c.flag("sample"))
        .col(c.instant("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

/// Terminal events: the key says that a certificate ends before its time once.
fn ended(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_end")
        .col(c.id("certificate"))
        .col(c.one_of("kind", &["revoked", "surrendered", "superseded"]))
        .col(c.day("end_date"))
        .col(optional(c.id("by_certificate")))
        .col(c.instant("create_us"))
        .primary_key(&mut key(&["certificate"]))
        .take()
}

fn span(c: &Columns<'_>) -> TableCreateStatement {
    table("certificate_span")
        .col(c.id("id"))
        .col(c.id("certificate"))
        .col(c.one_of("kind", &["suspended", "re_evaluation"]))
        .col(c.day("from_date"))
        .col(optional(c.day("until_date")))
        .col(optional(c.id("sitting")))
        .col(c.instant("create_us"))
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
