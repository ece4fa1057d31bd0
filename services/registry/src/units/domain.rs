//! How a unit is named in a request.

use reference::units::{self, Unit, UnitFault};
use time::Date;

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A unit.
    Unit(&'static Unit),
    /// A bare code of some unit, and no day to read it on.
    NeedsDate,
    /// The day lies before the first map, which begins on this one.
    BeforeKnown(Date),
    /// No unit, on the day where one was told.
    Unknown {
        /// The day as readers expect it.
        date: Option<String>,
    },
}

/// Reads a dated name, or a bare code on a day. A dated name is good only while its unit is in force on the day, if
/// one is told.
#[must_use]
pub fn named(name: &str, as_of: Option<Date>) -> Named {
    let Some(date) = as_of else {
        return match units::by_name(name) {
            Some(unit) => Named::Unit(unit),
            None if name.strip_prefix("units/").is_some_and(units::is_code) => Named::NeedsDate,
            None => Named::Unknown { date: None },
        };
    };
    match units::resolve(name, date) {
        Ok(unit) => Named::Unit(unit),
        Err(UnitFault::BeforeKnown { first, .. }) => Named::BeforeKnown(first),
        Err(_) => Named::Unknown { date: Some(reference::calendar::format_vi(date)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn name_of(found: Named) -> String {
        match found {
            Named::Unit(unit) => unit.name.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn names_and_days_are_told_apart() {
        for (name, day, expected) in [
            ("units/22018", Some(date!(2021 - 06 - 30)), "units/22018-20180507"),
            ("units/22018", Some(date!(2024 - 11 - 01)), "units/22018-20241101"),
            ("units/22018-20241101", None, "units/22018-20241101"),
            ("units/vn", None, "units/vn"),
            ("units/22018", None, "NeedsDate"),
            ("units/99999", None, "Unknown { date: None }"),
            ("22018", None, "Unknown { date: None }"),
            ("units/22018-20241101", Some(date!(2021 - 06 - 30)), "Unknown { date: Some(\"30/06/2021\") }"),
            ("units/22018", Some(date!(2018 - 05 - 06)), "BeforeKnown(2018-05-07)"),
        ] {
            assert_eq!(name_of(named(name, day)), expected, "{name} {day:?}");
        }
    }
}
