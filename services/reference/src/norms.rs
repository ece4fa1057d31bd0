//! Unit costs for estimates, with the legal text that each stands on: those of the nation, and what single provinces have
//! set, which counts for their plans and is an example for the others.
//!
//! Deliberately absent: norms of years after 2021, of which no text was seen. What a province sets itself is recorded in
//! the budget service.

use std::sync::LazyLock;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use time::Date;

kit::numbered! {
    /// What one amount pays for.
    pub enum NormUnit {
        /// One person for one day.
        PersonDay = 1 "person_day",
        /// One person for one night.
        PersonNight = 2 "person_night",
        /// One person for half a day.
        PersonHalfDay = 3 "person_half_day",
        /// One teaching session (half a day, four or five lessons).
        Session = 4 "session",
        /// One product, once.
        Product = 5 "product",
        /// One sales point.
        SalesPoint = 6 "sales_point",
        /// One project of a producer.
        Project = 7 "project",
    }
}

kit::numbered! {
    /// What a norm is about.
    pub enum NormKind {
        /// Per diem of those who travel.
        PerDiem = 1 "per_diem",
        /// Flat lodging.
        Lodging = 2 "lodging",
        /// Flat lodging of leaders.
        LodgingLeader = 3 "lodging_leader",
        /// Meals of guests who draw no salary.
        Meals = 4 "meals",
        /// Refreshments.
        Refreshments = 5 "refreshments",
        /// Lecturers' fees.
        Lecturer = 6 "lecturer",
        /// Support for producers and their products.
        Support = 7 "support",
        /// Bonuses for recognised products.
        Bonus = 8 "bonus",
    }
}

kit::numbered! {
    /// Where a norm counts.
    pub enum AreaClass {
        /// Districts of central cities, and class-I cities.
        CentralCity = 1 "central_city",
        /// Other cities of provinces.
        ProvincialCity = 2 "provincial_city",
        /// Towns.
        Town = 3 "town",
        /// Districts and communes.
        DistrictCommune = 4 "district_commune",
        /// On the sea and on islands.
        SeaIslands = 5 "sea_islands",
    }
}

/// Reads a word of an enum.
fn word<'de, D: Deserializer<'de>, T: Copy>(d: D, all: &[T], word: fn(T) -> &'static str) -> Result<T, D::Error> {
    let text = String::deserialize(d)?;
    let found = all.iter().copied().find(|value| word(*value) == text);
    found.ok_or_else(|| D::Error::custom(format!("{text} is no word of the list")))
}

macro_rules! read {
    ($($name:ident)+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                word(d, Self::ALL, Self::word)
            }
        }
    )+};
}

read!(NormUnit NormKind AreaClass);

/// Classes of areas; none for everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas(i32);

impl Areas {
    /// Of these classes.
    #[must_use]
    pub fn of(classes: &[AreaClass]) -> Self {
        Self(classes.iter().fold(0, |bits, class| bits | (1 << (class.number() - 1))))
    }

    /// As they are kept: a bit for each, from 1 for the first.
    #[must_use]
    pub fn bits(self) -> i32 {
        self.0
    }

    /// As they were kept.
    #[must_use]
    pub fn of_bits(bits: i32) -> Self {
        Self(bits)
    }

    /// The classes in order.
    #[must_use]
    pub fn classes(self) -> Vec<AreaClass> {
        AreaClass::ALL.iter().copied().filter(|class| self.0 & (1 << (class.number() - 1)) != 0).collect()
    }

    /// True where both count somewhere.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 == 0 || other.0 == 0 || self.0 & other.0 != 0
    }
}

impl<'de> Deserialize<'de> for Areas {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Vec::<AreaClass>::deserialize(d)?))
    }
}

/// One unit cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// Stable id.
    pub id: String,
    /// What it is, in Vietnamese.
    pub name_vi: String,
    /// What it is, in English.
    pub name_en: String,
    /// What it is about.
    pub kind: NormKind,
    /// Amount in đồng per unit.
    pub amount_vnd: i64,
    /// True when the amount is the most that may be paid, not the amount itself.
    pub ceiling: bool,
    /// What one amount pays for.
    pub unit: NormUnit,
    /// The word of the spending category that it is made for; empty where it serves any.
    #[serde(default)]
    pub category: String,
    /// Where it counts.
    #[serde(default)]
    pub areas: Areas,
    /// Code of the province that has set it; empty for the nation.
    #[serde(default)]
    pub owner: String,
    /// The stars that it is for; 0 for any.
    #[serde(default)]
    pub stars: i32,
    /// Number of the legal text.
    pub legal_reference: String,
    /// V (source text seen) or M (from memory), as the rules file marks it.
    pub mark: String,
    /// True only where amount and reference were both seen.
    pub verified: bool,
    /// First day that it counts.
    #[serde(deserialize_with = "crate::regimes::date")]
    pub valid_from: Date,
    /// Last day that it counts, where it has one.
    #[serde(default, deserialize_with = "crate::regimes::optional_date")]
    pub valid_to: Option<Date>,
    /// Where the figure stands, and what of it was not seen.
    pub source: String,
}

