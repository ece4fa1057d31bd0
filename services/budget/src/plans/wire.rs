//! Plans between the wire and the domain.

use kit::{Page, Result, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use uuid::Uuid;

use super::domain::{Change, Measure, NewPlan, Target, TargetFault, Task, Topic, target_faults};
use super::store::{self, Filter, Plan};
use reference::wire::{clean, title, unit_on, within};

/// A plan to be changed.
pub struct Update {
    /// The plan.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// What changes.
    pub change: Change,
}

/// Reads a request.
pub fn create_plan(req: &pb::CreatePlanRequest, v: &mut Violations) -> Option<NewPlan> {
    let plan = req.plan.as_ref()?;
    let decision_date = v.act_date("plan.decision_date", plan.decision_date.as_ref());
    let unit = unit_on(v, "plan.unit", &plan.unit, ("plan.decision_date", decision_date));
    let title_ = title(v, "plan.title", &plan.title);
    let decision_number = title(v, "plan.decision_number", &plan.decision_number);
    if plan.year == 0 {
        v.add("plan.year", Common::FieldRequired, &[]);
    }
    let targets = targets(v, &plan.targets);
    let tasks = tasks(v, &plan.tasks);
    Some(NewPlan {
        unit: unit?,
        year: plan.year,
        title: title_?,
        decision_number: decision_number?,
        decision_date: decision_date?,
        targets: targets?,
        tasks: tasks?,
        sample: plan.sample,
    })
}

/// Reads a request.
pub fn get_plan(req: &pb::GetPlanRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "plans")
}

/// Reads a request.
pub fn list_plans(req: &pb::ListPlansRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.year.to_string()]);
    Some((Filter { within: within?, year: req.year }, page?))
}

/// Reads a request.
pub fn update_plan(req: &pb::UpdatePlanRequest, v: &mut Violations) -> Option<Update> {
    let plan = req.plan.as_ref()?;
    let id = v.name("plan.name", &plan.name, "plans");
    let set =
        [("title", !plan.title.is_empty()), ("targets", !plan.targets.is_empty()), ("tasks", !plan.tasks.is_empty())];
    let mut change = Change::default();
    for field in v.mask(req.update_mask.as_ref(), &set).unwrap_or_default() {
        match field {
            "title" => change.title = title(v, "plan.title", &plan.title),
            "targets" => change.targets = targets(v, &plan.targets),
            _ => change.tasks = tasks(v, &plan.tasks),
        }
    }
    Some(Update { id: id?, etag: plan.etag.clone(), change })
}

/// A target as far as it can be read, with its place and those of its topics in what was sent. Measures and topics that
/// are none were found by the contract's own check.
struct Sent {
    at: usize,
    places: Vec<usize>,
    target: Target,
}

fn targets(v: &mut Violations, sent: &[pb::Target]) -> Option<Vec<Target>> {
    let mut read = Vec::with_capacity(sent.len());
    let mut complete = true;
    for (at, target) in sent.iter().enumerate() {
        let mut topics = Vec::with_capacity(target.topics.len());
        for (place, number) in target.topics.iter().enumerate() {
            // In a list the contract's check has nothing against a topic that is not said.
            if *number == 0 {
                v.add(format!("plan.targets[{at}].topics[{place}]"), Common::FieldRequired, &[]);
            }
            topics.extend(Topic::of_number(*number).map(|topic| (place, topic)));
        }
        complete &= topics.len() == target.topics.len();
        let (places, topics) = topics.into_iter().unzip();
        let Some(measure) = Measure::of_number(target.measure) else {
            complete = false;
            continue;
        };
        read.push(Sent { at, places, target: Target { measure, value: target.value, topics } });
    }
    let targets: Vec<Target> = read.iter().map(|sent| sent.target.clone()).collect();
    for (of, fault) in target_faults(&targets) {
        if let Some(of) = read.get(of) {
            target_fault(v, of, fault);
        }
    }
    complete.then_some(targets)
}

