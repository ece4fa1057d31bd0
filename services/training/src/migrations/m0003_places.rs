//! What a session needs beside its dates: its half days, registrations with a waiting list, tests, costs.

use kit::migrate::{index, name};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::Statement;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The new columns by table; SQLite adds one at a time.
fn columns(manager: &SchemaManager) -> Vec<(&'static str, ColumnDef)> {
    let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().default("").take();
    let small = |column, value: i32| ColumnDef::new(name(column)).integer().not_null().default(value).take();
    let maybe = |column| ColumnDef::new(name(column)).integer().null().take();
    let money = |column| ColumnDef::new(name(column)).big_integer().null().take();
    vec![
        ("course", maybe("test_pass_points")),
        ("course", small("validity_months", 0)),
        ("course", small("correction_days", 7)),
        ("course", ColumnDef::new(name("replaces")).uuid().null().take()),
        ("course", small("edition", 1)),
        ("course", small("hours", 0)),
        ("session", maybe("test_pass_points")),
        ("session", small("validity_months", 0)),
        ("session", small("correction_days", 7)),
        ("session", small("state", 1)),
        ("session", text("schedule")),
        ("session", text("cancel_reason")),
        ("session", ColumnDef::new(name("register_by")).date().null().take()),
        ("session", ColumnDef::new(name("registration_required")).boolean().not_null().default(false).take()),
        ("session", text("trainer")),
        ("session", text("materials")),
        ("session", text("budget_line")),
        ("session", money("planned_cost_vnd")),
        ("session", money("actual_cost_vnd")),
        ("session", ColumnDef::new(name("version")).big_integer().not_null().default(1).take()),
        ("attendance", text("half_days")),
        ("attendance", maybe("test_points")),
        ("attendance", text("correction_reason")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns(manager) {
            manager.alter_table(Table::alter().table(name(table)).add_column(column).take()).await?;
        }
        let id = |column| ColumnDef::new(name(column)).uuid().not_null().take();
        let text = |column| kit::migrate::bytes_text(manager, name(column)).not_null().take();
        let small = |column| ColumnDef::new(name(column)).integer().not_null().take();
        let big = |column| ColumnDef::new(name(column)).big_integer().not_null().take();
        let half_day = Table::create()
            .table(name("half_day"))
            .col(id("session_id"))
            .col(small("number"))
            .col(ColumnDef::new(name("date")).date().not_null())
            .col(small("part"))
            .primary_key(Index::create().col(name("session_id")).col(name("number")))
            .take();
        let registration = Table::create()
            .table(name("registration"))
            .col(id("id").primary_key())
            .col(id("session_id"))
            .col(id("person"))
            .col(text("unit"))
            .col(text("unit_path"))
            .col(small("state"))
            .col(big("place"))
            .col(ColumnDef::new(name("substitutes")).uuid().null())
            .col(text("reason"))
            .col(ColumnDef::new(name("sample")).boolean().not_null())
            .col(big("version"))
            .col(big("create_us"))
            .col(big("update_us"))
            .take();
        manager.create_table(half_day).await?;
        manager.create_table(registration).await?;
        for index in [
            index("half_day_date", "half_day", &["date", "part"]),
            index("course_replaces", "course", &["replaces"]),
            index("registration_person", "registration", &["person", "session_id"]),
            index("registration_unit", "registration", &["unit_path"]),
            index("registration_session", "registration", &["session_id", "place"]),
        ] {
            manager.create_index(index).await?;
        }
        fill(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("course_replaces").table(name("course")).to_owned()).await?;
        for table in ["registration", "half_day"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        for (table, column) in columns(manager) {
            let column = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(name(table)).drop_column(column).take()).await?;
        }
        Ok(())
    }
}

/// The half days of sessions that were planned before: mornings and afternoons in turn from the first morning on.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let all = Statement::from_string(db.get_database_backend(), "SELECT id, begin_date, half_days FROM session");
    for session in db.query_all_raw(all).await? {
        let id: uuid::Uuid = session.try_get("", "id")?;
        let begin_date: time::Date = session.try_get("", "begin_date")?;
        let half_days: i32 = session.try_get("", "half_days")?;
        let mut insert = Query::insert();
        insert.into_table(name("half_day")).columns(["session_id", "number", "date", "part"].map(name));
        for at in 0..half_days {
            let date = begin_date.saturating_add(time::Duration::days(i64::from(at / 2)));
            let values = [id.into(), (at + 1).into(), date.into(), (at % 2 + 1).into()];
            insert
                .values(values.map(|value: sea_orm_migration::sea_orm::Value| Expr::val(value)))
                .map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        manager.execute(insert).await?;
    }
    Ok(())
}
