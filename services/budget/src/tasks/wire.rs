//! Tasks between the wire and the domain.

use kit::states::Forbidden;
use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use reference::units::Unit;
use reference::wire::{clean, line, title, unit_on, within};
use time::Date;
use uuid::Uuid;

use super::domain::{Change, Draft, Listed, MOST, Months, NewReport, NewTask, TaskState, TaskStep, late, lies_in};
use super::store::{self, Filter, Report, ReportFilter, Task};
use crate::plans::wire::name_of as plan_name;
use crate::shared::wire::text;

/// Longest title of a task, as the contract bounds it.
const LONGEST_TITLE: usize = 1000;

/// A task to be added to a plan.
pub struct Create {
    /// The plan.
    pub plan: Uuid,
    /// What is to be done.
    pub draft: Draft,
    /// The unit as it was typed; empty for the plan's own.
    pub unit: String,
}

/// One task as of a day.
pub struct Get {
    /// The task.
    pub id: Uuid,
    /// The day on which it is or is not late.
    pub as_of: Date,
}

/// A task to be changed.
pub struct Update {
    /// The task.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// What changes.
    pub change: Change,
}

/// A step of a task.
pub struct Step {
    /// The task.
    pub id: Uuid,
    /// The step.
    pub step: TaskStep,
    /// Its day.
    pub on: Date,
    /// Why; empty for steps without a reason.
    pub reason: String,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
}

/// What a task says about itself, wherever it stands in a request.
pub fn draft(v: &mut Violations, field: &str, sent: &pb::Task) -> Option<Draft> {
    let title_ = task_title(v, &format!("{field}.title"), &sent.title);
    let lead_agency = title(v, &format!("{field}.lead_agency"), &sent.lead_agency);
    let due_date = v.opt_date(&format!("{field}.due_date"), sent.due_date.as_ref());
    let deliverable = text(v, &format!("{field}.deliverable"), &sent.deliverable);
    Some(Draft {
        title: title_?,
        lead_agency: lead_agency?,
        coordinating_agencies: sent.coordinating_agencies.iter().map(|agency| clean(agency)).collect(),
        due_date: due_date?,
        deliverable: deliverable?,
        months: Months::of(&sent.months),
    })
}

fn task_title(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let title = line(v, field, typed)?;
    if title.chars().count() > LONGEST_TITLE {
        v.add(field, Common::FieldLength, &[("expected", &format!("<= {LONGEST_TITLE}"))]);
        return None;
    }
    Some(title)
}

/// The unit that carries a task of a plan out, read on the day of the plan's decision.
pub fn carrier(
    v: &mut Violations,
    field: &str,
    typed: &str,
    (date_field, date): (&str, Option<Date>),
    plan_unit: Option<&'static Unit>,
) -> Option<&'static Unit> {
    if typed.is_empty() {
        return plan_unit;
    }
    let unit = unit_on(v, field, typed, (date_field, date))?;
    let plan_unit = plan_unit?;
    if !lies_in(unit, &plan_unit.name) {
        outside(v, field, unit, plan_unit);
        return None;
    }
    Some(unit)
}

/// Adds that a unit lies outside a plan.
pub fn outside(v: &mut Violations, field: &str, unit: &Unit, plan_unit: &Unit) {
    let met = [("unit", unit.name.as_str()), ("within", plan_unit.name.as_str())];
    v.add(field, ErrorReason::UnitOutsidePlan, &met);
}

/// The tasks of a plan that is set up.
pub fn new_tasks(
    v: &mut Violations,
    sent: &[pb::Task],
    (date_field, date): (&str, Option<Date>),
    plan_unit: Option<&'static Unit>,
) -> Option<Vec<NewTask>> {
    let mut tasks = Vec::with_capacity(sent.len());
    for (at, task) in sent.iter().enumerate() {
        let field = format!("plan.tasks[{at}]");
        let draft = draft(v, &field, task);
        let unit = carrier(v, &format!("{field}.unit"), &task.unit, (date_field, date), plan_unit);
        tasks.extend(draft.zip(unit).map(|(draft, unit)| NewTask { draft, unit }));
    }
    (tasks.len() == sent.len()).then_some(tasks)
}

/// The tasks that take the place of a plan's tasks.
pub fn listed(v: &mut Violations, sent: &[pb::Task]) -> Option<Vec<Listed<Uuid>>> {
    let mut tasks: Vec<Listed<Uuid>> = Vec::with_capacity(sent.len());
    for (at, task) in sent.iter().enumerate() {
        let field = format!("plan.tasks[{at}]");
        let id = v.opt_name(&format!("{field}.name"), &task.name, "tasks");
        if let Some(Some(id)) = id
            && tasks.iter().any(|known| known.id == Some(id))
        {
            v.add(format!("{field}.name"), ErrorReason::TaskRepeated, &[("name", &task.name)]);
        }
        let draft = draft(v, &field, task);
        let (etag, unit) = (task.etag.clone(), task.unit.clone());
        tasks.extend(id.zip(draft).map(|(id, draft)| Listed { id, etag, draft, unit }));
    }
    (tasks.len() == sent.len()).then_some(tasks)
}

