//! Plans, visits and candidates as they are answered.

use kit::{Error, day, instant, name as names};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;

use super::super::domain::risk::{Factor, Part, score};
use super::super::domain::{Kind, PlanState, State, TRANSITIONS, Verb};
use super::super::store::{Plan, Visit};
use super::{plan_name, visit_name};
use crate::certificates;
use crate::certificates::store::Certificate;
use crate::shared::steps::possible;

/// A plan as it is answered.
#[must_use]
pub fn plan(plan: &Plan) -> pb::InspectionPlan {
    pb::InspectionPlan {
        name: plan_name(plan.id),
        unit: plan.unit.clone(),
        year: plan.year,
        title: plan.title.clone(),
        number: plan.number.clone(),
        plan_date: Some(day::pb(plan.plan_date)),
        state: plan_state(plan.state).into(),
        sample: plan.sample,
        create_time: Some(instant::pb(plan.create_us)),
    }
}

fn plan_state(state: PlanState) -> pb::InspectionPlanState {
    match state {
        PlanState::Open => pb::InspectionPlanState::Open,
        PlanState::Closed => pb::InspectionPlanState::Closed,
    }
}

/// A visit as it is answered, with its checklist or without.
#[must_use]
pub fn visit(visit: &Visit, whole: bool) -> pb::InspectionVisit {
    let item =
        |item: &super::Item| pb::CheckItem { title: item.title.clone(), result: item.result, note: item.note.clone() };
    let kind = match visit.kind {
        Kind::Periodic => pb::InspectionVisitKind::Periodic,
        Kind::Sudden => pb::InspectionVisitKind::Sudden,
    };
    pb::InspectionVisit {
        name: visit_name(visit.id),
        plan: visit.plan.map(plan_name).unwrap_or_default(),
        certificate: certificates::wire::name(visit.certificate),
        kind: kind.into(),
        planned_date: Some(day::pb(visit.planned_date)),
        team: visit.team.clone(),
        state: state(visit.state).into(),
        held_date: visit.held_date.map(day::pb),
        checklist: visit.checklist.iter().filter(|_| whole).map(item).collect(),
        conclusion: visit.conclusion.clone(),
        finding_count: visit.findings,
        product: names::of("products", visit.product),
        unit: visit.unit.clone(),
        sample: visit.sample,
        create_time: Some(instant::pb(visit.create_us)),
    }
}

fn state(state: State) -> pb::InspectionVisitState {
    match state {
        State::Planned => pb::InspectionVisitState::Planned,
        State::Held => pb::InspectionVisitState::Held,
        State::Cancelled => pb::InspectionVisitState::Cancelled,
    }
}

/// FAILED_PRECONDITION SUPERVISION_STATE_FORBIDS of a visit.
#[must_use]
pub fn forbidden(visit: &Visit, verb: Verb) -> Error {
    let steps: Vec<String> =
        possible(TRANSITIONS, &visit.state).iter().map(|verb| verb.as_str().to_ascii_uppercase()).collect();
    let refused = Error::refused(ErrorReason::SupervisionStateForbids).with("name", visit_name(visit.id));
    let refused = refused.with("state", visit.state.as_str().to_ascii_uppercase());
    let refused = refused.with("verb", verb.as_str().to_ascii_uppercase());
    refused.with("possible", if steps.is_empty() { "-".to_owned() } else { steps.join(", ") })
}

/// FAILED_PRECONDITION SUPERVISION_STATE_FORBIDS of a closed plan.
#[must_use]
pub fn closed(plan: &Plan, verb: &str) -> Error {
    let refused = Error::refused(ErrorReason::SupervisionStateForbids).with("name", plan_name(plan.id));
    refused.with("state", "CLOSED").with("verb", verb).with("possible", "-")
}

/// The event of a plan.
#[must_use]
pub fn plan_changed(plan: &Plan) -> pb::SupervisionChanged {
    let state = plan_state(plan.state).as_str_name().to_owned();
    pb::SupervisionChanged { resource: plan_name(plan.id), state, certificate: String::new() }
}

/// The event of a visit.
#[must_use]
pub fn visit_changed(visit: &Visit) -> pb::SupervisionChanged {
    pb::SupervisionChanged {
        resource: visit_name(visit.id),
        state: state(visit.state).as_str_name().to_owned(),
        certificate: certificates::wire::name(visit.certificate),
    }
}

/// A product that may be visited, with the parts of its score.
#[must_use]
pub fn candidate(certificate: &Certificate, parts: &[Part]) -> pb::InspectionCandidate {
    pb::InspectionCandidate {
        certificate: certificates::wire::name(certificate.id),
        product: names::of("products", certificate.product),
        product_display_name: certificate.product_display_name.clone(),
        unit: certificate.unit.clone(),
        stars: certificate.stars,
        score: score(parts),
        parts: parts.iter().map(part).collect(),
        sample: certificate.sample,
    }
}

fn part(part: &Part) -> pb::RiskPart {
    let factor = match part.factor {
        Factor::EndNear => pb::RiskFactor::EndNear,
        Factor::NeverVisited => pb::RiskFactor::NeverVisited,
        Factor::LongNotVisited => pb::RiskFactor::LongNotVisited,
        Factor::OpenFindings => pb::RiskFactor::OpenFindings,
        Factor::ActionOverdue => pb::RiskFactor::ActionOverdue,
        Factor::OpenComplaints => pb::RiskFactor::OpenComplaints,
        Factor::UpheldComplaints => pb::RiskFactor::UpheldComplaints,
        Factor::Suspended => pb::RiskFactor::Suspended,
    };
    pb::RiskPart { factor: factor.into(), points: part.points, measure: part.measure }
}
