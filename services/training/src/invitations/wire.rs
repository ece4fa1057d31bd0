//! Invitations between the wire and the domain.

use std::collections::BTreeSet;

use kit::states::{Forbidden, step};
use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::google::r#type::Date as PbDate;
use proto::training::v1::{self as pb, ErrorReason};
use reference::wire::{clean, line, title, within};
use time::{Date, Month};
use uuid::Uuid;

use super::domain::{Channel, INVITATION, InvitationState, InvitationStep};
use super::store::{Filter, Invitation};
use crate::courses::domain::Topic;
use crate::courses::wire::topic_of;
use crate::letters::domain::Plan;
use crate::registrations;
use crate::registrations::wire::{Obstacles, faults};
use crate::sessions::domain::registration_ends;
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of as session_name, person_name};
use crate::shared::wire::{in_order, not_before};

/// Most invitations that one call makes or sends.
pub const MOST: usize = 1000;

/// Who is missing, to be invited.
pub struct Missing {
    /// The session.
    pub session: Uuid,
    /// The unit, as it was named.
    pub unit: String,
    /// What they are missing in.
    pub gap: Gap,
    /// Day by which an answer is asked for.
    pub reply_by: Option<Date>,
}

/// What persons are missing in, and how many are wanted.
pub struct Gap {
    /// The day of the coverage.
    pub as_of: Date,
    /// First day from which sessions count.
    pub from: Date,
    /// Topics that count; empty for the session's.
    pub topics: Vec<Topic>,
    /// How many at most.
    pub most: usize,
}

/// Persons to be invited.
pub struct Persons {
    /// The session.
    pub session: Uuid,
    /// The unit, as it was named.
    pub unit: String,
    /// The persons in their order.
    pub persons: Vec<Uuid>,
    /// Day by which an answer is asked for.
    pub reply_by: Option<Date>,
}

/// Invitations to be sent, or their persons to be reminded.
pub struct Send {
    /// The session.
    pub session: Uuid,
    /// The unit, as it was named.
    pub unit: String,
    /// How; none for what the installation can.
    pub channel: Option<Channel>,
    /// Who was to answer by this day; none for who was not sent anything yet.
    pub unanswered_by: Option<Date>,
}

/// A step of one invitation.
pub struct Act {
    /// The invitation.
    pub id: Uuid,
    /// What is done.
    pub step: InvitationStep,
    /// Why.
    pub reason: String,
    /// The etag that was read.
    pub etag: String,
}

/// An answer by a code.
pub struct Coded {
    /// The code.
    pub code: String,
    /// The answer.
    pub step: InvitationStep,
    /// Why.
    pub reason: String,
}

/// Reads a request.
pub fn missing(req: &pb::InviteMissingRequest, v: &mut Violations) -> Option<Missing> {
    let session = v.name("session", &req.session, "sessions");
    let gap = gap(v, (req.as_of.as_ref(), req.plan_year), &req.topics, (req.most, MOST));
    let reply_by = v.opt_date("reply_by", req.reply_by.as_ref());
    Some(Missing { session: session?, unit: req.unit.clone(), gap: gap?, reply_by: reply_by? })
}

/// What persons are missing in, as a request tells it.
pub fn gap(
    v: &mut Violations,
    (as_of, plan_year): (Option<&PbDate>, i32),
    topics: &[i32],
    (most, usual): (i32, usize),
) -> Option<Gap> {
    let as_of = match as_of {
        None => Some(v.today()),
        told => v.act_date("as_of", told),
    }?;
    let year = if plan_year == 0 { as_of.year() } else { plan_year };
    let from = Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MAX);
    in_order(v, "plan_year", from, as_of);
    let topics = topics.iter().filter_map(|topic| topic_of(*topic)).collect();
    let most = usize::try_from(most).ok().filter(|most| *most > 0).unwrap_or(usual);
    (from <= as_of).then_some(Gap { as_of, from, topics, most })
}

/// Reads a request.
pub fn persons(req: &pb::InvitePersonsRequest, v: &mut Violations) -> Option<Persons> {
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
    let reply_by = v.opt_date("reply_by", req.reply_by.as_ref());
    Some(Persons { session: session?, unit: req.unit.clone(), persons, reply_by: reply_by? })
}

/// The day by which an answer is asked for.
///
/// # Errors
/// The violation DATE_ORDER: after registration has ended. FAILED_PRECONDITION REGISTRATION_CLOSED.
pub fn reply_by(told: Option<Date>, session: &Session, today: Date) -> Result<Date> {
    registrations::wire::open(session, today)?;
    let last = registration_ends(session.begin_date, session.register_by);
    let by = told.unwrap_or(last);
    not_before("reply_by", by, last)?;
    Ok(by)
}

