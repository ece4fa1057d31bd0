//! What stands against the targets of a plan: in all, by unit, by month, and what is late of them and of the tasks.

use std::collections::BTreeMap;

use time::{Date, Month};

use super::{OnDuty, Recognised, Standing, Trained, UnitFigures, count, count_standing, percent, percent_standing};

/// What a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// First recognitions.
    Recognised,
    /// Those of them with four or five stars.
    FourStars,
    /// Recognitions of products that were recognised before.
    Again,
    /// Officers who are trained.
    Officers,
    /// Managers of producers who are trained.
    Managers,
    /// What this program does not know.
    Nothing,
}

/// What the feeds told about a plan's unit and year.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// First recognitions.
    pub recognised: Vec<Recognised>,
    /// Recognitions of products that were recognised before.
    pub again: Vec<Recognised>,
    /// Duties of officers.
    pub officers: Vec<OnDuty>,
    /// Duties of managers.
    pub managers: Vec<OnDuty>,
}

impl Facts {
    /// Those of some units.
    #[must_use]
    pub fn within(&self, holds: impl Fn(&str) -> bool) -> Self {
        let products = |of: &[Recognised]| of.iter().filter(|r| holds(&r.unit)).cloned().collect();
        let duties = |of: &[OnDuty]| of.iter().filter(|d| holds(&d.unit)).cloned().collect();
        Self {
            recognised: products(&self.recognised),
            again: products(&self.again),
            officers: duties(&self.officers),
            managers: duties(&self.managers),
        }
    }

    /// The products that a measure counts, each group with how many of it count.
    fn products(&self, of: Counted) -> impl Iterator<Item = (&Recognised, i64)> {
        let groups = match of {
            Counted::Recognised | Counted::FourStars => self.recognised.as_slice(),
            Counted::Again => self.again.as_slice(),
            Counted::Officers | Counted::Managers | Counted::Nothing => &[],
        };
        groups.iter().map(move |group| (group, if of == Counted::FourStars { group.four_stars } else { group.count }))
    }

    fn duties(&self, of: Counted) -> Option<&[OnDuty]> {
        match of {
            Counted::Officers => Some(&self.officers),
            Counted::Managers => Some(&self.managers),
            Counted::Recognised | Counted::FourStars | Counted::Again | Counted::Nothing => None,
        }
    }

    /// What stands against a value on a day, and how many of what is reached are samples.
    #[must_use]
    pub fn standing(&self, of: Counted, value: i64, on: Date) -> (Standing, i64) {
        if let Some(duties) = self.duties(of) {
            let persons = count(duties, on);
            return (percent_standing(persons.trained, persons.total, value), persons.samples);
        }
        let reached = self.products(of).map(|(_, count)| count).sum();
        let samples = |(group, count): (&Recognised, i64)| group.samples.min(count);
        (count_standing(reached, value), self.products(of).map(samples).sum())
    }

    /// The months of a year up to one, January first; the last one as of a day.
    #[must_use]
    pub fn months(&self, of: Counted, year: i32, (until, as_of): (Option<Month>, Date)) -> Vec<MonthStanding> {
        let mut so_far = 0;
        let row = |month: u8| {
            if let Some(duties) = self.duties(of) {
                let persons = count(duties, end_of(year, i32::from(month)).min(as_of));
                let percent = percent(persons.trained, persons.total);
                return MonthStanding { month, reached: persons.trained, in_month: 0, total: persons.total, percent };
            }
            let of_month = self.products(of).filter(|(group, _)| group.month == month);
            let in_month = of_month.map(|(_, count)| count).sum();
            so_far += in_month;
            MonthStanding { month, reached: so_far, in_month, total: 0, percent: String::new() }
        };
        (1..=until.map_or(0, u8::from)).map(row).collect()
    }
}

/// A target at the end of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthStanding {
    /// 1 to 12.
    pub month: u8,
    /// Products since January, or persons trained by then.
    pub reached: i64,
    /// Products of this month; 0 for persons.
    pub in_month: i64,
    /// Persons on duty then; 0 for products.
    pub total: i64,
    /// Two decimals, half up; empty for products and for 0 of 0.
    pub percent: String,
}

