//! Scenarios between the wire and the domain.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Error, Page, Result, Violations, day, instant, name};
use prost::Message;
use proto::budget::v1::{self as pb, ErrorReason, SolveStatus};
use proto::common::v1::ErrorReason as Common;
use time::Date;
use uuid::Uuid;

use super::store::{Head, NewScenario, Scenario};
use crate::estimates::lines::LIMIT_VND;
use crate::plans::wire::name_of as plan_name;
use reference::units::FIRST_KNOWN_DAY;
use reference::wire::{title, unit_on};

pub mod model;
pub mod result;

/// A scenario that a request names, with the etag that was read.
pub struct Named {
    /// The scenario.
    pub id: Uuid,
    /// The etag; empty where the caller does not ask.
    pub etag: String,
}

/// Reads a request.
pub fn create_scenario(req: &pb::CreateScenarioRequest, v: &mut Violations) -> Option<NewScenario> {
    let scenario = req.scenario.as_ref()?;
    let plan = v.name("scenario.plan", &scenario.plan, "plans");
    let title = title(v, "scenario.title", &scenario.title);
    let today = v.today();
    let as_of = v.date_or("scenario.as_of", scenario.as_of.as_ref(), today);
    let inputs = scenario.inputs.as_ref()?;
    // The day's own fault is said once, not by every unit.
    let map = as_of.filter(|day| *day >= FIRST_KNOWN_DAY);
    if as_of.is_some() && map.is_none() {
        v.add("scenario.as_of", Common::DateBeforeKnown, &[("date", &day::text(FIRST_KNOWN_DAY))]);
    }
    let inputs = v.inside("scenario.inputs", |v| inputs_(v, inputs, map));
    let inputs = inputs?.encode_to_vec();
    Some(NewScenario { plan: plan?, title: title?, as_of: as_of?, inputs, sample: scenario.sample })
}

/// Reads a request.
pub fn solve_scenario(req: &pb::SolveScenarioRequest, v: &mut Violations) -> Option<Named> {
    Some(Named { id: v.name("name", &req.name, "scenarios")?, etag: req.etag.clone() })
}

/// Reads a request.
pub fn get_scenario(req: &pb::GetScenarioRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "scenarios")
}

/// Reads a request.
pub fn list_scenarios(req: &pb::ListScenariosRequest, v: &mut Violations) -> Option<(Option<Uuid>, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan]);
    Some((plan?, page?))
}

/// Reads a request.
pub fn delete_scenario(req: &pb::DeleteScenarioRequest, v: &mut Violations) -> Option<Named> {
    Some(Named { id: v.name("name", &req.name, "scenarios")?, etag: req.etag.clone() })
}

/// Reads a request.
pub fn compare_scenarios(req: &pb::CompareScenariosRequest, v: &mut Violations) -> Option<(Uuid, Uuid)> {
    let (first, second) = (v.name("name", &req.name, "scenarios"), v.name("other", &req.other, "scenarios"));
    Some((first?, second?))
}

/// Ids that stand in a list before.
struct Ids<'a>(BTreeSet<&'a str>);

impl<'a> Ids<'a> {
    fn new() -> Self {
        Self(BTreeSet::new())
    }

    fn add(&mut self, v: &mut Violations, field: &str, id: &'a str) -> bool {
        if id.trim().is_empty() {
            v.add(format!("{field}.id"), Common::FieldRequired, &[]);
        } else if !self.0.insert(id) {
            v.add(format!("{field}.id"), ErrorReason::ScenarioIdRepeated, &[("id", id)]);
        } else {
            return true;
        }
        false
    }
}

