//! Paper completions between the wire and the domain.

use kit::states::Forbidden;
use kit::{Error, Page, Violations, day, instant, name};
use proto::training::v1::{self as pb, ErrorReason};
use reference::units::Unit;
use reference::wire::{title, within};
use uuid::Uuid;

use super::domain::{NewPaper, PAPER, PaperState, PaperStep};
use super::store::{Filter, PaperCompletion};
use crate::completions::store::Completion;
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::topic;
use crate::sessions::wire::person_name;
use crate::shared::known::STILL;
use crate::shared::wire::{audience, in_order};

const COLLECTION: &str = "paperCompletions";

/// One to be withdrawn.
pub struct Withdraw {
    pub id: Uuid,
    pub reason: String,
    pub etag: String,
}

/// The name of one.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of(COLLECTION, id)
}

/// Reads a request.
pub fn get(req: &pb::GetPaperCompletionRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListPaperCompletionsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let person = v.opt_name("person", &req.person, "persons");
    let within = within(v, &req.unit);
    let from = v.opt_date("complete_date_from", req.complete_date_from.as_ref());
    let to = v.opt_date("complete_date_to", req.complete_date_to.as_ref());
    if let (Some(Some(from)), Some(Some(to))) = (from, to) {
        in_order(v, "complete_date_to", from, to);
    }
    let told = [from, to].map(|date| date.flatten().map(day::iso).unwrap_or_default()).join(" ");
    let page = v.page(req.page_size, &req.page_token, &[&req.person, &req.unit, &told]);
    Some((Filter { person: person?, within: within?, from: from?, to: to? }, page?))
}

/// Reads a request.
pub fn withdraw(req: &pb::WithdrawPaperCompletionRequest, v: &mut Violations) -> Option<Withdraw> {
    let id = v.name("name", &req.name, COLLECTION);
    let reason = title(v, "reason", &req.reason);
    Some(Withdraw { id: id?, reason: reason?, etag: req.etag.clone() })
}

/// The state does not allow the step.
#[must_use]
pub fn forbids(found: &Forbidden<PaperState, PaperStep>) -> Error {
    let allowed: Vec<&str> =
        PAPER.iter().filter(|(_, by, _)| *by == found.step).map(|(from, ..)| from.word()).collect();
    let refused = Error::refused(ErrorReason::PaperCompletionState).with("state", found.state.word());
    refused.with("allowed", allowed.join(", "))
}

/// A paper as it is first kept.
#[must_use]
pub fn kept(new: &NewPaper, unit: &Unit, now_us: i64) -> PaperCompletion {
    let paper = &new.paper;
    PaperCompletion {
        id: new.id,
        unit: unit.name.clone(),
        unit_path: unit.path.clone(),
        person: new.person,
        audience: paper.audience.word().to_owned(),
        topic: paper.topic.word().to_owned(),
        complete_date: paper.complete_date,
        hours: paper.hours,
        issuer: paper.issuer.clone(),
        certificate_number: paper.number.clone(),
        evidence: paper.evidence.clone(),
        state: PaperState::Recorded.number(),
        reason: String::new(),
        sample: new.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

/// What it counts as.
#[must_use]
pub fn counts(new: &NewPaper, now_us: i64) -> Completion {
    Completion {
        session_id: new.id,
        own_person: new.person,
        version: 1,
        person: new.counted,
        audience: new.paper.audience.word().to_owned(),
        topic: new.paper.topic.word().to_owned(),
        complete_date: new.paper.complete_date,
        sample: new.sample,
        known_from_us: now_us,
        known_to_us: STILL,
        paper: true,
    }
}

/// One as it is answered.
#[must_use]
pub fn paper_completion(p: PaperCompletion) -> pb::PaperCompletion {
    pb::PaperCompletion {
        name: name_of(p.id),
        unit: p.unit,
        person: person_name(p.person),
        audience: Audience::of(&p.audience).map_or(0, |a| audience(a).into()),
        topic: Topic::of(&p.topic).map_or(0, |t| topic(t).into()),
        complete_date: Some(day::pb(p.complete_date)),
        hours: p.hours,
        issuer: p.issuer,
        certificate_number: p.certificate_number,
        evidence: p.evidence,
        state: p.state,
        reason: p.reason,
        sample: p.sample,
        etag: kit::etag(p.version),
        create_time: Some(instant::pb(p.create_us)),
        update_time: Some(instant::pb(p.update_us)),
    }
}

/// What the others are told of a list.
#[must_use]
pub fn imported(unit: &Unit, recorded: usize) -> pb::PaperCompletionsImported {
    pb::PaperCompletionsImported { unit: unit.name.clone(), recorded: i32::try_from(recorded).unwrap_or(i32::MAX) }
}

/// What the others are told of one: who follows counts it as a session of one person.
#[must_use]
pub fn recorded(p: &PaperCompletion) -> pb::AttendanceRecorded {
    let person = vec![person_name(p.person)];
    let (passed, withdrawn) = match PaperState::of_number(p.state) {
        Some(PaperState::Recorded) => (person, Vec::new()),
        _ => (Vec::new(), person),
    };
    pb::AttendanceRecorded {
        session: name_of(p.id),
        course: String::new(),
        audience: Audience::of(&p.audience).map_or(0, |a| audience(a).into()),
        end_date: Some(day::pb(p.complete_date)),
        passed_samples: if p.sample { passed.clone() } else { Vec::new() },
        passed,
        withdrawn,
        topic: Topic::of(&p.topic).map_or(0, |t| topic(t).into()),
    }
}
