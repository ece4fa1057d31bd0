//! Counting who is trained.

use std::collections::{BTreeMap, BTreeSet};

use reference::units::{self, Unit};
use time::Date;
use uuid::Uuid;

/// Where a duty stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The unit under which it is shown by its dated name: its own, or the part of a divided commune that it was assigned to.
    pub shown: String,
    /// Number of the unit's level.
    pub level: i32,
    /// Number of the producer's legal form; 0 for a post.
    pub legal_form: i32,
    /// Person or duty is an invented sample.
    pub sample: bool,
}

/// Whether somebody is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trained {
    /// No.
    No,
    /// Yes.
    Yes,
    /// Only by invented attendance.
    BySample,
}

/// Duties that are counted together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Whose they are where the person has several duties: counted once over all groups. None for persons with one.
    pub person: Option<Uuid>,
    /// Where they stand.
    pub duty: Duty,
    /// Whether those who have them are trained.
    pub trained: Trained,
    /// How many duties.
    pub count: usize,
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
    fn add(&mut self, persons: usize, trained: bool, sample: bool) {
        self.total += persons;
        self.trained += if trained { persons } else { 0 };
        self.samples += if sample { persons } else { 0 };
    }
}

/// Counts by a key, each person once under each key.
#[derive(Clone, Debug)]
struct By<K: Ord>(BTreeMap<K, Count>, BTreeMap<(Uuid, K), bool>);

impl<K: Ord + Clone> By<K> {
    fn new() -> Self {
        Self(BTreeMap::new(), BTreeMap::new())
    }

    fn add(&mut self, key: K, group: &Group) {
        let (trained, sample) = (group.trained != Trained::No, group.duty.sample);
        let count = self.0.entry(key.clone()).or_default();
        let Some(person) = group.person else { return count.add(group.count, trained, sample) };
        match self.1.get_mut(&(person, key.clone())) {
            None => {
                count.add(1, trained, sample);
                self.1.insert((person, key), sample);
            }
            // A sample by any of the duties.
            Some(known) if sample && !*known => {
                count.samples += 1;
                *known = true;
            }
            Some(_) => {}
        }
    }
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
    /// By number of the level.
    pub by_level: BTreeMap<i32, Count>,
    /// By number of the legal form.
    pub by_legal_form: BTreeMap<i32, Count>,
}

/// Adds the groups up. `place` says in which row a duty's unit stands.
#[must_use]
pub fn figures(groups: &[Group], place: impl Fn(&str) -> String) -> Figures {
    let (mut all, mut units, mut levels, mut forms) = (By::new(), By::new(), By::new(), By::new());
    let mut places: BTreeMap<&str, String> = BTreeMap::new();
    let mut sample = false;
    for group in groups {
        let duty = &group.duty;
        let row = places.entry(&duty.shown).or_insert_with(|| place(&duty.shown));
        all.add((), group);
        units.add(row.clone(), group);
        levels.add(duty.level, group);
        forms.add(duty.legal_form, group);
        sample |= duty.sample || group.trained == Trained::BySample;
    }
    Figures {
        count: all.0.remove(&()).unwrap_or_default(),
        sample,
        by_unit: units.0,
        by_level: levels.0,
        by_legal_form: forms.0,
    }
}

/// Why nothing counts for somebody, the closest to being trained last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing is recorded.
    NoSession,
    /// Passed a session about another topic.
    OtherTopic,
    /// Passed before the window.
    BeforeWindow,
    /// Passed after the asked day.
    AfterDay,
    /// Attended none of a session that would count.
    Absent,
    /// Attended too little of a session that would count.
    TooLittleAttended,
}

/// What somebody who is missing has completed: the session, its day, whether its topic counts.
pub type Completed = (Uuid, Date, bool);

/// Why somebody is missing, and the session that came closest; the window's first day divides before and after.
#[must_use]
pub fn why(from: Date, completed: &[Completed], attended: &[(Uuid, i32)]) -> (Reason, Option<Uuid>) {
    let passed = completed.iter().map(|(session, day, counts)| match (counts, *day < from) {
        (false, _) => (Reason::OtherTopic, *day, *session),
        (true, true) => (Reason::BeforeWindow, *day, *session),
        (true, false) => (Reason::AfterDay, *day, *session),
    });
    let closest = attended.iter().max_by_key(|(session, half_days)| (*half_days, *session));
    if let Some((session, half_days)) = closest {
        let reason = if *half_days == 0 { Reason::Absent } else { Reason::TooLittleAttended };
        return (reason, Some(*session));
    }
    passed.max().map_or((Reason::NoSession, None), |(reason, _, session)| (reason, Some(session)))
}

