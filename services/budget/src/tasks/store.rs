//! The queries of tasks and their reports, one statement each.

use kit::rows::{self, after_id};
use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Days, Draft, Months, NewReport, NewTask, TaskState, agencies_key};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "task")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan_id: Uuid,
        /// Path of the plan's unit: who may change the plan may change its tasks.
        pub plan_path: String,
        pub unit: String,
        pub unit_path: String,
        pub place: i32,
        pub title: String,
        pub lead_agency: String,
        /// A list of texts as JSON, read and written whole.
        pub coordinating_agencies: String,
        pub agencies_key: String,
        pub due_date: Option<time::Date>,
        pub deliverable: String,
        pub months: i32,
        pub state: String,
        pub begin_date: Option<time::Date>,
        pub end_date: Option<time::Date>,
        pub report_date: Option<time::Date>,
        pub last_act_date: Option<time::Date>,
        pub reason: String,
        pub percent_done: i32,
        pub carried_from: Option<Uuid>,
        pub carried_to: Option<Uuid>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod report {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "task_report")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub task_id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub report_date: time::Date,
        pub text: String,
        pub percent_done: i32,
        pub spent_vnd: Option<i64>,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A task as it is kept.
pub type Task = row::Model;
/// A report as it is kept.
pub type Report = report::Model;

/// The plan of a task, as far as tasks need it.
pub struct Of<'a> {
    /// Its id.
    pub plan: Uuid,
    /// Path of its unit.
    pub path: &'a str,
    /// It is a sample.
    pub sample: bool,
}

/// What selects a list of tasks.
pub struct Filter {
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// Carried out by these units.
    pub within: Scope,
    /// In this state.
    pub state: Option<TaskState>,
    /// Led or coordinated by the body of this key; empty for any.
    pub agency: String,
    /// Due on this day or later.
    pub due_from: Option<Date>,
    /// Due on this day or before.
    pub due_to: Option<Date>,
    /// Carried out in one of these months; none for any.
    pub months: Months,
    /// Late on this day.
    pub late_on: Option<Date>,
}

/// What selects a list of reports.
pub struct ReportFilter {
    /// About this task.
    pub task: Option<Uuid>,
    /// About tasks of this plan.
    pub plan: Option<Uuid>,
    /// About tasks of these units.
    pub within: Scope,
}

/// Where a task stands.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub fn state(task: &Task) -> Result<TaskState> {
    TaskState::of(&task.state).ok_or_else(|| Error::internal(format!("task state {}", task.state)))
}

/// What is to be done.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn draft(task: &Task) -> Result<Draft> {
    Ok(Draft {
        title: task.title.clone(),
        lead_agency: task.lead_agency.clone(),
        coordinating_agencies: serde_json::from_str(&task.coordinating_agencies).map_err(Error::internal)?,
        due_date: task.due_date,
        deliverable: task.deliverable.clone(),
        months: Months::of_bits(task.months),
    })
}

/// The days of a task.
#[must_use]
pub fn days(task: &Task) -> Days {
    Days { begin: task.begin_date, end: task.end_date, report: task.report_date, last: task.last_act_date }
}

/// The task with these days.
#[must_use]
pub fn with_days(task: Task, days: Days) -> Task {
    Task { begin_date: days.begin, end_date: days.end, report_date: days.report, last_act_date: days.last, ..task }
}

/// The task with this draft.
///
/// # Errors
/// INTERNAL where a text is no JSON, which no text is.
pub fn with_draft(task: Task, draft: &Draft) -> Result<Task> {
    Ok(Task {
        title: draft.title.clone(),
        lead_agency: draft.lead_agency.clone(),
        coordinating_agencies: serde_json::to_string(&draft.coordinating_agencies).map_err(Error::internal)?,
        agencies_key: agencies_key(&draft.lead_agency, &draft.coordinating_agencies),
        due_date: draft.due_date,
        deliverable: draft.deliverable.clone(),
        months: draft.months.bits(),
        ..task
    })
}

