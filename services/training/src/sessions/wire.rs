//! Sessions between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use time::Date;
use uuid::Uuid;

use super::domain::{Content, HalfDay, Hours, HoursFault, NewSession, Part, SessionFault, SessionState, in_turn};
use super::store::{Filter, Session};
use crate::courses::wire::name_of as course_name;
use crate::shared::wire::{in_order, not_before};
use reference::wire::{clean, title, unit_on, within};

/// A session to be changed.
pub struct Update {
    /// The session.
    pub id: Uuid,
    /// The etag that was read.
    pub etag: String,
    /// What is changed.
    pub fields: Vec<&'static str>,
    /// The new values; those of other fields mean nothing.
    pub content: Content,
}

/// A session to be cancelled.
pub struct Cancel {
    /// The session.
    pub id: Uuid,
    /// Why.
    pub reason: String,
    /// The etag that was read.
    pub etag: String,
}

/// Reads a request.
pub fn create_session(req: &pb::CreateSessionRequest, v: &mut Violations) -> Option<NewSession> {
    let session = req.session.as_ref()?;
    let course = v.name("session.course", &session.course, "courses");
    let begin_date = v.date("session.begin_date", session.begin_date.as_ref());
    let end_date = v.date("session.end_date", session.end_date.as_ref());
    if let (Some(begin), Some(end)) = (begin_date, end_date) {
        in_order(v, "session.end_date", begin, end);
    }
    let unit = unit_on(v, "session.unit", &session.unit, ("session.begin_date", begin_date));
    let schedule = schedule(v, &session.schedule, begin_date, end_date);
    let content = content(v, session);
    if let (Some(by), Some(begin)) = (content.register_by, begin_date) {
        in_order(v, "session.register_by", by, begin);
    }
    Some(NewSession {
        course: course?,
        unit: unit?,
        begin_date: begin_date?,
        end_date: end_date?,
        half_days: session.half_days,
        schedule,
        registration_required: session.registration_required,
        content,
        sample: session.sample,
    })
}

/// The half days as far as they can be read.
fn schedule(v: &mut Violations, told: &[pb::HalfDay], begin: Option<Date>, end: Option<Date>) -> Vec<HalfDay> {
    let mut read: Vec<HalfDay> = Vec::with_capacity(told.len());
    for (at, half_day) in told.iter().enumerate() {
        let field = format!("session.schedule[{at}]");
        let date = v.date(&format!("{field}.date"), half_day.date.as_ref());
        let (Some(date), Some(part)) = (date, Part::of_number(half_day.part)) else { continue };
        let new = HalfDay { date, part };
        if begin.is_some_and(|first| date < first) || end.is_some_and(|last| date > last) {
            v.add(&field, ErrorReason::HalfDayOutside, &[("half_day", &text(new))]);
        }
        if read.contains(&new) {
            v.add(&field, ErrorReason::HalfDayRepeated, &[("half_day", &text(new))]);
        }
        read.push(new);
    }
    read
}

/// A half day as people read it, such as "02/03/2021 MORNING".
#[must_use]
pub fn text(half_day: HalfDay) -> String {
    format!("{} {}", day::text(half_day.date), half_day.part.word())
}

/// What of a session may change; a fault leaves its field empty, and the request is refused for it.
fn content(v: &mut Violations, session: &pb::Session) -> Content {
    Content {
        place: clean(&session.place),
        capacity: session.capacity,
        register_by: v.opt_date("session.register_by", session.register_by.as_ref()).flatten(),
        trainer: clean(&session.trainer),
        materials: session.materials.iter().map(|m| clean(m).replace('\n', " ")).filter(|m| !m.is_empty()).collect(),
        budget_line: clean(&session.budget_line),
        planned_cost_vnd: session.planned_cost_vnd,
        actual_cost_vnd: session.actual_cost_vnd,
        hours: hours(v, session.hours.as_ref()),
    }
}

/// When half days begin and end.
fn hours(v: &mut Violations, told: Option<&pb::SessionHours>) -> Hours {
    let Some(told) = told else { return Hours::default() };
    let hours = Hours {
        morning: (told.morning_begin, told.morning_end),
        afternoon: (told.afternoon_begin, told.afternoon_end),
        check_in_before: told.check_in_before,
        check_in_after: told.check_in_after,
    };
    for fault in hours.faults() {
        let (field, expected, got) = match fault {
            HoursFault::MorningEnd => ("morning_end", format!("> {}", hours.morning.0), hours.morning.1),
            HoursFault::AfternoonBegin => ("afternoon_begin", format!(">= {}", hours.morning.1), hours.afternoon.0),
            HoursFault::AfternoonEnd => ("afternoon_end", format!("> {}", hours.afternoon.0), hours.afternoon.1),
        };
        let texts = [("expected", &*expected), ("got", &*got.to_string())];
        v.add(format!("session.hours.{field}"), Common::FieldRange, &texts);
    }
    hours
}

