//! Where something is shown on a map, and whether a producer can be assigned.

use reference::units::{self, Unit};
use time::Date;

/// How sure the place is that a map shows something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sureness {
    /// The unit itself, or all of it went there.
    Exact,
    /// Its commune was divided, and nobody has said where it belongs: the default target.
    Open,
    /// Its commune was divided, and somebody has said where it belongs.
    Assigned,
    /// Only a unit above is known on that map.
    Higher,
}

/// Where a map shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The unit of the map.
    pub unit: &'static Unit,
    /// How sure that is.
    pub sureness: Sureness,
}

/// Where the map of a day shows what stands in a unit, or, after a division, in the part chosen for it. None for a unit that
/// is none.
#[must_use]
pub fn placed(unit: &str, chosen: Option<&str>, day: Date) -> Option<Placed> {
    let start = units::by_name(chosen.unwrap_or(unit))?;
    let shown = units::shown(start, day)?;
    let sureness = match (shown.exact, shown.divided, chosen) {
        (false, ..) => Sureness::Higher,
        (true, Some(_), _) => Sureness::Open,
        (true, None, Some(_)) => Sureness::Assigned,
        (true, None, None) => Sureness::Exact,
    };
    Some(Placed { unit: shown.unit, sureness })
}

/// What is known of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part.
    pub to_unit: String,
    /// Last day of the divided commune.
    pub end_date: Date,
}

/// The part chosen last before a day, among assignments in the order of their days; those from before `since` are none of it.
#[must_use]
pub fn chosen(steps: &[Step], since: Date, day: Date) -> Option<&str> {
    let found = steps.iter().filter(|step| step.end_date < day && step.end_date >= since);
    found.max_by_key(|step| step.end_date).map(|step| step.to_unit.as_str())
}

/// True where the map of a day shows what stands in a unit in the default part of a commune that was divided.
#[must_use]
pub fn is_divided(unit: &Unit, day: Date) -> bool {
    units::shown(unit, day).is_some_and(|shown| shown.divided.is_some())
}

/// The commune in which something begins on a day of a producer that registered in `home` on `since`: that one, what it became,
/// or the part of it that was chosen; and whether it is a default part that nobody chose. None where no link is known.
#[must_use]
pub fn begins_in(home: &'static Unit, since: Date, steps: &[Step], day: Date) -> Option<(&'static Unit, bool)> {
    let divided = is_divided(home, day);
    let part = chosen(steps, since, day).filter(|_| divided).and_then(units::by_name);
    let commune = units::at_map(part.unwrap_or(home), day).ok()?;
    Some((commune, divided && part.is_none()))
}

/// A divided commune and its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// The commune.
    pub from: &'static Unit,
    /// Its last day.
    pub end_date: Date,
    /// The first day of its parts.
    pub begin_date: Date,
    /// The parts, by code.
    pub parts: Vec<&'static Unit>,
    /// The default target, where one is known.
    pub default: Option<&'static Unit>,
}

/// The division that ended a unit; none where it goes on, or went wholly into another.
#[must_use]
pub fn division(from: &'static Unit) -> Option<Division> {
    let end_date = from.valid_to?;
    let begin_date = end_date.next_day()?;
    units::divided(begin_date).into_iter().find(|unit| unit.name == from.name)?;
    let links = units::map(&from.name, end_date, begin_date).ok()?;
    Some(Division {
        from,
        end_date,
        begin_date,
        parts: links.iter().map(|link| link.unit).collect(),
        default: links.iter().find(|link| link.default_target).map(|link| link.unit),
    })
}

/// Why a producer is not assigned. The names are what callers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The unit was not divided.
    NotDivided,
    /// The producer is not in the unit on its last day.
    NotThere,
    /// A later division is assigned; that one is taken back first.
    AssignedLater,
    /// There is nothing to take back.
    NotAssigned,
}

impl Refusal {
    /// The word that callers are told.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotDivided => "NOT_DIVIDED",
            Self::NotThere => "NOT_THERE",
            Self::AssignedLater => "ASSIGNED_LATER",
            Self::NotAssigned => "NOT_ASSIGNED",
        }
    }
}

