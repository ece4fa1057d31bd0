//! Plans and visits between the wire and the domain.

mod render;

use kit::{Page, Scope, Violations, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::domain::{Kind, State};
use super::store::{Filter, Item};
use crate::findings::domain::Severity;
use crate::{certificates, findings};

pub use render::{candidate, closed, forbidden, plan, plan_changed, visit, visit_changed};

/// The collection of plans.
pub const PLANS: &str = "inspectionPlans";
/// The collection of visits.
pub const VISITS: &str = "inspectionVisits";

/// The name of a plan.
#[must_use]
pub fn plan_name(id: Uuid) -> String {
    names::of(PLANS, id)
}

/// The name of a visit.
#[must_use]
pub fn visit_name(id: Uuid) -> String {
    names::of(VISITS, id)
}

/// A plan to be recorded.
pub struct CreatePlan {
    /// The unit.
    pub unit: &'static Unit,
    /// The year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Number of the paper.
    pub number: String,
    /// Its day.
    pub plan_date: Date,
    /// An invented sample.
    pub sample: bool,
}

/// A visit to be planned.
pub struct CreateVisit {
    /// The plan.
    pub plan: Option<Uuid>,
    /// The certificate.
    pub certificate: Uuid,
    /// Why.
    pub kind: Kind,
    /// The day.
    pub planned_date: Date,
    /// Who goes.
    pub team: String,
}

/// A finding to be recorded.
pub struct New {
    /// How grave.
    pub severity: Severity,
    /// What is wrong.
    pub description: String,
    /// What must be done.
    pub required_action: String,
    /// Until when.
    pub due_date: Date,
}

/// A visit that was held.
pub struct Hold {
    /// The visit.
    pub id: Uuid,
    /// The day.
    pub held_date: Date,
    /// The checklist.
    pub checklist: Vec<Item>,
    /// What was concluded.
    pub conclusion: String,
    /// The findings.
    pub findings: Vec<New>,
}

/// A visit that is called off.
pub struct Cancel {
    /// The visit.
    pub id: Uuid,
    /// Why.
    pub ground: String,
}

/// A page of plans.
pub struct ListPlans {
    /// The units asked for.
    pub within: Scope,
    /// The page.
    pub page: Page,
}

/// A page of visits.
pub struct ListVisits {
    /// The units asked for.
    pub within: Scope,
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// For this certificate.
    pub certificate: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
    /// The page.
    pub page: Page,
}

impl ListVisits {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Filter {
        Filter { scope, within: self.within.clone(), plan: self.plan, certificate: self.certificate, state: self.state }
    }
}

/// A ranking asked for.
pub struct Rank {
    /// The units asked for.
    pub within: Scope,
    /// The day.
    pub as_of: Date,
    /// How many.
    pub limit: usize,
}

/// Reads a request.
pub fn create_plan(req: &pb::CreateInspectionPlanRequest, v: &mut Violations) -> Option<CreatePlan> {
    let plan = req.inspection_plan.as_ref()?;
    let plan_date = v.act_date("inspection_plan.plan_date", plan.plan_date.as_ref());
    let on = ("inspection_plan.plan_date", plan_date);
    let unit = reference::wire::unit_on(v, "inspection_plan.unit", &plan.unit, on);
    let title = reference::wire::line(v, "inspection_plan.title", &plan.title);
    let number = reference::wire::line(v, "inspection_plan.number", &plan.number);
    let (year, sample) = (plan.year, plan.sample);
    Some(CreatePlan { unit: unit?, year, title: title?, number: number?, plan_date: plan_date?, sample })
}

/// Reads a request.
pub fn get_plan(req: &pb::GetInspectionPlanRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, PLANS)
}

/// Reads a request.
pub fn close_plan(req: &pb::CloseInspectionPlanRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, PLANS)
}

/// Reads a request.
pub fn list_plans(req: &pb::ListInspectionPlansRequest, v: &mut Violations) -> Option<ListPlans> {
    let within = reference::wire::within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit]);
    Some(ListPlans { within: within?, page: page? })
}

