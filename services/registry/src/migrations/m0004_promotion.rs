//! Fairs with their applications, support packages, and review visits.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn fair(c: &Columns<'_>) -> TableCreateStatement {
    let texts = ["title", "organiser", "unit", "unit_path", "place", "decision_number", "cancel_reason"];
    let days = ["begin_date", "end_date", "call_begin_date", "call_end_date", "decision_date"];
    let acts = ["open_date", "close_date", "hold_date", "cancel_date"];
    let numbers = ["location", "places", "state", "chosen"];
    let columns = texts.map(|t| c.text(t)).into_iter().chain(days.map(|d| c.date(d)));
    c.table("fair", columns.chain(acts.map(|d| optional(c.date(d)))).chain(numbers.map(|n| c.small(n))))
}

fn application(c: &Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("fair_id"),
        c.uuid("product_id"),
        c.text("fair_path"),
        c.text("unit"),
        c.text("unit_path"),
        c.small("state"),
        c.date("apply_date"),
        optional(c.date("decide_date")),
        optional(c.date("withdraw_date")),
        c.text("reason"),
        optional(c.date("report_date")),
        c.big("sales_vnd"),
        c.small("contracts"),
        c.big("contracts_vnd"),
        c.text("visitors_note"),
    ];
    let mut table = c.table("application", columns);
    table
        .foreign_key(ForeignKey::create().from(name("application"), name("fair_id")).to(name("fair"), name("id")))
        .foreign_key(ForeignKey::create().from(name("application"), name("product_id")).to(name("product"), name("id")))
        .take()
}

fn support(c: &Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.uuid("product_id"),
        c.text("unit"),
        c.text("unit_path"),
        c.small("recognition_year"),
        c.small("year"),
        c.small("kind"),
        c.text("description"),
        c.big("amount_vnd"),
        c.date("propose_date"),
        c.small("state"),
        c.text("decision_number"),
        optional(c.date("decision_date")),
        optional(c.date("deliver_date")),
        c.text("evidence"),
        optional(c.date("end_date")),
        c.text("reason"),
    ];
    let mut table = c.table("support_package", columns);
    let product =
        ForeignKey::create().from(name("support_package"), name("product_id")).to(name("product"), name("id")).take();
    table.foreign_key(&mut product.clone()).take()
}

fn visit(c: &Columns<'_>) -> TableCreateStatement {
    let texts = ["unit", "unit_path", "officers", "findings", "candidates", "steps"];
    c.table("visit", texts.map(|t| c.text(t)).into_iter().chain([c.date("visit_date")]))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns(manager);
        for table in [fair(&columns), application(&columns), support(&columns), visit(&columns)] {
            manager.create_table(table).await?;
        }
        // One application of a product to a fair; those that were withdrawn (state 4) do not count.
        let once = "CREATE UNIQUE INDEX application_once ON application (fair_id, product_id) WHERE state <> 4";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("fair_begin", "fair", &["begin_date", "id"])).await?;
        manager.create_index(index("application_fair", "application", &["fair_id", "id"])).await?;
        manager.create_index(index("application_product", "application", &["product_id"])).await?;
        manager.create_index(index("visit_date", "visit", &["visit_date", "id"])).await?;
        manager.create_index(index("visit_path", "visit", &["unit_path", "visit_date"])).await?;
        manager.create_index(index("support_package_path", "support_package", &["unit_path", "id"])).await?;
        manager.create_index(index("support_package_product", "support_package", &["product_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["visit", "support_package", "application", "fair"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
