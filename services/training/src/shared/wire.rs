//! Readers of request fields that several rooms have: units of reports, audiences, days in their order.

use kit::{Error, Result, Violations, day};
use proto::common::v1::{self as common, ErrorReason as Common};
use reference::units::{self, FIRST_KNOWN_DAY, Unit};
use reference::wire::unit_on;
use time::Date;

use crate::courses::domain::Audience;

/// A day must not lie before the one that it follows.
pub fn in_order(v: &mut Violations, field: &str, first: Date, then: Date) {
    if then < first {
        v.add(field, Common::DateOrder, &[("detail", &order(first, then))]);
    }
}

/// The same for an act, with what is stored.
///
/// # Errors
/// The violation DATE_ORDER.
pub fn not_before(field: &str, first: Date, then: Date) -> Result<()> {
    if then >= first {
        return Ok(());
    }
    Err(Error::violation(field, Common::DateOrder, &[("detail", &order(first, then))]))
}

fn order(first: Date, then: Date) -> String {
    format!("{} > {}", day::text(first), day::text(then))
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

/// An audience, if one is told. Numbers that are no audience were found by the contract's own check.
#[must_use]
pub fn audience_of(number: i32) -> Option<Audience> {
    match common::Audience::try_from(number) {
        Ok(common::Audience::Officers) => Some(Audience::Officers),
        Ok(common::Audience::ProducerManagers) => Some(Audience::ProducerManagers),
        Ok(common::Audience::Councils) => Some(Audience::Councils),
        Ok(common::Audience::Unspecified) | Err(_) => None,
    }
}

/// An audience as it is answered.
#[must_use]
pub fn audience(audience: Audience) -> common::Audience {
    match audience {
        Audience::Officers => common::Audience::Officers,
        Audience::ProducerManagers => common::Audience::ProducerManagers,
        Audience::Councils => common::Audience::Councils,
    }
}
