//! Counting who is trained.

use std::collections::{BTreeMap, BTreeSet};

use reference::units::{self, Unit};
use time::Date;
use uuid::Uuid;

/// A duty that is active on the asked day.
#[derive(Clone, Debug)]
pub struct Duty {
    /// Who has it.
    pub person: Uuid,
    /// Where, by the unit's dated name.
    pub unit: String,
    /// The unit under which the map of the asked day shows it.
    pub shown: String,
    /// Person or duty is an invented sample.
    pub sample: bool,
}

/// What is known about one person on duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OnDuty {
    units: BTreeSet<String>,
    shown: BTreeSet<String>,
    sample: bool,
}

/// Distinct persons: on duty, trained, invented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// On duty.
    pub total: usize,
    /// Of these, trained.
    pub trained: usize,
    /// Of these on duty, invented samples.
    pub samples: usize,
}

impl Count {
    fn add(&mut self, trained: bool, sample: bool) {
        self.total += 1;
        self.trained += usize::from(trained);
        self.samples += usize::from(sample);
    }
}

/// Somebody on duty who is not trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Who.
    pub person: Uuid,
    /// Where, by the units' dated names.
    pub units: Vec<String>,
    /// An invented sample.
    pub sample: bool,
}

/// A coverage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All persons, each once.
    pub count: Count,
    /// Anybody on duty, or anything that somebody is trained by, is an invented sample.
    pub sample: bool,
    /// By unit; somebody with duties in two units stands in both.
    pub by_unit: BTreeMap<String, Count>,
    /// Who is not trained, by id.
    pub missing: Vec<Missing>,
}

/// Counts. `trained` holds the trained persons, each with whether only samples say so; persons who are not on duty have no
/// part in it. `place` says in which row a unit of the map stands.
#[must_use]
pub fn figures(duties: &[Duty], trained: &BTreeMap<Uuid, bool>, place: impl Fn(&str) -> String) -> Figures {
    let mut persons: BTreeMap<Uuid, OnDuty> = BTreeMap::new();
    for duty in duties {
        let person = persons.entry(duty.person).or_default();
        person.units.insert(duty.unit.clone());
        person.shown.insert(duty.shown.clone());
        person.sample |= duty.sample;
    }
    let mut figures = Figures::default();
    for (person, on_duty) in persons {
        let by_samples = trained.get(&person);
        let is_trained = by_samples.is_some();
        figures.sample |= on_duty.sample || by_samples.copied().unwrap_or(false);
        figures.count.add(is_trained, on_duty.sample);
        let rows: BTreeSet<String> = on_duty.shown.iter().map(|unit| place(unit)).collect();
        for row in rows {
            figures.by_unit.entry(row).or_default().add(is_trained, on_duty.sample);
        }
        if !is_trained {
            let units = on_duty.units.into_iter().collect();
            figures.missing.push(Missing { person, units, sample: on_duty.sample });
        }
    }
    figures
}

/// trained of total in percent with two decimals, half up; empty for 0 of 0, which has no value.
#[must_use]
pub fn percent(trained: usize, total: usize) -> String {
    if total == 0 {
        return String::new();
    }
    // Hundredths of a percent, in whole numbers: floor(x + 1/2) = floor((2x + 1) / 2).
    let hundredths = (trained as u128 * 20_000 + total as u128) / (2 * total as u128);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The units that a coverage of `asked` has rows for on the map of a day: those directly below it.
#[must_use]
pub fn rows(asked: &Unit, as_of: Date) -> Vec<&'static Unit> {
    units::children(&asked.name, as_of)
}

