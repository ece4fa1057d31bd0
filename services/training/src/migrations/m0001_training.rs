//! Courses, sessions and attendance.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TOPICS: [&str; 7] = [
    "programme_management",
    "evaluation_and_ranking",
    "business_management",
    "product_development",
    "business_plan",
    "standardisation",
    "promotion",
];

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn index(title: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(title).table(name(table));
    for column in columns {
        index.col(name(column));
    }
    index
}

fn attendance() -> TableCreateStatement {
    let id = |column| ColumnDef::new(name(column)).uuid().not_null().take();
    let small = |column| ColumnDef::new(name(column)).integer().not_null().take();
    let flag = |column| ColumnDef::new(name(column)).boolean().not_null().take();
    let big = |column| ColumnDef::new(name(column)).big_integer().not_null().take();
    Table::create()
        .table(name("attendance"))
        .col(id("session_id"))
        .col(id("person"))
        .col(small("half_days_attended"))
        .col(flag("passed"))
        .col(flag("sample"))
        .col(big("update_us"))
        .primary_key(Index::create().col(name("session_id")).col(name("person")))
        .check(Expr::col(name("half_days_attended")).gte(0))
        .foreign_key(ForeignKey::create().from(name("attendance"), name("session_id")).to(name("session"), name("id")))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |column| ColumnDef::new(name(column)).uuid().not_null().take();
        let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().take();
        let small = |column| ColumnDef::new(name(column)).integer().not_null().take();
        let big = |column| ColumnDef::new(name(column)).big_integer().not_null().take();
        let flag = |column| ColumnDef::new(name(column)).boolean().not_null().take();
        let date = |column| ColumnDef::new(name(column)).date().not_null().take();
        let audience = || Expr::col(name("audience")).is_in(["officers", "producer_managers"]);
        let topic = || Expr::col(name("topic")).is_in(TOPICS);
        let course = Table::create()
            .table(name("course"))
            .col(id("id").primary_key())
            .col(text("unit"))
            .col(text("unit_path"))
            .col(text("title"))
            .col(text("title_key"))
            .col(text("audience"))
            .col(text("topic"))
            .col(small("half_days"))
            .col(small("pass_percent"))
            .col(text("outline"))
            .col(date("adopt_date"))
            .col(flag("sample"))
            .col(big("create_us"))
            .check(audience())
            .check(topic())
            .check(Expr::col(name("half_days")).gt(0))
            .check(Expr::col(name("pass_percent")).between(1, 100))
            .take();
        manager.create_table(course).await?;
        // Audience, topic and rule of passing are the course's, copied because neither ever changes: coverage then joins
        // two tables and attendance locks one row.
        let session = Table::create()
            .table(name("session"))
            .col(id("id").primary_key())
            .col(id("course_id"))
            .col(text("unit"))
            .col(text("unit_path"))
            .col(date("begin_date"))
            .col(date("end_date"))
            .col(small("half_days"))
            .col(text("place"))
            .col(small("capacity"))
            .col(text("audience"))
            .col(text("topic"))
            .col(small("pass_percent"))
            .col(flag("sample"))
            .col(big("create_us"))
            .check(audience())
            .check(topic())
            .check(Expr::col(name("half_days")).gt(0))
            .check(Expr::col(name("end_date")).gte(Expr::col(name("begin_date"))))
            .foreign_key(ForeignKey::create().from(name("session"), name("course_id")).to(name("course"), name("id")))
            .take();
        manager.create_table(session).await?;
        manager.create_table(attendance()).await?;
        manager.create_index(index("course_title", "course", &["title_key", "id"])).await?;
        manager.create_index(index("course_path", "course", &["unit_path"])).await?;
        manager.create_index(index("session_begin", "session", &["begin_date", "id"])).await?;
        manager.create_index(index("session_course", "session", &["course_id", "begin_date", "id"])).await?;
        manager.create_index(index("session_path", "session", &["unit_path"])).await?;
        manager.create_index(index("attendance_person", "attendance", &["person", "session_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["attendance", "session", "course"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
