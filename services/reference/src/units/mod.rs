//! Administrative units in time. A unit is a code with its first and last day: codes are used again, so a bare code
//! means something only together with a day.
//!
//! Three maps are embedded: the list of 2021 (counted from [`FIRST_KNOWN_DAY`]), the changes in Phú Yên of 1 November
//! 2024, and the reorganisation of 1 July 2025 (34 provinces, no districts, the 102 communes of the new Đắk Lắk). What
//! changes later, and what the embedded files lack, comes as data: the registry keeps [`Change`]s, [`World`] judges one and
//! makes the next world of it, and [`install`] swaps the world of the whole process. All functions of this module answer from
//! the world of their own moment; a unit once answered stays good. Reading costs a lock that is held for a few nanoseconds.
//!
//! A unit whose code, name and parent stayed, and that took nothing in, keeps its first day; any other becomes a new
//! dated unit, tied to its predecessors by links. The parent of a unit never changes during its life, so its path
//! is constant and can be stored.
//!
//! Deliberately absent, because the data that we hold do not know it: communes outside Đắk Lắk after 30 June 2025
//! (the old ones end there, without links); successors of districts; where the seven communes of Phú Yên went that
//! were divided in 2025; predecessors of the 68 communes of the old Đắk Lắk; and the day on which Thừa Thiên Huế
//! became a central city (its new unit is dated with the rest, 1 July 2025). No function answers with a guess in
//! place of a missing link. Nothing here knows "today".

mod build;
mod change;
mod checks;
mod load;
mod shown;
mod walk;
mod world;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use time::Date;
use time::macros::date;

pub use change::{Change, Fault, NewLink, NewUnit, Verdict, Verdicts};
pub use shown::{Shown, divided, shown, shown_prefixes};
pub use world::{World, install, install_newer, installed};

/// First day that the list of 2021 answers for; dates before it are refused.
pub const FIRST_KNOWN_DAY: Date = date!(2018 - 05 - 07);
/// First day of the changes of Resolution 1200/NQ-UBTVQH15 in Phú Yên.
pub const CHANGE_OF_2024: Date = date!(2024 - 11 - 01);
/// First day of the two-level map: provinces merged, districts ended (Resolution 1660/NQ-UBTVQH15 for Đắk Lắk).
pub const CHANGE_OF_2025: Date = date!(2025 - 07 - 01);
/// Name of the country, the root of every path.
pub const ROOT: &str = "units/vn";

/// Place of a unit in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The country.
    Country,
    /// Provinces and cities under the centre.
    Province,
    /// Districts, towns and cities under a province; none from 1 July 2025.
    District,
    /// Communes, wards and townships.
    Commune,
}

/// Kind of a unit, as its title says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitType {
    /// The country.
    Country,
    /// Tỉnh.
    Province,
    /// Thành phố trực thuộc trung ương.
    MunicipalityCentral,
    /// Thành phố thuộc tỉnh (or under a central city).
    City,
    /// Thị xã.
    Town,
    /// Quận.
    UrbanDistrict,
    /// Huyện.
    District,
    /// Xã.
    Commune,
    /// Phường.
    Ward,
    /// Thị trấn.
    Township,
}

impl UnitType {
    /// The level that units of this kind stand on.
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            Self::Country => Level::Country,
            Self::Province | Self::MunicipalityCentral => Level::Province,
            Self::City | Self::Town | Self::UrbanDistrict | Self::District => Level::District,
            Self::Commune | Self::Ward | Self::Township => Level::Commune,
        }
    }
}

/// One unit during one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// `units/<code>-<yyyymmdd of the first day>`; the country is [`ROOT`].
    pub name: String,
    /// Code of the national list: two digits for a province, three for a district, five for a commune.
    pub code: String,
    /// Title and name as the source spells them ("Phường 8").
    pub display_name: String,
    /// Kind.
    pub kind: UnitType,
    /// Level, as the kind says.
    pub level: Level,
    /// Name of the parent, in force during the whole life of this unit; none for the country.
    pub parent: Option<String>,
    /// First day in force.
    pub valid_from: Date,
    /// Last day in force; none while no end is known.
    pub valid_to: Option<Date>,
    /// Ids of the ancestors and of the unit itself between slashes (`/vn/54-20180507/`). A unit lies in the
    /// subtree of another exactly when the other's path is a prefix of its own.
    pub path: String,
}

impl Unit {
    /// True when the unit is in force on that day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// How much of the older unit went along a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// All of it, at every step.
    Whole,
    /// A part of it at one step or more.
    Part,
}

/// One answer of [`map`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitLink {
    /// The unit on the other map.
    pub unit: &'static Unit,
    /// Share of the older of the two units.
    pub share: Share,
    /// True for the unit that stands for the older one where one only can: every step was a default target.
    pub default_target: bool,
}

