//! What an aggregation is, and what its tables hold.

use kit::states::{self, Forbidden};
use reference::units::{self, Level as OfUnit, Unit};
use time::Date;

kit::numbered! {
    /// Where an aggregation stands.
    pub enum State {
        /// Put together.
        Draft = 1 "DRAFT",
        /// Approved with all its estimates.
        Approved = 2 "APPROVED",
    }
}

kit::numbered! {
    /// By which units the table of units is cut.
    pub enum Level {
        /// By districts.
        District = 1 "DISTRICT",
        /// By every unit that asks.
        Own = 2 "OWN",
    }
}

kit::numbered! {
    /// A step of an aggregation.
    pub enum Verb {
        /// The People's Committee approves.
        Approve = 1 "ApproveAggregation",
    }
}

/// All that an aggregation can do; what is not here is refused.
pub const TRANSITIONS: &[(State, Verb, State)] = &[(State::Draft, Verb::Approve, State::Approved)];

/// The state after a step.
///
/// # Errors
/// The table has no such step.
pub fn step(state: State, verb: Verb) -> Result<State, Forbidden<State, Verb>> {
    states::step(TRANSITIONS, state, verb)
}

/// An aggregation to be made.
#[derive(Clone, Debug)]
pub struct NewAggregation {
    /// The year of the plans.
    pub year: i32,
    /// The unit whose finance office puts it together.
    pub unit: &'static Unit,
    /// By which units its table is cut.
    pub level: Level,
    /// Its title.
    pub title: String,
    /// Number of the document; may be empty.
    pub document_number: String,
    /// Its day.
    pub act_date: Date,
}

/// The unit in whose row an estimate of this one stands.
#[must_use]
pub fn shown(unit: &str, level: Level) -> String {
    let found = units::by_name(unit);
    let commune = found.filter(|found| level == Level::District && found.level == OfUnit::Commune);
    let district = commune.and_then(units::district_of);
    district.map_or_else(|| unit.to_owned(), |district| district.name.clone())
}

/// What rows of a table come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many lines.
    pub lines: i64,
    /// What they ask for, in đồng.
    pub amount_vnd: i64,
    /// What is granted of it, in đồng.
    pub appraised_vnd: i64,
}

/// True where the rows of a table come to these amounts. Lines are not counted: one may stand in several quarters.
#[must_use]
pub fn sums_to(rows: &[Sums], amount_vnd: i64, appraised_vnd: i64) -> bool {
    let amount: i64 = rows.iter().map(|row| row.amount_vnd).sum();
    let appraised: i64 = rows.iter().map(|row| row.appraised_vnd).sum();
    (amount, appraised) == (amount_vnd, appraised_vnd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aggregation_is_approved_once() {
        assert_eq!(step(State::Draft, Verb::Approve), Ok(State::Approved));
        let forbidden = step(State::Approved, Verb::Approve).unwrap_err();
        assert_eq!((forbidden.state, forbidden.allowed), (State::Approved, vec![]));
    }

    #[test]
    fn communes_stand_in_the_row_of_their_district_while_there_are_any() {
        let ward = "units/22018-20180507";
        assert_eq!(shown(ward, Level::District), "units/555-20180507");
        assert_eq!(shown(ward, Level::Own), ward);
        for other in ["units/555-20180507", "units/54-20180507", "units/none"] {
            assert_eq!(shown(other, Level::District), other);
        }
        let later = units::list(Some("units/66-20250701"), None, time::macros::date!(2025 - 08 - 01));
        let later = later.first().map(|unit| unit.name.clone()).unwrap();
        assert_eq!(shown(&later, Level::District), later, "there are no districts since July 2025");
    }

    #[test]
    fn a_table_is_all_of_it_or_wrong() {
        let row = |amount_vnd, appraised_vnd| Sums { lines: 1, amount_vnd, appraised_vnd };
        assert!(sums_to(&[row(3, 2), row(4, 4)], 7, 6));
        assert!(!sums_to(&[row(3, 2)], 7, 6) && !sums_to(&[row(7, 2)], 7, 6));
    }
}
