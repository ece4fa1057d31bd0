//! Panels between the wire and the domain.

use kit::{Violations, day};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use time::Date;
use uuid::Uuid;

use super::domain::{
    Address, Advising, Attendance, Conflict, Ground, Managing, Method, Panel, Presence, SiteCheck, advising_conflict,
    managing_conflict, same_house,
};
use crate::councils::domain::Member;
use crate::sittings::store::Sitting;
use crate::sittings::wire::{COLLECTION, name};

/// Attendance to be taken down.
pub struct Attend {
    /// The sitting.
    pub sitting: Uuid,
    /// Who is told.
    pub told: Vec<Attendance>,
}

/// A conflict of a member.
pub struct OfConflict {
    /// The sitting.
    pub sitting: Uuid,
    /// The member.
    pub member: String,
    /// Why.
    pub ground: Ground,
    /// What was remarked, or why it is lifted.
    pub text: String,
}

/// A check on site.
pub struct Check {
    /// The sitting.
    pub sitting: Uuid,
    /// The check.
    pub check: SiteCheck,
}

/// A meeting to be called.
pub struct Meeting {
    /// The sitting.
    pub sitting: Uuid,
    /// When the council meets.
    pub sitting_date: Date,
}

/// Reads a request.
pub fn get(req: &pb::GetPanelRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn search(req: &pb::SearchConflictsRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request; whether the council has the members is judged with the sitting.
pub fn attend(req: &pb::RecordAttendanceRequest, v: &mut Violations) -> Option<Attend> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let mut told: Vec<Attendance> = Vec::with_capacity(req.attendance.len());
    for (at, one) in req.attendance.iter().enumerate() {
        if told.iter().any(|earlier| earlier.member == one.member) {
            let field = format!("attendance[{at}].member");
            v.add(field, ErrorReason::MemberDuplicate, &[("member", &one.member)]);
        }
        let presence = presence_of(one.presence)?;
        told.push(Attendance { member: one.member.clone(), presence, note: reference::wire::clean(&one.note) });
    }
    Some(Attend { sitting: sitting?, told })
}

/// Adds a violation for every member that the council does not have.
pub fn known(members: &[Member], told: &[Attendance], v: &mut Violations) {
    let unknown = told.iter().enumerate().filter(|(_, one)| !members.iter().any(|known| known.member == one.member));
    for (at, one) in unknown {
        v.add(format!("attendance[{at}].member"), ErrorReason::MemberUnknown, &[("member", &one.member)]);
    }
}

/// Reads a request.
pub fn declare(req: &pb::DeclareConflictRequest, v: &mut Violations) -> Option<OfConflict> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let text = reference::wire::clean(&req.note);
    Some(OfConflict { sitting: sitting?, member: req.member.clone(), ground: ground_of(req.ground)?, text })
}

/// Reads a request.
pub fn lift(req: &pb::LiftConflictRequest, v: &mut Violations) -> Option<OfConflict> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let text = reference::wire::line(v, "lift_ground", &req.lift_ground);
    Some(OfConflict { sitting: sitting?, member: req.member.clone(), ground: ground_of(req.ground)?, text: text? })
}

/// Reads a request.
pub fn check(req: &pb::RecordSiteCheckRequest, v: &mut Violations) -> Option<Check> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let checked_on = v.act_date("check_date", req.check_date.as_ref());
    let findings = reference::wire::line(v, "findings", &req.findings);
    Some(Check { sitting: sitting?, check: SiteCheck { checked_on: checked_on?, findings: findings? } })
}

/// Reads a request.
pub fn meeting(req: &pb::CallMeetingRequest, v: &mut Violations) -> Option<Meeting> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let sitting_date = v.date("sitting_date", req.sitting_date.as_ref());
    Some(Meeting { sitting: sitting?, sitting_date: sitting_date? })
}

fn presence_of(number: i32) -> Option<Presence> {
    match pb::Presence::try_from(number) {
        Ok(pb::Presence::Present) => Some(Presence::Present),
        Ok(pb::Presence::Late) => Some(Presence::Late),
        Ok(pb::Presence::Absent) => Some(Presence::Absent),
        Ok(pb::Presence::Unspecified) | Err(_) => None,
    }
}

fn presence(presence: Presence) -> pb::Presence {
    match presence {
        Presence::Present => pb::Presence::Present,
        Presence::Late => pb::Presence::Late,
        Presence::Absent => pb::Presence::Absent,
    }
}