/// Why a unit cannot be named or mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitFault {
    /// No unit has this name or code on any day.
    #[error("{name} is no unit")]
    Unknown {
        /// The name as asked.
        name: String,
    },
    /// The unit, or the code, is not in force on the asked day.
    #[error("{name} is not in force on {day}")]
    NotInForce {
        /// The name as asked.
        name: String,
        /// The asked day.
        day: Date,
        /// The stretches that the name is good for: first day, last day.
        ranges: Vec<(Date, Option<Date>)>,
    },
    /// The asked day is before the first map.
    #[error("units are known from {first}, not on {day}")]
    BeforeKnown {
        /// The asked day.
        day: Date,
        /// [`FIRST_KNOWN_DAY`].
        first: Date,
    },
    /// Our data tie this unit to none on the other map (they may exist).
    #[error("no known link leads from {unit} to the units of {day}")]
    NoKnownLink {
        /// The dated name of the unit.
        unit: String,
        /// The day of the other map.
        day: Date,
    },
}

/// A link between adjacent maps, by position in the table of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    older: usize,
    newer: usize,
    share: Share,
    default_target: bool,
}

/// All units with their indexes. Positions are in the order of codes, then first days. Units live as long as the process:
/// a table that takes the place of another shares all units that did not change.
#[derive(Debug, Default)]
struct Table {
    units: Vec<&'static Unit>,
    by_name: HashMap<&'static str, usize>,
    by_code: HashMap<&'static str, Vec<usize>>,
    children: Vec<Vec<usize>>,
    forward: Vec<Vec<Link>>,
    backward: Vec<Vec<Link>>,
    prefixes: Vec<OnceLock<Vec<String>>>,
    /// Answers of [`shown_prefixes`], which many pages of a list ask for alike.
    shown: Mutex<HashMap<(usize, Date), Arc<Vec<String>>>>,
    /// The first days of the maps, in order.
    days: Vec<Date>,
    /// The changes that are in it beyond the embedded maps, in the order in which they came.
    changes: Vec<String>,
}

impl Table {
    fn unit(&self, at: usize) -> Option<&'static Unit> {
        self.units.get(at).copied()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    fn named(&self, name: &str) -> Option<&'static Unit> {
        self.position(name).and_then(|at| self.unit(at))
    }

    /// The unit that a code means on a day.
    fn on(&self, code: &str, day: Date) -> Option<&'static Unit> {
        self.by_code.get(code)?.iter().filter_map(|at| self.unit(*at)).find(|unit| unit.in_force(day))
    }
}

fn table() -> Arc<Table> {
    world::current()
}

/// Faults of the embedded files, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    world::faults()
}

/// True where some unit on some day has this code.
#[must_use]
pub fn is_code(code: &str) -> bool {
    table().by_code.contains_key(code)
}

/// The first days of the maps that are known, in order.
#[must_use]
pub fn days() -> Vec<Date> {
    table().days.clone()
}

/// Every unit on every day, by code and first day.
#[must_use]
pub fn all() -> Vec<&'static Unit> {
    table().units.clone()
}

/// The unit with exactly this dated name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Unit> {
    table().named(name)
}

/// Reads a dated name, or a bare code (`units/22018`), on a day.
///
/// # Errors
/// [`UnitFault::BeforeKnown`], [`UnitFault::Unknown`] or [`UnitFault::NotInForce`].
pub fn resolve(name_or_alias: &str, as_of: Date) -> Result<&'static Unit, UnitFault> {
    if as_of < FIRST_KNOWN_DAY {
        return Err(UnitFault::BeforeKnown { day: as_of, first: FIRST_KNOWN_DAY });
    }
    let table = table();
    let exact = table.position(name_or_alias).map(|at| vec![at]);
    let by_code = || table.by_code.get(name_or_alias.strip_prefix("units/")?).cloned();
    let Some(found) = exact.or_else(by_code) else {
        return Err(UnitFault::Unknown { name: name_or_alias.to_owned() });
    };
    let mut units = found.iter().filter_map(|at| table.unit(*at));
    units.find(|unit| unit.in_force(as_of)).ok_or_else(|| UnitFault::NotInForce {
        name: name_or_alias.to_owned(),
        day: as_of,
        ranges: found.iter().filter_map(|at| table.unit(*at)).map(|unit| (unit.valid_from, unit.valid_to)).collect(),
    })
}

/// Units in force on a day, by code. With a parent (dated name or alias): its children, or all its descendants of
/// one level. Without a parent: the whole map, or one level of it. An unknown parent has none; ask [`resolve`] why.
#[must_use]
pub fn list(parent: Option<&str>, level: Option<Level>, as_of: Date) -> Vec<&'static Unit> {
    let wanted = |unit: &Unit| unit.in_force(as_of) && level.is_none_or(|level| unit.level == level);
    let table = table();
    let Some(parent) = parent else {
        return table.units.iter().filter(|unit| wanted(unit)).copied().collect();
    };
    let Some(root) = resolve(parent, as_of).ok().and_then(|unit| table.position(&unit.name)) else { return Vec::new() };
    let mut found = Vec::new();
    collect(&table, root, level, as_of, &mut found);
    found.sort_unstable();
    found.into_iter().filter_map(|at| table.unit(at)).collect()
}

