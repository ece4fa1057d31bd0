//! How changes of units move, and what their rows say to the units in force.

use reference::units::{Change, NewLink, NewUnit, Share, UnitType, Verdicts};
use serde::{Deserialize, Serialize};
use time::Date;

use crate::shared::states::numbered;

numbered! {
    /// Where a change stands.
    pub enum ChangeState {
        /// Being prepared.
        Draft = 1 "DRAFT",
        /// Answered by.
        InForce = 2 "IN_FORCE",
        /// Given up.
        Dropped = 3 "DROPPED",
    }
}

numbered! {
    /// What can be done with a change; the word is the RPC.
    pub enum ChangeStep {
        /// Its content changes.
        Update = 1 "UpdateUnitChange",
        /// Everybody answers by it.
        Enforce = 2 "EnforceUnitChange",
        /// It is given up.
        Drop = 3 "DropUnitChange",
    }
}

/// All that can be done with a change; what is not here is refused.
pub const CHANGE: &[(ChangeState, ChangeStep, ChangeState)] = &[
    (ChangeState::Draft, ChangeStep::Update, ChangeState::Draft),
    (ChangeState::Draft, ChangeStep::Enforce, ChangeState::InForce),
    (ChangeState::Draft, ChangeStep::Drop, ChangeState::Dropped),
];

/// One unit that begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    /// Its code.
    pub code: String,
    /// Its name; may be empty for one that ends.
    pub display_name: String,
    /// What it is (number of the contract's `UnitType`); 0 for one that ends.
    pub kind: i32,
    /// The unit above it.
    pub parent: String,
    /// True for one that ends.
    pub ends: bool,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Code of the older unit.
    pub from_code: String,
    /// Its name.
    pub from_name: String,
    /// Code of the newer unit.
    pub to_code: String,
    /// Its name.
    pub to_name: String,
    /// All of the older unit went along.
    pub whole: bool,
    /// It stands for the older unit.
    pub default_target: bool,
}

/// The rows of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Units.
    pub units: Vec<UnitRow>,
    /// Links.
    pub links: Vec<LinkRow>,
}

/// What a number of the contract's `UnitType` means.
#[must_use]
pub fn kind_of(number: i32) -> Option<UnitType> {
    Some(match number {
        1 => UnitType::Country,
        2 => UnitType::Province,
        3 => UnitType::MunicipalityCentral,
        4 => UnitType::District,
        5 => UnitType::UrbanDistrict,
        6 => UnitType::Town,
        7 => UnitType::City,
        8 => UnitType::Commune,
        9 => UnitType::Ward,
        10 => UnitType::Township,
        _ => return None,
    })
}

/// The links as the units take them.
#[must_use]
pub fn links(rows: &[LinkRow]) -> Vec<NewLink> {
    let link = |row: &LinkRow| NewLink {
        from_code: row.from_code.clone(),
        from_name: row.from_name.clone(),
        to_code: row.to_code.clone(),
        to_name: row.to_name.clone(),
        share: if row.whole { Share::Whole } else { Share::Part },
        default_target: row.default_target,
    };
    rows.iter().map(link).collect()
}

/// The change as the units take it.
#[must_use]
pub fn change(id: String, begin_date: Date, rows: &Rows) -> Change {
    let unit = |row: &UnitRow| {
        let (code, display_name) = (row.code.clone(), row.display_name.clone());
        if row.ends {
            return NewUnit::Ends { code, display_name };
        }
        // A kind that is none was refused when the row came; the country stands for none and is refused again.
        let kind = kind_of(row.kind).unwrap_or(UnitType::Country);
        NewUnit::Begins { code, display_name, kind, parent: row.parent.clone() }
    };
    Change { id, begin_date, units: rows.units.iter().map(unit).collect(), links: links(&rows.links) }
}

/// Why a change cannot be put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Rows that are refused.
    pub refused: usize,
    /// Rows that are new.
    pub new: usize,
    /// The first day of the newest map, where the change begins before it.
    pub too_early: Option<Date>,
}

/// How the rows stand in all.
#[must_use]
pub fn count(verdicts: &Verdicts) -> Unfit {
    Unfit {
        refused: verdicts.rows().filter(|verdict| !verdict.faults.is_empty()).count(),
        new: verdicts.rows().filter(|verdict| verdict.is_new()).count(),
        too_early: verdicts.too_early,
    }
}

/// Whether a change can be put in force: no row is refused, some are new, and it begins no earlier than the newest map.
///
/// # Errors
/// Why not.
pub fn enforce(verdicts: &Verdicts) -> Result<(), Unfit> {
    let count = count(verdicts);
    if count.refused == 0 && count.new > 0 && count.too_early.is_none() { Ok(()) } else { Err(count) }
}

/// Which of the contract's outcomes a row has: new, known or refused.
#[must_use]
pub fn outcome(verdict: &reference::units::Verdict) -> i32 {
    match (verdict.faults.is_empty(), verdict.known) {
        (true, false) => 1,
        (true, true) => 2,
        (false, _) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::units::{Fault, Verdict};
    use time::macros::date;

    fn verdicts(units: &[Verdict], too_early: Option<Date>) -> Verdicts {
        Verdicts { units: units.to_vec(), links: Vec::new(), too_early }
    }

    #[test]
    fn only_a_change_with_something_new_and_nothing_refused_is_put_in_force() {
        let new = Verdict::default();
        let known = Verdict { known: true, ..Verdict::default() };
        let refused = Verdict { faults: vec![Fault::CodeForm(5)], ..Verdict::default() };
        let day = Some(date!(2025 - 07 - 01));
        assert_eq!(enforce(&verdicts(&[new.clone(), known.clone()], None)), Ok(()));
        for (units, early, refusals, fresh) in [
            (vec![], None, 0, 0),
            (vec![known.clone()], None, 0, 0),
            (vec![new.clone(), refused.clone()], None, 1, 1),
            (vec![new.clone()], day, 0, 1),
        ] {
            let unfit = Unfit { refused: refusals, new: fresh, too_early: early };
            assert_eq!(enforce(&verdicts(&units, early)), Err(unfit));
        }
        assert_eq!([new, known, refused].map(|v| outcome(&v)), [1, 2, 3]);
    }

    #[test]
    fn a_draft_can_be_changed_enforced_or_dropped_and_nothing_else_can() {
        for state in ChangeState::ALL {
            for verb in ChangeStep::ALL {
                let found = crate::shared::states::step(CHANGE, *state, *verb);
                assert_eq!(found.is_ok(), *state == ChangeState::Draft, "{state:?} {verb:?}");
            }
        }
    }
}
