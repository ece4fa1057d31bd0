//! What a task is, how it moves from state to state, and when it is late.

use kit::states::Forbidden;
use reference::calendar::add_months_clamped;
use reference::units::{self, Unit};
use time::Date;

use crate::shared::words::words;

/// Most tasks of one plan.
pub const MOST: usize = 200;

words! {
    /// Where a task stands.
    pub enum TaskState {
        /// Not begun.
        Planned = 1 "planned",
        /// Begun.
        UnderWay = 2 "under_way",
        /// Done.
        Done = 3 "done",
        /// Given up.
        Cancelled = 4 "cancelled",
        /// Goes on in the next year's plan.
        CarriedOver = 5 "carried_over",
    }
}

impl TaskState {
    /// True where the task is still to be done.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::UnderWay)
    }
}

/// A step of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStep {
    /// What is to be done changes.
    Update,
    /// It begins.
    Start,
    /// It is reported about.
    Report,
    /// It is done.
    Complete,
    /// It is given up.
    Cancel,
    /// It is taken up again.
    Reopen,
    /// It goes on in the next year's plan.
    CarryOver,
}

impl TaskStep {
    /// Every step.
    pub const ALL: [Self; 7] =
        [Self::Update, Self::Start, Self::Report, Self::Complete, Self::Cancel, Self::Reopen, Self::CarryOver];

    /// The RPC that takes the step.
    #[must_use]
    pub fn rpc(self) -> &'static str {
        match self {
            Self::Update => "UpdateTask",
            Self::Start => "StartTask",
            Self::Report => "CreateTaskReport",
            Self::Complete => "CompleteTask",
            Self::Cancel => "CancelTask",
            Self::Reopen => "ReopenTask",
            Self::CarryOver => "RollOverPlan",
        }
    }
}

/// All that a task can do; what is not here is refused.
pub const TRANSITIONS: &[(TaskState, TaskStep, TaskState)] = &[
    (TaskState::Planned, TaskStep::Update, TaskState::Planned),
    (TaskState::Planned, TaskStep::Start, TaskState::UnderWay),
    (TaskState::Planned, TaskStep::Report, TaskState::UnderWay),
    (TaskState::Planned, TaskStep::Cancel, TaskState::Cancelled),
    (TaskState::Planned, TaskStep::CarryOver, TaskState::CarriedOver),
    (TaskState::UnderWay, TaskStep::Update, TaskState::UnderWay),
    (TaskState::UnderWay, TaskStep::Report, TaskState::UnderWay),
    (TaskState::UnderWay, TaskStep::Complete, TaskState::Done),
    (TaskState::UnderWay, TaskStep::Cancel, TaskState::Cancelled),
    (TaskState::UnderWay, TaskStep::CarryOver, TaskState::CarriedOver),
    (TaskState::Done, TaskStep::Reopen, TaskState::UnderWay),
    (TaskState::Cancelled, TaskStep::Reopen, TaskState::Planned),
];

/// The state after a step.
///
/// # Errors
/// The table has no such step.
pub fn step(state: TaskState, step: TaskStep) -> Result<TaskState, Forbidden<TaskState, TaskStep>> {
    kit::states::step(TRANSITIONS, state, step)
}

/// The days of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// It began.
    pub begin: Option<Date>,
    /// It ended, in whichever way.
    pub end: Option<Date>,
    /// Its newest report.
    pub report: Option<Date>,
    /// The newest step of all, reopening too.
    pub last: Option<Date>,
}

impl Days {
    /// The days after a step that leads to a state.
    #[must_use]
    pub fn after(self, step: TaskStep, to: TaskState, on: Date) -> Self {
        let begin = match to {
            TaskState::Planned => None,
            TaskState::UnderWay => self.begin.or(Some(on)),
            TaskState::Done | TaskState::Cancelled | TaskState::CarriedOver => self.begin,
        };
        let report = if step == TaskStep::Report { self.report.max(Some(on)) } else { self.report };
        // A report may come in after a newer one; the other steps follow one another.
        Self { begin, end: (!to.is_open()).then_some(on), report, last: self.last.max(Some(on)) }
    }

    /// The day before which a step cannot lie: reports follow the beginning, other steps all that was before.
    #[must_use]
    pub fn earliest(self, step: TaskStep) -> Option<Date> {
        if step == TaskStep::Report { self.begin } else { self.last }
    }
}

/// True where the due day was over on a day and the task had not ended by then.
#[must_use]
pub fn late(due: Option<Date>, end: Option<Date>, as_of: Date) -> bool {
    due.is_some_and(|due| due < as_of) && end.is_none_or(|end| end > as_of)
}

