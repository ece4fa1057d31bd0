//! Assignments between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::budget::v1 as pb;
use time::Date;
use uuid::Uuid;

use super::domain;
use super::store::Assignment;
use crate::estimates::amending::Left;
use crate::estimates::store::Line;
use crate::estimates::wire::name_of as estimate_name;
use crate::ledger::domain::{Account, Balances, Kind, TooLow};
use crate::ledger::store::Entry;
use crate::ledger::wire::too_low as ledger_low;
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

/// The line that a line of an amendment changes, by how much, and whether it is taken away; none where nothing was granted.
#[must_use]
pub fn change(line: &Line) -> Option<(Uuid, (i64, bool))> {
    let granted = line.appraised_vnd.filter(|granted| *granted > 0)?;
    Some((line.amends_line?, (granted, line.decrease)))
}

/// What is left of the assignments of a line.
#[must_use]
pub fn left(line: Uuid, assigned: &[Entry]) -> Vec<Left> {
    let of_line = assigned.iter().filter(|entry| entry.line_id == line);
    domain::left(of_line.map(|entry| (entry.id, entry.reverses, entry.amount_vnd)))
}

/// Less was assigned to a line than is to be taken away.
#[must_use]
pub fn too_little(balances: &Balances, asked_vnd: i64, held_vnd: i64) -> Error {
    let available_vnd = held_vnd.min(balances.of(Account::Available));
    ledger_low(TooLow { kind: Kind::Assign, account: Account::Available, available_vnd, asked_vnd })
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
