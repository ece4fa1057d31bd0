//! Readers of request fields that several rooms have: names, units, masks, etags.

use kit::{Error, Result, Scope, Violations, day};
use prost_types::FieldMask;
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::ErrorReason;
use reference::units::{Level, Unit, UnitFault};
use time::Date;
use uuid::Uuid;

use super::domain::{DisplayName, LONGEST_NAME, NameFault};
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
    match reference::units::resolve(name, date) {
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

/// As [`unit_on`], for what belongs to a commune.
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
        Named::Unknown { date } => v.add("unit", Common::UnitUnknown, &[("unit", name), ("date", &date)]),
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

/// Which of the changeable fields an update changes. `fields` tells of each whether the request sets it, for requests
/// without a mask.
pub fn mask(
    v: &mut Violations,
    mask: Option<&FieldMask>,
    fields: &[(&'static str, bool)],
) -> Option<Vec<&'static str>> {
    let paths = mask.map(|m| m.paths.as_slice()).unwrap_or_default();
    let all = || fields.iter().map(|(name, _)| *name).collect();
    match paths {
        [] => return Some(fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()),
        [star] if star == "*" => return Some(all()),
        _ => {}
    }
    let mut found = Vec::new();
    let mut good = true;
    for path in paths {
        match fields.iter().find(|(name, _)| name == path) {
            Some((name, _)) => found.push(*name),
            None => {
                good = false;
                v.add("update_mask", Common::UpdateMaskInvalid, &[("path", path)]);
            }
        }
    }
    good.then_some(found)
}

/// Refuses to change a row that was changed since the caller read it. A caller that sends no etag does not ask.
///
/// # Errors
/// ABORTED, ETAG_STALE.
pub fn fresh(sent: &str, version: i64, name: &str) -> Result<()> {
    if sent.is_empty() || sent == kit::etag(version) {
        Ok(())
    } else {
        Err(Error::conflict(Common::EtagStale).with("name", name))
    }
}

/// What cannot be done because the links between two maps are not known.
pub fn no_link(unit: &str, date: Date) -> Error {
    Error::refused(ErrorReason::UnitLinkUnknown).with("unit", unit).with("date", day::text(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, bool)] = &[("display_name", true), ("tax_code", false)];

    fn read(paths: &[&str]) -> (Option<Vec<&'static str>>, usize) {
        let mut v = Violations::default();
        let sent = FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
        let read = mask(&mut v, Some(&sent), FIELDS);
        (read, v.len())
    }

    #[test]
    fn a_mask_names_changeable_fields_or_all_or_none() {
        assert_eq!(read(&[]), (Some(vec!["display_name"]), 0), "an empty mask takes what is set");
        assert_eq!(read(&["*"]), (Some(vec!["display_name", "tax_code"]), 0));
        assert_eq!(read(&["tax_code"]), (Some(vec!["tax_code"]), 0));
        assert_eq!(read(&["unit"]), (None, 1));
        assert_eq!(read(&["tax_code", "*"]), (None, 1), "the star stands alone");
    }

    #[test]
    fn only_the_newest_etag_is_fresh() {
        assert!(fresh("", 3, "x").is_ok());
        assert!(fresh(&kit::etag(3), 3, "x").is_ok());
        assert_eq!(fresh(&kit::etag(2), 3, "x").unwrap_err().reason(), "ETAG_STALE");
    }
}
