//! Registrations between the wire and the domain.

use std::collections::BTreeSet;

use kit::states::Forbidden;
use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use reference::units::{self, Unit};
use reference::wire::{title, within};
use time::Date;
use uuid::Uuid;

use super::domain::{RegistrationState, RegistrationStep};
use super::store::{Filter, Queued, Registration};
use crate::invitations::wire::{Gap, LeftOut, gap};
use crate::sessions::domain::{HalfDay, Part, registration_ends};
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of as session_name, person_name, text};
use crate::shared::peer::Known;

/// Persons to be registered.
pub struct Register {
    /// The session.
    pub session: Uuid,
    /// The unit that sends them, as it was named: a bare code is read on the session's first day.
    pub unit: String,
    /// The persons in their order.
    pub persons: Vec<Uuid>,
}

/// A step of one registration.
pub struct Act {
    /// The registration.
    pub id: Uuid,
    /// Who comes instead.
    pub person: Option<Uuid>,
    /// Why.
    pub reason: String,
    /// The etag that was read.
    pub etag: String,
}

/// Reads a request.
pub fn register(req: &pb::RegisterPersonsRequest, v: &mut Violations) -> Option<Register> {
    let session = v.name("session", &req.session, "sessions");
    let mut seen = BTreeSet::new();
    let mut persons = Vec::with_capacity(req.persons.len());
    for (at, told) in req.persons.iter().enumerate() {
        let field = format!("persons[{at}]");
        let Some(person) = v.name(&field, told, "persons") else { continue };
        if !seen.insert(person) {
            v.add(field, ErrorReason::PersonRepeated, &[("person", told)]);
        }
        persons.push(person);
    }
    Some(Register { session: session?, unit: req.unit.clone(), persons })
}

/// Missing persons to be registered.
pub struct Missing {
    /// The session.
    pub session: Uuid,
    /// The unit that sends them, as it was named.
    pub unit: String,
    /// What they are missing in.
    pub gap: Gap,
}

/// Most persons that one call registers.
const MOST: usize = 500;

/// Reads a request.
pub fn missing(req: &pb::RegisterMissingRequest, v: &mut Violations) -> Option<Missing> {
    let session = v.name("session", &req.session, "sessions");
    let gap = gap(v, (req.as_of.as_ref(), req.plan_year), &req.topics, (req.most, MOST));
    Some(Missing { session: session?, unit: req.unit.clone(), gap: gap? })
}

/// The persons that a list names, each once, as far as they can be read.
#[must_use]
pub fn persons(req: &pb::RegisterPersonsRequest) -> Vec<Uuid> {
    let read = |told: &String| name::parse(told, "persons");
    req.persons.iter().filter_map(read).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The unit that sends persons to a session.
///
/// # Errors
/// The violation UNIT_UNKNOWN.
pub fn unit(told: &str, begin_date: Date) -> Result<&'static Unit> {
    let unit = units::by_name(told).or_else(|| units::resolve(told, begin_date).ok());
    let texts = [("unit", told), ("date", &*day::text(begin_date))];
    unit.ok_or_else(|| Error::violation("unit", Common::UnitUnknown, &texts))
}

/// Whether a unit may send persons to a session: one of the session's unit's own, or one that the session's unit belongs to.
///
/// # Errors
/// PERMISSION_DENIED UNIT_FORBIDDEN.
pub fn sends(unit: &Unit, session: &Session) -> Result<()> {
    let of = |holder: &str, path: &str| units::prefixes(holder).iter().any(|prefix| path.starts_with(prefix.as_str()));
    if of(&session.unit, &unit.path) || of(&unit.name, &session.unit_path) {
        return Ok(());
    }
    Err(Error::denied(Common::UnitForbidden))
}

/// Reads a request.
pub fn get(req: &pb::GetRegistrationRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "registrations")
}

/// Reads a request.
pub fn list(req: &pb::ListRegistrationsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let session = v.opt_name("session", &req.session, "sessions");
    let person = v.opt_name("person", &req.person, "persons");
    let within = within(v, &req.unit);
    let states = format!("{:?}", req.states);
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.person, &req.unit, &states]);
    let states = req.states.iter().filter_map(|state| RegistrationState::of_number(*state)).collect();
    Some((Filter { session: session?, person: person?, states, within: within? }, page?))
}

/// Reads a request.
pub fn cancel(req: &pb::CancelRegistrationRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, "registrations");
    let reason = title(v, "reason", &req.reason);
    Some(Act { id: id?, person: None, reason: reason?, etag: req.etag.clone() })
}

/// Reads a request.
pub fn substitute(req: &pb::SubstituteRegistrationRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, "registrations");
    let person = v.name("person", &req.person, "persons");
    let reason = title(v, "reason", &req.reason);
    Some(Act { id: id?, person: Some(person?), reason: reason?, etag: req.etag.clone() })
}

/// What keeps persons from being registered.
#[derive(Default)]
pub struct Obstacles {
    /// What the registry said.
    pub known: Known,
    /// Persons whose duties all ended, with the last day.
    pub ended: Vec<(Uuid, Date)>,
    /// Persons who are registered, with the registration.
    pub there: Vec<(Uuid, Uuid)>,
    /// Persons with a place elsewhere at the same time: session, day, part.
    pub overlaps: Vec<(Uuid, Uuid, Date, i32)>,
}

