//! Assignments between the wire and the domain.

use kit::{Page, Violations, day, instant, name};
use proto::budget::v1 as pb;
use time::Date;
use uuid::Uuid;

use super::store::Assignment;
use crate::estimates::wire::name_of as estimate_name;
use crate::plans::wire::name_of as plan_name;
use reference::wire::title;

/// A budget to be assigned.
pub struct Assign {
    /// The estimate.
    pub estimate: Uuid,
    /// Number of the decision.
    pub decision_number: String,
    /// Its day.
    pub decision_date: Date,
}

/// Reads a request.
pub fn assign_budget(req: &pb::AssignBudgetRequest, v: &mut Violations) -> Option<Assign> {
    let estimate = v.name("estimate", &req.estimate, "estimates");
    let decision_number = title(v, "decision_number", &req.decision_number);
    let decision_date = v.act_date("decision_date", req.decision_date.as_ref());
    Some(Assign { estimate: estimate?, decision_number: decision_number?, decision_date: decision_date? })
}

/// Reads a request.
pub fn get_assignment(req: &pb::GetAssignmentRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "assignments")
}

/// Reads a request.
pub fn list_assignments(req: &pb::ListAssignmentsRequest, v: &mut Violations) -> Option<(Option<Uuid>, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan]);
    Some((plan?, page?))
}

/// The name of an assignment.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("assignments", id)
}

/// An assignment as it is answered.
#[must_use]
pub fn assignment(assignment: Assignment) -> pb::Assignment {
    pb::Assignment {
        name: name_of(assignment.id),
        estimate: estimate_name(assignment.estimate_id),
        plan: plan_name(assignment.plan_id),
        unit: assignment.unit,
        decision_number: assignment.decision_number,
        decision_date: Some(day::pb(assignment.decision_date)),
        amount_vnd: assignment.amount_vnd,
        sample: assignment.sample,
        create_time: Some(instant::pb(assignment.create_us)),
    }
}
