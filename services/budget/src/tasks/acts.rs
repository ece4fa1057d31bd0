//! What the steps of tasks do: load, decide, save, tell.

use kit::{Error, Fact, Result, Violations, Write, fresh};
use proto::budget::v1 as pb;
use time::Date;
use uuid::Uuid;

use super::domain::{MOST, NewReport, NewTask, TaskState, TaskStep, step};
use super::store::{self, Of, Report, Task};
use super::wire::{self, Create, Step, Update};
use crate::plans;
use crate::shared::wire::not_before;

/// Tells of a task.
fn tell<P>(w: &Write<P>, task: &Task, on: Option<Date>) -> Result<()> {
    let fact = Fact::of(&wire::name_of(task.id)).at(&task.unit).sample(task.sample);
    let fact = on.into_iter().fold(fact, Fact::on);
    w.record(fact.tells(&wire::changed(task)?));
    Ok(())
}

/// Adds a task to its plan, which is locked: its tasks are counted and get their places one after the other.
pub(super) async fn create(w: &Write<Create>, id: Uuid) -> Result<Task> {
    let want = &w.want;
    let plan = plans::store::lock(w.tx(), want.plan).await?;
    let plan = plan.ok_or_else(|| wire::unknown("task.plan", &plans::wire::name_of(want.plan)))?;
    w.call.at(&plan.unit_path)?;
    let mut v = Violations::default();
    let plan_unit = reference::units::by_name(&plan.unit);
    let unit = wire::carrier(&mut v, "task.unit", &want.unit, ("task.unit", Some(plan.decision_date)), plan_unit);
    let Some(unit) = unit.filter(|_| v.is_empty()) else { return Err(Error::invalid(v)) };
    let (tasks, place) = store::end_of_plan(w.tx(), plan.id).await?;
    if usize::try_from(tasks).is_ok_and(|tasks| tasks >= MOST) {
        return Err(wire::too_many(plan.id));
    }
    let of = Of { plan: plan.id, path: &plan.unit_path, sample: plan.sample };
    let task = store::new(&of, (id, place), &NewTask { draft: want.draft.clone(), unit }, w.call.now_us)?;
    store::insert(w.tx(), std::slice::from_ref(&task)).await?;
    // Whoever has read the plan without it must not replace its tasks.
    plans::store::update(w.tx(), plan, (None, None), w.call.now_us).await?;
    tell(w, &task, None)?;
    Ok(task)
}

/// True for steps that belong to whoever may change the plan; the others belong to whoever carries the task out.
fn is_plans(step: TaskStep) -> bool {
    match step {
        TaskStep::Update | TaskStep::Cancel | TaskStep::Reopen | TaskStep::CarryOver => true,
        TaskStep::Start | TaskStep::Report | TaskStep::Complete => false,
    }
}

/// The task, locked, in the caller's units, not changed since it was read, with the state after a step.
async fn moved<P>(w: &Write<P>, (id, etag): (Uuid, &str), verb: TaskStep) -> Result<(Task, TaskState)> {
    let name = wire::name_of(id);
    let task = store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(if is_plans(verb) { &task.plan_path } else { &task.unit_path })?;
    fresh(etag, task.version, &name)?;
    let to = step(store::state(&task)?, verb).map_err(|found| wire::forbids(id, &found))?;
    Ok((task, to))
}

/// Changes what is to be done.
pub(super) async fn change(w: &Write<Update>) -> Result<Task> {
    let (task, _) = moved(w, (w.want.id, &w.want.etag), TaskStep::Update).await?;
    let draft = w.want.change.clone().of(store::draft(&task)?);
    let task = store::update(w.tx(), store::with_draft(task, &draft)?, w.call.now_us).await?;
    tell(w, &task, None)?;
    Ok(task)
}

/// The task in the state after a step, on its day.
fn after(task: Task, verb: TaskStep, to: TaskState, on: Date) -> Task {
    let days = store::days(&task).after(verb, to, on);
    Task { state: to.word().to_owned(), ..store::with_days(task, days) }
}

/// Starts, completes, cancels or reopens a task.
pub(super) async fn take(w: &Write<Step>) -> Result<Task> {
    let want = &w.want;
    let (task, to) = moved(w, (want.id, &want.etag), want.step).await?;
    if let Some(earliest) = store::days(&task).earliest(want.step) {
        not_before("act_date", want.on, earliest)?;
    }
    let mut task = after(task, want.step, to, want.on);
    if !want.reason.is_empty() {
        task.reason.clone_from(&want.reason);
    }
    let task = store::update(w.tx(), task, w.call.now_us).await?;
    tell(w, &task, Some(want.on))?;
    Ok(task)
}

/// Adds a report. The newest one says how much of the task is done.
pub(super) async fn report(w: &Write<NewReport<Uuid>>, id: Uuid) -> Result<Report> {
    let want = &w.want;
    let task = store::lock(w.tx(), want.task).await?;
    let task = task.ok_or_else(|| wire::unknown("task_report.task", &wire::name_of(want.task)))?;
    w.call.at(&task.unit_path)?;
    let verb = TaskStep::Report;
    let to = step(store::state(&task)?, verb).map_err(|found| wire::forbids(task.id, &found))?;
    if let Some(earliest) = store::days(&task).earliest(verb) {
        not_before("task_report.report_date", want.on, earliest)?;
    }
    let newest = task.report_date.is_none_or(|last| want.on >= last);
    let mut task = after(task, verb, to, want.on);
    if newest {
        task.percent_done = want.percent_done;
    }
    let task = store::update(w.tx(), task, w.call.now_us).await?;
    let report = store::report(w.tx(), id, (&task, want), w.call.now_us).await?;
    let fact = Fact::of(&wire::report_name(id)).at(&task.unit).on(want.on).sample(task.sample);
    w.record(fact.tells(&wire::changed(&task)?));
    Ok(report)
}

/// A task carried over into another one.
pub(crate) fn carried(old: &Task, to: Uuid, on: Date) -> Result<Task> {
    let state = step(store::state(old)?, TaskStep::CarryOver).map_err(|found| wire::forbids(old.id, &found))?;
    if let Some(earliest) = store::days(old).earliest(TaskStep::CarryOver) {
        not_before("decision_date", on, earliest)?;
    }
    Ok(Task { carried_to: Some(to), ..after(old.clone(), TaskStep::CarryOver, state, on) })
}

/// A task as the caller of a write is answered.
pub(super) fn answer<P>(w: &Write<P>, task: Task) -> Result<pb::Task> {
    wire::task(task, w.call.today)
}