/// What stands in a unit against its value.
#[must_use]
pub fn unit_standing(of: Counted, figures: &UnitFigures, value: i64) -> Standing {
    let persons = |of: &Trained| percent_standing(of.trained, of.total, value);
    match of {
        Counted::Recognised => count_standing(figures.recognised, value),
        Counted::FourStars => count_standing(figures.four_stars, value),
        Counted::Again => count_standing(figures.again, value),
        Counted::Officers => persons(&figures.officers),
        Counted::Managers => persons(&figures.managers),
        Counted::Nothing => count_standing(0, value),
    }
}

/// The values that the units of a map are to reach: the plan's own for a unit, else that of each. Where the map has one unit
/// in the place of several, counts add up and of percentages the highest stays.
#[must_use]
pub fn unit_values(
    (each, single): (i64, &[(String, i64)]),
    rows: &[String],
    of: Counted,
    place: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, i64> {
    let mut values: BTreeMap<String, i64> = BTreeMap::new();
    for (unit, value) in single {
        if let Some(unit) = place(unit) {
            let known = values.entry(unit).or_default();
            let percent = matches!(of, Counted::Officers | Counted::Managers);
            *known = if percent { (*known).max(*value) } else { known.saturating_add(*value) };
        }
    }
    if each > 0 {
        for unit in rows {
            values.entry(unit.clone()).or_insert(each);
        }
    }
    values
}

/// The last day of a month of a year; of the year for what is no month.
#[must_use]
pub fn end_of(year: i32, month: i32) -> Date {
    let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()).unwrap_or(Month::December);
    Date::from_calendar_date(year, month, month.length(year)).unwrap_or(Date::MAX)
}

/// A task of a plan as the feed told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task.
    pub task: String,
    /// The unit that carries it out.
    pub unit: String,
    /// Number of its state.
    pub state: i32,
    /// The day by which it is to be done.
    pub due: Option<Date>,
    /// The day on which it ended.
    pub end: Option<Date>,
}

impl Task {
    /// For how many days it was late on a day; none where it was not: its due day was over, and it had not ended by then.
    #[must_use]
    pub fn days_late(&self, as_of: Date) -> Option<i64> {
        let due = self.due.filter(|due| *due < as_of)?;
        self.end.is_none_or(|end| end > as_of).then(|| (as_of - due).whole_days())
    }
}

/// Tasks by state (planned, under way, done, cancelled, carried over), and how many of them are late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// By the numbers of the states, the first for 1.
    pub states: [i64; 5],
    /// Late ones.
    pub late: i64,
}

impl Tasks {
    /// Counts one more.
    pub fn add(&mut self, task: &Task, as_of: Date) {
        let at = usize::try_from(task.state).ok().and_then(|number| number.checked_sub(1));
        if let Some(count) = at.and_then(|at| self.states.get_mut(at)) {
            *count += 1;
        }
        self.late += i64::from(task.days_late(as_of).is_some());
    }
}