impl Norm {
    /// True where it counts on a day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// The unit that has set it, as of the first day of the norm; none for the nation's.
    #[must_use]
    pub fn owner_unit(&self) -> Option<&'static crate::units::Unit> {
        if self.owner.is_empty() {
            return None;
        }
        crate::units::resolve(&format!("units/{}", self.owner), self.valid_from).ok()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormsFile {
    norms: Vec<Norm>,
}

fn check(norm: &Norm, faults: &mut Vec<String>) {
    if norm.amount_vnd <= 0 {
        faults.push(format!("norms.yaml: {} has no amount", norm.id));
    }
    if norm.verified != (norm.mark == "V") {
        faults.push(format!("norms.yaml: {} is verified against its mark", norm.id));
    }
    if norm.valid_to.is_some_and(|last| last < norm.valid_from) {
        faults.push(format!("norms.yaml: {} ends before it begins", norm.id));
    }
    if !norm.owner.is_empty() && norm.owner_unit().is_none() {
        faults.push(format!("norms.yaml: {} is of the unknown unit {}", norm.id, norm.owner));
    }
}

static LOADED: LazyLock<Result<Vec<Norm>, Vec<String>>> = LazyLock::new(|| {
    let file: NormsFile = serde_saphyr::from_str(include_str!("../data/norms.yaml"))
        .map_err(|error| vec![format!("norms.yaml: {error}")])?;
    let mut faults = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for norm in &file.norms {
        if !ids.insert(norm.id.as_str()) {
            faults.push(format!("norms.yaml: {} stands twice", norm.id));
        }
        check(norm, &mut faults);
    }
    if faults.is_empty() { Ok(file.norms) } else { Err(faults) }
});

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All norms, in the order of the file.
#[must_use]
pub fn all() -> &'static [Norm] {
    LOADED.as_deref().unwrap_or_default()
}

/// One norm by id.
#[must_use]
pub fn get(id: &str) -> Option<&'static Norm> {
    all().iter().find(|norm| norm.id == id)
}

/// The nation's lowest norm of a kind and unit of cost that counts on some of these days and in some of these areas: what no
/// province may be above. None where the nation has set none.
#[must_use]
pub fn limit(
    (kind, unit): (NormKind, NormUnit),
    areas: Areas,
    (from, to): (Date, Option<Date>),
) -> Option<&'static Norm> {
    let meets = |norm: &&Norm| {
        norm.owner.is_empty()
            && (norm.kind, norm.unit) == (kind, unit)
            && norm.areas.meets(areas)
            && to.is_none_or(|last| norm.valid_from <= last)
            && norm.valid_to.is_none_or(|last| last >= from)
    };
    all().iter().filter(meets).min_by_key(|norm| norm.amount_vnd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn norms_carry_amount_reference_and_what_was_seen() {
        let per_diem = get("per-diem").unwrap();
        assert_eq!((per_diem.amount_vnd, per_diem.unit, per_diem.verified), (200_000, NormUnit::PersonDay, true));
        let lecturer = get("lecturer-session").unwrap();
        assert_eq!((lecturer.amount_vnd, lecturer.ceiling, lecturer.verified), (2_000_000, true, false));
        let national = all().iter().filter(|norm| norm.owner.is_empty());
        assert_eq!((national.count(), all().iter().filter(|norm| norm.verified).count()), (11, 9));
        let hung_yen: Vec<(i32, i64)> =
            all().iter().filter(|norm| norm.owner == "33").map(|norm| (norm.stars, norm.amount_vnd)).collect();
        assert_eq!(hung_yen, [(3, 5_000_000), (4, 10_000_000), (5, 20_000_000)]);
        assert_eq!(get("none"), None);
    }

    #[test]
    fn a_norm_counts_from_its_first_to_its_last_day() {
        let norm = Norm { valid_to: Some(date!(2021 - 12 - 31)), ..get("per-diem").unwrap().clone() };
        for (day, expected) in [
            (date!(2017 - 06 - 30), false),
            (date!(2017 - 07 - 01), true),
            (date!(2021 - 12 - 31), true),
            (date!(2022 - 01 - 01), false),
        ] {
            assert_eq!(norm.in_force(day), expected, "{day}");
        }
    }

    #[test]
    fn the_limit_is_the_lowest_national_norm_that_meets_kind_area_and_days() {
        use AreaClass::{CentralCity, DistrictCommune, SeaIslands, Town};
        let of = |kind, unit, classes: &[AreaClass], from, to| {
            limit((kind, unit), Areas::of(classes), (from, to)).map(|norm| norm.id.as_str())
        };
        let (from, night) = (date!(2021 - 01 - 01), NormUnit::PersonNight);
        for (classes, expected) in [
            (vec![CentralCity], "lodging-central-city"),
            (vec![Town], "lodging-town"),
            (vec![CentralCity, DistrictCommune], "lodging-elsewhere"),
            (vec![], "lodging-elsewhere"),
        ] {
            assert_eq!(of(NormKind::Lodging, night, &classes, from, None), Some(expected), "{classes:?}");
        }
        assert_eq!(of(NormKind::PerDiem, NormUnit::PersonDay, &[SeaIslands], from, None), Some("per-diem-sea-islands"));
        assert_eq!(of(NormKind::Lodging, NormUnit::PersonDay, &[], from, None), None, "paid for otherwise");
        assert_eq!(of(NormKind::Support, NormUnit::Product, &[], from, None), None, "no province binds another");
        let before = date!(2017 - 06 - 30);
        assert_eq!(of(NormKind::Lodging, night, &[], date!(2016 - 01 - 01), Some(before)), None);
    }

    #[test]
    fn areas_are_read_back() {
        for bits in 0..32 {
            assert_eq!(Areas::of(&Areas::of_bits(bits).classes()).bits(), bits);
        }
    }
}