/// Somebody on duty who is not trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Who.
    pub person: Uuid,
    /// Where, by the units' dated names.
    pub units: BTreeSet<String>,
    /// First day of the earliest duty.
    pub begin_date: Date,
    /// An invented sample.
    pub sample: bool,
    /// Why.
    pub reason: Reason,
    /// The session that came closest.
    pub session: Option<Uuid>,
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

    fn group(person: u128, unit: &str, trained: Trained) -> Group {
        let duty = Duty { shown: unit.to_owned(), level: 4, legal_form: 0, sample: false };
        Group { person: Some(Uuid::from_u128(person)), duty, trained, count: 1 }
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
        use Trained::{No, Yes};
        let others = Group { person: None, count: 5, ..group(0, "c", Yes) };
        let groups = [group(1, "a", Yes), group(1, "b", Yes), group(2, "a", No), group(2, "a", No), others];
        let figures = figures(&groups, str::to_owned);
        assert_eq!(figures.count, Count { total: 7, trained: 6, samples: 0 });
        let row = |unit: &str| figures.by_unit[unit];
        assert_eq!(row("a"), Count { total: 2, trained: 1, samples: 0 });
        assert_eq!(row("b"), Count { total: 1, trained: 1, samples: 0 });
        assert_eq!(row("c"), Count { total: 5, trained: 5, samples: 0 });
        assert_eq!(figures.by_level[&4], figures.count);
    }

    #[test]
    fn samples_are_seen_on_both_sides() {
        let by = |trained| figures(&[group(1, "a", trained)], str::to_owned).sample;
        assert!(by(Trained::BySample));
        assert!(!by(Trained::Yes) && !by(Trained::No));
        let mut invented = group(1, "b", Trained::No);
        invented.duty.sample = true;
        let both = figures(&[group(1, "a", Trained::No), invented], str::to_owned);
        assert!(both.sample);
        assert_eq!(both.count, Count { total: 1, trained: 0, samples: 1 }, "a sample by any of the duties");
    }

    #[test]
    fn the_reason_is_the_closest_to_being_trained() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let from = date!(2021 - 01 - 01);
        let (before, after) = (date!(2020 - 12 - 31), date!(2021 - 12 - 01));
        for (completed, attended, reason, session) in [
            (vec![], vec![], Reason::NoSession, None),
            (vec![(a, after, false)], vec![], Reason::OtherTopic, Some(a)),
            (vec![(a, after, false), (b, before, true)], vec![], Reason::BeforeWindow, Some(b)),
            (vec![(a, after, true), (b, before, true)], vec![], Reason::AfterDay, Some(a)),
            (vec![(a, before, true)], vec![(b, 0)], Reason::Absent, Some(b)),
            (vec![], vec![(a, 0), (b, 2)], Reason::TooLittleAttended, Some(b)),
        ] {
            assert_eq!(why(from, &completed, &attended), (reason, session), "{completed:?} {attended:?}");
        }
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
        fn the_total_is_that_of_distinct_persons(duties in proptest::collection::vec((0u128..30, 0usize..4), 0..60)) {
            let units = ["a", "b", "c", "d"];
            let trained = |person: u128| if person.is_multiple_of(3) { Trained::Yes } else { Trained::No };
            let groups: Vec<Group> = duties.iter().map(|(p, u)| group(*p, units[*u], trained(*p))).collect();
            let figures = figures(&groups, str::to_owned);
            let distinct: BTreeSet<u128> = duties.iter().map(|(person, _)| *person).collect();
            prop_assert_eq!(figures.count.total, distinct.len());
            prop_assert_eq!(figures.count.trained, distinct.iter().filter(|p| p.is_multiple_of(3)).count());
            for (unit, count) in &figures.by_unit {
                let there: BTreeSet<u128> =
                    duties.iter().filter(|(_, u)| units[*u] == unit).map(|(person, _)| *person).collect();
                prop_assert_eq!(count.total, there.len());
            }
        }
    }
}
