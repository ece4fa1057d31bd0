//! The window of re-evaluation of a certificate, and the days on which a reminder is due. Pure.

use reference::regimes::{self, ReEvaluation, Regime};
use time::{Date, Duration};

use super::{Term, later, windows};

/// Days before the end on which the holder is reminded once more (148/QĐ-TTg: 30; kept under every regime).
pub const NOTICE_DAYS: i64 = 30;

/// The days of a re-evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First day on which it can be filed.
    pub opens: Date,
    /// Last day on which it is filed in time.
    pub closes: Date,
    /// First day not in force by itself.
    pub out: Date,
    /// First day on which a pending one keeps the certificate in force no longer.
    pub grace_ends: Date,
}

/// Where a day stands to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Before it.
    NotOpen,
    /// In it.
    Open,
    /// Behind it, before the end.
    Late,
    /// At the end or behind it.
    Over,
}

/// The newest regime that has terms of re-evaluation, with them.
fn terms() -> Option<(&'static Regime, &'static ReEvaluation)> {
    regimes::all().iter().rev().find_map(|regime| Some((regime, regime.re_evaluation.as_ref()?)))
}

/// A day earlier by some days; the first day that can be written where the calendar begins.
fn earlier(day: Date, days: i64) -> Date {
    day.checked_sub(Duration::days(days)).unwrap_or(Date::MIN)
}

/// The window of a certificate that ends on a day; none for those that ended before there were windows.
#[must_use]
pub fn window(out: Date) -> Option<Window> {
    let (regime, terms) = terms()?;
    (out > regime.in_force_from).then(|| Window {
        opens: earlier(out, terms.apply_not_earlier_than_days_before_expiry.into()),
        closes: earlier(out, terms.apply_not_later_than_days_before_expiry.into()),
        out,
        grace_ends: later(out, windows().grace),
    })
}

/// Where a day stands to a window.
#[must_use]
pub fn state(window: Window, day: Date) -> State {
    if day < window.opens {
        State::NotOpen
    } else if day <= window.closes {
        State::Open
    } else if day < window.out {
        State::Late
    } else {
        State::Over
    }
}

/// Where a re-evaluation that is filed on a day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filing {
    /// In the window.
    InTime,
    /// So many days behind the window, and before the end: it is taken, and keeps the certificate in force for a while
    /// (26/2026/QĐ-TTg, article 12 [V]: who misses the window is in force until the authority decides, 180 days at most).
    Late(i64),
    /// Before the window.
    TooEarly(Window),
    /// At this end or behind it.
    Over(Date),
}

/// Where a re-evaluation of a certificate that is filed on a day stands. With a decision whose day is not known only what holds for
/// every possible day is held against it.
#[must_use]
pub fn filing(term: &Term, filed: Date) -> Filing {
    let out = term.out();
    if filed >= out.latest {
        return Filing::Over(out.latest);
    }
    match (window(out.earliest), window(out.latest)) {
        (Some(first), _) if filed < first.opens => Filing::TooEarly(first),
        (_, Some(last)) if filed > last.closes => Filing::Late((filed - last.closes).whole_days()),
        _ => Filing::InTime,
    }
}

/// Why a reminder is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// The window opens.
    RenewalOpens,
    /// Last day of the window.
    RenewalCloses,
    /// The end is near.
    EndsSoon,
    /// The end.
    Ends,
    /// The grace is over.
    GraceEnds,
}

/// A reminder with its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Why.
    pub reminder: Reminder,
    /// When.
    pub on: Date,
}

/// All reminders of a certificate that ends on a day, by their days.
fn all(out: Date, pending: bool) -> Vec<Due> {
    let due = |reminder, on| Due { reminder, on };
    let mut all = vec![due(Reminder::EndsSoon, earlier(out, NOTICE_DAYS)), due(Reminder::Ends, out)];
    if let Some(window) = window(out) {
        all.insert(0, due(Reminder::RenewalCloses, window.closes));
        all.insert(0, due(Reminder::RenewalOpens, window.opens));
        if pending {
            all.push(due(Reminder::GraceEnds, window.grace_ends));
        }
    }
    all
}

/// The reminders of a certificate that fall between two days, both included.
#[must_use]
pub fn due(out: Date, pending: bool, from: Date, to: Date) -> Vec<Due> {
    all(out, pending).into_iter().filter(|due| from <= due.on && due.on <= to).collect()
}

