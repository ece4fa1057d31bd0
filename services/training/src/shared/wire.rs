//! Readers of request fields that several rooms have: titles, units, audiences.

use kit::{Scope, Violations, day};
use proto::common::v1::{self as common, ErrorReason as Common};
use reference::text;
use reference::units::{self, FIRST_KNOWN_DAY, Unit, UnitFault};
use time::Date;

use crate::courses::domain::Audience;

/// A text as typed, in NFC, without blanks at its ends.
#[must_use]
pub fn clean(typed: &str) -> String {
    text::nfc(typed.trim())
}

/// Longest title, in characters after composition.
const LONGEST_TITLE: usize = 300;

/// A required text of one line.
pub fn title(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let title = clean(typed);
    match title.chars().count() {
        0 => v.add(field, Common::FieldRequired, &[]),
        1..=LONGEST_TITLE if text::is_clean(&title).is_ok() => return Some(title),
        1..=LONGEST_TITLE => v.add(field, Common::TextUnclean, &[]),
        _ => v.add(field, Common::FieldLength, &[("expected", &format!("<= {LONGEST_TITLE}"))]),
    }
    None
}

/// A unit in the body of a request, read on the day of its act. Without a day the day's own fault is enough.
pub fn unit_on(
    v: &mut Violations,
    field: &str,
    name: &str,
    (date_field, date): (&str, Option<Date>),
) -> Option<&'static Unit> {
    if name.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    let date = date?;
    match units::resolve(name, date) {
        Ok(unit) => Some(unit),
        Err(UnitFault::BeforeKnown { first, .. }) => {
            v.add(date_field, Common::DateBeforeKnown, &[("date", &day::text(first))]);
            None
        }
        Err(_) => {
            v.add(field, Common::UnitUnknown, &[("unit", name), ("date", &day::text(date))]);
            None
        }
    }
}

/// A unit that a report is cut by: a dated name as it is (a report of one day may be cut by the units of another), a bare
/// code on the report's day.
pub fn unit_of_report(
    v: &mut Violations,
    field: &str,
    name: &str,
    (date_field, date): (&str, Option<Date>),
) -> Option<&'static Unit> {
    let unit = units::by_name(name);
    match (unit, date) {
        (Some(unit), Some(date)) if date >= FIRST_KNOWN_DAY => Some(unit),
        _ => unit_on(v, field, name, (date_field, date)),
    }
}

/// The `unit` filter of a list: the unit's subtree and, as for roles, that of all its predecessors.
pub fn within(v: &mut Violations, name: &str) -> Option<Scope> {
    if name.is_empty() {
        return Some(Scope::All);
    }
    let unit = units::by_name(name);
    if unit.is_none() {
        v.add("unit", Common::UnitUnknown, &[("unit", name), ("date", "?")]);
    }
    unit.map(|unit| Scope::Within(units::prefixes(&unit.name)))
}

/// An audience, if one is told. Numbers that are no audience were found by the contract's own check.
#[must_use]
pub fn audience_of(number: i32) -> Option<Audience> {
    match common::Audience::try_from(number) {
        Ok(common::Audience::Officers) => Some(Audience::Officers),
        Ok(common::Audience::ProducerManagers) => Some(Audience::ProducerManagers),
        Ok(common::Audience::Unspecified) | Err(_) => None,
    }
}

/// An audience as it is answered.
#[must_use]
pub fn audience(audience: Audience) -> common::Audience {
    match audience {
        Audience::Officers => common::Audience::Officers,
        Audience::ProducerManagers => common::Audience::ProducerManagers,
    }
}
