//! Findings between the wire and the domain.

use kit::{Error, Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use time::Date;
use uuid::Uuid;

use super::domain::{Severity, State, TRANSITIONS, Verb, overdue};
use super::store::{Filter, Finding};
use crate::shared::steps::possible;
use crate::{acts, certificates};

/// The collection.
pub const COLLECTION: &str = "findings";

/// The name of a finding.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A step asked for.
pub struct Step {
    /// The finding.
    pub id: Uuid,
    /// The step.
    pub verb: Verb,
    /// Its day.
    pub on: Date,
    /// What is said.
    pub note: String,
    /// A new due day.
    pub due: Option<Date>,
}

/// A page of findings.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// About this certificate.
    pub certificate: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
    /// Overdue ones only.
    pub overdue_only: bool,
    /// The page.
    pub page: Page,
}

impl List {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope, today: Date) -> Filter {
        Filter {
            scope,
            within: self.within.clone(),
            certificate: self.certificate,
            state: self.state,
            overdue_on: self.overdue_only.then_some(today),
        }
    }
}

/// Reads a request.
pub fn get(req: &pb::GetFindingRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListFindingsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let certificate = v.opt_name("certificate", &req.certificate, certificates::wire::COLLECTION);
    let selects = [&req.unit, &req.certificate, &req.state.to_string(), &req.overdue_only.to_string()];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    let state = STATES.iter().find(|(pb, _)| i32::from(*pb) == req.state).map(|(_, state)| *state);
    Some(List { within: within?, certificate: certificate?, state, overdue_only: req.overdue_only, page: page? })
}

/// A note of several lines that must say something.
pub fn note(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let note = reference::wire::clean(typed);
    if note.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    Some(note)
}

type Day = proto::google::r#type::Date;

fn step(v: &mut Violations, name: &str, verb: Verb, (date, said): (Option<&Day>, &str)) -> Option<Step> {
    let id = v.name("name", name, COLLECTION);
    let on = v.act_date("date", date);
    let note = note(v, "note", said);
    Some(Step { id: id?, verb, on: on?, note: note?, due: None })
}

/// Reads a request.
pub fn report(req: &pb::ReportFindingRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Report, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn close(req: &pb::CloseFindingRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Close, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn escalate(req: &pb::EscalateFindingRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Escalate, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn reopen(req: &pb::ReopenFindingRequest, v: &mut Violations) -> Option<Step> {
    let due = v.date("due_date", req.due_date.as_ref());
    let step = step(v, &req.name, Verb::Reopen, (req.date.as_ref(), &req.note))?;
    let due = due?;
    if due < step.on {
        v.add("due_date", Common::DateOrder, &[("detail", "date, due_date")]);
        return None;
    }
    Some(Step { due: Some(due), ..step })
}

/// FAILED_PRECONDITION SUPERVISION_STATE_FORBIDS.
#[must_use]
pub fn forbidden(finding: &Finding, verb: Verb) -> Error {
    let possible: Vec<String> =
        possible(TRANSITIONS, &finding.state).iter().map(|verb| verb.as_str().to_ascii_uppercase()).collect();
    let refused = Error::refused(ErrorReason::SupervisionStateForbids).with("name", name(finding.id));
    let refused = refused.with("state", state_name(finding.state)).with("verb", verb.as_str().to_ascii_uppercase());
    refused.with("possible", if possible.is_empty() { "-".to_owned() } else { possible.join(", ") })
}

/// INVALID_ARGUMENT: the step lies before the last one.
#[must_use]
pub fn before_last(last: Date, on: Date) -> Error {
    let detail = format!("{} < {}", day::text(on), day::text(last));
    Error::violation("date", Common::DateOrder, &[("detail", &detail)])
}

const STATES: [(pb::FindingState, State); 4] = [
    (pb::FindingState::Open, State::Open),
    (pb::FindingState::Reported, State::Reported),
    (pb::FindingState::Closed, State::Closed),
    (pb::FindingState::Escalated, State::Escalated),
];

fn state(state: State) -> pb::FindingState {
    STATES.iter().find(|(_, of)| *of == state).map_or(pb::FindingState::Unspecified, |(pb, _)| *pb)
}

fn state_name(of: State) -> &'static str {
    state(of).as_str_name().trim_start_matches("FINDING_STATE_")
}

const SEVERITIES: [(pb::FindingSeverity, Severity); 3] = [
    (pb::FindingSeverity::Minor, Severity::Minor),
    (pb::FindingSeverity::Major, Severity::Major),
    (pb::FindingSeverity::Critical, Severity::Critical),
];

/// A severity of a request; none for what the contract's own check has refused.
#[must_use]
pub fn severity_of(number: i32) -> Option<Severity> {
    SEVERITIES.iter().find(|(pb, _)| i32::from(*pb) == number).map(|(_, severity)| *severity)
}

/// The event of a finding.
#[must_use]
pub fn changed(finding: &Finding) -> pb::SupervisionChanged {
    pb::SupervisionChanged {
        resource: name(finding.id),
        state: state(finding.state).as_str_name().to_owned(),
        certificate: certificates::wire::name(finding.certificate),
    }
}

/// A finding as it is answered on a day.
#[must_use]
pub fn finding(finding: &Finding, today: Date) -> pb::Finding {
    let severity = SEVERITIES.iter().find(|(_, of)| *of == finding.severity).map(|(pb, _)| *pb);
    let conclusion = finding.step_date.filter(|_| finding.state == State::Escalated);
    let term = conclusion.and_then(|day| acts::domain::term(day, day));
    pb::Finding {
        name: name(finding.id),
        visit: names::of("inspectionVisits", finding.visit),
        certificate: certificates::wire::name(finding.certificate),
        severity: severity.unwrap_or_default().into(),
        description: finding.description.clone(),
        required_action: finding.required_action.clone(),
        found_date: Some(day::pb(finding.found_date)),
        due_date: Some(day::pb(finding.due_date)),
        state: state(finding.state).into(),
        step_date: finding.step_date.map(day::pb),
        step_note: finding.step_note.clone(),
        overdue: overdue(finding.state, finding.due_date, today),
        act_due_date: term.map(|(due, _)| day::pb(due)),
        unit: finding.unit.clone(),
        sample: finding.sample,
        create_time: Some(instant::pb(finding.create_us)),
    }
}
