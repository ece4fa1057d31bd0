//! Sessions between the wire and the domain.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use time::Date;
use uuid::Uuid;

use super::domain::{Attended, NewSession, Outcome, SessionFault};
use super::store::{Attendance, Filter, Session};
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::{name_of as course_name, topic};
use crate::shared::wire::audience;
use reference::wire::{clean, unit_on, within};

/// A list of attendance to be recorded.
pub struct Record {
    /// The session.
    pub session: Uuid,
    /// What the persons attended.
    pub list: Vec<Attended>,
}

/// What the registry said about the persons of a list.
#[derive(Default)]
pub struct Known {
    /// Persons that exist, each with whether it is a sample.
    pub persons: BTreeMap<Uuid, bool>,
    /// Persons that do not.
    pub unknown: BTreeSet<Uuid>,
}

/// Reads a request.
pub fn create_session(req: &pb::CreateSessionRequest, v: &mut Violations) -> Option<NewSession> {
    let session = req.session.as_ref()?;
    let course = v.name("session.course", &session.course, "courses");
    let begin_date = v.date("session.begin_date", session.begin_date.as_ref());
    let end_date = v.date("session.end_date", session.end_date.as_ref());
    if let (Some(begin), Some(end)) = (begin_date, end_date)
        && end < begin
    {
        in_order(v, "session.end_date", begin, end);
    }
    let unit = unit_on(v, "session.unit", &session.unit, ("session.begin_date", begin_date));
    Some(NewSession {
        course: course?,
        unit: unit?,
        begin_date: begin_date?,
        end_date: end_date?,
        half_days: session.half_days,
        place: clean(&session.place),
        capacity: session.capacity,
        sample: session.sample,
    })
}

fn in_order(v: &mut Violations, field: &str, first: Date, then: Date) {
    let detail = format!("{} > {}", day::text(first), day::text(then));
    v.add(field, Common::DateOrder, &[("detail", &detail)]);
}

/// What keeps a session from being planned so, for the caller.
#[must_use]
pub fn session_faults(new: &NewSession, faults: &[SessionFault]) -> Error {
    let mut v = Violations::default();
    for fault in faults {
        match fault {
            SessionFault::BeforeAdoption { adopted } => {
                in_order(&mut v, "session.begin_date", *adopted, new.begin_date)
            }
            SessionFault::TooManyHalfDays { most } => {
                v.add("session.half_days", ErrorReason::HalfDaysTooMany, &[("most", &most.to_string())]);
            }
        }
    }
    Error::invalid(v)
}

/// Reads a request.
pub fn get_session(req: &pb::GetSessionRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "sessions")
}

/// Reads a request.
pub fn list_sessions(req: &pb::ListSessionsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let course = v.opt_name("course", &req.course, "courses");
    let within = within(v, &req.unit);
    let from = v.opt_date("begin_date_from", req.begin_date_from.as_ref());
    let to = v.opt_date("begin_date_to", req.begin_date_to.as_ref());
    if let (Some(Some(from)), Some(Some(to))) = (from, to)
        && to < from
    {
        in_order(v, "begin_date_to", from, to);
    }
    let told = |date: Option<Option<Date>>| date.flatten().map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&req.course, &req.unit, &told(from), &told(to)]);
    Some((Filter { course: course?, within: within?, from: from?, to: to? }, page?))
}

/// Reads a request.
pub fn record_attendance(req: &pb::RecordAttendanceRequest, v: &mut Violations) -> Option<Record> {
    let session = v.name("session", &req.session, "sessions");
    let mut seen = BTreeSet::new();
    let mut list = Vec::with_capacity(req.attendances.len());
    for (at, attendance) in req.attendances.iter().enumerate() {
        let field = format!("attendances[{at}].person");
        let Some(person) = v.name(&field, &attendance.person, "persons") else { continue };
        if !seen.insert(person) {
            v.add(field, ErrorReason::PersonRepeated, &[("person", &attendance.person)]);
        }
        list.push(Attended { person, half_days: attendance.half_days_attended });
    }
    Some(Record { session: session?, list })
}

