//! Terms of complaints and reports, as data with their sources.
//!
//! Deliberately absent: terms of dossiers and revocations, which stand with their regime.

use std::sync::LazyLock;

use serde::Deserialize;
use time::{Date, Duration};

use crate::holidays::{Due, Mark, add_working_days, working_day};

/// How long something may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// So many days.
    pub days: u32,
    /// True for days on which offices work.
    pub working: bool,
    /// What says so.
    pub source: String,
    /// What stands behind it.
    pub mark: Mark,
}

impl Term {
    /// The last day, counted from a day that is not counted itself. In years whose holidays are not known weekends alone are left out, and
    /// the day is provisional.
    #[must_use]
    pub fn due(&self, from: Date) -> Due {
        if !self.working {
            let date = from.checked_add(Duration::days(self.days.into())).unwrap_or(Date::MAX);
            return Due { date, provisional: false };
        }
        add_working_days(from, self.days).unwrap_or_else(|_| self.without_holidays(from))
    }

    fn without_holidays(&self, from: Date) -> Due {
        let (mut date, mut left) = (from, self.days);
        while left > 0 {
            let Some(next) = date.next_day() else { break };
            date = next;
            let weekday = date.weekday().number_days_from_monday() < 5;
            left -= u32::from(working_day(date).unwrap_or(weekday));
        }
        Due { date, provisional: true }
    }
}

/// The terms of one kind of complaint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The kind.
    pub kind: String,
    /// To take it up or to refuse to.
    pub accept: Term,
    /// To decide what was taken up.
    pub decide: Term,
}

static LOADED: LazyLock<Result<Vec<Terms>, Vec<String>>> = LazyLock::new(|| {
    let read = serde_saphyr::from_str::<Vec<Terms>>(include_str!("../data/complaints.yaml"));
    let terms = read.map_err(|error| vec![format!("complaints.yaml: {error}")])?;
    let short = terms.iter().filter(|of| of.accept.days == 0 || of.decide.days == 0);
    let faults: Vec<String> = short.map(|of| format!("complaints.yaml: {} has no time", of.kind)).collect();
    if faults.is_empty() { Ok(terms) } else { Err(faults) }
});

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// The terms of a kind of complaint.
#[must_use]
pub fn complaint(kind: &str) -> Option<&'static Terms> {
    LOADED.as_ref().ok()?.iter().find(|terms| terms.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn working_days_leave_out_weekends_and_holidays_and_calendar_days_do_not() {
        let term = |days, working| Term { days, working, source: String::new(), mark: Mark::M };
        for (from, days, working, expected, provisional) in [
            (date!(2021 - 09 - 01), 10, false, date!(2021 - 09 - 11), false),
            // 2 and 3 September are National Day.
            (date!(2021 - 09 - 01), 10, true, date!(2021 - 09 - 17), false),
            (date!(2021 - 09 - 03), 1, true, date!(2021 - 09 - 06), false),
            // The holidays of 2035 stand in no list.
            (date!(2035 - 01 - 05), 1, true, date!(2035 - 01 - 08), true),
            (date!(2035 - 01 - 05), 10, true, date!(2035 - 01 - 19), true),
        ] {
            assert_eq!(term(days, working).due(from), Due { date: expected, provisional }, "{from} {days} {working}");
        }
        assert_eq!(faults(), [] as [String; 0]);
        for kind in ["complaint", "look_again", "mark_misuse"] {
            assert!(complaint(kind).is_some(), "{kind}");
        }
    }
}
