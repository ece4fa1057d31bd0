//! Pure arithmetic of progress.

pub mod targets;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use time::{Date, Month};

use targets::{Facts, Task, Tasks};

/// Recognitions of products, grouped as the store groups them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The unit of the products, as it was named when they were recognised.
    pub unit: String,
    /// Month of the decisions, 1 to 12; 0 where only the year is known.
    pub month: u8,
    /// How many products.
    pub count: i64,
    /// How many of them are samples.
    pub samples: i64,
    /// How many of them got four or five stars.
    pub four_stars: i64,
}

/// What trained somebody within the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Training {
    /// Nothing.
    #[default]
    None,
    /// Only invented sessions.
    Sample,
    /// A session that was held.
    Real,
}

/// A duty that was active in the asked year, with when its person passed a session that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDuty {
    /// The unit of the duty.
    pub unit: String,
    /// Who has it.
    pub person: String,
    /// Person or duty is a sample.
    pub sample: bool,
    /// First day of the duty.
    pub begin: Date,
    /// Last day of the duty, where it has one.
    pub end: Option<Date>,
    /// The first such session, an invented one too.
    pub passed: Option<Date>,
    /// The first such session that was held.
    pub passed_really: Option<Date>,
}

impl OnDuty {
    fn active(&self, on: Date) -> bool {
        self.begin <= on && self.end.is_none_or(|last| last >= on)
    }

    fn trained(&self, on: Date) -> Training {
        let by = |passed: Option<Date>| passed.is_some_and(|day| day <= on);
        match (by(self.passed_really), by(self.passed)) {
            (true, _) => Training::Real,
            (false, true) => Training::Sample,
            (false, false) => Training::None,
        }
    }
}

/// Distinct persons on duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trained {
    /// Persons on duty.
    pub total: i64,
    /// Those of them who are trained.
    pub trained: i64,
    /// Those of the trained who are samples, or whom only samples trained.
    pub samples: i64,
    /// Anybody on duty, or anything that trained somebody, is a sample.
    pub sample: bool,
}

impl Trained {
    fn add(&mut self, sample: bool, trained: Training) {
        let is_trained = trained != Training::None;
        let invented = sample || trained == Training::Sample;
        self.total += 1;
        self.trained += i64::from(is_trained);
        self.samples += i64::from(is_trained && invented);
        self.sample |= invented;
    }
}

/// The persons of one audience: in all, by unit of the map, and those with a duty that no unit took. A person counts once
/// in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// In all.
    pub all: Trained,
    /// By unit.
    pub by_unit: BTreeMap<String, Trained>,
    /// With a duty at a unit that is not on the map.
    pub unmapped: i64,
}

/// A person with all duties of a day.
struct Person<U> {
    sample: bool,
    trained: Training,
    units: U,
}

/// The persons on duty on a day; `unit` adds the unit of each duty.
fn persons<'a, U: Default>(
    duties: &'a [OnDuty],
    on: Date,
    unit: impl Fn(&mut U, &str),
) -> BTreeMap<&'a str, Person<U>> {
    let mut persons: BTreeMap<&str, Person<U>> = BTreeMap::new();
    for duty in duties.iter().filter(|duty| duty.active(on)) {
        let new = || Person { sample: false, trained: Training::None, units: U::default() };
        let person = persons.entry(&duty.person).or_insert_with(new);
        person.sample |= duty.sample;
        person.trained = person.trained.max(duty.trained(on));
        unit(&mut person.units, &duty.unit);
    }
    persons
}

/// Counts the persons on duty on a day, wherever.
#[must_use]
pub fn count(duties: &[OnDuty], on: Date) -> Trained {
    let mut all = Trained::default();
    for person in persons(duties, on, |(): &mut (), _| ()).into_values() {
        all.add(person.sample, person.trained);
    }
    all
}

/// Counts the persons on duty on a day from their duties.
#[must_use]
pub fn staff(duties: &[OnDuty], on: Date, place: impl Fn(&str) -> Option<String>) -> Staff {
    let add = |units: &mut BTreeSet<Option<String>>, unit: &str| {
        units.insert(place(unit));
    };
    let mut staff = Staff::default();
    for person in persons(duties, on, add).into_values() {
        staff.all.add(person.sample, person.trained);
        for unit in person.units {
            match unit {
                Some(unit) => staff.by_unit.entry(unit).or_default().add(person.sample, person.trained),
                None => staff.unmapped += 1,
            }
        }
    }
    staff
}

/// The figures of one unit of the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFigures {
    /// First recognitions.
    pub recognised: i64,
    /// Those of them that are samples.
    pub recognised_samples: i64,
    /// Officers.
    pub officers: Trained,
    /// Managers of producers.
    pub managers: Trained,
    /// First recognitions with four or five stars.
    pub four_stars: i64,
    /// Recognitions of products that were recognised before.
    pub again: i64,
    /// The plan's tasks that are carried out here.
    pub tasks: Tasks,
}

