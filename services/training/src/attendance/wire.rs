//! Attendance between the wire and the domain.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use reference::wire::clean;
use time::Date;
use uuid::Uuid;

use super::domain::{Attended, Outcome, Terms, free_until};
use super::store::Attendance;
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::{name_of as course_name, topic};
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of, person_name};
use crate::shared::peer::Known;
use crate::shared::wire::audience;

/// A list of attendance to be recorded.
pub struct Record {
    /// The session.
    pub session: Uuid,
    /// What the persons attended.
    pub list: Vec<Attended>,
    /// Why it is changed late; empty where no reason is given.
    pub reason: String,
}

/// Reads a request.
pub fn record_attendance(req: &pb::RecordAttendanceRequest, v: &mut Violations) -> Option<Record> {
    let session = v.name("session", &req.session, "sessions");
    let mut seen = BTreeSet::new();
    let mut list = Vec::with_capacity(req.attendances.len());
    for (at, attendance) in req.attendances.iter().enumerate() {
        let field = format!("attendances[{at}].person");
        let person = v.name(&field, &attendance.person, "persons");
        let read = attended(v, at, person.unwrap_or_default(), attendance);
        let Some(person) = person else { continue };
        if !seen.insert(person) {
            v.add(field, ErrorReason::PersonRepeated, &[("person", &attendance.person)]);
        }
        list.push(read);
    }
    Some(Record { session: session?, list, reason: clean(&req.correction_reason) })
}

/// What a person attended, as the record at a place of a list tells it.
pub fn attended(v: &mut Violations, at: usize, person: Uuid, told: &pb::Attendance) -> Attended {
    let numbers = numbers(v, at, told);
    let named = i32::try_from(numbers.len()).unwrap_or(i32::MAX);
    let half_days = if named > 0 { named } else { told.half_days_attended };
    Attended { person, half_days, numbers, test_points: told.test_points }
}

/// The half days by number, in their order.
fn numbers(v: &mut Violations, at: usize, attendance: &pb::Attendance) -> Vec<i32> {
    let field = format!("attendances[{at}].half_days");
    let mut numbers = BTreeSet::new();
    for number in &attendance.half_days {
        if !numbers.insert(*number) {
            v.add(&field, ErrorReason::HalfDayRepeated, &[("half_day", &number.to_string())]);
        }
    }
    if let Some(first) = numbers.first().filter(|first| **first < 1) {
        v.add(&field, Common::FieldRange, &[("expected", ">= 1"), ("got", &first.to_string())]);
    }
    let told = attendance.half_days_attended;
    let named = i32::try_from(attendance.half_days.len()).unwrap_or(i32::MAX);
    if named > 0 && told != 0 && told != named {
        let texts = [("named", &*named.to_string()), ("told", &*told.to_string())];
        v.add(format!("attendances[{at}].half_days_attended"), ErrorReason::HalfDaysDiffer, &texts);
    }
    numbers.into_iter().collect()
}

/// The persons that a list names, each once, as far as they can be read.
#[must_use]
pub fn persons(req: &pb::RecordAttendanceRequest) -> Vec<Uuid> {
    let read = |a: &pb::Attendance| name::parse(&a.person, "persons");
    req.attendances.iter().filter_map(read).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether each record of a list can be kept; `places` are those who have a place, where the session asks for one.
///
/// # Errors
/// The violations: persons that do not exist or have no place, half days that were not held, points of no test.
pub fn check_list(list: &[Attended], terms: &Terms, known: &Known, places: Option<&BTreeSet<Uuid>>) -> Result<()> {
    let mut v = Violations::default();
    for (at, attended) in list.iter().enumerate() {
        let person = person_name(attended.person);
        if known.unknown.contains(&attended.person) {
            v.add(format!("attendances[{at}].person"), Common::ReferenceUnknown, &[("name", &person)]);
        } else if places.is_some_and(|places| !places.contains(&attended.person)) {
            v.add(format!("attendances[{at}].person"), ErrorReason::NotRegistered, &[("person", &person)]);
        }
        let most = terms.half_days;
        let field = if attended.numbers.is_empty() { "half_days_attended" } else { "half_days" };
        if attended.half_days > most || attended.numbers.last().is_some_and(|last| *last > most) {
            let field = format!("attendances[{at}].{field}");
            v.add(field, ErrorReason::HalfDaysTooMany, &[("most", &most.to_string())]);
        }
        if attended.test_points.is_some() && terms.test_pass_points.is_none() {
            v.add(format!("attendances[{at}].test_points"), ErrorReason::TestNotHeld, &[]);
        }
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// The records that are to be kept: those that say something new. A late change needs a reason.
///
/// # Errors
/// FAILED_PRECONDITION CORRECTION_UNEXPLAINED.
pub fn records(
    session: &Session,
    want: &Record,
    (known, before): (&Known, &BTreeMap<Uuid, Attendance>),
    (today, now_us): (Date, i64),
) -> Result<Vec<Attendance>> {
    let terms = terms(session);
    let free_until = free_until(session.end_date, session.correction_days);
    let mut records = Vec::with_capacity(want.list.len());
    for attended in &want.list {
        let numbers: Vec<String> = attended.numbers.iter().map(ToString::to_string).collect();
        let mut record = Attendance {
            session_id: session.id,
            person: attended.person,
            half_days_attended: attended.half_days,
            passed: terms.passes(attended),
            sample: session.sample || known.persons.get(&attended.person).copied().unwrap_or(false),
            update_us: now_us,
            half_days: numbers.join(" "),
            test_points: attended.test_points,
            correction_reason: String::new(),
        };
        if let Some(old) = before.get(&attended.person) {
            let same = Attendance {
                update_us: old.update_us,
                correction_reason: old.correction_reason.clone(),
                ..record.clone()
            };
            if same == *old {
                record = same;
            } else if today > free_until && want.reason.is_empty() {
                return Err(Error::refused(ErrorReason::CorrectionUnexplained).with("date", day::text(free_until)));
            } else {
                record.correction_reason.clone_from(&want.reason);
            }
        }
        records.push(record);
    }
    Ok(records)
}

/// What it takes to pass a session.
#[must_use]
pub fn terms(session: &Session) -> Terms {
    Terms {
        half_days: session.half_days,
        pass_percent: session.pass_percent,
        test_pass_points: session.test_pass_points,
    }
}

/// The session cannot be attended yet.
#[must_use]
pub fn not_begun(begin_date: Date) -> Error {
    Error::refused(ErrorReason::SessionNotBegun).with("date", day::text(begin_date))
}

/// Reads a request.
pub fn list_attendances(req: &pb::ListAttendancesRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let session = v.name("session", &req.session, "sessions");
    let page = v.page(req.page_size, &req.page_token, &[&req.session]);
    Some((session?, page?))
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
        half_days: attendance.half_days.split_whitespace().filter_map(|number| number.parse().ok()).collect(),
        test_points: attendance.test_points,
        correction_reason: attendance.correction_reason,
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
