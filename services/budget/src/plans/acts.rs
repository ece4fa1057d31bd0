//! What the steps of plans do: load, decide, save, tell.

use kit::{Error, Fact, Result, Violations, Write, fresh};
use proto::budget::v1::ErrorReason;
use proto::common::v1::ErrorReason as Common;
use reference::units;
use uuid::Uuid;

use super::domain::{NewPlan, Target};
use super::store::{self, Plan};
use super::wire::{self, RollOver, Update};
use crate::estimates;
use crate::shared::wire::not_before;
use crate::tasks::domain::{Listed, NewTask, TaskState, TaskStep, next_year, step};
use crate::tasks::store::{Of, Task};
use crate::tasks::{self, acts::carried};

/// A plan with its tasks.
type Whole = (Plan, Vec<Task>);

fn fact(plan: &Plan, tasks: &[Task]) -> Result<Fact> {
    let fact = Fact::of(&wire::name_of(plan.id)).at(&plan.unit).sample(plan.sample);
    Ok(fact.tells(&wire::plan_set(plan, tasks)?))
}

fn of(plan: &Plan) -> Of<'_> {
    Of { plan: plan.id, path: &plan.unit_path, sample: plan.sample }
}

async fn insert<P>(w: &Write<P>, id: Uuid, new: &NewPlan) -> Result<Plan> {
    let key = format!("{} {}", new.unit.name, new.year);
    let kept = store::insert(w.tx(), id, new, w.call.now_us, (ErrorReason::PlanExists, &key)).await;
    kept.map_err(|e| e.with("unit", &new.unit.display_name).with("year", new.year))
}

/// Sets a plan up with its tasks.
pub(super) async fn set_up(w: &Write<NewPlan>, id: Uuid, new_id: impl Fn() -> Uuid) -> Result<Whole> {
    let new = &w.want;
    let plan = insert(w, id, new).await?;
    let made = (0..)
        .zip(&new.tasks)
        .map(|(place, task)| tasks::store::new(&of(&plan), (new_id(), place), task, w.call.now_us));
    let tasks: Vec<Task> = made.collect::<Result<_>>()?;
    tasks::store::insert(w.tx(), &tasks).await?;
    w.record(fact(&plan, &tasks)?.on(plan.decision_date));
    Ok((plan, tasks))
}

/// The plan, locked, in the caller's units, not changed since it was read.
async fn taken<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Plan> {
    let name = wire::name_of(id);
    let plan = store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&plan.unit_path)?;
    fresh(etag, plan.version, &name)?;
    Ok(plan)
}

/// The targets of a change with their units, and its tasks: those that are new, each at its place.
type Changed = (Option<Vec<Target>>, Vec<Option<NewTask>>);

/// Everything in a change that only the plan can tell: units of targets and new tasks, and tasks of other plans.
fn read(w: &Write<Update>, plan: &Plan, known: &[Task]) -> Result<Changed> {
    let change = &w.want.change;
    let ended = || Error::internal(format!("the plan's unit {} is unknown", plan.unit));
    let plan_unit = units::by_name(&plan.unit).ok_or_else(ended)?;
    let on = ("plan.decision_date", Some(plan.decision_date));
    let mut v = Violations::default();
    let targets = change.targets.clone().map(|targets| wire::placed(&mut v, targets, on, plan_unit));
    let mut new = Vec::new();
    for (at, task) in change.tasks.iter().flatten().enumerate() {
        let field = |of: &str| format!("plan.tasks[{at}].{of}");
        new.push(match task.id {
            Some(id) if known.iter().any(|known| known.id == id) => None,
            Some(id) => {
                v.add(field("name"), Common::ReferenceUnknown, &[("name", &tasks::wire::name_of(id))]);
                None
            }
            None => {
                let unit = tasks::wire::carrier(&mut v, &field("unit"), &task.unit, on, Some(plan_unit));
                unit.map(|unit| NewTask { draft: task.draft.clone(), unit })
            }
        });
    }
    if v.is_empty() { Ok((targets, new)) } else { Err(Error::invalid(v)) }
}

/// A known task as it is listed now, at its new place.
async fn keep(w: &Write<Update>, old: &Task, place: i32, listed: &Listed<Uuid>) -> Result<Task> {
    fresh(&listed.etag, old.version, &tasks::wire::name_of(old.id))?;
    let mut task = old.clone();
    if tasks::store::draft(old)? != listed.draft {
        step(tasks::store::state(old)?, TaskStep::Update).map_err(|found| tasks::wire::forbids(old.id, &found))?;
        task = tasks::store::with_draft(task, &listed.draft)?;
    }
    task.place = place;
    if task == *old {
        return Ok(task);
    }
    tasks::store::update(w.tx(), task, w.call.now_us).await
}