/// Reads a request.
pub fn create_task(req: &pb::CreateTaskRequest, v: &mut Violations) -> Option<Create> {
    let task = req.task.as_ref()?;
    let plan = v.name("task.plan", &task.plan, "plans");
    let draft = draft(v, "task", task);
    Some(Create { plan: plan?, draft: draft?, unit: task.unit.clone() })
}

/// Reads a request.
pub fn get_task(req: &pb::GetTaskRequest, v: &mut Violations) -> Option<Get> {
    let id = v.name("name", &req.name, "tasks");
    let as_of = as_of(v, req.as_of.as_ref());
    Some(Get { id: id?, as_of: as_of? })
}

fn as_of(v: &mut Violations, sent: Option<&PbDate>) -> Option<Date> {
    let today = v.today();
    v.date_or("as_of", sent, today)
}

/// Reads a request: the filter, the page, and the day on which tasks are or are not late.
pub fn list_tasks(req: &pb::ListTasksRequest, v: &mut Violations) -> Option<(Filter, Page, Date)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let within = within(v, &req.unit);
    let due_from = v.opt_date("due_from", req.due_from.as_ref());
    let due_to = v.opt_date("due_to", req.due_to.as_ref());
    if let (Some(Some(from)), Some(Some(to))) = (due_from, due_to)
        && to < from
    {
        v.add("due_to", Common::DateOrder, &[("detail", "due_from, due_to")]);
    }
    let as_of = as_of(v, req.as_of.as_ref());
    let iso = |date: Option<Option<Date>>| date.flatten().map(day::iso).unwrap_or_default();
    let days = [iso(due_from), iso(due_to), as_of.map(day::iso).unwrap_or_default()].join(" ");
    let numbers = format!("{} {} {}", req.state, req.month, req.late_only);
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.unit, &req.agency, &days, &numbers]);
    let filter = Filter {
        plan: plan?,
        within: within?,
        state: TaskState::of_number(req.state),
        agency: reference::text::fold(&req.agency),
        due_from: due_from?,
        due_to: due_to?,
        months: Months::of(&[req.month]),
        late_on: req.late_only.then_some(as_of?),
    };
    Some((filter, page?, as_of?))
}

/// Reads a request.
pub fn update_task(req: &pb::UpdateTaskRequest, v: &mut Violations) -> Option<Update> {
    let task = req.task.as_ref()?;
    let id = v.name("task.name", &task.name, "tasks");
    let set = [
        ("title", !task.title.is_empty()),
        ("lead_agency", !task.lead_agency.is_empty()),
        ("coordinating_agencies", !task.coordinating_agencies.is_empty()),
        ("due_date", task.due_date.as_ref().is_some_and(|date| !day::is_unset(date))),
        ("deliverable", !task.deliverable.is_empty()),
        ("months", !task.months.is_empty()),
    ];
    let mut change = Change::default();
    for field in v.mask(req.update_mask.as_ref(), &set).unwrap_or_default() {
        match field {
            "title" => change.title = task_title(v, "task.title", &task.title),
            "lead_agency" => change.lead_agency = title(v, "task.lead_agency", &task.lead_agency),
            "coordinating_agencies" => {
                change.coordinating_agencies = Some(task.coordinating_agencies.iter().map(|a| clean(a)).collect());
            }
            "due_date" => change.due_date = v.opt_date("task.due_date", task.due_date.as_ref()),
            "deliverable" => change.deliverable = text(v, "task.deliverable", &task.deliverable),
            _ => change.months = Some(Months::of(&task.months)),
        }
    }
    Some(Update { id: id?, etag: task.etag.clone(), change })
}

fn step(
    v: &mut Violations,
    step: TaskStep,
    (name, on, etag): (&str, Option<&PbDate>, &str),
    reason: Option<String>,
) -> Option<Step> {
    let id = v.name("name", name, "tasks");
    let on = v.act_date("act_date", on);
    Some(Step { id: id?, step, on: on?, reason: reason?, etag: etag.to_owned() })
}

/// Reads a request.
pub fn start_task(req: &pb::StartTaskRequest, v: &mut Violations) -> Option<Step> {
    step(v, TaskStep::Start, (&req.name, req.act_date.as_ref(), &req.etag), Some(String::new()))
}

/// Reads a request.
pub fn complete_task(req: &pb::CompleteTaskRequest, v: &mut Violations) -> Option<Step> {
    step(v, TaskStep::Complete, (&req.name, req.act_date.as_ref(), &req.etag), Some(String::new()))
}

/// Reads a request.
pub fn cancel_task(req: &pb::CancelTaskRequest, v: &mut Violations) -> Option<Step> {
    let reason = title(v, "reason", &req.reason);
    step(v, TaskStep::Cancel, (&req.name, req.act_date.as_ref(), &req.etag), reason)
}