/// Reads a request.
pub fn rank(req: &pb::SearchInspectionCandidatesRequest, v: &mut Violations) -> Option<Rank> {
    let within = reference::wire::within(v, &req.unit);
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let limit = if req.limit == 0 { 50 } else { usize::try_from(req.limit).unwrap_or_default() };
    Some(Rank { within: within?, as_of: as_of?, limit })
}

/// Reads a request.
pub fn create_visit(req: &pb::CreateInspectionVisitRequest, v: &mut Violations) -> Option<CreateVisit> {
    let visit = req.inspection_visit.as_ref()?;
    let plan = v.opt_name("inspection_visit.plan", &visit.plan, PLANS);
    let certificates = certificates::wire::COLLECTION;
    let certificate = v.name("inspection_visit.certificate", &visit.certificate, certificates);
    let planned_date = v.date("inspection_visit.planned_date", visit.planned_date.as_ref());
    let team = findings::wire::note(v, "inspection_visit.team", &visit.team);
    let kind = match visit.kind() {
        pb::InspectionVisitKind::Unspecified => None,
        pb::InspectionVisitKind::Periodic => Some(Kind::Periodic),
        pb::InspectionVisitKind::Sudden => Some(Kind::Sudden),
    };
    Some(CreateVisit { plan: plan?, certificate: certificate?, kind: kind?, planned_date: planned_date?, team: team? })
}

/// Reads a request.
pub fn get_visit(req: &pb::GetInspectionVisitRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, VISITS)
}

/// Reads a request.
pub fn list_visits(req: &pb::ListInspectionVisitsRequest, v: &mut Violations) -> Option<ListVisits> {
    let within = reference::wire::within(v, &req.unit);
    let plan = v.opt_name("plan", &req.plan, PLANS);
    let certificate = v.opt_name("certificate", &req.certificate, certificates::wire::COLLECTION);
    let selects = [&req.unit, &req.plan, &req.certificate, &req.state.to_string()];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    let state = match req.state() {
        pb::InspectionVisitState::Unspecified => None,
        pb::InspectionVisitState::Planned => Some(State::Planned),
        pb::InspectionVisitState::Held => Some(State::Held),
        pb::InspectionVisitState::Cancelled => Some(State::Cancelled),
    };
    Some(ListVisits { within: within?, plan: plan?, certificate: certificate?, state, page: page? })
}

/// Reads a request.
pub fn hold(req: &pb::HoldInspectionVisitRequest, v: &mut Violations) -> Option<Hold> {
    let id = v.name("name", &req.name, VISITS);
    let held_date = v.act_date("held_date", req.held_date.as_ref());
    let conclusion = findings::wire::note(v, "conclusion", &req.conclusion);
    let mut checklist = Vec::new();
    for (at, item) in req.checklist.iter().enumerate() {
        let title = reference::wire::line(v, &format!("checklist[{at}].title"), &item.title);
        let item = |title| Item { title, result: item.result, note: reference::wire::clean(&item.note) };
        checklist.extend(title.map(item));
    }
    let mut found = Vec::new();
    for (at, finding) in req.findings.iter().enumerate() {
        found.extend(new_finding(v, at, finding, held_date));
    }
    Some(Hold { id: id?, held_date: held_date?, checklist, conclusion: conclusion?, findings: found })
}

fn new_finding(v: &mut Violations, at: usize, finding: &pb::NewFinding, held: Option<Date>) -> Option<New> {
    let description = findings::wire::note(v, &format!("findings[{at}].description"), &finding.description);
    let action = format!("findings[{at}].required_action");
    let required_action = findings::wire::note(v, &action, &finding.required_action);
    let field = format!("findings[{at}].due_date");
    let due_date = v.date(&field, finding.due_date.as_ref());
    if due_date.zip(held).is_some_and(|(due, held)| due < held) {
        v.add(field, Common::DateOrder, &[("detail", "held_date, due_date")]);
    }
    let severity = findings::wire::severity_of(finding.severity);
    Some(New { severity: severity?, description: description?, required_action: required_action?, due_date: due_date? })
}

/// Reads a request.
pub fn cancel(req: &pb::CancelInspectionVisitRequest, v: &mut Violations) -> Option<Cancel> {
    let id = v.name("name", &req.name, VISITS);
    let ground = findings::wire::note(v, "ground", &req.ground);
    Some(Cancel { id: id?, ground: ground? })
}