/// The ends that certificates may have whose reminders fall between two days: one stretch for each kind of reminder.
#[must_use]
pub fn ends_of_reminders(from: Date, to: Date) -> Vec<(Date, Date)> {
    let Some((_, terms)) = terms() else { return Vec::new() };
    let before = [
        i64::from(terms.apply_not_earlier_than_days_before_expiry),
        i64::from(terms.apply_not_later_than_days_before_expiry),
        NOTICE_DAYS,
        0,
        -windows().grace.whole_days(),
    ];
    before.into_iter().map(|days| (later(from, Duration::days(days)), later(to, Duration::days(days)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_window_is_from_180_to_120_days_before_the_end_to_the_day() {
        let window = window(date!(2026 - 12 - 01)).unwrap();
        assert_eq!(window.opens, date!(2026 - 06 - 04));
        assert_eq!(window.closes, date!(2026 - 08 - 03));
        assert_eq!(window.grace_ends, date!(2027 - 05 - 30));
        for (day, expected) in [
            (date!(2026 - 06 - 03), State::NotOpen),
            (date!(2026 - 06 - 04), State::Open),
            (date!(2026 - 08 - 03), State::Open),
            (date!(2026 - 08 - 04), State::Late),
            (date!(2026 - 11 - 30), State::Late),
            (date!(2026 - 12 - 01), State::Over),
        ] {
            assert_eq!(state(window, day), expected, "{day}");
        }
        assert_eq!(super::window(date!(2026 - 05 - 22)), None, "it ended when the law began");
        assert!(super::window(date!(2026 - 05 - 23)).is_some());
    }

    #[test]
    fn a_filing_is_early_in_time_late_or_over_to_the_day_and_unknown_days_are_held_against_nobody() {
        use super::super::{Decided, EndConvention};
        let term = |earliest, latest| Term {
            decided: Decided { earliest, latest },
            months: 36,
            convention: EndConvention::Exclusive,
        };
        let known = term(date!(2023 - 12 - 01), date!(2023 - 12 - 01));
        let opened = window(date!(2026 - 12 - 01)).unwrap();
        for (day, expected) in [
            (date!(2026 - 06 - 03), Filing::TooEarly(opened)),
            (date!(2026 - 06 - 04), Filing::InTime),
            (date!(2026 - 08 - 03), Filing::InTime),
            (date!(2026 - 08 - 04), Filing::Late(1)),
            (date!(2026 - 11 - 30), Filing::Late(119)),
            (date!(2026 - 12 - 01), Filing::Over(date!(2026 - 12 - 01))),
        ] {
            assert_eq!(filing(&known, day), expected, "{day}");
        }
        let rough = term(date!(2023 - 10 - 01), date!(2023 - 12 - 01));
        let first = window(date!(2026 - 10 - 01)).unwrap();
        for (day, expected) in [
            (first.opens.previous_day().unwrap(), Filing::TooEarly(first)),
            (first.opens, Filing::InTime),
            (date!(2026 - 08 - 03), Filing::InTime),
            (date!(2026 - 08 - 04), Filing::Late(1)),
            (date!(2026 - 10 - 02), Filing::Late(60)),
            (date!(2026 - 12 - 01), Filing::Over(date!(2026 - 12 - 01))),
        ] {
            assert_eq!(filing(&rough, day), expected, "{day}");
        }
    }

    #[test]
    fn each_reminder_falls_on_its_day_and_is_found_by_its_end() {
        let out = date!(2026 - 12 - 01);
        let cases = [
            (date!(2026 - 06 - 04), Reminder::RenewalOpens),
            (date!(2026 - 08 - 03), Reminder::RenewalCloses),
            (date!(2026 - 11 - 01), Reminder::EndsSoon),
            (date!(2026 - 12 - 01), Reminder::Ends),
            (date!(2027 - 05 - 30), Reminder::GraceEnds),
        ];
        for (on, reminder) in cases {
            assert_eq!(due(out, true, on, on), [Due { reminder, on }]);
            assert!(ends_of_reminders(on, on).contains(&(out, out)), "{on}");
            let (before, after) = (on.previous_day().unwrap(), on.next_day().unwrap());
            assert_eq!(due(out, true, before, before), []);
            assert_eq!(due(out, true, after, after), []);
        }
        assert_eq!(due(out, true, date!(2026 - 01 - 01), date!(2027 - 12 - 31)).len(), 5);
        assert_eq!(due(out, false, date!(2026 - 01 - 01), date!(2027 - 12 - 31)).len(), 4, "nothing is pending");
        assert_eq!(due(date!(2024 - 02 - 04), true, date!(2020 - 01 - 01), date!(2027 - 12 - 31)).len(), 2);
    }
}
