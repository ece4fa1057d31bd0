//! Readers of request fields that several rooms have: texts, units, masks, etags.

use kit::{Error, Result, Scope, Violations, day};
use prost_types::FieldMask;
use proto::common::v1::ErrorReason as Common;
use reference::text;
use reference::units::{self, Unit, UnitFault};
use time::Date;

/// A text as typed, in NFC, without blanks at its ends.
#[must_use]
pub fn clean(typed: &str) -> String {
    text::nfc(typed.trim())
}

/// A required text.
pub fn title(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let title = clean(typed);
    if title.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    Some(title)
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

/// Which of the changeable fields an update changes. `fields` tells of each whether the request sets it, for requests
/// without a mask.
pub fn mask(v: &mut Violations, mask: Option<&FieldMask>, fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    let paths = mask.map(|m| m.paths.as_slice()).unwrap_or_default();
    match paths {
        [] => return fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect(),
        [star] if star == "*" => return fields.iter().map(|(name, _)| *name).collect(),
        _ => {}
    }
    let mut found = Vec::new();
    for path in paths {
        match fields.iter().find(|(name, _)| name == path) {
            Some((name, _)) => found.push(*name),
            None => v.add("update_mask", Common::UpdateMaskInvalid, &[("path", path)]),
        }
    }
    found
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

/// An act must not precede the one before it.
///
/// # Errors
/// The violation DATE_ORDER of the field.
pub fn not_before(field: &str, act: Date, before: Date) -> Result<()> {
    if act >= before {
        return Ok(());
    }
    let detail = format!("{} > {}", day::text(before), day::text(act));
    Err(Error::violation(field, Common::DateOrder, &[("detail", &detail)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const FIELDS: &[(&str, bool)] = &[("title", true), ("targets", false)];

    fn read(paths: &[&str]) -> (Vec<&'static str>, usize) {
        let mut v = Violations::default();
        let sent = FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
        let read = mask(&mut v, Some(&sent), FIELDS);
        (read, v.len())
    }

    #[test]
    fn a_mask_names_changeable_fields_or_all_or_what_is_set() {
        assert_eq!(read(&[]), (vec!["title"], 0));
        assert_eq!(read(&["*"]), (vec!["title", "targets"], 0));
        assert_eq!(read(&["targets"]), (vec!["targets"], 0));
        assert_eq!(read(&["year"]).1, 1);
    }

    #[test]
    fn only_the_newest_etag_is_fresh_and_acts_keep_their_order() {
        assert!(fresh("", 3, "x").is_ok());
        assert!(fresh(&kit::etag(3), 3, "x").is_ok());
        assert_eq!(fresh(&kit::etag(2), 3, "x").unwrap_err().reason(), "ETAG_STALE");
        let (first, second) = (date!(2021 - 05 - 01), date!(2021 - 05 - 02));
        assert!(not_before("act_date", first, first).is_ok());
        assert!(not_before("act_date", second, first).is_ok());
        assert!(not_before("act_date", first, second).is_err());
    }
}