fn ground_of(number: i32) -> Option<Ground> {
    match pb::ConflictGround::try_from(number) {
        Ok(pb::ConflictGround::ManagesProducer) => Some(Ground::ManagesProducer),
        Ok(pb::ConflictGround::Household) => Some(Ground::Household),
        Ok(pb::ConflictGround::Consultant) => Some(Ground::Consultant),
        Ok(pb::ConflictGround::Financial) => Some(Ground::Financial),
        Ok(pb::ConflictGround::Other) => Some(Ground::Other),
        Ok(pb::ConflictGround::Unspecified) | Err(_) => None,
    }
}

fn ground(ground: Ground) -> pb::ConflictGround {
    match ground {
        Ground::ManagesProducer => pb::ConflictGround::ManagesProducer,
        Ground::Household => pb::ConflictGround::Household,
        Ground::Consultant => pb::ConflictGround::Consultant,
        Ground::Financial => pb::ConflictGround::Financial,
        Ground::Other => pb::ConflictGround::Other,
    }
}

/// A method as it is answered.
#[must_use]
pub fn method(method: Method) -> pb::SittingMethod {
    match method {
        Method::Meeting => pb::SittingMethod::Meeting,
        Method::Written => pb::SittingMethod::Written,
    }
}

/// A panel as it is answered; `locked` are the members who have locked.
#[must_use]
pub fn panel(sitting: &Sitting, locked: &[String]) -> pb::Panel {
    let panel = &sitting.panel;
    let found = panel.attending(&sitting.members);
    let count = |many: usize| i32::try_from(many).unwrap_or(i32::MAX);
    pb::Panel {
        sitting: name(sitting.id),
        method: method(panel.method).into(),
        members: sitting.members.iter().map(|of| member(panel, of)).collect(),
        attending: count(found.attending),
        members_in_all: count(found.in_all),
        quorum_percent: panel.quorum_percent,
        chair_required: panel.chair_required,
        quorum_reached: panel.quorum_fault(&sitting.members).is_none(),
        site_check_required: panel.site_check_required,
        site_check: panel.site_check.as_ref().map(|check| pb::SiteCheck {
            check_date: Some(day::pb(check.checked_on)),
            findings: check.findings.clone(),
        }),
        sealed: panel.is_sealed(&sitting.members, locked),
    }
}

fn member(panel: &Panel, member: &Member) -> pb::PanelMember {
    let told = panel.attendance.iter().find(|told| told.member == member.member);
    let conflicts = panel.conflicts.iter().filter(|conflict| conflict.member == member.member);
    pb::PanelMember {
        member: member.member.clone(),
        presence: presence(panel.presence(&member.member)).into(),
        note: told.map(|told| told.note.clone()).unwrap_or_default(),
        conflicts: conflicts.map(conflict).collect(),
        in_panel: panel.judges(member),
    }
}

fn conflict(conflict: &Conflict) -> pb::Conflict {
    pb::Conflict {
        ground: ground(conflict.ground).into(),
        note: conflict.note.clone(),
        declare_date: Some(day::pb(conflict.declared_on)),
        lift_ground: conflict.lifted.clone().unwrap_or_default(),
    }
}

/// What the registry knows of a product that may concern a member.
pub struct Records<'a> {
    /// Who manages or managed its producer.
    pub managing: &'a [Managing],
    /// Who advised on its dossiers.
    pub advising: &'a [Advising],
    /// Where its producer is.
    pub addresses: &'a [Address],
}

/// What the records show of one member, a person of the registry with known homes.
#[must_use]
pub fn suspected(
    member: &str,
    (person, homes): (&str, &[Address]),
    records: &Records<'_>,
    sitting_date: Date,
) -> Vec<pb::SuspectedConflict> {
    let one = |ground: pb::ConflictGround, source: &str, former: bool| pb::SuspectedConflict {
        member: member.to_owned(),
        ground: ground.into(),
        source: source.to_owned(),
        former,
    };
    let managing = records.managing.iter().filter(|of| of.person == person).filter_map(|of| {
        managing_conflict(of, sitting_date).map(|former| one(pb::ConflictGround::ManagesProducer, &of.manager, former))
    });
    let lives = |address: &&Address| homes.iter().any(|home| same_house(&home.text, &address.text));
    let household = records.addresses.iter().filter(lives);
    let household = household.map(|address| one(pb::ConflictGround::Household, &address.source, false));
    let advising = records.advising.iter().filter(|of| of.person == person).filter_map(|of| {
        advising_conflict(of.on, sitting_date).map(|former| one(pb::ConflictGround::Consultant, &of.guidance, former))
    });
    managing.chain(household).chain(advising).collect()
}
