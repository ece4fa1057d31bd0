//! What may amend an assigned estimate ("bổ sung", "điều chỉnh"), and by how much. Pure, as everything in [`super::domain`].

use std::collections::BTreeMap;

use time::{Date, Month};
use uuid::Uuid;

use super::lines::{Category, LineDraft, Source};

/// The first day on which nothing of a plan's year is amended any more: money is assigned in its year alone, and January
/// after it only settles (the book of the year, [`crate::periods`], admits no assignment there either; from memory of the
/// Law on the State Budget 83/2015/QH13 and Decree 163/2016, not verified).
#[must_use]
pub fn closed_from(year: i32) -> Option<Date> {
    Date::from_calendar_date(year.checked_add(1)?, Month::January, 1).ok()
}

/// Judges an amendment of a plan of this year on this day.
///
/// # Errors
/// The day since which the year is closed.
pub fn open(year: i32, on: Date) -> Result<(), Date> {
    match closed_from(year) {
        Some(closed) if on >= closed => Err(closed),
        _ => Ok(()),
    }
}

/// A line that can be amended.
pub type Assigned = BTreeMap<Uuid, (Category, Source)>;

/// What is wrong with a line of an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It amends no assigned line of its category and source.
    Unfit,
    /// An earlier line amends the same one.
    Repeated,
}

/// Judges the lines of an estimate against those that it may amend; none where it amends nothing.
#[must_use]
pub fn faults(drafts: &[LineDraft], assigned: &Assigned) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let before = || drafts.iter().take(at).any(|before| before.amends == draft.amends);
        match draft.amends {
            None if draft.decrease => faults.push((at, Fault::Unfit)),
            Some(line) if assigned.get(&line) != Some(&(draft.category, draft.source)) => {
                faults.push((at, Fault::Unfit));
            }
            Some(_) if before() => faults.push((at, Fault::Repeated)),
            None | Some(_) => {}
        }
    }
    faults
}

/// What lines add and what they take away, in đồng; each is (amount, taken away).
#[must_use]
pub fn totals(lines: impl IntoIterator<Item = (i64, bool)>) -> (i64, i64) {
    // Both are at most the total, which was summed with care.
    lines.into_iter().fold(
        (0, 0),
        |(more, less), (amount, decrease)| {
            if decrease { (more, less + amount) } else { (more + amount, less) }
        },
    )
}

/// What is left of an entry that assigned money to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The entry.
    pub entry: Uuid,
    /// What no correction took back yet, in đồng.
    pub left_vnd: i64,
}

/// How much of which entry is taken back to take an amount away: the newest first. `entries` are in the order in which
/// they were posted.
///
/// # Errors
/// What they hold together, where that is less.
pub fn taken_back(entries: &[Left], amount_vnd: i64) -> Result<Vec<(Uuid, i64)>, i64> {
    let mut open = amount_vnd;
    let mut parts = Vec::new();
    for entry in entries.iter().rev() {
        let part = open.min(entry.left_vnd.max(0));
        if part > 0 {
            parts.push((entry.entry, part));
            open -= part;
        }
    }
    if open == 0 { Ok(parts) } else { Err(amount_vnd - open) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::super::lines::Cost;
    use super::*;

    fn line(amends: Option<u128>, source: Source, decrease: bool) -> LineDraft {
        LineDraft {
            category: Category::Training,
            description: "Lớp tập huấn".to_owned(),
            source,
            cost: Cost::LumpSum { amount_vnd: 1, reason: "Khoán".to_owned() },
            shares: Vec::new(),
            amends: amends.map(Uuid::from_u128),
            decrease,
            task: None,
        }
    }

    #[test]
    fn a_year_is_amended_until_its_last_day() {
        assert_eq!(open(2021, date!(2021 - 12 - 31)), Ok(()));
        assert_eq!(open(2021, date!(2022 - 01 - 01)), Err(date!(2022 - 01 - 01)));
        assert_eq!(open(i32::MAX, date!(2022 - 02 - 01)), Ok(()));
    }

    #[test]
    fn an_amendment_changes_assigned_lines_of_the_same_kind_once_and_may_bring_new_ones() {
        use Source::{Central, Provincial};
        let assigned = Assigned::from([(Uuid::from_u128(1), (Category::Training, Provincial))]);
        assert_eq!(faults(&[line(Some(1), Provincial, true), line(None, Central, false)], &assigned), []);
        let drafts = [
            line(Some(1), Provincial, true),
            line(Some(1), Provincial, false),
            line(Some(1), Central, false),
            line(Some(2), Provincial, false),
            line(None, Provincial, true),
        ];
        let expected = [(1, Fault::Repeated), (2, Fault::Unfit), (3, Fault::Unfit), (4, Fault::Unfit)];
        assert_eq!(faults(&drafts, &assigned), expected);
        assert_eq!(faults(&[line(Some(1), Provincial, false)], &Assigned::new()), [(0, Fault::Unfit)]);
        assert_eq!(totals([(5, false), (3, true), (2, false)]), (7, 3));
    }

    proptest! {
        #[test]
        fn what_is_taken_back_is_the_amount_and_no_entry_gives_more_than_is_left_of_it(
            left in prop::collection::vec(0i64..1_000, 0..8), amount in 1i64..4_000,
        ) {
            let entries: Vec<Left> =
                (0..).zip(&left).map(|(id, left)| Left { entry: Uuid::from_u128(id), left_vnd: *left }).collect();
            let whole: i64 = left.iter().sum();
            match taken_back(&entries, amount) {
                Ok(parts) => {
                    prop_assert_eq!(parts.iter().map(|(_, part)| part).sum::<i64>(), amount);
                    for (id, part) in parts {
                        let of = entries.iter().find(|entry| entry.entry == id).unwrap();
                        prop_assert!(part > 0 && part <= of.left_vnd);
                    }
                }
                Err(held) => prop_assert!(held == whole && whole < amount),
            }
        }
    }
}
