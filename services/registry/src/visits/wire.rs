//! Visits between the wire and the domain.

use kit::{Error, Page, Scope, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::{Level, Unit};
use reference::wire::{clean, title, unit_on};
use time::Date;
use uuid::Uuid;

use super::domain::{Step, before_visit};
use super::store::{Filter, Visit};
use crate::assignments::wire::{any_map_or_within, map_print, shown};
use crate::shared::maps::MapCut;

pub(super) struct NewVisit {
    pub(super) unit: &'static Unit,
    pub(super) visit_date: Date,
    pub(super) officers: Vec<Uuid>,
    pub(super) findings: String,
    pub(super) candidates: Vec<Uuid>,
    pub(super) steps: Vec<Step>,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) findings: Option<String>,
    pub(super) candidates: Option<Vec<Uuid>>,
    pub(super) steps: Option<Vec<Step>>,
}

#[derive(Clone)]
pub(crate) struct Unvisited {
    pub(crate) unit: &'static Unit,
    pub(crate) as_of: Date,
    pub(crate) level: Option<Level>,
    pub(crate) page: Page,
}

/// References of one collection, each once.
fn references(v: &mut Violations, field: &str, names: &[String], collection: &'static str) -> Option<Vec<Uuid>> {
    let mut ids: Vec<Option<Uuid>> = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let field = format!("{field}[{at}]");
        let id = v.name(&field, name, collection);
        if id.is_some() && ids.contains(&id) {
            v.add(field, Common::ResourceExists, &[("name", name)]);
        }
        ids.push(id);
    }
    ids.into_iter().collect()
}

fn findings(v: &mut Violations, typed: &str) -> Option<String> {
    let findings = clean(typed);
    if findings.is_empty() {
        v.add("visit.findings", Common::FieldRequired, &[]);
        return None;
    }
    Some(findings)
}

fn steps(v: &mut Violations, sent: &[pb::VisitStep]) -> Option<Vec<Step>> {
    let mut steps = Vec::with_capacity(sent.len());
    for (at, step) in sent.iter().enumerate() {
        let named = title(v, &format!("visit.steps[{at}].title"), &step.title);
        let due = v.date(&format!("visit.steps[{at}].due_date"), step.due_date.as_ref());
        let done = match step.done_date.as_ref().filter(|d| !day::is_unset(d)) {
            Some(done) => v.act_date(&format!("visit.steps[{at}].done_date"), Some(done)).map(Some),
            None => Some(None),
        };
        steps.push(named.zip(due).zip(done).map(|((title, due), done)| Step { title, due, done }));
    }
    steps.into_iter().collect()
}

fn order(v: &mut Violations, steps: &[Step], visit: Date) {
    for (at, done) in before_visit(steps, visit) {
        let field = format!("visit.steps[{at}].{}", if done { "done_date" } else { "due_date" });
        v.add(field, Common::DateOrder, &[("detail", &format!("≥ {}", day::text(visit)))]);
    }
}

pub(super) fn create_visit(req: &pb::CreateVisitRequest, v: &mut Violations) -> Option<NewVisit> {
    let visit = req.visit.as_ref()?;
    let visit_date = v.act_date("visit.visit_date", visit.visit_date.as_ref());
    let unit = unit_on(v, "visit.unit", &visit.unit, ("visit.visit_date", visit_date));
    let officers = references(v, "visit.officers", &visit.officers, "posts");
    let candidates = references(v, "visit.candidates", &visit.candidates, "products");
    let findings = findings(v, &visit.findings);
    let steps = steps(v, &visit.steps);
    if let (Some(steps), Some(day)) = (&steps, visit_date) {
        order(v, steps, day);
    }
    Some(NewVisit {
        unit: unit?,
        visit_date: visit_date?,
        officers: officers?,
        findings: findings?,
        candidates: candidates?,
        steps: steps?,
        sample: visit.sample,
    })
}