/// The late tasks of a day, the one due first before the others.
#[must_use]
pub fn late_tasks(tasks: &[Task], as_of: Date) -> Vec<(&Task, i64)> {
    let mut late: Vec<(&Task, i64)> =
        tasks.iter().filter_map(|task| task.days_late(as_of).map(|days| (task, days))).collect();
    late.sort_by(|(a, _), (b, _)| (a.due, &a.task).cmp(&(b.due, &b.task)));
    late
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    fn group(month: u8, count: i64, four_stars: i64) -> Recognised {
        Recognised { unit: "u".to_owned(), month, count, samples: 0, four_stars }
    }

    fn duty(person: &str, begin: Date, end: Option<Date>, passed: Option<Date>) -> OnDuty {
        OnDuty {
            unit: "u".to_owned(),
            person: person.to_owned(),
            sample: false,
            begin,
            end,
            passed,
            passed_really: passed,
        }
    }

    #[test]
    fn months_tell_who_was_on_duty_and_trained_at_their_end() {
        let january = date!(2021 - 01 - 04);
        let facts = Facts {
            officers: vec![
                duty("a", january, Some(date!(2021 - 02 - 15)), Some(date!(2021 - 01 - 20))),
                duty("b", january, None, Some(date!(2021 - 02 - 28))),
                duty("c", date!(2021 - 03 - 10), None, None),
            ],
            ..Facts::default()
        };
        let months = facts.months(Counted::Officers, 2021, (Some(Month::March), date!(2021 - 03 - 05)));
        let told: Vec<(u8, i64, i64, &str)> =
            months.iter().map(|m| (m.month, m.reached, m.total, m.percent.as_str())).collect();
        assert_eq!(told, [(1, 1, 2, "50.00"), (2, 1, 1, "100.00"), (3, 1, 1, "100.00")]);
        let (standing, _) = facts.standing(Counted::Officers, 100, date!(2021 - 03 - 31));
        assert_eq!((standing.reached, standing.total, standing.missing), (1, 2, 1));
    }

    #[test]
    fn four_stars_and_products_recognised_anew_are_counted_by_themselves() {
        let facts =
            Facts { recognised: vec![group(3, 4, 1), group(5, 2, 2)], again: vec![group(5, 7, 7)], ..Facts::default() };
        let reached = |of| facts.standing(of, 3, date!(2021 - 12 - 31)).0.reached;
        assert_eq!(
            [Counted::Recognised, Counted::FourStars, Counted::Again, Counted::Nothing].map(reached),
            [6, 3, 7, 0]
        );
        let months = facts.months(Counted::FourStars, 2021, (Some(Month::May), date!(2021 - 05 - 31)));
        let told: Vec<(i64, i64)> = months.iter().map(|m| (m.in_month, m.reached)).collect();
        assert_eq!(told, [(0, 0), (0, 0), (1, 1), (0, 1), (2, 3)]);
    }

    #[test]
    fn a_units_own_value_takes_the_place_of_that_of_each() {
        let rows = ["a", "b"].map(str::to_owned);
        let single = [("a1".to_owned(), 3), ("a2".to_owned(), 4), ("gone".to_owned(), 9)];
        let place = |unit: &str| unit.starts_with('a').then(|| "a".to_owned());
        let values = |of| unit_values((2, &single), &rows, of, place);
        assert_eq!(values(Counted::Recognised), [("a".to_owned(), 7), ("b".to_owned(), 2)].into());
        assert_eq!(values(Counted::Officers), [("a".to_owned(), 4), ("b".to_owned(), 2)].into());
        assert!(unit_values((0, &[]), &rows, Counted::Recognised, place).is_empty());
    }

    #[test]
    fn a_month_ends_on_its_last_day_and_no_month_is_december() {
        for (month, expected) in [(2, date!(2024 - 02 - 29)), (6, date!(2024 - 06 - 30)), (0, date!(2024 - 12 - 31))] {
            assert_eq!(end_of(2024, month), expected);
        }
    }

    #[test]
    fn late_tasks_come_by_their_due_day_and_are_counted_by_state() {
        let task = |name: &str, state, due, end| Task { task: name.to_owned(), unit: String::new(), state, due, end };
        let (june, july) = (Some(date!(2021 - 06 - 30)), Some(date!(2021 - 07 - 31)));
        let tasks = [
            task("t1", 2, july, None),
            task("t2", 1, june, None),
            task("t3", 3, june, june),
            task("t4", 3, june, Some(date!(2021 - 09 - 01))),
            task("t5", 1, None, None),
        ];
        let as_of = date!(2021 - 08 - 01);
        let late: Vec<(&str, i64)> =
            late_tasks(&tasks, as_of).iter().map(|(t, days)| (t.task.as_str(), *days)).collect();
        assert_eq!(late, [("t2", 32), ("t4", 32), ("t1", 1)]);
        let mut counted = Tasks::default();
        tasks.iter().for_each(|task| counted.add(task, as_of));
        assert_eq!(counted, Tasks { states: [2, 1, 2, 0, 0], late: 3 });
    }

    proptest! {
        #[test]
        fn the_last_month_of_the_year_tells_what_stands_at_its_end(groups in prop::collection::vec((1u8..=12, 0i64..20, 0i64..20), 0..30)) {
            let recognised: Vec<Recognised> = groups.iter().map(|(month, count, four)| group(*month, *count, (*four).min(*count))).collect();
            let facts = Facts { again: recognised.clone(), recognised, ..Facts::default() };
            let end = date!(2021 - 12 - 31);
            for of in [Counted::Recognised, Counted::FourStars, Counted::Again] {
                let months = facts.months(of, 2021, (Some(Month::December), end));
                prop_assert_eq!(months.last().map(|m| m.reached), Some(facts.standing(of, 1, end).0.reached));
                prop_assert_eq!(months.iter().map(|m| m.in_month).sum::<i64>(), facts.standing(of, 1, end).0.reached);
            }
        }
    }
}
