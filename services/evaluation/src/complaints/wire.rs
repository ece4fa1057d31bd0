//! Complaints between the wire and the domain.

use kit::{Error, Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::domain::{Kind, Outcome, State, TRANSITIONS, Verb, accept_by, basis, days_late, decide_by, waits};
use super::store::{Complaint, Filter};
use crate::shared::steps::possible;
use crate::{acts, certificates, findings, sittings};

/// The collection.
pub const COLLECTION: &str = "complaints";

/// The name of a complaint.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A complaint to be recorded.
pub struct Create {
    /// What came in.
    pub kind: Kind,
    /// The certificate.
    pub certificate: Option<Uuid>,
    /// The sitting.
    pub sitting: Option<Uuid>,
    /// The unit, where it is told.
    pub unit: Option<&'static Unit>,
    /// When it came in.
    pub receive_date: Date,
    /// What is said.
    pub summary: String,
    /// Where the paper lies.
    pub document: String,
    /// Days to decide.
    pub decide_days: i32,
    /// An invented sample.
    pub sample: bool,
}

/// A step asked for.
pub struct Step {
    /// The complaint.
    pub id: Uuid,
    /// The step.
    pub verb: Verb,
    /// Its day.
    pub on: Date,
    /// What is said.
    pub note: String,
    /// Outcome and number of the paper, of a decision.
    pub decided: Option<(Outcome, String)>,
}

/// A page of complaints.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// About this certificate.
    pub certificate: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<Kind>,
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
            kind: self.kind,
            state: self.state,
            overdue_on: self.overdue_only.then_some(today),
        }
    }
}

/// Reads a request.
pub fn create(req: &pb::CreateComplaintRequest, v: &mut Violations) -> Option<Create> {
    let c = req.complaint.as_ref()?;
    let certificate = v.opt_name("complaint.certificate", &c.certificate, certificates::wire::COLLECTION);
    let sitting = v.opt_name("complaint.sitting", &c.sitting, sittings::wire::COLLECTION);
    let receive_date = v.act_date("complaint.receive_date", c.receive_date.as_ref());
    let summary = findings::wire::note(v, "complaint.summary", &c.summary);
    let kind = kind_of(c.kind);
    let about_something = !c.certificate.is_empty() || !c.sitting.is_empty();
    let mut unit = None;
    if !about_something && kind == Some(Kind::LookAgain) {
        v.add("complaint.sitting", Common::FieldRequired, &[]);
    } else if !about_something {
        let on = ("complaint.receive_date", receive_date);
        unit = Some(reference::wire::unit_on(v, "complaint.unit", &c.unit, on)?);
    }
    let kind = kind?;
    Some(Create {
        kind,
        certificate: certificate?,
        sitting: sitting?,
        unit,
        receive_date: receive_date?,
        summary: summary?,
        document: reference::wire::clean(&c.document),
        decide_days: if c.decide_days == 0 { kind.decide_days() } else { c.decide_days },
        sample: c.sample,
    })
}

/// Reads a request.
pub fn get(req: &pb::GetComplaintRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListComplaintsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let certificate = v.opt_name("certificate", &req.certificate, certificates::wire::COLLECTION);
    let (kind, state, overdue) = (req.kind.to_string(), req.state.to_string(), req.overdue_only.to_string());
    let selects = [&req.unit, &req.certificate, &kind, &state, &overdue];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    Some(List {
        within: within?,
        certificate: certificate?,
        kind: kind_of(req.kind),
        state: STATES.iter().find(|(pb, _)| i32::from(*pb) == req.state).map(|(_, state)| *state),
        overdue_only: req.overdue_only,
        page: page?,
    })
}

type Day = proto::google::r#type::Date;

fn step(v: &mut Violations, name: &str, verb: Verb, (date, said): (Option<&Day>, &str)) -> Option<Step> {
    let id = v.name("name", name, COLLECTION);
    let on = v.act_date("date", date);
    let note = findings::wire::note(v, "note", said);
    Some(Step { id: id?, verb, on: on?, note: note?, decided: None })
}