/// True for a task of which nothing is known but what was to be done.
fn is_bare(task: &Task) -> Result<bool> {
    let planned = tasks::store::state(task)? == TaskState::Planned;
    Ok(planned && task.report_date.is_none() && task.last_act_date.is_none() && task.carried_from.is_none())
}

/// Puts a list in the place of a plan's tasks.
async fn replace(
    w: &Write<Update>,
    plan: &Plan,
    (known, listed, new): (Vec<Task>, &[Listed<Uuid>], Vec<Option<NewTask>>),
    new_id: impl Fn() -> Uuid,
) -> Result<Vec<Task>> {
    let (mut tasks, mut added) = (Vec::with_capacity(listed.len()), Vec::new());
    for ((place, listed), new) in (0..).zip(listed).zip(new) {
        let task = match (known.iter().find(|known| Some(known.id) == listed.id), new) {
            (Some(old), _) => keep(w, old, place, listed).await?,
            (None, Some(new)) => {
                let task = tasks::store::new(&of(plan), (new_id(), place), &new, w.call.now_us)?;
                added.push(task.clone());
                task
            }
            (None, None) => continue,
        };
        tasks.push(task);
    }
    let left_out: Vec<&Task> = known.iter().filter(|old| tasks.iter().all(|task: &Task| task.id != old.id)).collect();
    for task in &left_out {
        if !is_bare(task)? {
            return Err(tasks::wire::begun(task));
        }
    }
    let ids: Vec<Uuid> = left_out.iter().map(|task| task.id).collect();
    let paid = estimates::store::any_of_tasks(w.tx(), &ids).await?;
    if let Some(task) = left_out.iter().find(|task| Some(task.id) == paid) {
        return Err(tasks::wire::begun(task));
    }
    tasks::store::remove(w.tx(), &ids).await?;
    tasks::store::insert(w.tx(), &added).await?;
    Ok(tasks)
}

/// Changes title, targets or tasks. The tasks are locked whatever changes: the plan's event tells them all.
pub(super) async fn change(w: &Write<Update>, new_id: impl Fn() -> Uuid) -> Result<Whole> {
    let change = &w.want.change;
    let plan = taken(w, w.want.id, &w.want.etag).await?;
    let known = tasks::store::lock_of_plan(w.tx(), plan.id).await?;
    let (targets, new) = read(w, &plan, &known)?;
    let plan = store::update(w.tx(), plan, (change.title.as_deref(), targets.as_deref()), w.call.now_us).await?;
    let tasks = match &change.tasks {
        None => known,
        Some(listed) => replace(w, &plan, (known, listed, new), new_id).await?,
    };
    w.record(fact(&plan, &tasks)?);
    Ok((plan, tasks))
}

/// Sets up the next year's plan out of this one, with what is still to be done.
pub(super) async fn roll_over(w: &Write<RollOver>, new_id: impl Fn() -> Uuid) -> Result<Whole> {
    let want = &w.want;
    let on = want.decision_date;
    let plan = taken(w, want.id, &want.etag).await?;
    not_before("decision_date", on, plan.decision_date)?;
    let unit = units::by_name(&plan.unit).filter(|unit| unit.in_force(on));
    let unit = unit.ok_or_else(|| wire::unit_ended(&plan.unit, on))?;
    let in_force = |name: &str| units::by_name(name).is_some_and(|unit| unit.in_force(on));
    let mut targets = store::targets(&plan)?;
    targets.iter_mut().for_each(|target| target.units.retain(|of| in_force(&of.unit)));
    let new = NewPlan {
        unit,
        year: plan.year.saturating_add(1),
        title: want.title.clone(),
        decision_number: want.decision_number.clone(),
        decision_date: on,
        targets,
        tasks: Vec::new(),
        sample: plan.sample,
        rolled_from: Some(plan.id),
    };
    let next = insert(w, new_id(), &new).await?;
    let (mut olds, mut tasks) = (tasks::store::lock_of_plan(w.tx(), plan.id).await?, Vec::new());
    for old in &mut olds {
        if !tasks::store::state(old)?.is_open() {
            continue;
        }
        let place = i32::try_from(tasks.len()).unwrap_or(i32::MAX);
        let again = next_year(tasks::store::draft(old)?, &old.unit, unit, on);
        let task = tasks::store::new(&of(&next), (new_id(), place), &again, w.call.now_us)?;
        let task = Task { carried_from: Some(old.id), ..task };
        *old = tasks::store::update(w.tx(), carried(old, task.id, on)?, w.call.now_us).await?;
        tasks.push(task);
    }
    tasks::store::insert(w.tx(), &tasks).await?;
    w.record(fact(&next, &tasks)?.on(on));
    w.record(fact(&plan, &olds)?.on(on));
    Ok((next, tasks))
}