impl Obstacles {
    /// Adds what keeps other persons from it.
    pub fn extend(&mut self, more: Self) {
        self.ended.extend(more.ended);
        self.there.extend(more.there);
        self.overlaps.extend(more.overlaps);
    }
}

/// Whether all persons may be registered; `field` names the one at a place of the list.
///
/// # Errors
/// The violations of all of them.
pub fn check(persons: &[Uuid], found: &Obstacles, field: impl Fn(usize) -> String) -> Result<()> {
    let v = faults(persons, found, field);
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// What keeps persons from being registered; `field` names the one at a place of the list.
pub fn faults(persons: &[Uuid], found: &Obstacles, field: impl Fn(usize) -> String) -> Violations {
    let mut v = Violations::default();
    for (at, person) in persons.iter().enumerate() {
        let told = person_name(*person);
        if found.known.unknown.contains(person) {
            v.add(field(at), Common::ReferenceUnknown, &[("name", &told)]);
        }
        if let Some((_, last)) = found.ended.iter().find(|(of, _)| of == person) {
            let texts = [("person", &*told), ("date", &*day::text(*last))];
            v.add(field(at), ErrorReason::DutyEndedBefore, &texts);
        }
        if let Some((_, registration)) = found.there.iter().find(|(of, _)| of == person) {
            let texts = [("person", &*told), ("registration", &*name_of(*registration))];
            v.add(field(at), ErrorReason::RegistrationExists, &texts);
        }
        if let Some((_, session, date, part)) = found.overlaps.iter().find(|(of, ..)| of == person) {
            let half_day = HalfDay { date: *date, part: Part::of_number(*part).unwrap_or(Part::Morning) };
            let (session, half_day) = (session_name(*session), text(half_day));
            let texts = [("person", &*told), ("session", &*session), ("half_day", &*half_day)];
            v.add(field(at), ErrorReason::SessionOverlaps, &texts);
        }
    }
    v
}

/// Whether persons may still be sent to a session.
///
/// # Errors
/// FAILED_PRECONDITION REGISTRATION_CLOSED.
pub fn open(session: &Session, today: Date) -> Result<()> {
    let last = registration_ends(session.begin_date, session.register_by);
    if today > last { Err(closed(last)) } else { Ok(()) }
}

/// Registration has ended.
#[must_use]
pub fn closed(last: Date) -> Error {
    Error::refused(ErrorReason::RegistrationClosed).with("date", day::text(last))
}

/// The state does not allow the step.
#[must_use]
pub fn forbids(found: &Forbidden<RegistrationState, RegistrationStep>) -> Error {
    let living = [RegistrationState::Registered, RegistrationState::Waiting].map(RegistrationState::word);
    Error::refused(ErrorReason::RegistrationState).with("state", found.state.word()).with("allowed", living.join(", "))
}

/// The name of a registration.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("registrations", id)
}

/// A registration as it is answered.
#[must_use]
pub fn registration(found: Queued) -> pb::Registration {
    let r = found.registration;
    pb::Registration {
        name: name_of(r.id),
        session: session_name(r.session_id),
        person: person_name(r.person),
        unit: r.unit,
        state: r.state,
        waiting_place: i32::try_from(found.waiting_place).unwrap_or(i32::MAX),
        substitutes: r.substitutes.map(name_of).unwrap_or_default(),
        reason: r.reason,
        sample: r.sample,
        etag: kit::etag(r.version),
        create_time: Some(instant::pb(r.create_us)),
        update_time: Some(instant::pb(r.update_us)),
    }
}

/// Who of the missing was registered, as it is answered.
#[must_use]
pub fn filled(found: Vec<Queued>, left: LeftOut, more: bool) -> pb::RegisterMissingResponse {
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let pb::RegisterPersonsResponse { registrations, registered, waiting } = registered(found);
    let (already_registered, busy) = (number(left.registered), number(left.busy));
    pb::RegisterMissingResponse { registrations, registered, waiting, already_registered, busy, more }
}

/// What was registered, as it is answered.
#[must_use]
pub fn registered(found: Vec<Queued>) -> pb::RegisterPersonsResponse {
    let count = |state: RegistrationState| {
        let count = found.iter().filter(|q| q.registration.state == state.number()).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    };
    let (registered, waiting) = (count(RegistrationState::Registered), count(RegistrationState::Waiting));
    pb::RegisterPersonsResponse { registrations: found.into_iter().map(registration).collect(), registered, waiting }
}

/// What the others are told of a session's list.
#[must_use]
pub fn changed(session: Uuid, moved: &[Registration]) -> pb::RegistrationsChanged {
    let of = |state: &[RegistrationState]| {
        let of = moved.iter().filter(|r| state.iter().any(|s| s.number() == r.state));
        of.map(|r| name_of(r.id)).collect()
    };
    pb::RegistrationsChanged {
        session: session_name(session),
        registered: of(&[RegistrationState::Registered]),
        waiting: of(&[RegistrationState::Waiting]),
        ended: of(&[RegistrationState::Cancelled, RegistrationState::Substituted]),
    }
}
