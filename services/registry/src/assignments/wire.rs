//! Assignments between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::{self, Unit};
use reference::wire::{clean, unit_on};
use time::Date;
use uuid::Uuid;

use super::domain::{Division, Placed, Refusal, Sureness, division, placed};
use super::store::{Filter, Found};
use crate::producers::store::Producer;
use crate::shared::maps::{Assignment, MapCut};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 1000;

pub(crate) struct List {
    pub(crate) filter: Filter,
    pub(crate) page: Page,
}

pub(super) struct Assign {
    pub(super) producer: Uuid,
    pub(super) from: &'static Unit,
    pub(super) to: &'static Unit,
    pub(super) assign_date: Date,
    pub(super) reason: String,
}

pub(super) struct Unassign {
    pub(super) producer: Uuid,
    pub(super) from: &'static Unit,
}

/// A unit by its dated name.
fn dated(v: &mut Violations, field: &str, name: &str) -> Option<&'static Unit> {
    let found = units::by_name(name);
    if found.is_none() && !name.is_empty() {
        v.add(field, Common::UnitUnknown, &[("unit", name)]);
    }
    found
}

pub(crate) fn list(req: &pb::ListUnitAssignmentsRequest, v: &mut Violations) -> Option<List> {
    let begin = v.date("begin_date", req.begin_date.as_ref());
    let eve = begin.and_then(Date::previous_day);
    let from = match req.from_unit.as_str() {
        "" => Some(None),
        name => unit_on(v, "from_unit", name, ("begin_date", eve)).map(Some),
    };
    let print = [&*req.from_unit, &*begin.map(day::iso).unwrap_or_default(), &*req.state.to_string()];
    let page = v.page(req.page_size, &req.page_token, &print);
    let (begin, eve, from) = (begin?, eve?, from?);
    let mut divided = units::divided(begin);
    divided.retain(|unit| from.is_none_or(|from| from.name == unit.name));
    let assigned = match req.state() {
        pb::UnitAssignmentState::Unspecified => None,
        pb::UnitAssignmentState::Open => Some(false),
        pb::UnitAssignmentState::Assigned => Some(true),
    };
    Some(List { filter: Filter { map: MapCut::within(eve, &divided), assigned }, page: page? })
}

pub(super) fn assign(req: &pb::AssignUnitRequest, v: &mut Violations) -> Option<Assign> {
    let producer = v.name("producer", &req.producer, "producers");
    let from = dated(v, "from_unit", &req.from_unit);
    let to = dated(v, "to_unit", &req.to_unit);
    let assign_date = v.act_date("assign_date", req.assign_date.as_ref());
    let reason = clean(&req.reason);
    if reason.chars().count() > LONGEST_REASON {
        v.add("reason", Common::FieldLength, &[("expected", &format!("<= {LONGEST_REASON}"))]);
    }
    Some(Assign { producer: producer?, from: from?, to: to?, assign_date: assign_date?, reason })
}

pub(super) fn unassign(req: &pb::UnassignUnitRequest, v: &mut Violations) -> Option<Unassign> {
    let producer = v.name("producer", &req.producer, "producers");
    let from = dated(v, "from_unit", &req.from_unit);
    Some(Unassign { producer: producer?, from: from? })
}

pub(super) fn refusal(producer: Uuid, unit: &Unit, refusal: Refusal) -> Error {
    let error = Error::refused(ErrorReason::UnitAssignmentRefused).with("producer", name::of("producers", producer));
    error.with("unit", &unit.name).with("detail", refusal.word())
}