/// Whether all persons may be invited; those who are invited already are given with their invitations.
///
/// # Errors
/// The violations of all of them.
pub fn check(persons: &[Uuid], found: &Obstacles, invited: &[Invitation]) -> Result<()> {
    let mut v = faults(persons, found, |at| format!("persons[{at}]"));
    for (at, person) in persons.iter().enumerate() {
        let living = |i: &&Invitation| i.person == *person && i.state != InvitationState::Cancelled.number();
        if let Some(there) = invited.iter().find(living) {
            let texts = [("person", &*person_name(*person)), ("invitation", &*name_of(there.id))];
            v.add(format!("persons[{at}]"), ErrorReason::InvitationExists, &texts);
        }
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// Reads a request.
pub fn get(req: &pb::GetInvitationRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn get_code(req: &pb::GetInvitationCodeRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListInvitationsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let session = v.opt_name("session", &req.session, "sessions");
    let person = v.opt_name("person", &req.person, "persons");
    let within = within(v, &req.unit);
    let by = v.opt_date("unanswered_by", req.unanswered_by.as_ref());
    let states = format!("{:?} {:?}", req.states, by.flatten().map(day::iso));
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.person, &req.unit, &states]);
    let states = req.states.iter().filter_map(|state| InvitationState::of_number(*state)).collect();
    let filter = Filter { session: session?, person: person?, states, within: within?, unanswered_by: by? };
    Some((filter, page?))
}

/// Reads a request.
pub fn summary(req: &pb::GetInvitationSummaryRequest, v: &mut Violations) -> Option<(Uuid, Option<Date>)> {
    let session = v.name("session", &req.session, "sessions");
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    Some((session?, as_of?))
}

/// Reads a request.
pub fn send(req: &pb::SendInvitationsRequest, v: &mut Violations) -> Option<Send> {
    let session = v.name("session", &req.session, "sessions");
    let channel = Channel::of_number(req.channel);
    Some(Send { session: session?, unit: req.unit.clone(), channel, unanswered_by: None })
}

/// Reads a request.
pub fn remind(req: &pb::RemindInvitationsRequest, v: &mut Violations) -> Option<Send> {
    let session = v.name("session", &req.session, "sessions");
    let by = v.date("unanswered_by", req.unanswered_by.as_ref());
    let channel = Channel::of_number(req.channel);
    Some(Send { session: session?, unit: req.unit.clone(), channel, unanswered_by: Some(by?) })
}

/// A reason that need not be given: of one line, at most 300 characters.
fn optional_reason(v: &mut Violations, told: &str) -> Option<String> {
    if clean(told).is_empty() { Some(String::new()) } else { title(v, "reason", told) }
}

/// The step of an answer; one that is none was found by the contract's own check.
fn answer(told: i32) -> Option<InvitationStep> {
    match pb::InvitationAnswer::try_from(told) {
        Ok(pb::InvitationAnswer::Accept) => Some(InvitationStep::Accept),
        Ok(pb::InvitationAnswer::Decline) => Some(InvitationStep::Decline),
        Ok(pb::InvitationAnswer::Unspecified) | Err(_) => None,
    }
}

/// Reads a request.
pub fn record(req: &pb::RecordInvitationAnswerRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, COLLECTION);
    let reason = optional_reason(v, &req.reason);
    Some(Act { id: id?, step: answer(req.answer)?, reason: reason?, etag: req.etag.clone() })
}

/// Reads a request.
pub fn check_code(req: &pb::CheckInvitationCodeRequest, v: &mut Violations) -> Option<String> {
    let code = line(v, "code", &req.code);
    code.map(|_| req.code.clone())
}

/// What an invitation says, and how it can be answered on a day.
#[must_use]
pub fn notice(i: &Invitation, session: &Session, plan: &Plan, today: Date) -> pb::InvitationNotice {
    let can = |by: InvitationStep| {
        plan.cancelled.is_none() && InvitationState::of_number(i.state).is_some_and(|s| step(INVITATION, s, by).is_ok())
    };
    pb::InvitationNotice {
        session: session_name(i.session_id),
        title: plan.title.clone(),
        organiser: plan.unit.clone(),
        place: plan.place.clone(),
        times: plan.half_days.iter().map(|half_day| plan.when(*half_day)).collect(),
        reply_by: Some(day::pb(i.reply_by)),
        state: i.state,
        acceptable: can(InvitationStep::Accept) && registrations::wire::open(session, today).is_ok(),
        declinable: can(InvitationStep::Decline),
        sample: i.sample || plan.sample,
    }
}

/// Reads a request.
pub fn coded(req: &pb::AnswerInvitationRequest, v: &mut Violations) -> Option<Coded> {
    let reason = optional_reason(v, &req.reason);
    Some(Coded { code: req.code.clone(), step: answer(req.answer)?, reason: reason? })
}

/// Reads a request.
pub fn cancel(req: &pb::CancelInvitationRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, COLLECTION);
    let reason = title(v, "reason", &req.reason);
    Some(Act { id: id?, step: InvitationStep::Cancel, reason: reason?, etag: req.etag.clone() })
}

