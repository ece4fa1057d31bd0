//! Councils between the wire and the domain.

use kit::{Page, Scope, Violations, day, instant, name as names};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::domain::{Level, Member, MembersFault, Role, Rules, Seat, member_id, members_faults};
use super::store::Council;
use crate::certificates::domain::EndConvention;
use crate::rules::domain::DEFAULT_SPREAD_LIMIT;
use crate::shared::wire as shared;

/// The collection.
pub const COLLECTION: &str = "councils";

/// The name of a council.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A council to be recorded.
pub struct Create {
    /// Its unit.
    pub unit: &'static Unit,
    /// Its level.
    pub level: Level,
    /// Number of the decision.
    pub decision_number: String,
    /// Day of the decision.
    pub decision_date: Date,
    /// Its title.
    pub title: String,
    /// Its members.
    pub members: Vec<Member>,
    /// Widest spread of totals.
    pub spread_limit: i32,
    /// How the last day of its certificates is read.
    pub end_convention: EndConvention,
    /// An invented sample.
    pub sample: bool,
}

/// A page of councils.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// The page.
    pub page: Page,
}

/// Reads a request.
pub fn create(req: &pb::CreateCouncilRequest, v: &mut Violations) -> Option<Create> {
    let council = req.council.as_ref()?;
    let decision_date = v.act_date("council.decision_date", council.decision_date.as_ref());
    let unit = reference::wire::unit_on(v, "council.unit", &council.unit, ("council.decision_date", decision_date));
    let level = level(council.level, unit, v);
    let decision_number = reference::wire::line(v, "council.decision_number", &council.decision_number);
    let title = reference::wire::line(v, "council.title", &council.title);
    let members = members(&council.members, v);
    Some(Create {
        unit: unit?,
        level: level?,
        decision_number: decision_number?,
        decision_date: decision_date?,
        title: title?,
        members: members?,
        spread_limit: council.spread_limit.unwrap_or(DEFAULT_SPREAD_LIMIT),
        end_convention: shared::convention_of(council.certificate_end_convention),
        sample: council.sample,
    })
}

/// The level, which is that of the unit.
fn level(number: i32, unit: Option<&Unit>, v: &mut Violations) -> Option<Level> {
    let level = match pb::CouncilLevel::try_from(number) {
        Ok(pb::CouncilLevel::District) => Level::District,
        Ok(pb::CouncilLevel::Province) => Level::Province,
        Ok(pb::CouncilLevel::Central) => Level::Central,
        Ok(pb::CouncilLevel::Commune) => {
            v.add("council.level", ErrorReason::CouncilLevelUnit, &[("unit", "units/…")]);
            return None;
        }
        Ok(pb::CouncilLevel::Unspecified) | Err(_) => return None,
    };
    if let Some(unit) = unit.filter(|unit| Level::of_unit(unit.level) != Some(level)) {
        v.add("council.unit", ErrorReason::CouncilLevelUnit, &[("unit", &unit.display_name)]);
        return None;
    }
    Some(level)
}

fn members(sent: &[pb::CouncilMember], v: &mut Violations) -> Option<Vec<Member>> {
    let mut members = Vec::with_capacity(sent.len());
    for (at, member) in sent.iter().enumerate() {
        let display_name =
            reference::wire::line(v, &format!("council.members[{at}].display_name"), &member.display_name);
        if let Some(role) = role_of(member.role) {
            // A name that is missing was told; the roles are judged all the same.
            let display_name = display_name.unwrap_or_default();
            members.push(Member { member: member_id(at), display_name, role, counted: member.counted });
        }
    }
    // With a role that nobody knows the members cannot be judged together.
    if members.len() != sent.len() || sent.is_empty() {
        return None;
    }
    let faults = members_faults(&members);
    for fault in &faults {
        match fault {
            MembersFault::Chairs(count) => {
                v.add("council.members", ErrorReason::CouncilChairCount, &[("count", &count.to_string())]);
            }
            MembersFault::NobodyCounted => v.add("council.members", ErrorReason::CouncilNobodyCounted, &[]),
            MembersFault::HelpTeamCounted(at) => {
                let field = format!("council.members[{at}].counted");
                v.add(field, ErrorReason::MemberNotCounted, &[("member", &member_id(*at))]);
            }
        }
    }
    faults.is_empty().then_some(members)
}

fn role_of(number: i32) -> Option<Role> {
    match pb::CouncilRole::try_from(number) {
        Ok(pb::CouncilRole::Chair) => Some(Role::Chair),
        Ok(pb::CouncilRole::Deputy) => Some(Role::Deputy),
        Ok(pb::CouncilRole::Secretary) => Some(Role::Secretary),
        Ok(pb::CouncilRole::Member) => Some(Role::Member),
        Ok(pb::CouncilRole::HelpTeam) => Some(Role::HelpTeam),
        Ok(pb::CouncilRole::Unspecified) | Err(_) => None,
    }
}

/// Reads a request.
pub fn get(req: &pb::GetCouncilRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListCouncilsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit]);
    Some(List { within: within?, page: page? })
}

/// Working rules to be set.
pub struct SetRules {
    /// The council.
    pub council: Uuid,
    /// The rules.
    pub rules: Rules,
}