fn target_fault(v: &mut Violations, of: &Sent, fault: TargetFault) {
    let Sent { at, places, target } = of;
    let measure = pb::Measure::try_from(target.measure.number()).unwrap_or_default().as_str_name();
    match fault {
        TargetFault::Repeated => {
            v.add(format!("plan.targets[{at}].measure"), ErrorReason::TargetRepeated, &[("measure", measure)]);
        }
        TargetFault::OutOfRange { most } => {
            let expected = format!("1..{most}");
            v.add(format!("plan.targets[{at}].value"), Common::FieldRange, &[("expected", &expected)]);
        }
        TargetFault::WithoutTopics => {
            v.add(format!("plan.targets[{at}].topics"), ErrorReason::TargetWithoutTopics, &[("measure", measure)]);
        }
        TargetFault::TopicRepeated { topic, at: place } => {
            let topic = proto::common::v1::Topic::try_from(topic.number()).unwrap_or_default().as_str_name();
            let place = places.get(place).copied().unwrap_or(place);
            let field = format!("plan.targets[{at}].topics[{place}]");
            v.add(field, ErrorReason::TopicRepeated, &[("topic", topic)]);
        }
    }
}

fn tasks(v: &mut Violations, sent: &[pb::Task]) -> Option<Vec<Task>> {
    let mut tasks = Vec::with_capacity(sent.len());
    for (at, task) in sent.iter().enumerate() {
        let title_ = title(v, &format!("plan.tasks[{at}].title"), &task.title);
        let lead_agency = title(v, &format!("plan.tasks[{at}].lead_agency"), &task.lead_agency);
        let due_date = v.opt_date(&format!("plan.tasks[{at}].due_date"), task.due_date.as_ref());
        let coordinating_agencies = task.coordinating_agencies.iter().map(|a| clean(a)).collect();
        let all = (title_, lead_agency, due_date);
        if let (Some(title), Some(lead_agency), Some(due_date)) = all {
            tasks.push(Task { title, lead_agency, coordinating_agencies, due_date });
        }
    }
    (tasks.len() == sent.len()).then_some(tasks)
}

/// The name of a plan.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("plans", id)
}

/// A plan as it is answered.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn plan(plan: Plan) -> Result<pb::Plan> {
    Ok(pb::Plan {
        name: name_of(plan.id),
        targets: pb_targets(&plan)?,
        tasks: store::tasks(&plan)?.into_iter().map(pb_task).collect(),
        unit: plan.unit,
        year: plan.year,
        title: plan.title,
        decision_number: plan.decision_number,
        decision_date: Some(day::pb(plan.decision_date)),
        sample: plan.sample,
        etag: kit::etag(plan.version),
        create_time: Some(instant::pb(plan.create_us)),
        update_time: Some(instant::pb(plan.update_us)),
    })
}

/// What the others are told of a plan.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn plan_set(plan: &Plan) -> Result<pb::PlanSet> {
    Ok(pb::PlanSet {
        plan: name_of(plan.id),
        unit: plan.unit.clone(),
        year: plan.year,
        title: plan.title.clone(),
        targets: pb_targets(plan)?,
    })
}

fn pb_targets(plan: &Plan) -> Result<Vec<pb::Target>> {
    let target = |t: Target| pb::Target {
        measure: t.measure.number(),
        value: t.value,
        topics: t.topics.into_iter().map(Topic::number).collect(),
    };
    Ok(store::targets(plan)?.into_iter().map(target).collect())
}

fn pb_task(task: Task) -> pb::Task {
    pb::Task {
        title: task.title,
        lead_agency: task.lead_agency,
        coordinating_agencies: task.coordinating_agencies,
        due_date: task.due_date.map(day::pb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_have_the_contracts_numbers() {
        for measure in Measure::ALL {
            let name = pb::Measure::try_from(measure.number()).unwrap().as_str_name();
            assert_eq!(name, format!("MEASURE_{}", measure.word().to_uppercase()));
        }
    }

    #[test]
    fn topics_have_the_contracts_numbers_and_none_is_left_out() {
        for topic in Topic::ALL {
            let name = proto::common::v1::Topic::try_from(topic.number()).unwrap().as_str_name();
            assert_eq!(name, format!("TOPIC_{}", topic.word().to_uppercase()));
        }
        let known = (1..100).filter(|number| proto::common::v1::Topic::try_from(*number).is_ok());
        assert_eq!(known.collect::<Vec<_>>(), Topic::ALL.iter().map(|topic| topic.number()).collect::<Vec<_>>());
    }
}