/// No invitation has the code.
#[must_use]
pub fn code_unknown() -> Error {
    Error::not_found_as(ErrorReason::InvitationCodeUnknown, "invitations/-")
}

/// The installation sends no mail.
#[must_use]
pub fn no_mail() -> Error {
    Error::refused(ErrorReason::MailNotConfigured)
}

/// The registration of an invitation in this state has ended: it is not accepted again.
#[must_use]
pub fn ended(state: InvitationState) -> Error {
    let allowed = INVITATION.iter().filter(|(from, by, _)| *from == state && *by != InvitationStep::Accept);
    let (step, allowed) = (InvitationStep::Accept, allowed.map(|(_, by, _)| *by).collect());
    forbids(&Forbidden { state, step, allowed })
}

/// The state does not allow the step.
#[must_use]
pub fn forbids(found: &Forbidden<InvitationState, InvitationStep>) -> Error {
    let allowed: Vec<&str> = found.allowed.iter().map(|step| step.word()).collect();
    let refused = Error::refused(ErrorReason::InvitationState).with("state", found.state.word());
    refused.with("allowed", allowed.join(", "))
}

/// The collection of invitations.
pub const COLLECTION: &str = "invitations";

/// The name of an invitation.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of(COLLECTION, id)
}

/// An invitation as it is answered.
#[must_use]
pub fn invitation(i: &Invitation) -> pb::Invitation {
    pb::Invitation {
        name: name_of(i.id),
        session: session_name(i.session_id),
        person: person_name(i.person),
        unit: i.unit.clone(),
        state: i.state,
        reply_by: Some(day::pb(i.reply_by)),
        channel: i.channel,
        send_date: i.send_date.map(day::pb),
        answer_date: i.answer_date.map(day::pb),
        answered_by: i.answered_by,
        reason: i.reason.clone(),
        registration: i.registration.map(registrations::wire::name_of).unwrap_or_default(),
        reminders: i.reminders,
        remind_date: i.remind_date.map(day::pb),
        sample: i.sample,
        etag: kit::etag(i.version),
        create_time: Some(instant::pb(i.create_us)),
        update_time: Some(instant::pb(i.update_us)),
    }
}

/// Persons who were left out of a list, by why.
#[derive(Clone, Copy, Default)]
pub struct LeftOut {
    /// Invited already.
    pub invited: usize,
    /// Registered already.
    pub registered: usize,
    /// Busy elsewhere.
    pub busy: usize,
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Who was invited, as it is answered.
#[must_use]
pub fn invited(list: &[Invitation], left: LeftOut, more: bool) -> pb::InviteResponse {
    pb::InviteResponse {
        invitations: list.iter().map(invitation).collect(),
        already_invited: number(left.invited),
        already_registered: number(left.registered),
        busy: number(left.busy),
        more,
    }
}

/// What was sent, as it is answered.
#[must_use]
pub fn sent(list: &[Invitation], channel: Channel, more: bool) -> pb::SendInvitationsResponse {
    pb::SendInvitationsResponse { invitations: list.iter().map(invitation).collect(), channel: channel.number(), more }
}

/// Counts by state, as they are answered.
#[must_use]
pub fn counted(session: Uuid, counts: &[(i32, i64, i64)]) -> pb::InvitationSummary {
    let number = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let of = |(state, count, _): &(i32, i64, i64)| pb::InvitationCount { state: *state, count: number(*count) };
    pb::InvitationSummary {
        session: session_name(session),
        counts: counts.iter().map(of).collect(),
        total: number(counts.iter().map(|(_, count, _)| count).sum()),
        late: number(counts.iter().map(|(.., late)| late).sum()),
    }
}

/// What follows from an answer by code.
#[must_use]
pub fn answered(i: &Invitation, waiting_place: i64, pass: String) -> pb::AnswerInvitationResponse {
    let comes = i.state == InvitationState::Accepted.number();
    pb::AnswerInvitationResponse {
        session: session_name(i.session_id),
        state: i.state,
        waiting_place: i32::try_from(waiting_place).unwrap_or(i32::MAX),
        pass: if comes { pass } else { String::new() },
    }
}

/// What the others are told of a session's invitations.
#[must_use]
pub fn changed(session: Uuid, moved: &[Invitation]) -> pb::InvitationsChanged {
    let of =
        |state: InvitationState| moved.iter().filter(|i| i.state == state.number()).map(|i| name_of(i.id)).collect();
    pb::InvitationsChanged {
        session: session_name(session),
        drafted: of(InvitationState::Draft),
        sent: of(InvitationState::Sent),
        accepted: of(InvitationState::Accepted),
        declined: of(InvitationState::Declined),
        cancelled: of(InvitationState::Cancelled),
        failed: of(InvitationState::Failed),
    }
}
