//! Inspections, their findings, and complaints.

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
        for table in [plan(&c), visit(&c), finding(&c), complaint(&c)] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["complaint", "finding", "inspection_visit", "inspection_plan"] {
            manager.drop_table(Table::drop().table(Alias::new(name)).take()).await?;
        }
        Ok(())
    }
}

fn plan(c: &Columns<'_>) -> TableCreateStatement {
    table("inspection_plan")
        .col(c.uuid("id"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.small("year"))
        .col(c.text("title"))
        .col(c.text("number"))
        .col(c.date("plan_date"))
        .col(c.one_of("state", &["open", "closed"]))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

fn visit(c: &Columns<'_>) -> TableCreateStatement {
    table("inspection_visit")
        .col(c.uuid("id"))
        .col(optional(c.uuid("plan")))
        .col(c.uuid("certificate"))
        .col(c.uuid("product"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.one_of("kind", &["periodic", "sudden"]))
        .col(c.date("planned_date"))
        .col(c.text("team"))
        .col(c.one_of("state", &["planned", "held", "cancelled"]))
        .col(optional(c.date("held_date")))
        // JSON, always read whole.
        .col(c.text("checklist"))
        .col(c.text("conclusion"))
        .col(c.small("findings"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

fn finding(c: &Columns<'_>) -> TableCreateStatement {
    table("finding")
        .col(c.uuid("id"))
        .col(c.uuid("visit"))
        .col(c.uuid("certificate"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.one_of("severity", &["minor", "major", "critical"]))
        .col(c.text("description"))
        .col(c.text("required_action"))
        .col(c.date("found_date"))
        .col(c.date("due_date"))
        .col(c.one_of("state", &["open", "reported", "closed", "escalated"]))
        .col(optional(c.date("step_date")))
        .col(c.text("step_note"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

fn complaint(c: &Columns<'_>) -> TableCreateStatement {
    table("complaint")
        .col(c.uuid("id"))
        .col(c.one_of("kind", &["complaint", "look_again", "mark_misuse"]))
        .col(optional(c.uuid("certificate")))
        .col(optional(c.uuid("sitting")))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("receive_date"))
        .col(c.text("summary"))
        .col(c.text("document"))
        .col(c.small("decide_days"))
        .col(c.one_of("state", &["received", "accepted", "rejected", "decided", "withdrawn"]))
        .col(c.date("due_date"))
        .col(optional(c.date("step_date")))
        .col(c.text("step_note"))
        .col(optional(c.text("outcome")))
        .col(c.text("number"))
        .col(c.small("days_late"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .primary_key(&mut key(&["id"]))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("inspection_plan_order", "inspection_plan", &["plan_date", "id"]),
        index("inspection_plan_path", "inspection_plan", &["unit_path"]),
        index("inspection_visit_order", "inspection_visit", &["planned_date", "id"]),
        index("inspection_visit_path", "inspection_visit", &["unit_path"]),
        index("inspection_visit_plan", "inspection_visit", &["plan", "state"]),
        index("inspection_visit_certificate", "inspection_visit", &["certificate"]),
        index("finding_due", "finding", &["due_date", "id"]),
        index("finding_path", "finding", &["unit_path"]),
        index("finding_certificate", "finding", &["certificate"]),
        index("complaint_due", "complaint", &["due_date", "id"]),
        index("complaint_path", "complaint", &["unit_path"]),
        index("complaint_certificate", "complaint", &["certificate"]),
    ]
}