/// The months of a year, as bits from 1 for January.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Months(i32);

impl Months {
    /// Of their numbers; what is no month is left out.
    #[must_use]
    pub fn of(numbers: &[i32]) -> Self {
        Self(numbers.iter().filter(|n| (1..=12).contains(*n)).fold(0, |bits, n| bits | (1 << (n - 1))))
    }

    /// As they are kept.
    #[must_use]
    pub fn bits(self) -> i32 {
        self.0
    }

    /// As they were kept.
    #[must_use]
    pub fn of_bits(bits: i32) -> Self {
        Self(bits & 0xfff)
    }

    /// Their numbers in order.
    #[must_use]
    pub fn numbers(self) -> Vec<i32> {
        (1..=12).filter(|n| self.0 & (1 << (n - 1)) != 0).collect()
    }
}

/// What is to be done, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What is to be done.
    pub title: String,
    /// The body that leads.
    pub lead_agency: String,
    /// The bodies that coordinate.
    pub coordinating_agencies: Vec<String>,
    /// The day by which it is to be done, if the plan names one.
    pub due_date: Option<Date>,
    /// What there is when it is done.
    pub deliverable: String,
    /// When it is carried out.
    pub months: Months,
}

/// A task to be added.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// What is to be done.
    pub draft: Draft,
    /// The unit that carries it out.
    pub unit: &'static Unit,
}

/// A task in the list that takes the place of a plan's tasks.
#[derive(Clone, Debug)]
pub struct Listed<I> {
    /// The task that stays; none for a new one.
    pub id: Option<I>,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// What is to be done.
    pub draft: Draft,
    /// The unit as it was typed; empty for the plan's own.
    pub unit: String,
}

/// What changes in a task; none for what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What is to be done.
    pub title: Option<String>,
    /// The body that leads.
    pub lead_agency: Option<String>,
    /// The bodies that coordinate.
    pub coordinating_agencies: Option<Vec<String>>,
    /// The due day.
    pub due_date: Option<Option<Date>>,
    /// What there is when it is done.
    pub deliverable: Option<String>,
    /// When it is carried out.
    pub months: Option<Months>,
}

impl Change {
    /// The draft after the change.
    #[must_use]
    pub fn of(self, old: Draft) -> Draft {
        Draft {
            title: self.title.unwrap_or(old.title),
            lead_agency: self.lead_agency.unwrap_or(old.lead_agency),
            coordinating_agencies: self.coordinating_agencies.unwrap_or(old.coordinating_agencies),
            due_date: self.due_date.unwrap_or(old.due_date),
            deliverable: self.deliverable.unwrap_or(old.deliverable),
            months: self.months.unwrap_or(old.months),
        }
    }
}

/// A report to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport<I> {
    /// The task.
    pub task: I,
    /// The day that it reports of.
    pub on: Date,
    /// What was done.
    pub text: String,
    /// How much is done.
    pub percent_done: i32,
    /// What was spent so far, in đồng, where it is known.
    pub spent_vnd: Option<i64>,
}

/// True where a unit is the plan's own or lies in it, on whatever map.
#[must_use]
pub fn lies_in(unit: &Unit, plan_unit: &str) -> bool {
    units::prefixes(plan_unit).iter().any(|prefix| unit.path.starts_with(prefix.as_str()))
}

/// A task as it goes on in the next year: due on the same day of that year, and carried out by the unit that stands for
/// its own on the day of the new plan where that lies in the plan's, else by the plan's.
#[must_use]
pub fn next_year(draft: Draft, unit: &str, plan_unit: &'static Unit, on: Date) -> NewTask {
    let stands = units::by_name(unit).and_then(|unit| units::at_map(unit, on).ok());
    let unit = stands.filter(|unit| lies_in(unit, &plan_unit.name)).unwrap_or(plan_unit);
    NewTask { draft: Draft { due_date: draft.due_date.map(|due| add_months_clamped(due, 12)), ..draft }, unit }
}