/// Whether a producer that registered in a unit on a day can be assigned at a division.
///
/// # Errors
/// Why not.
pub fn assign(home: &str, since: Date, steps: &[Step], division: &Division) -> Result<(), Refusal> {
    let before = chosen(steps, since, division.end_date);
    let there = placed(home, before, division.end_date);
    if !there.is_some_and(|p| p.unit.name == division.from.name && p.sureness != Sureness::Higher) {
        return Err(Refusal::NotThere);
    }
    if steps.iter().any(|step| step.end_date > division.end_date) { Err(Refusal::AssignedLater) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const WARD_9: &str = "units/22024-20180507";
    const IN_2021: Date = date!(2021 - 06 - 30);
    const IN_2024: Date = date!(2024 - 12 - 01);
    const IN_2025: Date = date!(2025 - 07 - 15);

    fn place(unit: &str, chosen: Option<&str>, day: Date) -> (String, Sureness) {
        let placed = placed(unit, chosen, day).expect("every unit is shown somewhere");
        (placed.unit.name.clone(), placed.sureness)
    }

    #[test]
    fn a_row_of_a_divided_commune_is_shown_by_default_until_it_is_assigned() {
        let part = Some("units/22018-20241101");
        for (unit, chosen, day, shown, sureness) in [
            (WARD_9, None, IN_2021, WARD_9, Sureness::Exact),
            (WARD_9, None, IN_2024, "units/22024-20241101", Sureness::Open),
            (WARD_9, part, IN_2024, "units/22018-20241101", Sureness::Assigned),
            (WARD_9, part, IN_2025, "units/22015-20250701", Sureness::Assigned),
            // where the remainder went in 2025 is not known: the province
            (WARD_9, None, IN_2025, "units/66-20250701", Sureness::Higher),
            ("units/22021-20180507", None, IN_2025, "units/22015-20250701", Sureness::Exact),
            // backwards: one whole predecessor, or several
            ("units/22018-20241101", None, IN_2021, "units/555-20180507", Sureness::Higher),
            ("units/22036-20180507", None, IN_2021, "units/22036-20180507", Sureness::Exact),
        ] {
            assert_eq!(place(unit, chosen, day), (shown.to_owned(), sureness), "{unit} {chosen:?} {day}");
        }
        assert_eq!(placed("units/none", None, IN_2021), None);
    }

    #[test]
    fn only_a_producer_of_the_divided_commune_is_assigned_and_the_latest_division_last() {
        let ward = units::by_name(WARD_9).expect("Phường 9");
        let division = division(ward).expect("it was divided");
        let parts: Vec<&str> = division.parts.iter().map(|unit| unit.code.as_str()).collect();
        assert_eq!(parts, ["22018", "22024", "22033"]);
        assert_eq!(division.default.map(|unit| unit.code.as_str()), Some("22024"));
        assert_eq!(super::division(units::by_name("units/22021-20180507").expect("Phường 2")), None);
        assert_eq!(super::division(units::by_name("units/22015-20250701").expect("Tuy Hòa")), None);
        let since = date!(2021 - 01 - 15);
        assert_eq!(assign(WARD_9, since, &[], &division), Ok(()));
        assert_eq!(assign("units/22021-20180507", since, &[], &division), Err(Refusal::NotThere));
        assert_eq!(assign("units/22024-20241101", since, &[], &division), Err(Refusal::NotThere));
        let later = [Step { to_unit: "units/22015-20250701".to_owned(), end_date: date!(2025 - 06 - 30) }];
        assert_eq!(assign(WARD_9, since, &later, &division), Err(Refusal::AssignedLater));
    }

    #[test]
    fn the_part_chosen_last_before_the_day_counts_for_what_was_there() {
        let step = |to: &str, end_date| Step { to_unit: to.to_owned(), end_date };
        let steps = [step("a", date!(2024 - 10 - 31)), step("b", date!(2025 - 06 - 30))];
        let since = date!(2021 - 01 - 01);
        for (since, day, expected) in [
            (since, date!(2024 - 10 - 31), None),
            (since, date!(2024 - 11 - 01), Some("a")),
            (since, date!(2025 - 07 - 01), Some("b")),
            (date!(2024 - 12 - 01), date!(2025 - 07 - 01), Some("b")),
            (date!(2025 - 07 - 01), date!(2026 - 07 - 01), None),
        ] {
            assert_eq!(chosen(&steps, since, day), expected, "{since} {day}");
        }
    }
}