/// The inputs with the dated name of every unit; none where something is wrong with them.
fn inputs_(v: &mut Violations, sent: &pb::ScenarioInputs, as_of: Option<Date>) -> Option<pb::ScenarioInputs> {
    let before = v.len();
    let mut inputs = sent.clone();
    if sent.candidates.is_empty() {
        v.add("candidates", Common::FieldRequired, &[]);
    }
    let mut ids = Ids::new();
    for (at, (candidate, kept)) in sent.candidates.iter().zip(&mut inputs.candidates).enumerate() {
        let field = format!("candidates[{at}]");
        ids.add(v, &field, &candidate.id);
        dated(v, &format!("{field}.unit"), &mut kept.unit, as_of);
        if candidate.options.is_empty() {
            v.add(format!("{field}.options"), Common::FieldRequired, &[]);
        }
        for (place, option) in candidate.options.iter().enumerate() {
            ranges(v, &format!("{field}.options[{place}]"), option);
        }
    }
    for (at, kept) in inputs.targets.iter_mut().enumerate().filter(|(_, target)| !target.unit.is_empty()) {
        dated(v, &format!("targets[{at}].unit"), &mut kept.unit, as_of);
    }
    for (at, kept) in inputs.support_targets.iter_mut().enumerate().filter(|(_, target)| !target.unit.is_empty()) {
        dated(v, &format!("support_targets[{at}].unit"), &mut kept.unit, as_of);
    }
    training(v, sent);
    let mut ids = Ids::new();
    for (at, (package, kept)) in sent.packages.iter().zip(&mut inputs.packages).enumerate() {
        ids.add(v, &format!("packages[{at}]"), &package.id);
        dated(v, &format!("packages[{at}].unit"), &mut kept.unit, as_of);
    }
    let mut sources = BTreeSet::new();
    for (at, ceiling) in sent.ceilings.iter().enumerate().filter(|(_, c)| !sources.insert(c.source)) {
        let id = ceiling.source().as_str_name();
        v.add(format!("ceilings[{at}].source"), ErrorReason::ScenarioIdRepeated, &[("id", id)]);
    }
    if largest(sent) > i128::from(LIMIT_VND) {
        v.add("candidates", ErrorReason::AmountOverflow, &[("limit", &LIMIT_VND.to_string())]);
    }
    (v.len() == before).then_some(inputs)
}

fn training(v: &mut Violations, sent: &pb::ScenarioInputs) {
    let mut groups = Ids::new();
    for (at, group) in sent.groups.iter().enumerate() {
        groups.add(v, &format!("groups[{at}]"), &group.id);
    }
    let mut ids = Ids::new();
    for (at, session) in sent.sessions.iter().enumerate() {
        let field = format!("sessions[{at}]");
        ids.add(v, &field, &session.id);
        if session.groups.is_empty() {
            v.add(format!("{field}.groups"), Common::FieldRequired, &[]);
        }
        let mut named = BTreeSet::new();
        for (place, group) in session.groups.iter().enumerate() {
            let field = format!("{field}.groups[{place}]");
            if !groups.0.contains(group.as_str()) {
                v.add(field, ErrorReason::ScenarioGroupUnknown, &[("group", group)]);
            } else if !named.insert(group) {
                v.add(field, ErrorReason::ScenarioIdRepeated, &[("id", group)]);
            }
        }
    }
}

fn dated(v: &mut Violations, field: &str, unit: &mut String, as_of: Option<Date>) {
    if let Some(found) = unit_on(v, field, unit, ("as_of", as_of)) {
        found.name.clone_into(unit);
    }
}

fn ranges(v: &mut Violations, field: &str, option: &pb::ScenarioOption) {
    let chance = (option.low_chance_permille, option.high_chance_permille);
    let chance = (chance.0.map(i64::from), i64::from(option.chance_permille), chance.1.map(i64::from));
    let cost = (option.low_cost_vnd, option.cost_vnd, option.high_cost_vnd);
    for (of, (low, likely, high)) in [("cost_vnd", cost), ("chance_permille", chance)] {
        let (low, high) = (low.unwrap_or(likely), high.unwrap_or(likely));
        if low > likely || high < likely {
            let texts = [low, high, likely].map(|number| number.to_string());
            let [low, high, likely] = texts.each_ref().map(String::as_str);
            let values = [("low", low), ("high", high), ("likely", likely)];
            v.add(format!("{field}.{of}"), ErrorReason::ScenarioRangeOrder, &values);
        }
    }
}

/// What everything together could cost.
fn largest(sent: &pb::ScenarioInputs) -> i128 {
    let dearest = |c: &pb::ScenarioCandidate| c.options.iter().map(|o| o.high_cost_vnd.unwrap_or(o.cost_vnd)).max();
    let candidates = sent.candidates.iter().filter_map(dearest).map(i128::from);
    let sessions = sent.sessions.iter().map(|s| i128::from(s.cost_vnd) * i128::from(s.max_runs.max(1)));
    candidates.chain(sessions).chain(sent.packages.iter().map(|p| i128::from(p.cost_vnd))).sum()
}