/// The key by which the bodies of a task are found: each on its line, without marks and capitals.
#[must_use]
pub fn agencies_key(lead: &str, coordinating: &[String]) -> String {
    let mut key = String::from("\n");
    for agency in std::iter::once(lead).chain(coordinating.iter().map(String::as_str)) {
        key.push_str(&reference::text::fold(agency));
        key.push('\n');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn the_table_is_all_that_a_task_can_do_and_what_is_carried_over_is_over() {
        let mut allowed = 0;
        for state in TaskState::ALL {
            for verb in TaskStep::ALL {
                match step(*state, verb) {
                    Ok(to) => {
                        allowed += 1;
                        assert!(TRANSITIONS.contains(&(*state, verb, to)));
                    }
                    Err(found) => assert!(!found.allowed.contains(&verb)),
                }
            }
        }
        assert_eq!(allowed, TRANSITIONS.len(), "no step has two ends");
        assert!(TaskStep::ALL.iter().all(|verb| step(TaskState::CarriedOver, *verb).is_err()));
        for state in TaskState::ALL {
            assert_eq!(step(*state, TaskStep::CarryOver).is_ok(), state.is_open());
            assert_eq!(step(*state, TaskStep::Reopen).is_ok(), matches!(state, TaskState::Done | TaskState::Cancelled));
        }
    }

    #[test]
    fn a_task_is_late_from_the_day_behind_its_due_day_until_it_ends() {
        let (due, next) = (date!(2021 - 11 - 30), date!(2021 - 12 - 01));
        for (due, end, as_of, expected) in [
            (Some(due), None, due, false),
            (Some(due), None, next, true),
            (None, None, next, false),
            (Some(due), Some(due), next, false),
            (Some(due), Some(next), next, false),
            (Some(due), Some(date!(2021 - 12 - 02)), next, true),
        ] {
            assert_eq!(late(due, end, as_of), expected, "{due:?} {end:?} {as_of}");
        }
    }

    #[test]
    fn days_follow_the_steps_and_reports_only_the_beginning() {
        let on = |day| date!(2021 - 03 - 01).replace_day(day).unwrap();
        let begun = Days::default().after(TaskStep::Start, TaskState::UnderWay, on(1));
        let reported = begun.after(TaskStep::Report, TaskState::UnderWay, on(9));
        let earlier = reported.after(TaskStep::Report, TaskState::UnderWay, on(5));
        assert_eq!((earlier.report, earlier.last), (Some(on(9)), Some(on(9))), "an older report is no news");
        assert_eq!(earlier.earliest(TaskStep::Report), Some(on(1)));
        assert_eq!(earlier.earliest(TaskStep::Complete), Some(on(9)));
        let done = earlier.after(TaskStep::Complete, TaskState::Done, on(10));
        assert_eq!((done.begin, done.end), (Some(on(1)), Some(on(10))));
        let again = done.after(TaskStep::Reopen, TaskState::UnderWay, on(12));
        assert_eq!((again.begin, again.end, again.last), (Some(on(1)), None, Some(on(12))));
        let planned = again.after(TaskStep::Cancel, TaskState::Cancelled, on(13));
        let planned = planned.after(TaskStep::Reopen, TaskState::Planned, on(14));
        assert_eq!((planned.begin, planned.end), (None, None), "it begins anew");
    }

    #[test]
    fn the_next_years_task_is_due_a_year_later_and_stays_in_the_plans_unit() {
        let phu_yen = units::by_name("units/54-20180507").unwrap();
        let draft = Draft {
            title: String::new(),
            lead_agency: String::new(),
            coordinating_agencies: Vec::new(),
            due_date: Some(date!(2024 - 02 - 29)),
            deliverable: String::new(),
            months: Months::of(&[2]),
        };
        for (unit, expected) in [
            ("units/555-20180507", "units/555-20180507"),
            ("units/56-20180507", "units/54-20180507"),
            ("units/none", "units/54-20180507"),
        ] {
            let next = next_year(draft.clone(), unit, phu_yen, date!(2022 - 01 - 04));
            assert_eq!((next.unit.name.as_str(), next.draft.due_date), (expected, Some(date!(2025 - 02 - 28))));
        }
    }

    #[test]
    fn bodies_are_found_without_marks_and_only_whole() {
        let key = agencies_key("Sở Tài chính", &["UBND huyện Tuy An".to_owned()]);
        assert_eq!(key, "\nso tai chinh\nubnd huyen tuy an\n");
    }

    #[test]
    fn every_state_is_read_back() {
        for state in TaskState::ALL {
            assert_eq!(TaskState::of(state.word()), Some(*state));
            assert_eq!(TaskState::of_number(state.number()), Some(*state));
        }
    }

    proptest! {
        #[test]
        fn months_are_read_back_in_order_and_once(numbers in prop::collection::vec(-3i32..=15, 0..20)) {
            let mut expected: Vec<i32> = numbers.iter().copied().filter(|n| (1..=12).contains(n)).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(Months::of_bits(Months::of(&numbers).bits()).numbers(), expected);
        }
    }
}