/// Reads a request.
pub fn set_rules(req: &pb::SetCouncilRulesRequest, v: &mut Violations) -> Option<SetRules> {
    let council = v.name("name", &req.name, COLLECTION);
    let sent = req.rules.as_ref()?;
    let first = Rules::first(v.date("rules.from_date", sent.from_date.as_ref())?, DEFAULT_SPREAD_LIMIT);
    let rules = Rules {
        decision_number: reference::wire::clean(&sent.decision_number),
        spread_limit: sent.spread_limit.unwrap_or(first.spread_limit),
        quorum_percent: sent.quorum_percent.unwrap_or(first.quorum_percent),
        chair_required: !sent.chair_not_required,
        site_check: !sent.site_check_not_required,
        dossier_required: sent.dossier_required,
        ..first
    };
    Some(SetRules { council: council?, rules })
}

/// A login to be seated.
pub struct Assign {
    /// The council.
    pub council: Uuid,
    /// The seat.
    pub seat: Seat,
}

/// Reads a request.
pub fn assign(req: &pb::AssignSeatRequest, v: &mut Violations) -> Option<Assign> {
    let council = v.name("name", &req.name, COLLECTION);
    let subject = reference::wire::line(v, "subject", &req.subject);
    let person = v.opt_name("person", &req.person, "persons");
    let begins = v.date("begin_date", req.begin_date.as_ref());
    let seat = Seat { member: req.member.clone(), subject: subject?, person: person?, begins: begins?, ends: None };
    Some(Assign { council: council?, seat })
}

/// A seat to be ended.
pub struct End {
    /// The council.
    pub council: Uuid,
    /// The member.
    pub member: String,
    /// Last day.
    pub ends: Date,
}

/// Reads a request.
pub fn end(req: &pb::EndSeatRequest, v: &mut Violations) -> Option<End> {
    let council = v.name("name", &req.name, COLLECTION);
    let ends = v.date("end_date", req.end_date.as_ref());
    Some(End { council: council?, member: req.member.clone(), ends: ends? })
}

/// A page of seats.
pub struct Seats {
    /// The council.
    pub council: Uuid,
    /// The page.
    pub page: Page,
}

/// Reads a request.
pub fn seats(req: &pb::ListSeatsRequest, v: &mut Violations) -> Option<Seats> {
    let council = v.name("name", &req.name, COLLECTION);
    let page = v.page(req.page_size, &req.page_token, &[&req.name]);
    Some(Seats { council: council?, page: page? })
}

/// What the others are told of a seat; nothing where no person is known to hold it.
#[must_use]
pub fn seated(council: Uuid, seat: &Seat) -> Option<pb::CouncilSeatRecorded> {
    Some(pb::CouncilSeatRecorded {
        council: name(council),
        member: seat.member.clone(),
        person: names::of("persons", seat.person?),
        begin_date: Some(day::pb(seat.begins)),
        end_date: seat.ends.map(day::pb),
    })
}

/// A seat as it is answered.
#[must_use]
pub fn seat(seat: &Seat) -> pb::Seat {
    pb::Seat {
        member: seat.member.clone(),
        subject: seat.subject.clone(),
        person: seat.person.map(|id| names::of("persons", id)).unwrap_or_default(),
        begin_date: Some(day::pb(seat.begins)),
        end_date: seat.ends.map(day::pb),
    }
}

fn rules(rules: &Rules) -> pb::CouncilRules {
    pb::CouncilRules {
        from_date: Some(day::pb(rules.from)),
        decision_number: rules.decision_number.clone(),
        spread_limit: Some(rules.spread_limit),
        quorum_percent: Some(rules.quorum_percent),
        chair_not_required: !rules.chair_required,
        site_check_not_required: !rules.site_check,
        dossier_required: rules.dossier_required,
    }
}

/// A council as it is answered.
#[must_use]
pub fn council(council: &Council) -> pb::Council {
    let level = match council.level {
        Level::District => pb::CouncilLevel::District,
        Level::Province => pb::CouncilLevel::Province,
        Level::Central => pb::CouncilLevel::Central,
    };
    pb::Council {
        name: name(council.id),
        unit: council.unit.clone(),
        level: level.into(),
        decision_number: council.decision_number.clone(),
        decision_date: Some(day::pb(council.decision_date)),
        title: council.title.clone(),
        members: council.members.iter().map(member).collect(),
        spread_limit: Some(council.spread_limit),
        certificate_end_convention: shared::convention(council.end_convention).into(),
        sample: council.sample,
        create_time: Some(instant::pb(council.create_us)),
        rules: council.rules.iter().map(rules).collect(),
    }
}

fn member(member: &Member) -> pb::CouncilMember {
    let role = match member.role {
        Role::Chair => pb::CouncilRole::Chair,
        Role::Deputy => pb::CouncilRole::Deputy,
        Role::Secretary => pb::CouncilRole::Secretary,
        Role::Member => pb::CouncilRole::Member,
        Role::HelpTeam => pb::CouncilRole::HelpTeam,
    };
    pb::CouncilMember {
        member: member.member.clone(),
        display_name: member.display_name.clone(),
        role: role.into(),
        counted: member.counted,
    }
}