/// The row in which a duty's unit stands: the unit directly below `asked` that it lies in on the map of the day, or `asked`
/// itself. What lies outside (the map of the day places it in another unit) stands under its district, and what the map
/// cannot place under its own name: nobody gets lost.
#[must_use]
pub fn place(unit: &str, asked: &Unit, as_of: Date) -> String {
    let Some(own) = units::by_name(unit) else { return unit.to_owned() };
    let Ok(there) = units::at_map(own, as_of) else { return unit.to_owned() };
    let mut at = there;
    while at.name != asked.name {
        let Some(parent) = at.parent.as_deref() else {
            return units::district_of(there).unwrap_or(there).name.clone();
        };
        if parent == asked.name {
            break;
        }
        let Some(up) = units::by_name(parent) else { break };
        at = up;
    }
    at.name.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const PHU_YEN: &str = "units/54-20180507";

    fn duty(person: u128, unit: &str) -> Duty {
        Duty { person: Uuid::from_u128(person), unit: unit.to_owned(), shown: unit.to_owned(), sample: false }
    }

    #[test]
    fn percent_has_two_decimals_half_up_and_no_value_for_nobody() {
        for (trained, total, expected) in [
            (0, 0, ""),
            (0, 3, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.67"),
            (1, 8, "12.50"),
            (1, 800, "0.13"),
            (199, 200, "99.50"),
            (19_999, 20_000, "100.00"),
            (5, 5, "100.00"),
        ] {
            assert_eq!(percent(trained, total), expected, "{trained} of {total}");
        }
    }

    #[test]
    fn a_person_counts_once_and_in_every_row_of_its_duties() {
        let duties = [duty(1, "a"), duty(1, "b"), duty(2, "a"), duty(2, "a"), duty(3, "c")];
        let trained = BTreeMap::from([(Uuid::from_u128(1), false), (Uuid::from_u128(9), true)]);
        let figures = figures(&duties, &trained, str::to_owned);
        assert_eq!(figures.count, Count { total: 3, trained: 1, samples: 0 });
        assert!(!figures.sample, "whoever is not on duty has no part in it");
        let row = |unit: &str| figures.by_unit[unit];
        assert_eq!(row("a"), Count { total: 2, trained: 1, samples: 0 });
        assert_eq!(row("b"), Count { total: 1, trained: 1, samples: 0 });
        let missing: Vec<u128> = figures.missing.iter().map(|m| m.person.as_u128()).collect();
        assert_eq!(missing, [2, 3]);
    }

    #[test]
    fn samples_are_seen_on_both_sides() {
        let real = [duty(1, "a")];
        let by = |sample| figures(&real, &BTreeMap::from([(Uuid::from_u128(1), sample)]), str::to_owned).sample;
        assert!(by(true));
        assert!(!by(false));
        let invented = [Duty { sample: true, ..duty(1, "a") }];
        assert!(figures(&invented, &BTreeMap::new(), str::to_owned).sample);
    }

    #[test]
    fn duties_stand_in_the_unit_directly_below_the_asked_one() {
        let province = units::by_name(PHU_YEN).unwrap();
        let day = date!(2021 - 06 - 30);
        let commune = units::resolve("units/22018", day).unwrap();
        let district = units::district_of(commune).unwrap();
        assert_eq!(place(&commune.name, province, day), district.name);
        assert_eq!(place(&district.name, province, day), district.name);
        assert_eq!(place(PHU_YEN, province, day), PHU_YEN);
        assert_eq!(place(&commune.name, district, day), commune.name);
        let country = units::by_name(units::ROOT).unwrap();
        assert_eq!(place(&commune.name, country, day), PHU_YEN);
        assert_eq!(rows(province, day).len(), 9);
        // A commune of 2021 asked for on the map of November 2024.
        let later = place(&commune.name, province, date!(2024 - 12 - 01));
        assert!(rows(province, date!(2024 - 12 - 01)).iter().any(|u| u.name == later), "{later}");
        // What the asked unit does not hold on that map stands under its district there.
        let elsewhere = units::by_name("units/01-20180507").unwrap();
        let district_of_it = units::district_of(commune).unwrap();
        assert_eq!(place(&commune.name, elsewhere, day), district_of_it.name);
        assert_eq!(place("units/none", province, day), "units/none");
    }

    proptest! {
        #[test]
        fn total_is_trained_and_missing(duties in proptest::collection::vec((0u128..30, 0usize..4), 0..60), known in proptest::collection::btree_map(0u128..40, any::<bool>(), 0..20)) {
            let units = ["a", "b", "c", "d"];
            let duties: Vec<Duty> = duties.into_iter().map(|(p, u)| duty(p, units[u])).collect();
            let trained = known.into_iter().map(|(p, s)| (Uuid::from_u128(p), s)).collect();
            let figures = figures(&duties, &trained, str::to_owned);
            prop_assert_eq!(figures.count.total, figures.count.trained + figures.missing.len());
            let distinct: BTreeSet<Uuid> = duties.iter().map(|d| d.person).collect();
            prop_assert_eq!(figures.count.total, distinct.len());
            let rows: usize = figures.by_unit.values().map(|c| c.total).sum();
            prop_assert!(rows >= figures.count.total);
            prop_assert!(figures.by_unit.values().all(|c| c.trained <= c.total));
        }
    }
}