pub(super) fn update_visit(req: &pb::UpdateVisitRequest, v: &mut Violations) -> Option<Update> {
    let visit = req.visit.as_ref()?;
    let id = v.name("visit.name", &visit.name, "visits");
    let set = [
        ("findings", !visit.findings.is_empty()),
        ("candidates", !visit.candidates.is_empty()),
        ("steps", !visit.steps.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let findings = asked("findings").then(|| findings(v, &visit.findings)).flatten();
    let candidates =
        asked("candidates").then(|| references(v, "visit.candidates", &visit.candidates, "products")).flatten();
    let steps = asked("steps").then(|| steps(v, &visit.steps)).flatten();
    Some(Update { id: id?, etag: visit.etag.clone(), findings, candidates, steps })
}

pub(crate) fn list_visits(req: &pb::ListVisitsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let cut = any_map_or_within(v, &req.unit, req.map_date.as_ref(), None);
    let map = map_print(req.map_date.as_ref());
    let from = v.opt_date("from_date", req.from_date.as_ref());
    let to = v.opt_date("to_date", req.to_date.as_ref());
    let text = |date: Option<Option<Date>>| date.flatten().map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&*req.unit, &*text(from), &*text(to), &*map]);
    let (within, map) = cut?;
    Some((Filter { within, map, from: from?, to: to? }, page?))
}

pub(crate) fn list_unvisited(req: &pb::ListUnvisitedUnitsRequest, v: &mut Violations) -> Option<Unvisited> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let unit = unit_on(v, "unit", &req.unit, ("as_of", as_of));
    let level = match req.level() {
        pb::UnitLevel::Unspecified => None,
        pb::UnitLevel::Country => Some(Level::Country),
        pb::UnitLevel::Province => Some(Level::Province),
        pb::UnitLevel::District => Some(Level::District),
        pb::UnitLevel::Commune => Some(Level::Commune),
    };
    let date = as_of.map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&*req.unit, &*date, &*req.level.to_string()]);
    Some(Unvisited { unit: unit?, as_of: as_of?, level, page: page? })
}

/// What is found in the store of the references of a visit.
pub(super) struct Found {
    /// Of each officer: its first and last day.
    pub(super) officers: Vec<(Uuid, bool)>,
    /// The paths of the candidates.
    pub(super) candidates: Vec<(Uuid, String)>,
}

/// Officers that exist and were held on the day, candidates that exist in the caller's units; all that is wrong with them.
pub(super) fn referenced(
    (officers, candidates): (&[Uuid], &[Uuid]),
    found: &Found,
    on: Date,
    scope: &Scope,
) -> kit::Result<()> {
    let mut v = Violations::default();
    for (at, id) in officers.iter().enumerate() {
        let (field, name) = (format!("visit.officers[{at}]"), name::of("posts", *id));
        match found.officers.iter().find(|(known, _)| known == id) {
            None => v.add(field, Common::ReferenceUnknown, &[("name", &name)]),
            Some((_, false)) => v.add(field, ErrorReason::PostNotHeld, &[("post", &name), ("date", &day::text(on))]),
            Some((_, true)) => {}
        }
    }
    for (at, id) in candidates.iter().enumerate() {
        if !found.candidates.iter().any(|(known, path)| known == id && scope.holds(path)) {
            let name = name::of("products", *id);
            v.add(format!("visit.candidates[{at}]"), Common::ReferenceUnknown, &[("name", &name)]);
        }
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// The steps of a changed visit are not before it.
pub(super) fn in_order(steps: &[Step], visit: Date) -> kit::Result<()> {
    let mut v = Violations::default();
    order(&mut v, steps, visit);
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

pub(crate) fn visit(visit: Visit) -> pb::Visit {
    let step =
        |s: Step| pb::VisitStep { title: s.title, due_date: Some(day::pb(s.due)), done_date: s.done.map(day::pb) };
    pb::Visit {
        name: name::of("visits", visit.id),
        unit: visit.unit,
        visit_date: Some(day::pb(visit.visit_date)),
        officers: visit.officers.iter().map(|id| name::of("posts", *id)).collect(),
        findings: visit.findings,
        candidates: visit.candidates.iter().map(|id| name::of("products", *id)).collect(),
        steps: visit.steps.into_iter().map(step).collect(),
        sample: visit.sample,
        etag: etag(visit.version),
        create_time: Some(instant::pb(visit.create_us)),
        update_time: Some(instant::pb(visit.update_us)),
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
    }
}

/// A visit of a list, with the place in which the list's map shows it.
pub(super) fn listed(of: Visit, map: Option<&MapCut>) -> pb::Visit {
    let (shown_unit, map_place) = shown(&of.unit, None, map);
    pb::Visit { shown_unit, map_place, ..visit(of) }
}

pub(crate) fn recorded(visit: &Visit) -> pb::VisitRecorded {
    pb::VisitRecorded {
        visit: name::of("visits", visit.id),
        visit_date: Some(day::pb(visit.visit_date)),
        candidates: i32::try_from(visit.candidates.len()).unwrap_or(i32::MAX),
    }
}
