//! Levels of units as the numbers that tables keep: those of the contract's `UnitLevel`.

use reference::units::Level;

/// The number of a level.
#[must_use]
pub(crate) fn number(level: Level) -> i32 {
    match level {
        Level::Country => 1,
        Level::Province => 2,
        Level::District => 3,
        Level::Commune => 4,
    }
}
