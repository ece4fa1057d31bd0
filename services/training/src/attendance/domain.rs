//! Who passed a session.

use std::collections::BTreeSet;

use time::Date;
use uuid::Uuid;

/// What one person attended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended {
    /// The person.
    pub person: Uuid,
    /// Half days, not below zero.
    pub half_days: i32,
    /// Which of them, by number; empty where only how many is known.
    pub numbers: Vec<i32>,
    /// Points in the test; none where the person did not sit it.
    pub test_points: Option<i32>,
}

/// What it takes to pass a session.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Half days held.
    pub half_days: i32,
    /// Percent of them.
    pub pass_percent: i32,
    /// Points in the test; none where there is no test.
    pub test_pass_points: Option<i32>,
}

impl Terms {
    /// True where what somebody attended and reached is enough. Whole numbers: nothing is rounded.
    #[must_use]
    pub fn passes(&self, attended: &Attended) -> bool {
        let there = i64::from(attended.half_days) * 100 >= i64::from(self.pass_percent) * i64::from(self.half_days);
        let reached = self.test_pass_points.is_none_or(|least| attended.test_points.is_some_and(|got| got >= least));
        there && reached
    }
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
pub fn judge(list: &[Attended], had_passed: &BTreeSet<Uuid>, terms: &Terms) -> Outcome {
    let mut outcome = Outcome::default();
    for attended in list {
        if terms.passes(attended) {
            outcome.passed.push(attended.person);
        } else if had_passed.contains(&attended.person) {
            outcome.withdrawn.push(attended.person);
        }
    }
    outcome
}

/// Last day on which records may change without a reason.
#[must_use]
pub fn free_until(end_date: Date, correction_days: i32) -> Date {
    end_date.saturating_add(time::Duration::days(i64::from(correction_days)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by(person: u128, half_days: i32) -> Attended {
        Attended { person: Uuid::from_u128(person), half_days, numbers: Vec::new(), test_points: None }
    }

    fn terms(half_days: i32, pass_percent: i32) -> Terms {
        Terms { half_days, pass_percent, test_pass_points: None }
    }

    #[test]
    fn a_test_must_be_sat_and_reached() {
        let with_test = Terms { test_pass_points: Some(50), ..terms(4, 80) };
        for (points, expected) in [(None, false), (Some(49), false), (Some(50), true), (Some(100), true)] {
            assert_eq!(with_test.passes(&Attended { test_points: points, ..by(1, 4) }), expected, "{points:?}");
        }
        assert!(!with_test.passes(&Attended { test_points: Some(100), ..by(1, 3) }), "who was not there");
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
            assert_eq!(
                terms(half_days, percent).passes(&by(1, attended)),
                expected,
                "{attended} of {half_days} at {percent}"
            );
        }
    }

    #[test]
    fn a_list_says_who_passed_and_who_not_any_more() {
        let [a, b, c, d] = [1, 2, 3, 4].map(Uuid::from_u128);
        let list = [(a, 4), (b, 1), (c, 0)].map(|(person, half_days)| Attended { person, ..by(0, half_days) });
        let outcome = judge(&list, &BTreeSet::from([a, b, d]), &terms(4, 80));
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
            let terms = terms(half_days, percent);
            prop_assert!(terms.passes(&by(1, half_days)));
            prop_assert!(!terms.passes(&by(1, 0)));
            prop_assert!(!terms.passes(&by(1, attended)) || terms.passes(&by(1, attended + 1)));
        }

        #[test]
        fn nobody_is_both_passed_and_withdrawn(list in proptest::collection::vec((0u128..20, 0i32..6), 0..20)) {
            let list: Vec<Attended> =
                list.into_iter().map(|(p, half_days)| by(p, half_days)).collect();
            let before: BTreeSet<Uuid> = (0..10).map(Uuid::from_u128).collect();
            let outcome = judge(&list, &before, &terms(5, 80));
            prop_assert!(outcome.withdrawn.iter().all(|p| before.contains(p)));
            prop_assert_eq!(outcome.passed.len(), list.iter().filter(|a| a.half_days >= 4).count());
        }
    }
}