/// Reads a request.
pub fn accept(req: &pb::AcceptComplaintRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Accept, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn reject(req: &pb::RejectComplaintRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Reject, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn withdraw(req: &pb::WithdrawComplaintRequest, v: &mut Violations) -> Option<Step> {
    step(v, &req.name, Verb::Withdraw, (req.date.as_ref(), &req.note))
}

/// Reads a request.
pub fn decide(req: &pb::DecideComplaintRequest, v: &mut Violations) -> Option<Step> {
    let number = reference::wire::line(v, "number", &req.number);
    let outcome = OUTCOMES.iter().find(|(pb, _)| i32::from(*pb) == req.outcome).map(|(_, outcome)| *outcome);
    let step = step(v, &req.name, Verb::Decide, (req.date.as_ref(), &req.note))?;
    Some(Step { decided: Some((outcome?, number?)), ..step })
}

/// FAILED_PRECONDITION SUPERVISION_STATE_FORBIDS.
#[must_use]
pub fn forbidden(complaint: &Complaint, verb: Verb) -> Error {
    let possible: Vec<String> =
        possible(TRANSITIONS, &complaint.state).iter().map(|verb| verb.as_str().to_ascii_uppercase()).collect();
    let refused = Error::refused(ErrorReason::SupervisionStateForbids).with("name", name(complaint.id));
    let refused = refused.with("state", complaint.state.as_str().to_ascii_uppercase());
    let refused = refused.with("verb", verb.as_str().to_ascii_uppercase());
    refused.with("possible", if possible.is_empty() { "-".to_owned() } else { possible.join(", ") })
}

const KINDS: [(pb::ComplaintKind, Kind); 3] = [
    (pb::ComplaintKind::Complaint, Kind::Complaint),
    (pb::ComplaintKind::LookAgain, Kind::LookAgain),
    (pb::ComplaintKind::MarkMisuse, Kind::MarkMisuse),
];

fn kind_of(number: i32) -> Option<Kind> {
    KINDS.iter().find(|(pb, _)| i32::from(*pb) == number).map(|(_, kind)| *kind)
}

const STATES: [(pb::ComplaintState, State); 5] = [
    (pb::ComplaintState::Received, State::Received),
    (pb::ComplaintState::Accepted, State::Accepted),
    (pb::ComplaintState::Rejected, State::Rejected),
    (pb::ComplaintState::Decided, State::Decided),
    (pb::ComplaintState::Withdrawn, State::Withdrawn),
];

fn state(state: State) -> pb::ComplaintState {
    STATES.iter().find(|(_, of)| *of == state).map_or(pb::ComplaintState::Unspecified, |(pb, _)| *pb)
}

const OUTCOMES: [(pb::ComplaintOutcome, Outcome); 3] = [
    (pb::ComplaintOutcome::Upheld, Outcome::Upheld),
    (pb::ComplaintOutcome::UpheldInPart, Outcome::UpheldInPart),
    (pb::ComplaintOutcome::Dismissed, Outcome::Dismissed),
];

/// The event of a complaint.
#[must_use]
pub fn changed(complaint: &Complaint) -> pb::SupervisionChanged {
    pb::SupervisionChanged {
        resource: name(complaint.id),
        state: state(complaint.state).as_str_name().to_owned(),
        certificate: complaint.certificate.map(certificates::wire::name).unwrap_or_default(),
    }
}

/// A complaint as it is answered on a day.
#[must_use]
pub fn complaint(c: &Complaint, today: Date) -> pb::Complaint {
    let kind = KINDS.iter().find(|(_, of)| *of == c.kind).map(|(pb, _)| *pb);
    let outcome = OUTCOMES.iter().find(|(_, of)| Some(*of) == c.outcome).map(|(pb, _)| *pb);
    let (term_basis, due_date_provisional) = running(c);
    let upheld = c.certificate.is_some() && c.outcome.is_some_and(|outcome| outcome != Outcome::Dismissed);
    let term = c.step_date.filter(|_| upheld).and_then(|day| acts::domain::term(day, day));
    pb::Complaint {
        name: name(c.id),
        kind: kind.unwrap_or_default().into(),
        certificate: c.certificate.map(certificates::wire::name).unwrap_or_default(),
        sitting: c.sitting.map(sittings::wire::name).unwrap_or_default(),
        unit: c.unit.clone(),
        receive_date: Some(day::pb(c.receive_date)),
        summary: c.summary.clone(),
        document: c.document.clone(),
        decide_days: c.decide_days,
        sample: c.sample,
        state: state(c.state).into(),
        due_date: Some(day::pb(c.due_date)),
        step_date: c.step_date.map(day::pb),
        step_note: c.step_note.clone(),
        outcome: outcome.unwrap_or_default().into(),
        number: c.number.clone(),
        overdue: waits(c.state) && days_late(c.due_date, today) > 0,
        days_late: c.days_late,
        act_due_date: term.map(|(due, _)| day::pb(due)),
        create_time: Some(instant::pb(c.create_us)),
        term_basis,
        due_date_provisional,
    }
}

/// What the term that runs rests on, and whether its day may still change: as they were when the day was reckoned. Rows of before
/// that was kept are told by what is known now.
fn running(c: &Complaint) -> (String, bool) {
    let due = match c.state {
        State::Received => Some(accept_by(c.kind, c.receive_date)),
        State::Accepted => c.step_date.map(|accepted| decide_by(c.kind, accepted, c.decide_days)),
        State::Rejected | State::Decided | State::Withdrawn => return (String::new(), false),
    };
    let now = || (basis(c.kind, c.state, c.decide_days), due.is_some_and(|due| due.provisional));
    match (&c.term_basis, c.due_provisional) {
        (Some(basis), Some(provisional)) => (basis.clone(), provisional),
        _ => now(),
    }
}
