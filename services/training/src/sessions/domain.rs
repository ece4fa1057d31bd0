//! When a session fits its dates, and who passed it.

use std::collections::BTreeSet;

use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use crate::courses::domain::{Audience, Topic};

/// A session to be planned.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The course.
    pub course: Uuid,
    /// The unit that holds it.
    pub unit: &'static Unit,
    /// First day.
    pub begin_date: Date,
    /// Last day.
    pub end_date: Date,
    /// Half days held; none for as many as the course has.
    pub half_days: Option<i32>,
    /// Where.
    pub place: String,
    /// Persons that the place has room for; 0 where it is not known.
    pub capacity: i32,
    /// An invented sample.
    pub sample: bool,
}

/// What a session takes over from its course.
#[derive(Clone, Debug)]
pub struct CourseTerms {
    /// Whom it is for.
    pub audience: Audience,
    /// What it is about.
    pub topic: Topic,
    /// Length in half days.
    pub half_days: i32,
    /// Percent of the half days that somebody must attend to pass.
    pub pass_percent: i32,
    /// The day on which the course was adopted.
    pub adopt_date: Date,
    /// The course is an invented sample.
    pub sample: bool,
}

/// Why a session cannot be planned so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFault {
    /// It begins before the course was adopted.
    BeforeAdoption {
        /// The day of adoption.
        adopted: Date,
    },
    /// It has more half days than two a day.
    TooManyHalfDays {
        /// As many as the dates have room for.
        most: i32,
    },
}

impl NewSession {
    /// The half days that the session of such a course has.
    ///
    /// # Errors
    /// Everything that keeps the session from being held so.
    pub fn half_days_of(&self, course: &CourseTerms) -> Result<i32, Vec<SessionFault>> {
        let mut faults = Vec::new();
        if self.begin_date < course.adopt_date {
            faults.push(SessionFault::BeforeAdoption { adopted: course.adopt_date });
        }
        let half_days = self.half_days.unwrap_or(course.half_days);
        let days = (self.end_date - self.begin_date).whole_days().saturating_add(1);
        let most = i32::try_from(days.saturating_mul(2)).unwrap_or(i32::MAX);
        if half_days > most {
            faults.push(SessionFault::TooManyHalfDays { most });
        }
        if faults.is_empty() { Ok(half_days) } else { Err(faults) }
    }
}

/// What one person attended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attended {
    /// The person.
    pub person: Uuid,
    /// Half days, not below zero.
    pub half_days: i32,
}

/// True where that many of a session's half days are enough. Whole numbers: nothing is rounded.
#[must_use]
pub fn passes(attended: i32, half_days: i32, pass_percent: i32) -> bool {
    i64::from(attended) * 100 >= i64::from(pass_percent) * i64::from(half_days)
}

/// What a list of attendance changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Those of the list who have passed, in its order.
    pub passed: Vec<Uuid>,
    /// Those of the list who had passed and have not any more, in its order.
    pub withdrawn: Vec<Uuid>,
}

/// Judges a list of attendance, given who had passed before.
#[must_use]
pub fn judge(list: &[Attended], had_passed: &BTreeSet<Uuid>, half_days: i32, pass_percent: i32) -> Outcome {
    let mut outcome = Outcome::default();
    for attended in list {
        if passes(attended.half_days, half_days, pass_percent) {
            outcome.passed.push(attended.person);
        } else if had_passed.contains(&attended.person) {
            outcome.withdrawn.push(attended.person);
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    fn session(begin_date: Date, end_date: Date, half_days: Option<i32>) -> NewSession {
        let unit = reference::units::by_name("units/54-20180507").unwrap();
        NewSession {
            course: Uuid::nil(),
            unit,
            begin_date,
            end_date,
            half_days,
            place: String::new(),
            capacity: 0,
            sample: false,
        }
    }

    fn course(half_days: i32) -> CourseTerms {
        CourseTerms {
            audience: Audience::Officers,
            topic: Topic::ProgrammeManagement,
            half_days,
            pass_percent: 80,
            adopt_date: date!(2021 - 03 - 01),
            sample: false,
        }
    }

    #[test]
    fn a_session_has_two_half_days_a_day_at_most_and_follows_the_adoption() {
        let (first, second) = (date!(2021 - 03 - 01), date!(2021 - 03 - 02));
        for (begin, end, asked, of_course, expected) in [
            (first, second, None, 4, Ok(4)),
            (first, second, Some(3), 4, Ok(3)),
            (first, first, None, 2, Ok(2)),
            (first, first, None, 3, Err(vec![SessionFault::TooManyHalfDays { most: 2 }])),
            (first, second, Some(5), 1, Err(vec![SessionFault::TooManyHalfDays { most: 4 }])),
            (date!(2021 - 02 - 28), second, None, 6, Err(vec![SessionFault::BeforeAdoption { adopted: first }])),
        ] {
            assert_eq!(
                session(begin, end, asked).half_days_of(&course(of_course)),
                expected,
                "{begin} {end} {asked:?}"
            );
        }
    }

    #[test]
    fn eighty_percent_is_reached_exactly_or_not() {
        for (attended, half_days, percent, expected) in [
            (4, 5, 80, true),
            (3, 5, 80, false),
            (3, 4, 80, false),
            (4, 4, 80, true),
            (2, 3, 66, true),
            (2, 3, 67, false),
            (0, 1, 1, false),
            (1, 1, 100, true),
        ] {
            assert_eq!(passes(attended, half_days, percent), expected, "{attended} of {half_days} at {percent}");
        }
    }

    #[test]
    fn a_list_says_who_passed_and_who_not_any_more() {
        let [a, b, c, d] = [1, 2, 3, 4].map(Uuid::from_u128);
        let list = [(a, 4), (b, 1), (c, 0)].map(|(person, half_days)| Attended { person, half_days });
        let outcome = judge(&list, &BTreeSet::from([a, b, d]), 4, 80);
        assert_eq!(
            outcome,
            Outcome { passed: vec![a], withdrawn: vec![b] },
            "d is not in the list and keeps what it has"
        );
    }

    proptest! {
        #[test]
        fn who_attends_more_never_loses_by_it(half_days in 1i32..400, percent in 1i32..=100, attended in 0i32..400) {
            prop_assume!(attended < half_days);
            prop_assert!(passes(half_days, half_days, percent));
            prop_assert!(!passes(0, half_days, percent));
            prop_assert!(!passes(attended, half_days, percent) || passes(attended + 1, half_days, percent));
        }

        #[test]
        fn nobody_is_both_passed_and_withdrawn(list in proptest::collection::vec((0u128..20, 0i32..6), 0..20)) {
            let list: Vec<Attended> =
                list.into_iter().map(|(p, half_days)| Attended { person: Uuid::from_u128(p), half_days }).collect();
            let before: BTreeSet<Uuid> = (0..10).map(Uuid::from_u128).collect();
            let outcome = judge(&list, &before, 5, 80);
            prop_assert!(outcome.withdrawn.iter().all(|p| before.contains(p)));
            prop_assert_eq!(outcome.passed.len(), list.iter().filter(|a| a.half_days >= 4).count());
        }
    }
}