/// Reads a request.
pub fn update_session(req: &pb::UpdateSessionRequest, v: &mut Violations) -> Option<Update> {
    let session = req.session.as_ref()?;
    let id = v.name("session.name", &session.name, "sessions");
    let set = [
        ("place", !session.place.is_empty()),
        ("capacity", session.capacity != 0),
        ("register_by", session.register_by.is_some()),
        ("trainer", !session.trainer.is_empty()),
        ("materials", !session.materials.is_empty()),
        ("budget_line", !session.budget_line.is_empty()),
        ("planned_cost_vnd", session.planned_cost_vnd.is_some()),
        ("actual_cost_vnd", session.actual_cost_vnd.is_some()),
        ("hours", session.hours.is_some()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set);
    let content = content(v, session);
    Some(Update { id: id?, etag: session.etag.clone(), fields: fields?, content })
}

/// The content of a session with the fields of an update changed.
///
/// # Errors
/// The violation DATE_ORDER: registration would end after the session begins.
pub fn changed(session: &Session, update: &Update) -> Result<Content, Error> {
    let new = &update.content;
    let asked = |field: &str| update.fields.contains(&field);
    let kept = kept_content(session);
    let content = Content {
        place: if asked("place") { new.place.clone() } else { kept.place },
        capacity: if asked("capacity") { new.capacity } else { kept.capacity },
        register_by: if asked("register_by") { new.register_by } else { kept.register_by },
        trainer: if asked("trainer") { new.trainer.clone() } else { kept.trainer },
        materials: if asked("materials") { new.materials.clone() } else { kept.materials },
        budget_line: if asked("budget_line") { new.budget_line.clone() } else { kept.budget_line },
        planned_cost_vnd: if asked("planned_cost_vnd") { new.planned_cost_vnd } else { kept.planned_cost_vnd },
        actual_cost_vnd: if asked("actual_cost_vnd") { new.actual_cost_vnd } else { kept.actual_cost_vnd },
        hours: if asked("hours") { new.hours } else { kept.hours },
    };
    if let Some(by) = content.register_by {
        not_before("session.register_by", by, session.begin_date)?;
    }
    Ok(content)
}

fn kept_content(session: &Session) -> Content {
    Content {
        place: session.place.clone(),
        capacity: session.capacity,
        register_by: session.register_by,
        trainer: session.trainer.clone(),
        materials: materials(session),
        budget_line: session.budget_line.clone(),
        planned_cost_vnd: session.planned_cost_vnd,
        actual_cost_vnd: session.actual_cost_vnd,
        hours: Hours::of_line(&session.hours),
    }
}

fn materials(session: &Session) -> Vec<String> {
    session.materials.lines().map(str::to_owned).collect()
}

/// Reads a request.
pub fn cancel_session(req: &pb::CancelSessionRequest, v: &mut Violations) -> Option<Cancel> {
    let id = v.name("name", &req.name, "sessions");
    let reason = title(v, "reason", &req.reason);
    Some(Cancel { id: id?, reason: reason?, etag: req.etag.clone() })
}

/// The session was cancelled.
///
/// # Errors
/// FAILED_PRECONDITION SESSION_CANCELLED.
pub fn not_cancelled(session: &Session) -> Result<(), Error> {
    if SessionState::of_number(session.state) == Some(SessionState::Cancelled) {
        return Err(Error::refused(ErrorReason::SessionCancelled).with("reason", session.cancel_reason.clone()));
    }
    Ok(())
}

/// The session was attended and cannot be cancelled.
#[must_use]
pub fn attended() -> Error {
    Error::refused(ErrorReason::SessionAttended)
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
            SessionFault::HalfDaysDiffer { named, told } => {
                let texts = [("named", &*named.to_string()), ("told", &*told.to_string())];
                v.add("session.schedule", ErrorReason::HalfDaysDiffer, &texts);
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
    if let (Some(Some(from)), Some(Some(to))) = (from, to) {
        in_order(v, "begin_date_to", from, to);
    }
    let told = |date: Option<Option<Date>>| date.flatten().map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&req.course, &req.unit, &told(from), &told(to)]);
    Some((Filter { course: course?, within: within?, from: from?, to: to? }, page?))
}

/// The course of a session does not exist.
#[must_use]
pub fn no_course(course: Uuid) -> Error {
    Error::violation("session.course", Common::ReferenceUnknown, &[("name", &course_name(course))])
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

/// The half days of a session, in their order.
#[must_use]
pub fn half_days(session: &Session) -> Vec<HalfDay> {
    match session.schedule.as_str() {
        "" => in_turn(session.begin_date, session.half_days),
        lines => lines.lines().filter_map(HalfDay::of_line).collect(),
    }
}

/// A session as it is answered.
#[must_use]
pub fn session(session: Session) -> pb::Session {
    let half_days = half_days(&session);
    let hours = Hours::of_line(&session.hours);
    let half_day = |h: &HalfDay| pb::HalfDay { date: Some(day::pb(h.date)), part: h.part.number() };
    pb::Session {
        name: name_of(session.id),
        course: course_name(session.course_id),
        begin_date: Some(day::pb(session.begin_date)),
        end_date: Some(day::pb(session.end_date)),
        half_days: Some(session.half_days),
        capacity: session.capacity,
        sample: session.sample,
        create_time: Some(instant::pb(session.create_us)),
        schedule: half_days.iter().map(half_day).collect(),
        state: session.state,
        register_by: session.register_by.map(day::pb),
        registration_required: session.registration_required,
        materials: materials(&session),
        planned_cost_vnd: session.planned_cost_vnd,
        actual_cost_vnd: session.actual_cost_vnd,
        etag: kit::etag(session.version),
        unit: session.unit,
        place: session.place,
        cancel_reason: session.cancel_reason,
        trainer: session.trainer,
        budget_line: session.budget_line,
        hours: Some(pb::SessionHours {
            morning_begin: hours.morning.0,
            morning_end: hours.morning.1,
            afternoon_begin: hours.afternoon.0,
            afternoon_end: hours.afternoon.1,
            check_in_before: hours.check_in_before,
            check_in_after: hours.check_in_after,
        }),
    }
}

/// What the others are told of a session that changed.
#[must_use]
pub fn session_changed(session: &Session) -> pb::SessionChanged {
    pb::SessionChanged {
        session: name_of(session.id),
        budget_line: session.budget_line.clone(),
        planned_cost_vnd: session.planned_cost_vnd.unwrap_or(0),
        actual_cost_vnd: session.actual_cost_vnd.unwrap_or(0),
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