/// The part that was named is one, and the day is not before the division; all that is wrong with them.
pub(super) fn fits(want: &Assign, division: &Division) -> kit::Result<()> {
    let mut v = Violations::default();
    if !division.parts.iter().any(|part| part.name == want.to.name) {
        v.add("to_unit", ErrorReason::UnitLinkTarget, &[("unit", &want.to.name)]);
    }
    if want.assign_date < division.begin_date {
        let detail = format!("≥ {}", day::text(division.begin_date));
        v.add("assign_date", Common::DateOrder, &[("detail", &detail)]);
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// A producer at the division of its commune.
fn rendered(division: &Division, to: Option<String>) -> pb::UnitAssignment {
    let default_unit = division.default.map(|unit| unit.name.clone()).unwrap_or_default();
    let state = if to.is_some() { pb::UnitAssignmentState::Assigned } else { pb::UnitAssignmentState::Open };
    pb::UnitAssignment {
        from_unit: division.from.name.clone(),
        to_unit: to.unwrap_or_else(|| default_unit.clone()),
        default_unit,
        state: state.into(),
        targets: division.parts.iter().map(|part| part.name.clone()).collect(),
        ..Default::default()
    }
}

/// A row of the list; none where the map of this moment knows no division for it any more.
pub(crate) fn found(found: Found, eve: Date) -> Option<pb::UnitAssignment> {
    let there = placed(&found.unit, found.chosen_unit.as_deref(), eve)?;
    let division = division(there.unit)?;
    Some(pb::UnitAssignment {
        producer: name::of("producers", found.id),
        producer_display_name: found.display_name,
        assign_date: found.assign_date.map(day::pb),
        reason: found.reason.unwrap_or_default(),
        create_time: found.create_us.map(instant::pb),
        sample: found.sample,
        ..rendered(&division, found.to_unit)
    })
}

/// A producer's place after a write.
pub(super) fn written(producer: &Producer, division: &Division, now: Option<Assignment>) -> pb::UnitAssignment {
    pb::UnitAssignment {
        producer: name::of("producers", producer.id),
        producer_display_name: producer.new.content.display_name.as_str().to_owned(),
        assign_date: now.as_ref().map(|a| day::pb(a.assign_date)),
        reason: now.as_ref().map(|a| a.reason.clone()).unwrap_or_default(),
        create_time: now.as_ref().map(|a| instant::pb(a.create_us)),
        sample: producer.new.sample,
        ..rendered(division, now.map(|a| a.to_unit))
    }
}

pub(crate) fn recorded(
    (producer, from_unit, end_date): (Uuid, &str, Date),
    to_unit: &str,
    resources: Vec<String>,
) -> pb::UnitAssignmentRecorded {
    pb::UnitAssignmentRecorded {
        producer: name::of("producers", producer),
        from_unit: from_unit.to_owned(),
        to_unit: to_unit.to_owned(),
        end_date: Some(day::pb(end_date)),
        resources,
    }
}

/// The `unit` filter of a list that a map may be told for: by the map, a unit of it and what it shows there; else the unit
/// with all that it took the place of.
pub(crate) fn map_or_within(
    v: &mut Violations,
    unit: &str,
    map_date: Option<&proto::google::r#type::Date>,
) -> Option<(kit::Scope, Option<MapCut>)> {
    map_or(v, unit, map_date, None, |day, unit| MapCut::within(day, &[unit]))
}

/// The same for lists whose rows stand in units of any level; `as_of` is the list's day, for lists that have one.
pub(crate) fn any_map_or_within(
    v: &mut Violations,
    unit: &str,
    map_date: Option<&proto::google::r#type::Date>,
    as_of: Option<Option<Date>>,
) -> Option<(kit::Scope, Option<MapCut>)> {
    map_or(v, unit, map_date, as_of, MapCut::within_any)
}

fn map_or(
    v: &mut Violations,
    unit: &str,
    map_date: Option<&proto::google::r#type::Date>,
    as_of: Option<Option<Date>>,
    cut: fn(Date, &'static Unit) -> MapCut,
) -> Option<(kit::Scope, Option<MapCut>)> {
    let Some(day) = v.opt_date("map_date", map_date)? else {
        return crate::shared::wire::within(v, unit, as_of).map(|scope| (scope, None));
    };
    if day < units::FIRST_KNOWN_DAY {
        v.add("map_date", Common::DateBeforeKnown, &[("date", &day::text(units::FIRST_KNOWN_DAY))]);
        return None;
    }
    let map = match unit {
        "" => MapCut::whole(day),
        name => cut(day, unit_on(v, "unit", name, ("map_date", Some(day)))?),
    };
    Some((kit::Scope::All, Some(map)))
}

/// The map's day as it stands in a page's token; empty where the list is read as stored.
pub(crate) fn map_print(map_date: Option<&proto::google::r#type::Date>) -> String {
    map_date.and_then(day::of).map(day::iso).unwrap_or_default()
}

/// The map's day as it is answered.
pub(crate) fn map_day(map: Option<&MapCut>) -> Option<proto::google::r#type::Date> {
    map.map(|map| day::pb(map.day))
}

/// Where a row is shown: the unit and how sure that is, as the contract's number. Nothing where no map was told.
pub(crate) fn shown(unit: &str, chosen: Option<&str>, map: Option<&MapCut>) -> (String, i32) {
    let Some(Placed { unit, sureness }) = map.and_then(|map| placed(unit, chosen, map.day)) else {
        return (String::new(), 0);
    };
    let place = match sureness {
        Sureness::Exact => pb::MapPlace::Exact,
        Sureness::Open => pb::MapPlace::ToBeAssigned,
        Sureness::Assigned => pb::MapPlace::Assigned,
        Sureness::Higher => pb::MapPlace::Higher,
    };
    (unit.name.clone(), place.into())
}
