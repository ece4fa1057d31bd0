//! Plans between the wire and the domain.

use kit::{Page, Result, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use uuid::Uuid;

use super::domain::{Change, Measure, NewPlan, Target, TargetFault, Topic, UnitTarget, target_faults};
use super::store::{self, Filter, Plan};
use crate::tasks::{self, store::Task};
use reference::units::Unit;
use reference::wire::{line, title, unit_on, within};
use time::Date;

/// A plan to be changed.
pub struct Update {
    /// The plan.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// What changes.
    pub change: Change,
}

/// A plan to be rolled over into the next year.
pub struct RollOver {
    /// The plan of this year.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// Title of the next plan.
    pub title: String,
    /// Number of the decision that sets it up.
    pub decision_number: String,
    /// Day of that decision.
    pub decision_date: Date,
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
    let goals = goals(v, &plan.goals);
    let on = ("plan.decision_date", decision_date);
    let targets = targets(v, &plan.targets).zip(unit).map(|(targets, unit)| placed(v, targets, on, unit));
    let tasks = tasks::wire::new_tasks(v, &plan.tasks, on, unit);
    Some(NewPlan {
        unit: unit?,
        year: plan.year,
        title: title_?,
        decision_number: decision_number?,
        decision_date: decision_date?,
        goals: goals?,
        targets: targets?,
        tasks: tasks?,
        sample: plan.sample,
        rolled_from: None,
    })
}

/// Reads a request.
pub fn roll_over_plan(req: &pb::RollOverPlanRequest, v: &mut Violations) -> Option<RollOver> {
    let id = v.name("name", &req.name, "plans");
    let title_ = title(v, "title", &req.title);
    let decision_number = title(v, "decision_number", &req.decision_number);
    let decision_date = v.act_date("decision_date", req.decision_date.as_ref());
    Some(RollOver {
        id: id?,
        etag: req.etag.clone(),
        title: title_?,
        decision_number: decision_number?,
        decision_date: decision_date?,
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
    let set = [
        ("title", !plan.title.is_empty()),
        ("goals", !plan.goals.is_empty()),
        ("targets", !plan.targets.is_empty()),
        ("tasks", !plan.tasks.is_empty()),
    ];
    let mut change = Change::default();
    for field in v.mask(req.update_mask.as_ref(), &set).unwrap_or_default() {
        match field {
            "title" => change.title = title(v, "plan.title", &plan.title),
            "goals" => change.goals = goals(v, &plan.goals),
            "targets" => change.targets = targets(v, &plan.targets),
            _ => change.tasks = tasks::wire::listed(v, &plan.tasks),
        }
    }
    Some(Update { id: id?, etag: plan.etag.clone(), change })
}

/// Goals as typed; none where one of them says nothing.
fn goals(v: &mut Violations, sent: &[String]) -> Option<Vec<String>> {
    let read: Vec<_> = sent.iter().enumerate().map(|(at, goal)| line(v, &format!("plan.goals[{at}]"), goal)).collect();
    read.into_iter().collect()
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
        let unit = |of: &pb::UnitTarget| UnitTarget { unit: of.unit.clone(), value: of.value };
        let target = Target {
            due_month: target.due_month,
            each_unit: target.each_unit_value,
            units: target.unit_targets.iter().map(unit).collect(),
            ..Target::of(measure, target.value, topics)
        };
        read.push(Sent { at, places, target });
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
        TargetFault::EachUnitOutOfRange { most } => {
            let expected = format!("0..{most}");
            v.add(format!("plan.targets[{at}].each_unit_value"), Common::FieldRange, &[("expected", &expected)]);
        }
        TargetFault::UnitOutOfRange { at: place, most } => {
            let (field, expected) = (format!("plan.targets[{at}].unit_targets[{place}].value"), format!("1..{most}"));
            v.add(field, Common::FieldRange, &[("expected", &expected)]);
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

/// Targets with the units that they name, read on the day of the plan's decision: each lies right below the plan's unit
/// and stands once.
pub fn placed(
    v: &mut Violations,
    mut targets: Vec<Target>,
    (date_field, date): (&str, Option<Date>),
    plan_unit: &'static Unit,
) -> Vec<Target> {
    for (at, target) in targets.iter_mut().enumerate() {
        let mut seen: Vec<&str> = Vec::new();
        for (place, of) in target.units.iter_mut().enumerate() {
            let field = format!("plan.targets[{at}].unit_targets[{place}].unit");
            let Some(unit) = unit_on(v, &field, &of.unit, (date_field, date)) else { continue };
            if unit.parent.as_deref() != Some(plan_unit.name.as_str()) {
                tasks::wire::outside(v, &field, unit, plan_unit);
            }
            if seen.contains(&unit.name.as_str()) {
                v.add(field, ErrorReason::UnitTargetRepeated, &[("unit", &unit.name)]);
            }
            seen.push(&unit.name);
            of.unit.clone_from(&unit.name);
        }
    }
    targets
}

/// The plan's unit is no more.
#[must_use]
pub fn unit_ended(unit: &str, on: Date) -> kit::Error {
    kit::Error::refused(ErrorReason::PlanUnitEnded).with("unit", unit).with("date", day::text(on))
}

/// The name of a plan.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("plans", id)
}

/// A plan with its tasks as it is answered on a day.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn plan((plan, tasks): (Plan, Vec<Task>), today: Date) -> Result<pb::Plan> {
    Ok(pb::Plan {
        name: name_of(plan.id),
        goals: store::goals(&plan)?,
        targets: pb_targets(&plan)?,
        tasks: tasks.into_iter().map(|task| tasks::wire::task(task, today)).collect::<Result<_>>()?,
        rolled_from: plan.rolled_from.map(name_of).unwrap_or_default(),
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
pub fn plan_set(plan: &Plan, tasks: &[Task]) -> Result<pb::PlanSet> {
    Ok(pb::PlanSet {
        plan: name_of(plan.id),
        unit: plan.unit.clone(),
        year: plan.year,
        title: plan.title.clone(),
        targets: pb_targets(plan)?,
        tasks: tasks.iter().map(tasks::wire::changed).collect::<Result<_>>()?,
    })
}

fn pb_targets(plan: &Plan) -> Result<Vec<pb::Target>> {
    let target = |t: Target| pb::Target {
        measure: t.measure.number(),
        value: t.value,
        topics: t.topics.into_iter().map(Topic::number).collect(),
        due_month: t.due_month,
        each_unit_value: t.each_unit,
        unit_targets: t.units.into_iter().map(|of| pb::UnitTarget { unit: of.unit, value: of.value }).collect(),
    };
    Ok(store::targets(plan)?.into_iter().map(target).collect())
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