/// What stands against one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is reached.
    pub reached: i64,
    /// Of how many; 0 for plain counts.
    pub total: i64,
    /// Two decimals, half up; empty for plain counts and for 0 of 0.
    pub percent: String,
    /// How much is missing to the target.
    pub missing: i64,
    /// True where the target is reached.
    pub met: bool,
}

/// A count against the least count.
#[must_use]
pub fn count_standing(reached: i64, target: i64) -> Standing {
    Standing { reached, total: 0, percent: String::new(), missing: (target - reached).max(0), met: reached >= target }
}

/// A share against the least percentage. Nobody on duty reaches nothing.
#[must_use]
pub fn percent_standing(trained: i64, total: i64, target: i64) -> Standing {
    // The least number of persons whose share is the target, rounded up.
    let needed = (i128::from(total) * i128::from(target) + 99).div_euclid(100);
    let missing = i64::try_from((needed - i128::from(trained)).max(0)).unwrap_or(i64::MAX);
    Standing { reached: trained, total, percent: percent(trained, total), missing, met: total > 0 && missing == 0 }
}

/// `part` of `whole` in percent with two decimals, half up; empty for 0 of 0.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let hundredths = (i128::from(part) * 20_000 + i128::from(whole)).div_euclid(i128::from(whole) * 2);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The first recognitions of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthFigures {
    /// 1 to 12.
    pub month: u8,
    /// First recognitions.
    pub recognised: i64,
    /// Those of them that are samples.
    pub samples: i64,
    /// First recognitions since January.
    pub so_far: i64,
}

/// First recognitions per month, January to `until`, with the sum so far; none where no month has begun.
#[must_use]
pub fn months(recognised: &[Recognised], until: Option<Month>) -> Vec<MonthFigures> {
    let mut so_far = 0;
    (1..=until.map_or(0, u8::from))
        .map(|month| {
            let of_month = || recognised.iter().filter(|r| r.month == month);
            let recognised: i64 = of_month().map(|r| r.count).sum();
            so_far += recognised;
            MonthFigures { month, recognised, samples: of_month().map(|r| r.samples).sum(), so_far }
        })
        .collect()
}

/// The last month of a year that has begun by a day.
#[must_use]
pub fn last_month(year: i32, as_of: Date) -> Option<Month> {
    match as_of.year().cmp(&year) {
        Ordering::Less => None,
        Ordering::Equal => Some(as_of.month()),
        Ordering::Greater => Some(Month::December),
    }
}

/// The last day that counts: the asked one, else the last of the year or today while the year runs.
#[must_use]
pub fn as_of(asked: Option<Date>, year: i32, today: Date) -> Date {
    asked.unwrap_or_else(|| Date::from_calendar_date(year, Month::December, 31).map_or(today, |end| end.min(today)))
}