/// The persons that a list names, each once, as far as they can be read.
#[must_use]
pub fn persons(req: &pb::RecordAttendanceRequest) -> Vec<Uuid> {
    let read = |a: &pb::Attendance| name::parse(&a.person, "persons");
    req.attendances.iter().filter_map(read).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether each record of a list can be kept.
///
/// # Errors
/// The violations: persons that do not exist, more half days than were held.
pub fn check_list(list: &[Attended], half_days: i32, known: &Known) -> Result<(), Error> {
    let mut v = Violations::default();
    for (at, attended) in list.iter().enumerate() {
        if known.unknown.contains(&attended.person) {
            let person = person_name(attended.person);
            v.add(format!("attendances[{at}].person"), Common::ReferenceUnknown, &[("name", &person)]);
        }
        if attended.half_days > half_days {
            let field = format!("attendances[{at}].half_days_attended");
            v.add(field, ErrorReason::HalfDaysTooMany, &[("most", &half_days.to_string())]);
        }
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// The session cannot be attended yet.
#[must_use]
pub fn not_begun(begin_date: Date) -> Error {
    Error::refused(ErrorReason::SessionNotBegun).with("date", day::text(begin_date))
}

/// The course of a session does not exist.
#[must_use]
pub fn no_course(course: Uuid) -> Error {
    Error::violation("session.course", Common::ReferenceUnknown, &[("name", &course_name(course))])
}

/// Reads a request.
pub fn list_attendances(req: &pb::ListAttendancesRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let session = v.name("session", &req.session, "sessions");
    let page = v.page(req.page_size, &req.page_token, &[&req.session]);
    Some((session?, page?))
}

/// The name of a session.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("sessions", id)
}

/// The name of a person.
#[must_use]
pub fn person_name(id: Uuid) -> String {
    name::of("persons", id)
}

/// A session as it is answered.
#[must_use]
pub fn session(session: Session) -> pb::Session {
    pb::Session {
        name: name_of(session.id),
        course: course_name(session.course_id),
        unit: session.unit,
        begin_date: Some(day::pb(session.begin_date)),
        end_date: Some(day::pb(session.end_date)),
        half_days: Some(session.half_days),
        place: session.place,
        capacity: session.capacity,
        sample: session.sample,
        create_time: Some(instant::pb(session.create_us)),
    }
}

/// An attendance as it is answered.
#[must_use]
pub fn attendance(attendance: Attendance) -> pb::Attendance {
    pb::Attendance {
        person: person_name(attendance.person),
        half_days_attended: attendance.half_days_attended,
        passed: attendance.passed,
        sample: attendance.sample,
        update_time: Some(instant::pb(attendance.update_us)),
    }
}

/// What was recorded, as it is answered.
#[must_use]
pub fn recorded(kept: Vec<Attendance>, outcome: &Outcome) -> pb::RecordAttendanceResponse {
    let count = |persons: &[Uuid]| i32::try_from(persons.len()).unwrap_or(i32::MAX);
    pb::RecordAttendanceResponse {
        attendances: kept.into_iter().map(attendance).collect(),
        passed: count(&outcome.passed),
        withdrawn: count(&outcome.withdrawn),
    }
}

/// What the others are told of a new session.
#[must_use]
pub fn session_planned(session: &Session) -> pb::SessionPlanned {
    pb::SessionPlanned {
        session: name_of(session.id),
        course: course_name(session.course_id),
        begin_date: Some(day::pb(session.begin_date)),
        end_date: Some(day::pb(session.end_date)),
    }
}

/// What the others are told of recorded attendance.
#[must_use]
pub fn attendance_recorded(session: &Session, kept: &[Attendance], outcome: &Outcome) -> pb::AttendanceRecorded {
    let names = |persons: &[Uuid]| persons.iter().copied().map(person_name).collect();
    let invented = kept.iter().filter(|a| a.passed && a.sample);
    pb::AttendanceRecorded {
        session: name_of(session.id),
        course: course_name(session.course_id),
        audience: Audience::of(&session.audience).map_or(0, |a| audience(a).into()),
        end_date: Some(day::pb(session.end_date)),
        passed: names(&outcome.passed),
        withdrawn: names(&outcome.withdrawn),
        topic: Topic::of(&session.topic).map_or(0, |t| topic(t).into()),
        passed_samples: invented.map(|a| person_name(a.person)).collect(),
    }
}
