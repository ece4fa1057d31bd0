//! Readers of request fields that every service has and that need reference data: units and texts.

use kit::{Scope, Violations, day};
use proto::common::v1::ErrorReason as Common;
use time::Date;

use crate::text;
use crate::units::{self, Unit, UnitFault};

/// Longest title, in characters after composition.
const LONGEST_TITLE: usize = 300;

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

/// The `unit` filter of a list: the subtree of a dated unit and, as for roles, those of all its predecessors.
pub fn within(v: &mut Violations, name: &str) -> Option<Scope> {
    if name.is_empty() {
        return Some(Scope::All);
    }
    let unit = units::by_name(name);
    if unit.is_none() {
        v.add("unit", Common::UnitUnknown, &[("unit", name)]);
    }
    unit.map(|unit| Scope::Within(units::prefixes(&unit.name)))
}

/// A text as typed, in NFC, without blanks at its ends; it may be empty or have several lines.
#[must_use]
pub fn clean(typed: &str) -> String {
    text::nfc(typed.trim())
}

/// A required text of one line, such as a number of a decision.
pub fn line(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let line = clean(typed);
    if line.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
    } else if text::is_clean(&line).is_err() {
        v.add(field, Common::TextUnclean, &[]);
    } else {
        return Some(line);
    }
    None
}

/// A required name or title of one line: 1 to 300 characters.
pub fn title(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let title = line(v, field, typed)?;
    if title.chars().count() > LONGEST_TITLE {
        v.add(field, Common::FieldLength, &[("expected", &format!("<= {LONGEST_TITLE}"))]);
        return None;
    }
    Some(title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn read<T>(reader: impl FnOnce(&mut Violations) -> Option<T>) -> (Option<T>, String) {
        let mut v = Violations::default();
        let read = reader(&mut v);
        (read, format!("{v:?}"))
    }

    #[test]
    fn titles_are_composed_trimmed_bounded_and_on_one_line() {
        assert_eq!(read(|v| title(v, "t", "  Ke\u{302}\u{301} hoạch ")).0.as_deref(), Some("Kế hoạch"));
        let longest = "ế".repeat(LONGEST_TITLE);
        assert_eq!(read(|v| title(v, "t", &longest)).0, Some(longest.clone()));
        for (typed, reason) in [
            ("  ", "FIELD_REQUIRED"),
            ("a\nb", "TEXT_UNCLEAN"),
            ("a\u{202e}b", "TEXT_UNCLEAN"),
            (&(longest + "x"), "FIELD_LENGTH"),
        ] {
            let (title, faults) = read(|v| title(v, "t", typed));
            assert!(title.is_none() && faults.contains(reason), "{typed:?}: {faults}");
        }
    }

    #[test]
    fn units_are_read_on_the_day_of_the_act() {
        let on = |name: &str, day| read(|v| unit_on(v, "unit", name, ("date", day)));
        assert_eq!(
            on("units/22018", Some(date!(2021 - 06 - 30))).0.map(|unit| unit.name.as_str()),
            Some("units/22018-20180507")
        );
        assert_eq!(
            on("units/22018", Some(date!(2024 - 11 - 01))).0.map(|unit| unit.name.as_str()),
            Some("units/22018-20241101")
        );
        for (name, day, reason) in [
            ("", Some(date!(2021 - 06 - 30)), "FIELD_REQUIRED"),
            ("units/99999", Some(date!(2021 - 06 - 30)), "UNIT_UNKNOWN"),
            ("units/22018", Some(date!(2018 - 05 - 06)), "DATE_BEFORE_KNOWN"),
        ] {
            let (unit, faults) = on(name, day);
            assert!(unit.is_none() && faults.contains(reason), "{name}: {faults}");
        }
        assert_eq!(on("units/22018", None).1, "[]", "the day has a fault of its own");
    }
}