/// A plan that is not there.
#[must_use]
pub fn no_plan(plan: Uuid) -> Error {
    Error::violation("scenario.plan", Common::ReferenceUnknown, &[("name", &plan_name(plan))])
}

/// A scenario without a result cannot be compared.
#[must_use]
pub fn not_solved(id: Uuid) -> Error {
    Error::refused(ErrorReason::ScenarioNotSolved).with("scenario", name_of(id))
}

/// The name of a scenario.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("scenarios", id)
}

/// The question of a scenario.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn inputs(scenario: &Scenario) -> Result<pb::ScenarioInputs> {
    pb::ScenarioInputs::decode(scenario.inputs.as_slice()).map_err(Error::internal)
}

/// The result of a scenario, if it has one.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn result_of(scenario: &Scenario) -> Result<Option<pb::ScenarioResult>> {
    let read = |bytes: &Vec<u8>| pb::ScenarioResult::decode(bytes.as_slice()).map_err(Error::internal);
    scenario.result.as_ref().map(read).transpose()
}

/// A result as it is kept.
#[must_use]
pub fn encoded(result: &pb::ScenarioResult) -> Vec<u8> {
    result.encode_to_vec()
}

/// A scenario as it is answered.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn scenario(scenario: &Scenario) -> Result<pb::Scenario> {
    let head = Head {
        id: scenario.id,
        plan_id: scenario.plan_id,
        unit: scenario.unit.clone(),
        title: scenario.title.clone(),
        as_of: scenario.as_of,
        solved: scenario.solved,
        sample: scenario.sample,
        version: scenario.version,
        create_us: scenario.create_us,
        update_us: scenario.update_us,
    };
    Ok(pb::Scenario { inputs: Some(inputs(scenario)?), result: result_of(scenario)?, ..head_of(head) })
}

/// A scenario as lists show it.
#[must_use]
pub fn head_of(head: Head) -> pb::Scenario {
    pb::Scenario {
        name: name_of(head.id),
        plan: plan_name(head.plan_id),
        unit: head.unit,
        title: head.title,
        as_of: Some(day::pb(head.as_of)),
        inputs: None,
        result: None,
        solved: head.solved,
        sample: head.sample,
        etag: kit::etag(head.version),
        create_time: Some(instant::pb(head.create_us)),
        update_time: Some(instant::pb(head.update_us)),
    }
}

/// What the others are told of a scenario.
#[must_use]
pub fn changed(scenario: &Scenario, deleted: bool) -> pb::ScenarioChanged {
    pb::ScenarioChanged {
        scenario: name_of(scenario.id),
        plan: plan_name(scenario.plan_id),
        solved: scenario.solved,
        deleted,
    }
}

/// Two results side by side: what the second has more. Where one of them has no plan there is nothing to count.
#[must_use]
pub fn compared(first: &pb::ScenarioResult, second: &pb::ScenarioResult) -> pb::CompareScenariosResponse {
    let has_plan = |of: &pb::ScenarioResult| matches!(of.status(), SolveStatus::Optimal | SolveStatus::Feasible);
    let (status, other_status) = (first.status, second.status);
    if let Some((summary_vi, summary_en)) = super::explain::without_plan(has_plan(first), has_plan(second)) {
        return pb::CompareScenariosResponse { status, other_status, summary_vi, summary_en, ..Default::default() };
    }
    let stars = |of: &pb::ScenarioResult| -> BTreeMap<String, i32> {
        of.picks.iter().map(|pick| (pick.candidate.clone(), pick.stars)).collect()
    };
    let (one, two) = (stars(first), stars(second));
    let all: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
    let at = |of: &BTreeMap<String, i32>, id: &String| of.get(id).copied().unwrap_or(0);
    let difference =
        |id: &String| pb::PickDifference { candidate: id.clone(), stars: at(&one, id), other_stars: at(&two, id) };
    let picks: Vec<_> = all.into_iter().map(difference).filter(|pick| pick.stars != pick.other_stars).collect();
    let more_cost_vnd = second.cost_vnd - first.cost_vnd;
    let more_expected_permille = second.expected_permille - first.expected_permille;
    let (summary_vi, summary_en) = super::explain::compared(more_cost_vnd, more_expected_permille, picks.len());
    pb::CompareScenariosResponse {
        status,
        other_status,
        more_cost_vnd,
        more_expected_permille,
        picks,
        summary_vi,
        summary_en,
    }
}
