//! Units between the wire and the reference data.

use kit::{Error, Page, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use reference::units::{Level, Share, Unit, UnitFault, UnitLink, UnitType};
use time::Date;

use super::domain::Named;

/// One unit asked for.
pub struct Get {
    /// The name.
    pub name: String,
    /// The day.
    pub as_of: Option<Date>,
}

/// A page of the units of a day.
pub struct List {
    /// Below this unit.
    pub parent: Option<&'static Unit>,
    /// Of this level.
    pub level: Option<Level>,
    /// The day.
    pub as_of: Date,
    /// The page.
    pub page: Page,
}

/// A unit to be mapped to another day.
pub struct Map {
    /// The name.
    pub name: String,
    /// The day at which it is read.
    pub from_date: Option<Date>,
    /// The other day.
    pub to_date: Date,
}

/// Reads a request.
pub fn get_unit(req: &pb::GetUnitRequest, v: &mut Violations) -> Option<Get> {
    let as_of = v.opt_date("as_of", req.as_of.as_ref())?;
    Some(Get { name: req.name.clone(), as_of })
}

/// Reads a request.
pub fn list_units(req: &pb::ListUnitsRequest, v: &mut Violations) -> Option<List> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let as_of = as_of.filter(|date| known(v, "as_of", *date));
    let parent = match (req.parent.as_str(), as_of) {
        ("", _) => Some(None),
        (name, date) => reference::wire::unit_on(v, "parent", name, ("as_of", date)).map(Some),
    };
    let level = level_of(req.level);
    let day = as_of.map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&req.parent, &req.level.to_string(), &day]);
    Some(List { parent: parent?, level, as_of: as_of?, page: page? })
}

/// Reads a request.
pub fn map_unit(req: &pb::MapUnitRequest, v: &mut Violations) -> Option<Map> {
    let from_date = v.opt_date("from_date", req.from_date.as_ref());
    if from_date == Some(None) && super::domain::named(&req.name, None) == Named::NeedsDate {
        v.add("from_date", Common::FieldRequired, &[]);
    }
    let to_date = v.date("to_date", req.to_date.as_ref());
    let to_date = to_date.filter(|date| known(v, "to_date", *date));
    Some(Map { name: req.name.clone(), from_date: from_date?, to_date: to_date? })
}

fn known(v: &mut Violations, field: &str, date: Date) -> bool {
    let first = reference::units::FIRST_KNOWN_DAY;
    if date < first {
        v.add(field, Common::DateBeforeKnown, &[("date", &day::text(first))]);
    }
    date >= first
}

/// The unit that the request names, or why there is none. `date_field` is the field of the day it is read on.
///
/// # Errors
/// NOT_FOUND UNIT_UNKNOWN, or a violation of the day.
pub fn unit_named(name: &str, found: Named, date_field: &str) -> kit::Result<&'static Unit> {
    match found {
        Named::Unit(unit) => Ok(unit),
        Named::NeedsDate => Err(Error::violation(date_field, Common::FieldRequired, &[])),
        Named::BeforeKnown(first) => {
            Err(Error::violation(date_field, Common::DateBeforeKnown, &[("date", &day::text(first))]))
        }
        Named::Unknown { date } => {
            let unknown = Error::not_found_as(Common::UnitUnknown, name).with("unit", name);
            Err(match date {
                Some(date) => unknown.with("date", date),
                None => unknown,
            })
        }
    }
}

/// Why a unit has nothing on the other map.
pub fn map_fault(unit: &Unit, to_date: Date, fault: UnitFault) -> Error {
    match fault {
        UnitFault::NoKnownLink { .. } => crate::shared::wire::no_link(&unit.name, to_date),
        // The unit and both days were judged before.
        other => Error::internal(other),
    }
}

/// A unit as it is answered.
#[must_use]
pub fn unit(unit: &Unit) -> pb::Unit {
    pb::Unit {
        name: unit.name.clone(),
        code: unit.code.clone(),
        display_name: unit.display_name.clone(),
        r#type: kind(unit.kind).into(),
        level: level(unit.level).into(),
        parent: unit.parent.clone().unwrap_or_default(),
        valid_from: Some(day::pb(unit.valid_from)),
        valid_to: unit.valid_to.map(day::pb),
    }
}

/// A link as it is answered.
#[must_use]
pub fn link(link: &UnitLink) -> pb::UnitLink {
    let share = match link.share {
        Share::Whole => pb::Share::Whole,
        Share::Part => pb::Share::Part,
    };
    pb::UnitLink {
        unit: link.unit.name.clone(),
        code: link.unit.code.clone(),
        display_name: link.unit.display_name.clone(),
        valid_from: Some(day::pb(link.unit.valid_from)),
        valid_to: link.unit.valid_to.map(day::pb),
        share: share.into(),
        default_target: link.default_target,
    }
}

pub(crate) fn kind(kind: UnitType) -> pb::UnitType {
    match kind {
        UnitType::Country => pb::UnitType::Country,
        UnitType::Province => pb::UnitType::Province,
        UnitType::MunicipalityCentral => pb::UnitType::CentralCity,
        UnitType::City => pb::UnitType::ProvincialCity,
        UnitType::Town => pb::UnitType::Town,
        UnitType::UrbanDistrict => pb::UnitType::UrbanDistrict,
        UnitType::District => pb::UnitType::District,
        UnitType::Commune => pb::UnitType::Commune,
        UnitType::Ward => pb::UnitType::Ward,
        UnitType::Township => pb::UnitType::Township,
    }
}

/// A level as it is answered.
#[must_use]
pub fn level(level: Level) -> pb::UnitLevel {
    match level {
        Level::Country => pb::UnitLevel::Country,
        Level::Province => pb::UnitLevel::Province,
        Level::District => pb::UnitLevel::District,
        Level::Commune => pb::UnitLevel::Commune,
    }
}

fn level_of(number: i32) -> Option<Level> {
    // Numbers that are no level were found by the contract's own check.
    match pb::UnitLevel::try_from(number) {
        Ok(pb::UnitLevel::Country) => Some(Level::Country),
        Ok(pb::UnitLevel::Province) => Some(Level::Province),
        Ok(pb::UnitLevel::District) => Some(Level::District),
        Ok(pb::UnitLevel::Commune) => Some(Level::Commune),
        Ok(pb::UnitLevel::Unspecified) | Err(_) => None,
    }
}
