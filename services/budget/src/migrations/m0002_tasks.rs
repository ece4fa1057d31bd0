//! Tasks leave their plan's column and become rows, with reports about them; a plan knows which one it was rolled over from.
//!
//! The column stays as it is: a release from before this one still reads it, and this one leaves it at what it was.

use kit::migrate::{Columns, index, name, optional, table};
use reference::calendar::parse_iso;
use reference::text::fold;
use sea_orm_migration::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Plans read at a time: memory does not grow with the table.
const BATCH: u64 = 200;

/// A task as a plan kept it.
#[derive(Deserialize)]
struct Kept {
    title: String,
    lead_agency: String,
    coordinating_agencies: Vec<String>,
    due_date: Option<String>,
}

/// A plan as far as its tasks need it.
struct Plan {
    id: Uuid,
    unit: String,
    unit_path: String,
    tasks: String,
    sample: bool,
    create_us: i64,
}

const COLUMNS: [&str; 20] = [
    "id",
    "plan_id",
    "plan_path",
    "unit",
    "unit_path",
    "place",
    "title",
    "lead_agency",
    "coordinating_agencies",
    "agencies_key",
    "due_date",
    "deliverable",
    "months",
    "state",
    "reason",
    "percent_done",
    "sample",
    "version",
    "create_us",
    "update_us",
];

async fn batch(db: &SchemaManagerConnection<'_>, after: Uuid) -> Result<Vec<Plan>, DbErr> {
    let next = Query::select()
        .columns(["id", "unit", "unit_path", "tasks", "sample", "create_us"].map(name))
        .from(name("plan"))
        .and_where(Expr::col(name("id")).gt(after))
        .order_by(name("id"), Order::Asc)
        .limit(BATCH)
        .take();
    let rows = db.query_all(&next).await?;
    let plan = |row: &sea_orm_migration::sea_orm::QueryResult| {
        Ok(Plan {
            id: row.try_get("", "id")?,
            unit: row.try_get("", "unit")?,
            unit_path: row.try_get("", "unit_path")?,
            tasks: row.try_get("", "tasks")?,
            sample: row.try_get("", "sample")?,
            create_us: row.try_get("", "create_us")?,
        })
    };
    rows.iter().map(plan).collect()
}

/// The id of a plan's task: the plan's with the place in its last sixteen bits, so that it is the same whoever works it
/// out, and tasks follow one another as in the plan.
fn id_of(plan: Uuid, place: u16) -> Uuid {
    Uuid::from_u128((plan.as_u128() & !0xffff) | u128::from(place))
}

fn insert(plan: &Plan) -> Result<Option<InsertStatement>, DbErr> {
    let broken = |e: serde_json::Error| DbErr::Custom(format!("the tasks of plan {}: {e}", plan.id));
    let kept: Vec<Kept> = serde_json::from_str(&plan.tasks).map_err(broken)?;
    let mut insert = Query::insert().into_table(name("task")).columns(COLUMNS.map(name)).take();
    for (place, task) in (0_u16..).zip(&kept) {
        let agencies = std::iter::once(&task.lead_agency).chain(&task.coordinating_agencies);
        let key: String = agencies.fold("\n".to_owned(), |key, agency| key + &fold(agency) + "\n");
        let coordinating = serde_json::to_string(&task.coordinating_agencies).map_err(broken)?;
        let values: [Expr; 20] = [
            id_of(plan.id, place).into(),
            plan.id.into(),
            plan.unit_path.clone().into(),
            plan.unit.clone().into(),
            plan.unit_path.clone().into(),
            i32::from(place).into(),
            task.title.clone().into(),
            task.lead_agency.clone().into(),
            coordinating.into(),
            key.into(),
            task.due_date.as_deref().and_then(parse_iso).into(),
            "".into(),
            0.into(),
            "planned".into(),
            "".into(),
            0.into(),
            plan.sample.into(),
            1_i64.into(),
            plan.create_us.into(),
            plan.create_us.into(),
        ];
        insert.values(values).map_err(|e| DbErr::Custom(e.to_string()))?;
    }
    Ok((!kept.is_empty()).then_some(insert))
}

async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let plans = batch(db, after).await?;
        for plan in &plans {
            if let Some(insert) = insert(plan)? {
                db.execute(&insert).await?;
            }
        }
        let Some(last) = plans.last() else { return Ok(()) };
        after = last.id;
    }
}

fn tasks(c: Columns<'_>) -> TableCreateStatement {
    let uuid_or_none = |column| optional(c.uuid(column));
    let states = ["planned", "under_way", "done", "cancelled", "carried_over"];
    let mut tasks = c.table(
        "task",
        [
            c.uuid("plan_id"),
            c.text("plan_path"),
            c.text("unit"),
            c.text("unit_path"),
            c.small("place"),
            c.text("title"),
            c.text("lead_agency"),
            c.text("coordinating_agencies"),
            c.text("agencies_key"),
            optional(c.date("due_date")),
            c.text("deliverable"),
            c.small("months"),
            c.one_of("state", &states),
            optional(c.date("begin_date")),
            optional(c.date("end_date")),
            optional(c.date("report_date")),
            optional(c.date("last_act_date")),
            c.text("reason"),
            c.small("percent_done").check(Expr::col(name("percent_done")).between(0, 100)).take(),
            uuid_or_none("carried_from"),
            uuid_or_none("carried_to"),
        ],
    );
    tasks.foreign_key(ForeignKey::create().from(name("task"), name("plan_id")).to(name("plan"), name("id"))).take()
}

fn reports(c: Columns<'_>) -> TableCreateStatement {
    table("task_report")
        .col(c.uuid("id").primary_key())
        .col(c.uuid("task_id"))
        .col(c.uuid("plan_id"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("report_date"))
        .col(c.text("text"))
        .col(c.small("percent_done"))
        .col(optional(c.big("spent_vnd")))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .check(Expr::col(name("percent_done")).between(0, 100))
        .foreign_key(ForeignKey::create().from(name("task_report"), name("task_id")).to(name("task"), name("id")))
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(tasks(c)).await?;
        manager.create_table(reports(c)).await?;
        for index in [
            index("task_plan", "task", &["plan_id", "place"]),
            index("task_path", "task", &["unit_path"]),
            index("task_due", "task", &["due_date"]),
            index("task_report_task", "task_report", &["task_id", "id"]),
            index("task_report_plan", "task_report", &["plan_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        let from = ColumnDef::new(name("rolled_from")).uuid().null().take();
        manager.alter_table(Table::alter().table(name("plan")).add_column(from).take()).await?;
        fill(manager.get_connection()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["task_report", "task"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        manager.alter_table(Table::alter().table(name("plan")).drop_column(name("rolled_from")).take()).await
    }
}
