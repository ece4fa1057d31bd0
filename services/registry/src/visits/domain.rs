//! The days of visits and what follows from them.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

/// What is to be done after a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub title: String,
    /// By when.
    pub due: Date,
    /// When it was done.
    pub done: Option<Date>,
}

/// The steps whose days lie before the visit: place in the list, and whether it is the day on which it was done.
#[must_use]
pub fn before_visit(steps: &[Step], visit: Date) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if step.due < visit {
            found.push((at, false));
        }
        if step.done.is_some_and(|done| done < visit) {
            found.push((at, true));
        }
    }
    found
}

/// The first day of a day's year.
#[must_use]
pub fn year_begin(day: Date) -> Date {
    Date::from_calendar_date(day.year(), Month::January, 1).unwrap_or(day)
}

/// True where one of the visited paths is that of the unit, lies below it, or belongs to what it took the place of.
#[must_use]
pub fn is_visited(unit_prefixes: &[String], visited: &[String]) -> bool {
    visited.iter().any(|path| unit_prefixes.iter().any(|prefix| path.starts_with(prefix.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn steps_lie_on_the_day_of_the_visit_or_later() {
        let day = date!(2021 - 05 - 10);
        let step = |due, done| Step { title: "Lập hồ sơ".to_owned(), due, done };
        let early = date!(2021 - 05 - 09);
        let steps = [step(day, None), step(early, Some(day)), step(day, Some(early)), step(early, Some(early))];
        assert_eq!(before_visit(&steps, day), [(1, false), (2, true), (3, false), (3, true)]);
    }

    #[test]
    fn a_visit_counts_for_the_unit_and_for_all_above_it() {
        let visited = ["/vn/54-20180507/555-20180507/22018-20180507/".to_owned()];
        for (prefix, counts) in [
            ("/vn/54-20180507/555-20180507/22018-20180507/", true),
            ("/vn/54-20180507/555-20180507/", true),
            ("/vn/54-20180507/558-20180507/", false),
            ("/vn/54-20180507/555-20180507/22015-20180507/", false),
        ] {
            assert_eq!(is_visited(&[prefix.to_owned()], &visited), counts, "{prefix}");
        }
        assert!(!is_visited(&[], &visited) && !is_visited(&["/vn/".to_owned()], &[]));
    }

    #[test]
    fn a_year_begins_on_its_first_of_january() {
        assert_eq!(year_begin(date!(2021 - 12 - 31)), date!(2021 - 01 - 01));
        assert_eq!(year_begin(date!(2021 - 01 - 01)), date!(2021 - 01 - 01));
    }
}
