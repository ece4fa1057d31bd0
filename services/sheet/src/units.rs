//! The columns that say where something is, from the dated name of its unit.

use reference::units::{self, Level, Unit};

use crate::cell::Cell;

fn named(unit: Option<&Unit>) -> Cell {
    unit.map_or(Cell::Empty, |unit| Cell::from(unit.display_name.as_str()))
}

/// The unit's code, with its leading zeros.
#[must_use]
pub fn code(name: &str) -> Cell {
    units::by_name(name).map_or(Cell::Empty, |unit| Cell::from(unit.code.as_str()))
}

/// The name of the commune; empty for what belongs to a larger unit.
#[must_use]
pub fn commune(name: &str) -> Cell {
    named(units::by_name(name).filter(|unit| unit.level == Level::Commune))
}

/// The name of the district that the unit is or lies in; empty where there is none.
#[must_use]
pub fn district(name: &str) -> Cell {
    named(units::by_name(name).and_then(|unit| match unit.level {
        Level::District => Some(unit),
        Level::Commune => units::district_of(unit),
        Level::Province | Level::Country => None,
    }))
}

/// The name of the province that the unit is or lies in; of the country for what belongs to all of it.
#[must_use]
pub fn province(name: &str) -> Cell {
    named(units::by_name(name).and_then(|unit| match unit.level {
        Level::Country | Level::Province => Some(unit),
        Level::District | Level::Commune => units::province_of(unit),
    }))
}