/// Sums what lies at fine units into the units of a map. Answers the figures and how many products no unit took.
pub fn by_unit(
    facts: &Facts,
    (officers, managers): (&Staff, &Staff),
    (tasks, as_of): (&[Task], Date),
    place: impl Fn(&str) -> Option<String>,
) -> (BTreeMap<String, UnitFigures>, i64) {
    let mut figures: BTreeMap<String, UnitFigures> = BTreeMap::new();
    let mut unmapped = 0;
    for group in &facts.recognised {
        match place(&group.unit) {
            Some(unit) => {
                let unit = figures.entry(unit).or_default();
                unit.recognised += group.count;
                unit.recognised_samples += group.samples;
                unit.four_stars += group.four_stars;
            }
            None => unmapped += group.count,
        }
    }
    for group in &facts.again {
        if let Some(unit) = place(&group.unit) {
            figures.entry(unit).or_default().again += group.count;
        }
    }
    for task in tasks {
        if let Some(unit) = place(&task.unit) {
            figures.entry(unit).or_default().tasks.add(task, as_of);
        }
    }
    for (unit, trained) in &officers.by_unit {
        figures.entry(unit.clone()).or_default().officers = trained.clone();
    }
    for (unit, trained) in &managers.by_unit {
        figures.entry(unit.clone()).or_default().managers = trained.clone();
    }
    (figures, unmapped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn percentages_are_rounded_half_up_and_nobody_has_none() {
        for (part, whole, text) in [
            (0, 0, ""),
            (0, 3, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.67"),
            (1, 8, "12.50"),
            (1, 800, "0.13"),
            (5, 5, "100.00"),
        ] {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn one_missing_person_of_two_hundred_keeps_a_hundred_percent_away() {
        let standing = percent_standing(199, 200, 100);
        assert_eq!((standing.missing, standing.met, standing.percent.as_str()), (1, false, "99.50"));
        assert!(percent_standing(200, 200, 100).met);
        assert!(!percent_standing(0, 0, 100).met);
    }

    #[test]
    fn a_past_year_ends_on_its_last_day_and_a_running_one_today() {
        assert_eq!(as_of(None, 2021, date!(2026 - 11 - 23)), date!(2021 - 12 - 31));
        assert_eq!(as_of(None, 2026, date!(2026 - 11 - 23)), date!(2026 - 11 - 23));
        assert_eq!(as_of(Some(date!(2021 - 06 - 30)), 2021, date!(2026 - 11 - 23)), date!(2021 - 06 - 30));
    }

    #[test]
    fn a_month_has_its_row_once_it_has_begun() {
        assert_eq!(last_month(2021, date!(2020 - 12 - 31)), None);
        assert_eq!(last_month(2021, date!(2021 - 01 - 01)), Some(Month::January));
        assert_eq!(last_month(2021, date!(2022 - 01 - 01)), Some(Month::December));
        assert_eq!((months(&[], None).len(), months(&[], Some(Month::March)).len()), (0, 3));
    }

    proptest! {
        #[test]
        fn a_person_counts_once_in_all_and_once_in_each_unit_however_many_duties(
            duties in prop::collection::vec((0u8..12, 0u8..6, any::<bool>(), 0u8..3), 0..60),
        ) {
            let on = date!(2021 - 12 - 31);
            let passed = |by: u8, least: u8| (by >= least).then_some(on);
            let duties: Vec<OnDuty> = duties
                .iter()
                .map(|(person, unit, sample, by)| OnDuty {
                    unit: format!("u{unit}"),
                    person: format!("p{person}"),
                    sample: *sample,
                    begin: on,
                    end: None,
                    passed: passed(*by, 1),
                    passed_really: passed(*by, 2),
                })
                .collect();
            // Two fine units make one of the map; the last is not on it.
            let place = |unit: &str| match unit { "u0" | "u1" => Some("a"), "u5" => None, _ => Some("b") }.map(str::to_owned);
            let staff = staff(&duties, on, place);
            prop_assert_eq!(&staff.all, &count(&duties, on));
            let persons = |of: &dyn Fn(&OnDuty) -> bool| {
                let found: BTreeSet<&str> = duties.iter().filter(|d| of(d)).map(|d| d.person.as_str()).collect();
                i64::try_from(found.len()).unwrap()
            };
            prop_assert_eq!(staff.all.total, persons(&|_| true));
            prop_assert_eq!(staff.all.trained, persons(&|d| d.trained(on) != Training::None));
            prop_assert_eq!(staff.unmapped, persons(&|d| place(&d.unit).is_none()));
            for unit in ["a", "b"] {
                let found = staff.by_unit.get(unit).cloned().unwrap_or_default();
                prop_assert_eq!(found.total, persons(&|d| place(&d.unit).as_deref() == Some(unit)));
                prop_assert!(found.samples <= found.trained && found.trained <= found.total);
            }
            let real = persons(&|d| d.trained(on) == Training::Real);
            prop_assert!(staff.all.samples >= staff.all.trained - real, "whom no real session trained is a sample");
            prop_assert_eq!(staff.all.sample, duties.iter().any(|d| d.sample) || staff.all.samples > 0);
        }

        #[test]
        fn units_and_the_unmapped_add_up_to_the_months(groups in prop::collection::vec((0u8..6, 1u8..=12, 0i64..50), 0..40)) {
            let recognised: Vec<Recognised> = groups
                .iter()
                .map(|(unit, month, count)| Recognised { unit: format!("u{unit}"), month: *month, count: *count, samples: 0, four_stars: 0 })
                .collect();
            let nobody = Staff::default();
            let facts = Facts { recognised: recognised.clone(), ..Facts::default() };
            let (units, unmapped) = by_unit(&facts, (&nobody, &nobody), (&[], date!(2021 - 12 - 31)), |u| (u != "u5").then(|| u.to_owned()));
            let total: i64 = groups.iter().map(|g| g.2).sum();
            prop_assert_eq!(units.values().map(|u| u.recognised).sum::<i64>() + unmapped, total);
            prop_assert_eq!(months(&recognised, Some(Month::December)).last().map(|m| m.so_far), Some(total));
        }

        #[test]
        fn a_target_is_met_exactly_when_nothing_is_missing(trained in 0i64..500, more in 0i64..500, target in 1i64..=100) {
            let standing = percent_standing(trained, trained + more, target);
            prop_assert_eq!(standing.met, standing.missing == 0 && trained + more > 0);
            prop_assert!(trained + standing.missing <= trained + more || trained + more == 0);
        }
    }
}
