//! The times of day of half days.

use time::{Date, Duration, PrimitiveDateTime};

use super::{HalfDay, Part};

/// Viet Nam is seven hours before UTC all year.
const AHEAD: Duration = Duration::hours(7);

/// When half days begin and end, in minutes from midnight in Viet Nam, and when persons check in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Begin and end of mornings.
    pub morning: (i32, i32),
    /// Begin and end of afternoons.
    pub afternoon: (i32, i32),
    /// Minutes before the begin from which persons check in.
    pub check_in_before: i32,
    /// Minutes after the begin until which persons check in; 0 for until the end.
    pub check_in_after: i32,
}

impl Default for Hours {
    fn default() -> Self {
        Self { morning: (450, 690), afternoon: (810, 1020), check_in_before: 30, check_in_after: 30 }
    }
}

/// What is wrong with hours: this one must lie after, or not before, the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursFault {
    /// Mornings end before they begin.
    MorningEnd,
    /// Afternoons begin before mornings end.
    AfternoonBegin,
    /// Afternoons end before they begin.
    AfternoonEnd,
}

impl Hours {
    /// Everything that is wrong with them.
    pub fn faults(&self) -> impl Iterator<Item = HoursFault> {
        [
            (self.morning.1 <= self.morning.0).then_some(HoursFault::MorningEnd),
            (self.afternoon.0 < self.morning.1).then_some(HoursFault::AfternoonBegin),
            (self.afternoon.1 <= self.afternoon.0).then_some(HoursFault::AfternoonEnd),
        ]
        .into_iter()
        .flatten()
    }

    /// As a line of text, read back by [`Hours::of_line`]; empty for the usual hours.
    #[must_use]
    pub fn line(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let (m, a) = (self.morning, self.afternoon);
        format!("{} {} {} {} {} {}", m.0, m.1, a.0, a.1, self.check_in_before, self.check_in_after)
    }

    /// The hours of a line.
    #[must_use]
    pub fn of_line(line: &str) -> Self {
        let numbers: Vec<i32> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        match numbers.as_slice() {
            [a, b, c, d, before, after] => {
                Self { morning: (*a, *b), afternoon: (*c, *d), check_in_before: *before, check_in_after: *after }
            }
            _ => Self::default(),
        }
    }

    /// Minutes from midnight at which a half day begins and ends.
    #[must_use]
    pub fn of(&self, part: Part) -> (i32, i32) {
        match part {
            Part::Morning => self.morning,
            Part::Afternoon => self.afternoon,
        }
    }

    /// Begin and end of a half day in UTC.
    #[must_use]
    pub fn span(&self, half_day: HalfDay) -> (PrimitiveDateTime, PrimitiveDateTime) {
        let (begin, end) = self.of(half_day.part);
        (utc(half_day.date, begin), utc(half_day.date, end))
    }

    /// First and last moment in UTC in which persons check in to a half day.
    #[must_use]
    pub fn check_in(&self, half_day: HalfDay) -> (PrimitiveDateTime, PrimitiveDateTime) {
        let (begin, end) = self.of(half_day.part);
        let last = if self.check_in_after == 0 { end } else { begin + self.check_in_after };
        (utc(half_day.date, begin - self.check_in_before), utc(half_day.date, last))
    }
}

/// A minute of a day in Viet Nam, in UTC.
fn utc(date: Date, minute: i32) -> PrimitiveDateTime {
    date.midnight() + Duration::minutes(i64::from(minute)) - AHEAD
}

/// A time of day as people write it, such as 07:30.
#[must_use]
pub fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn hours_are_read_back_and_the_usual_ones_need_no_line() {
        let usual = Hours::default();
        assert_eq!((usual.line().as_str(), Hours::of_line("")), ("", usual));
        let late = Hours { morning: (480, 720), check_in_after: 0, ..usual };
        assert_eq!(Hours::of_line(&late.line()), late);
        assert_eq!(clock(450), "07:30");
    }

    #[test]
    fn a_half_day_spans_its_hours_in_utc() {
        let half_day = |part| HalfDay { date: date!(2021 - 12 - 20), part };
        let usual = Hours::default();
        let morning = (datetime!(2021-12-20 00:30), datetime!(2021-12-20 04:30));
        assert_eq!(usual.span(half_day(Part::Morning)), morning);
        let window = (datetime!(2021-12-20 00:00), datetime!(2021-12-20 01:00));
        assert_eq!(usual.check_in(half_day(Part::Morning)), window);
        let open = Hours { check_in_before: 0, check_in_after: 0, ..usual };
        assert_eq!(open.check_in(half_day(Part::Afternoon)), open.span(half_day(Part::Afternoon)));
    }

    #[test]
    fn hours_follow_each_other() {
        let usual = Hours::default();
        assert_eq!(usual.faults().count(), 0);
        for (hours, fault) in [
            (Hours { morning: (450, 450), ..usual }, HoursFault::MorningEnd),
            (Hours { afternoon: (600, 1020), ..usual }, HoursFault::AfternoonBegin),
            (Hours { afternoon: (810, 800), ..usual }, HoursFault::AfternoonEnd),
        ] {
            assert_eq!(hours.faults().collect::<Vec<_>>(), [fault]);
        }
    }
}