/// A task of a plan that is not kept yet.
///
/// # Errors
/// As [`with_draft`].
pub fn new(of: &Of<'_>, (id, place): (Uuid, i32), new: &NewTask, now_us: i64) -> Result<Task> {
    let blank = Task {
        id,
        plan_id: of.plan,
        plan_path: of.path.to_owned(),
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        place,
        title: String::new(),
        lead_agency: String::new(),
        coordinating_agencies: String::new(),
        agencies_key: String::new(),
        due_date: None,
        deliverable: String::new(),
        months: 0,
        state: TaskState::Planned.word().to_owned(),
        begin_date: None,
        end_date: None,
        report_date: None,
        last_act_date: None,
        reason: String::new(),
        percent_done: 0,
        carried_from: None,
        carried_to: None,
        sample: of.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    with_draft(blank, &new.draft)
}

/// Keeps new tasks.
pub async fn insert(tx: &impl ConnectionTrait, tasks: &[Task]) -> Result<()> {
    if !tasks.is_empty() {
        let rows = tasks.iter().map(|task| task.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One task.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Task>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One task, so that nobody else moves it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Task>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// The tasks of a plan in order, so that nobody else moves them until the transaction ends. Locked in the order of their ids,
/// as [`lock_named`] locks them, so that none waits for another in a circle.
pub async fn lock_of_plan(tx: &impl ConnectionTrait, plan: Uuid) -> Result<Vec<Task>> {
    use row::Column::{Id, PlanId};
    let query = row::Entity::find().filter(PlanId.eq(plan)).order_by_asc(Id);
    let mut tasks = query.lock_exclusive().all(tx).await?;
    tasks.sort_by_key(|task| (task.place, task.id));
    Ok(tasks)
}

/// Which of these are tasks of a plan, locked until the transaction ends, in the order of their ids.
pub async fn lock_named(tx: &impl ConnectionTrait, plan: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    use row::Column::{Id, PlanId};
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = row::Entity::find().select_only().column(Id).filter(PlanId.eq(plan));
    let query = query.filter(Id.is_in(rows::padded(ids))).order_by_asc(Id);
    Ok(query.lock_exclusive().into_tuple().all(tx).await?)
}

/// How many tasks a plan has, and the place behind the last.
pub async fn end_of_plan(tx: &impl ConnectionTrait, plan: Uuid) -> Result<(i64, i32)> {
    use row::Column::{Id, Place, PlanId};
    let query = row::Entity::find()
        .select_only()
        .column_as(Id.count(), "tasks")
        .column_as(Place.max(), "last")
        .filter(PlanId.eq(plan));
    let found: Option<(i64, Option<i32>)> = query.into_tuple().one(tx).await?;
    let (tasks, last) = found.unwrap_or_default();
    Ok((tasks, last.map_or(0, |last| last.saturating_add(1))))
}

/// Keeps a task as it is now, as its next version.
pub async fn update(tx: &impl ConnectionTrait, mut task: Task, now_us: i64) -> Result<Task> {
    task.version += 1;
    task.update_us = now_us;
    row::Entity::update(task.clone().into_active_model().reset_all()).exec(tx).await?;
    Ok(task)
}

/// Removes tasks that nothing is known about but what was to be done.
pub async fn remove(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    if !ids.is_empty() {
        row::Entity::delete_many().filter(row::Column::Id.is_in(rows::padded(ids))).exec(tx).await?;
    }
    Ok(())
}

/// A page of tasks in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Task>> {
    use row::Column::{AgenciesKey, DueDate, EndDate, Id, Months, PlanId, State, UnitPath};
    let mut query =
        row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(after_id(page, Id));
    if let Some(plan) = filter.plan {
        query = query.filter(PlanId.eq(plan));
    }
    if let Some(state) = filter.state {
        query = query.filter(State.eq(state.word()));
    }
    if !filter.agency.is_empty() {
        let typed = filter.agency.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = LikeExpr::new(format!("%\n{typed}\n%")).escape('\\');
        query = query.filter(Expr::col(AgenciesKey).like(like));
    }
    if let Some(first) = filter.due_from {
        query = query.filter(DueDate.gte(first));
    }
    if let Some(last) = filter.due_to {
        query = query.filter(DueDate.lte(last));
    }
    if filter.months.bits() != 0 {
        query = query.filter(Expr::col(Months).bit_and(filter.months.bits()).ne(0));
    }
    if let Some(day) = filter.late_on {
        query = query.filter(DueDate.lt(day)).filter(EndDate.is_null().or(EndDate.gt(day)));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// Keeps a report about a task.
pub async fn report(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (task, new): (&Task, &NewReport<Uuid>),
    now_us: i64,
) -> Result<Report> {
    let report = Report {
        id,
        task_id: task.id,
        plan_id: task.plan_id,
        unit: task.unit.clone(),
        unit_path: task.unit_path.clone(),
        report_date: new.on,
        text: new.text.clone(),
        percent_done: new.percent_done,
        spent_vnd: new.spent_vnd,
        sample: task.sample,
        create_us: now_us,
    };
    report::Entity::insert(report.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(report)
}

/// A page of reports in the order in which they were recorded, with one more than the page.
pub async fn reports(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &ReportFilter,
    page: &Page,
) -> Result<Vec<Report>> {
    use report::Column::{Id, PlanId, TaskId, UnitPath};
    let mut query =
        report::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(after_id(page, Id));
    if let Some(task) = filter.task {
        query = query.filter(TaskId.eq(task));
    }
    if let Some(plan) = filter.plan {
        query = query.filter(PlanId.eq(plan));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