fn collect(table: &Table, parent: usize, level: Option<Level>, as_of: Date, found: &mut Vec<usize>) {
    for at in table.children.get(parent).into_iter().flatten() {
        let Some(unit) = table.unit(*at).filter(|unit| unit.in_force(as_of)) else { continue };
        match level {
            None => found.push(*at),
            Some(level) if unit.level == level => found.push(*at),
            Some(level) if unit.level < level => collect(table, *at, Some(level), as_of, found),
            Some(_) => {}
        }
    }
}

/// The direct children of a unit on a day, by code.
#[must_use]
pub fn children(parent: &str, as_of: Date) -> Vec<&'static Unit> {
    list(Some(parent), None, as_of)
}

/// The district that a unit is or lies in; none for provinces, and for communes of the two-level map.
#[must_use]
pub fn district_of(unit: &Unit) -> Option<&'static Unit> {
    ancestor(unit, Level::District)
}

/// The province that a unit is or lies in.
#[must_use]
pub fn province_of(unit: &Unit) -> Option<&'static Unit> {
    ancestor(unit, Level::Province)
}

fn ancestor(unit: &Unit, level: Level) -> Option<&'static Unit> {
    let mut at = by_name(&unit.name)?;
    while at.level > level {
        at = by_name(at.parent.as_deref()?)?;
    }
    (at.level == level).then_some(at)
}

/// The path of a unit by its dated name.
#[must_use]
pub fn path(name: &str) -> Option<String> {
    by_name(name).map(|unit| unit.path.clone())
}

/// The units on the map of `to_date` that a unit of the map of `from_date` became or came from, by code; itself
/// where it is in force on both. `unit_name` is a dated name or an alias, read at `from_date`.
///
/// The answer holds the links that are known. Where a unit was divided and one branch leads nowhere in our data, the
/// other branches are answered; where none leads on, there is no answer.
///
/// # Errors
/// As [`resolve`], and [`UnitFault::NoKnownLink`].
pub fn map(unit_name: &str, from_date: Date, to_date: Date) -> Result<Vec<UnitLink>, UnitFault> {
    let unit = resolve(unit_name, from_date)?;
    if to_date < FIRST_KNOWN_DAY {
        return Err(UnitFault::BeforeKnown { day: to_date, first: FIRST_KNOWN_DAY });
    }
    let table = table();
    let links: Vec<UnitLink> = table
        .position(&unit.name)
        .map(|at| walk::reach(&table, at, to_date))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(at, (share, default_target))| Some(UnitLink { unit: table.unit(at)?, share, default_target }))
        .collect();
    if links.is_empty() { Err(UnitFault::NoKnownLink { unit: unit.name.clone(), day: to_date }) } else { Ok(links) }
}

/// The one unit that stands for `unit` on a day: itself while in force; later the default target, step by step;
/// earlier the predecessor, where there is exactly one and all of it went into the unit.
///
/// # Errors
/// [`UnitFault::BeforeKnown`], [`UnitFault::Unknown`] or [`UnitFault::NoKnownLink`].
pub fn at_map(unit: &Unit, as_of: Date) -> Result<&'static Unit, UnitFault> {
    if as_of < FIRST_KNOWN_DAY {
        return Err(UnitFault::BeforeKnown { day: as_of, first: FIRST_KNOWN_DAY });
    }
    let table = table();
    let at = table.position(&unit.name).ok_or_else(|| UnitFault::Unknown { name: unit.name.clone() })?;
    walk::stand_in(&table, at, as_of)
        .and_then(|at| table.unit(at))
        .ok_or_else(|| UnitFault::NoKnownLink { unit: unit.name.clone(), day: as_of })
}

/// The shortest set of path prefixes that a role held at a unit covers: its own subtree, and the subtrees of the
/// predecessors of all units in it, over any number of steps; a part is enough. Sorted; empty for an unknown name.
/// A role held at a bare code (`units/54`) is held at every unit that bears or bore the code.
#[must_use]
pub fn prefixes(holder_name: &str) -> Vec<String> {
    let table = table();
    let of = |at: usize| table.prefixes.get(at).map(|known| known.get_or_init(|| walk::prefixes(&table, at)).clone());
    if let Some(at) = table.position(holder_name) {
        return of(at).unwrap_or_default();
    }
    let Some(code) = holder_name.strip_prefix("units/") else { return Vec::new() };
    let dated = table.by_code.get(code).into_iter().flatten();
    let mut all: Vec<String> = dated.filter_map(|at| of(*at)).flatten().collect();
    all.sort();
    all.dedup();
    all
}
