//! Readers of request fields that several rooms have: names, communes, batches.

use kit::{Error, Page, Result, Scope, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::ErrorReason;
use reference::units::{Level, Unit};
use reference::wire::unit_on;
use time::Date;
use uuid::Uuid;

use super::domain::{DisplayName, LONGEST_NAME, NameFault};
use super::ending::Refusal;
use super::records::Filter;
use crate::units::domain::{self as units, Named};

/// A required name or title.
pub fn display_name(v: &mut Violations, field: &str, typed: &str) -> Option<DisplayName> {
    match DisplayName::new(typed) {
        Ok(name) => Some(name),
        Err(NameFault::Empty) => {
            v.add(field, Common::FieldRequired, &[]);
            None
        }
        Err(NameFault::Unclean) => {
            v.add(field, Common::TextUnclean, &[]);
            None
        }
        Err(NameFault::TooLong) => {
            v.add(field, Common::FieldLength, &[("expected", &format!("<= {LONGEST_NAME}"))]);
            None
        }
    }
}

/// A unit in the body of a request as [`reference::wire::unit_on`] reads it, for what belongs to a commune.
pub fn commune_on(v: &mut Violations, field: &str, name: &str, date: (&str, Option<Date>)) -> Option<&'static Unit> {
    let unit = unit_on(v, field, name, date)?;
    if unit.level == Level::Commune {
        return Some(unit);
    }
    v.add(field, ErrorReason::UnitNotCommune, &[("unit", &unit.display_name)]);
    None
}

/// The `unit` filter of a list: the unit's subtree and, as for roles, that of all its predecessors. `as_of` is the
/// list's day, for lists that have one: a bare code is read on it.
pub fn within(v: &mut Violations, name: &str, as_of: Option<Option<Date>>) -> Option<Scope> {
    if name.is_empty() {
        return Some(Scope::All);
    }
    // A dated name is taken as it is: a list of one day may well be cut by the units of another.
    let found = match units::named(name, None) {
        Named::NeedsDate => as_of.flatten().map_or(Named::NeedsDate, |date| units::named(name, Some(date))),
        found => found,
    };
    match found {
        Named::Unit(unit) => return Some(Scope::Within(reference::units::prefixes(&unit.name))),
        // The day has a fault of its own.
        Named::NeedsDate if v.has("as_of") => {}
        Named::NeedsDate if as_of.is_some() => v.add("as_of", Common::FieldRequired, &[]),
        Named::NeedsDate => v.add("unit", Common::FieldFormat, &[("expected", "units/<code>-<yyyymmdd>")]),
        Named::BeforeKnown(first) => v.add("as_of", Common::DateBeforeKnown, &[("date", &day::text(first))]),
        Named::Unknown { date: None } => v.add("unit", Common::UnitUnknown, &[("unit", name)]),
        Named::Unknown { date: Some(date) } => {
            v.add("unit", Common::UnitUnknown, &[("unit", name), ("date", &date)]);
        }
    }
    None
}

/// The names of a batch in the order asked for; every fault with its place.
pub fn names(v: &mut Violations, names: &[String], collection: &'static str) -> Option<Vec<Uuid>> {
    let read = |(at, name): (usize, &String)| v.name(&format!("names[{at}]"), name, collection);
    let ids: Vec<Option<Uuid>> = names.iter().enumerate().map(read).collect();
    ids.into_iter().collect()
}

/// The rows of a batch in the order asked for.
///
/// # Errors
/// NOT_FOUND naming the first that is not there.
pub fn in_order<T>(ids: &[Uuid], collection: &str, find: impl Fn(Uuid) -> Option<T>) -> Result<Vec<T>> {
    ids.iter().map(|id| find(*id).ok_or_else(|| Error::not_found(kit::name::of(collection, *id)))).collect()
}

/// What cannot be done because the links between two maps are not known.
pub fn no_link(unit: &str, date: Date) -> Error {
    Error::refused(ErrorReason::UnitLinkUnknown).with("unit", unit).with("date", day::text(date))
}

/// What a list of what belongs to producers is cut by; `more` is what else selects its rows.
pub(crate) fn of_producers(
    v: &mut Violations,
    (unit, producer): (&str, &str),
    (size, token): (i32, &str),
    more: &str,
) -> Option<(Filter, Page)> {
    let within = within(v, unit, None);
    let id = v.opt_name("producer", producer, "producers");
    let page = v.page(size, token, &[unit, producer, more]);
    Some((Filter { within: within?, producer: id? }, page?))
}

/// A text of one line that may be left out: at most 300 characters.
pub(crate) fn opt_title(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    if typed.trim().is_empty() { Some(String::new()) } else { reference::wire::title(v, field, typed) }
}

/// The producer that a request names is not known.
pub(crate) fn unknown_producer(field: &str, id: Uuid) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", &kit::name::of("producers", id))])
}

/// A day lies before the one that it must not precede.
pub(crate) fn too_early(field: &str, first: Date) -> Error {
    Error::violation(field, Common::DateOrder, &[("detail", &format!("≥ {}", day::text(first)))])
}

/// What ends, on which day.
pub(crate) struct Ending {
    pub(crate) id: Uuid,
    pub(crate) on: Date,
    pub(crate) etag: String,
}

/// Why something does not end.
pub(crate) fn not_ended(name: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Ended(last) => ended(name, last),
        Refusal::TooEarly(first) => too_early("end_date", first),
    }
}

/// What was recorded has ended already.
pub(crate) fn ended(name: &str, last: Date) -> Error {
    Error::refused(ErrorReason::RecordEnded).with("name", name).with("date", day::text(last))
}

/// The number of a state as people read it, for STEP_NOT_ALLOWED.
pub(crate) fn forbids(name: &str, state: &str, step: &str, allowed: &[&str]) -> Error {
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    Error::refused(ErrorReason::StepNotAllowed)
        .with("name", name)
        .with("state", state)
        .with("step", step)
        .with("allowed", allowed)
}
