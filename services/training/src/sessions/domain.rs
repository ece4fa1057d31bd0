//! When a session fits its dates, and what becomes of it.

use reference::calendar::parse_iso;
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use crate::courses::domain::{Audience, Topic};

mod hours;

pub use hours::{Hours, HoursFault, clock};

kit::numbered! {
    /// Whether a session will be held.
    pub enum SessionState {
        /// It will be, is being or was held.
        Planned = 1 "PLANNED",
        /// It will not.
        Cancelled = 2 "CANCELLED",
    }
}

kit::numbered! {
    /// A half of a day.
    pub enum Part {
        /// Until noon.
        Morning = 1 "MORNING",
        /// From noon on.
        Afternoon = 2 "AFTERNOON",
    }
}

/// A half day of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfDay {
    /// The day.
    pub date: Date,
    /// Which half of it.
    pub part: Part,
}

impl HalfDay {
    /// The half day as a line of text, read back by [`HalfDay::of_line`].
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", kit::day::iso(self.date), self.part.number())
    }

    /// The half day of a line.
    #[must_use]
    pub fn of_line(line: &str) -> Option<Self> {
        let (date, part) = line.split_once(' ')?;
        Some(Self { date: parse_iso(date)?, part: Part::of_number(part.parse().ok()?)? })
    }
}

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
    /// Half days held; none for as many as the course has, or the schedule names.
    pub half_days: Option<i32>,
    /// The half days; empty for mornings and afternoons in turn.
    pub schedule: Vec<HalfDay>,
    /// Only registered persons attend.
    pub registration_required: bool,
    /// What may change later.
    pub content: Content,
    /// An invented sample.
    pub sample: bool,
}

/// What of a session may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Where.
    pub place: String,
    /// Persons that the place has room for; 0 where it is not known.
    pub capacity: i32,
    /// Last day of registration; none for the day before the first.
    pub register_by: Option<Date>,
    /// Who teaches.
    pub trainer: String,
    /// What is handed out.
    pub materials: Vec<String>,
    /// The line of an estimate that pays for it.
    pub budget_line: String,
    /// Planned cost in đồng.
    pub planned_cost_vnd: Option<i64>,
    /// Actual cost in đồng.
    pub actual_cost_vnd: Option<i64>,
    /// When half days begin and end.
    pub hours: Hours,
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
    /// Points of the test that somebody must reach; none where there is no test.
    pub test_pass_points: Option<i32>,
    /// How long a certificate is good for, in months; 0 for good.
    pub validity_months: i32,
    /// Days in which attendance may be changed without a reason.
    pub correction_days: i32,
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
    /// The schedule has not as many half days as the number says.
    HalfDaysDiffer {
        /// Half days of the schedule.
        named: i32,
        /// The number.
        told: i32,
    },
}

impl NewSession {
    /// The half days of the session of such a course.
    ///
    /// # Errors
    /// Everything that keeps the session from being held so.
    pub fn plan(&self, course: &CourseTerms) -> Result<Vec<HalfDay>, Vec<SessionFault>> {
        let mut faults = Vec::new();
        if self.begin_date < course.adopt_date {
            faults.push(SessionFault::BeforeAdoption { adopted: course.adopt_date });
        }
        let named = i32::try_from(self.schedule.len()).unwrap_or(i32::MAX);
        let half_days = self.half_days.unwrap_or(if named > 0 { named } else { course.half_days });
        let days = (self.end_date - self.begin_date).whole_days().saturating_add(1);
        let most = i32::try_from(days.saturating_mul(2)).unwrap_or(i32::MAX);
        if half_days > most {
            faults.push(SessionFault::TooManyHalfDays { most });
        }
        if named > 0 && named != half_days {
            faults.push(SessionFault::HalfDaysDiffer { named, told: half_days });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(if named > 0 { self.schedule.clone() } else { in_turn(self.begin_date, half_days) })
    }
}

/// Mornings and afternoons in turn from the morning of a day on.
#[must_use]
pub fn in_turn(begin_date: Date, half_days: i32) -> Vec<HalfDay> {
    let half_day = |at: i32| HalfDay {
        date: begin_date.saturating_add(time::Duration::days(i64::from(at / 2))),
        part: if at % 2 == 0 { Part::Morning } else { Part::Afternoon },
    };
    (0..half_days).map(half_day).collect()
}

/// Last day on which persons may register for a session.
#[must_use]
pub fn registration_ends(begin_date: Date, register_by: Option<Date>) -> Date {
    register_by.unwrap_or_else(|| begin_date.previous_day().unwrap_or(begin_date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn session(begin_date: Date, end_date: Date, half_days: Option<i32>) -> NewSession {
        let unit = reference::units::by_name("units/54-20180507").unwrap();
        NewSession {
            course: Uuid::nil(),
            unit,
            begin_date,
            end_date,
            half_days,
            schedule: Vec::new(),
            registration_required: false,
            content: Content::default(),
            sample: false,
        }
    }

    fn course(half_days: i32) -> CourseTerms {
        CourseTerms {
            audience: Audience::Officers,
            topic: Topic::ProgrammeManagement,
            half_days,
            pass_percent: 80,
            test_pass_points: None,
            validity_months: 0,
            correction_days: 7,
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
                session(begin, end, asked).plan(&course(of_course)).map(|plan| plan.len()),
                expected,
                "{begin} {end} {asked:?}"
            );
        }
    }

    #[test]
    fn half_days_go_in_turn_unless_they_are_named_and_then_their_number_agrees() {
        let day = date!(2021 - 03 - 01);
        let plan = session(day, date!(2021 - 03 - 02), Some(3)).plan(&course(4)).unwrap();
        let of = |date, part| HalfDay { date, part };
        let next = date!(2021 - 03 - 02);
        assert_eq!(plan, [of(day, Part::Morning), of(day, Part::Afternoon), of(next, Part::Morning)]);
        let named = NewSession { schedule: vec![of(next, Part::Afternoon)], ..session(day, next, None) };
        assert_eq!(named.plan(&course(4)).unwrap(), [of(next, Part::Afternoon)]);
        assert!(plan.iter().all(|half_day| HalfDay::of_line(&half_day.line()) == Some(*half_day)), "read back");
        let told = NewSession { half_days: Some(2), ..named };
        assert_eq!(told.plan(&course(4)), Err(vec![SessionFault::HalfDaysDiffer { named: 1, told: 2 }]));
    }

    #[test]
    fn registration_ends_the_day_before_unless_a_day_is_told() {
        let begin = date!(2021 - 03 - 01);
        assert_eq!(registration_ends(begin, None), date!(2021 - 02 - 28));
        assert_eq!(registration_ends(begin, Some(begin)), begin);
    }
}