/// Reads a request.
pub fn reopen_task(req: &pb::ReopenTaskRequest, v: &mut Violations) -> Option<Step> {
    let reason = title(v, "reason", &req.reason);
    step(v, TaskStep::Reopen, (&req.name, req.act_date.as_ref(), &req.etag), reason)
}

/// Reads a request.
pub fn create_task_report(req: &pb::CreateTaskReportRequest, v: &mut Violations) -> Option<NewReport<Uuid>> {
    let report = req.task_report.as_ref()?;
    let task = v.name("task_report.task", &report.task, "tasks");
    let on = v.act_date("task_report.report_date", report.report_date.as_ref());
    let said = text(v, "task_report.text", &report.text);
    if said.as_deref() == Some("") {
        v.add("task_report.text", Common::FieldRequired, &[]);
    }
    Some(NewReport {
        task: task?,
        on: on?,
        text: said?,
        percent_done: report.percent_done,
        spent_vnd: report.spent_vnd,
    })
}

/// Reads a request.
pub fn list_task_reports(req: &pb::ListTaskReportsRequest, v: &mut Violations) -> Option<(ReportFilter, Page)> {
    let task = v.opt_name("task", &req.task, "tasks");
    let plan = v.opt_name("plan", &req.plan, "plans");
    let within = within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.task, &req.plan, &req.unit]);
    Some((ReportFilter { task: task?, plan: plan?, within: within? }, page?))
}

/// What is named in the body of a request and is not there.
#[must_use]
pub fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

/// The plan has no room for another task.
#[must_use]
pub fn too_many(plan: Uuid) -> Error {
    Error::refused(ErrorReason::TooManyTasks).with("plan", plan_name(plan)).with("limit", MOST)
}

/// The task has been begun and cannot be left out.
#[must_use]
pub fn begun(task: &Task) -> Error {
    Error::refused(ErrorReason::TaskBegun).with("name", name_of(task.id))
}

/// The state does not allow a step.
#[must_use]
pub fn forbids(task: Uuid, found: &Forbidden<TaskState, TaskStep>) -> Error {
    let allowed: Vec<&str> = found.allowed.iter().map(|step| step.rpc()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::TaskStateForbids).with("name", name_of(task));
    refusal.with("state", found.state.word().to_uppercase()).with("step", found.step.rpc()).with("allowed", allowed)
}

/// The name of a task.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("tasks", id)
}

/// A task as it is answered on a day.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn task(task: Task, as_of: Date) -> Result<pb::Task> {
    let draft = store::draft(&task)?;
    let named = |id: Option<Uuid>| id.map(name_of).unwrap_or_default();
    Ok(pb::Task {
        name: name_of(task.id),
        plan: plan_name(task.plan_id),
        state: store::state(&task)?.number(),
        late: late(task.due_date, task.end_date, as_of),
        title: draft.title,
        lead_agency: draft.lead_agency,
        coordinating_agencies: draft.coordinating_agencies,
        due_date: draft.due_date.map(day::pb),
        deliverable: draft.deliverable,
        months: draft.months.numbers(),
        unit: task.unit,
        begin_date: task.begin_date.map(day::pb),
        end_date: task.end_date.map(day::pb),
        reason: task.reason,
        percent_done: task.percent_done,
        report_date: task.report_date.map(day::pb),
        carried_from: named(task.carried_from),
        carried_to: named(task.carried_to),
        sample: task.sample,
        etag: kit::etag(task.version),
        create_time: Some(instant::pb(task.create_us)),
        update_time: Some(instant::pb(task.update_us)),
    })
}

/// What the others are told of a task.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn changed(task: &Task) -> Result<pb::TaskChanged> {
    let state = pb::TaskState::try_from(store::state(task)?.number()).unwrap_or_default();
    Ok(pb::TaskChanged {
        task: name_of(task.id),
        plan: plan_name(task.plan_id),
        unit: task.unit.clone(),
        state: state.as_str_name().to_owned(),
        due_date: task.due_date.map(day::pb),
        end_date: task.end_date.map(day::pb),
    })
}

/// A report as it is answered.
#[must_use]
pub fn report(report: Report) -> pb::TaskReport {
    pb::TaskReport {
        name: report_name(report.id),
        task: name_of(report.task_id),
        report_date: Some(day::pb(report.report_date)),
        text: report.text,
        percent_done: report.percent_done,
        spent_vnd: report.spent_vnd,
        plan: plan_name(report.plan_id),
        unit: report.unit,
        sample: report.sample,
        create_time: Some(instant::pb(report.create_us)),
    }
}

/// The name of a report.
#[must_use]
pub fn report_name(id: Uuid) -> String {
    name::of("taskReports", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_contracts_names_and_numbers() {
        for state in TaskState::ALL {
            let name = pb::TaskState::try_from(state.number()).unwrap().as_str_name();
            assert_eq!(name, format!("TASK_STATE_{}", state.word().to_uppercase()));
        }
    }
}
