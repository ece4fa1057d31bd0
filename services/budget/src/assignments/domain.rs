//! What an assignment posts.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::estimates::amending::{Left, taken_back};
use crate::ledger::domain::{Kind, Posting};

/// The first posting of a line of which this was granted; none where nothing was, for an entry moves something.
#[must_use]
pub fn opening(granted_vnd: Option<i64>) -> Option<Posting> {
    granted_vnd.filter(|granted| *granted > 0).map(|granted| Posting::of(Kind::Assign, granted))
}

/// What an amendment posts to a line that holds these assignments: each posting with the entry that it takes back.
///
/// # Errors
/// What the assignments hold, where less is left of them than is to be taken away.
pub fn amendment(left: &[Left], amount_vnd: i64, decrease: bool) -> Result<Vec<(Option<Uuid>, Posting)>, i64> {
    if !decrease {
        return Ok(vec![(None, Posting::of(Kind::Assign, amount_vnd))]);
    }
    let parts = taken_back(left, amount_vnd)?;
    Ok(parts.into_iter().map(|(entry, part)| (Some(entry), Posting::of(Kind::Assign, part).reversed())).collect())
}

/// What is left of the assignments of a line, in the order in which they were posted. `entries` are (entry, entry that it
/// takes back, amount).
#[must_use]
pub fn left(entries: impl IntoIterator<Item = (Uuid, Option<Uuid>, i64)> + Clone) -> Vec<Left> {
    let mut back: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (_, reverses, amount) in entries.clone() {
        if let Some(reverses) = reverses {
            *back.entry(reverses).or_default() += amount;
        }
    }
    let own = entries.into_iter().filter(|(_, reverses, _)| reverses.is_none());
    own.map(|(entry, _, amount)| Left { entry, left_vnd: amount - back.get(&entry).copied().unwrap_or(0) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_opens_with_what_was_granted_of_it() {
        assert_eq!(opening(Some(7)), Some(Posting::of(Kind::Assign, 7)));
        assert_eq!((opening(Some(0)), opening(None)), (None, None));
    }

    #[test]
    fn an_amendment_assigns_more_or_takes_assignments_back() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let entries = [(a, None, 100), (b, None, 30), (c, Some(b), 10)];
        let held = left(entries);
        assert_eq!(held, [Left { entry: a, left_vnd: 100 }, Left { entry: b, left_vnd: 20 }]);
        assert_eq!(amendment(&held, 5, false), Ok(vec![(None, Posting::of(Kind::Assign, 5))]));
        let back = |amount| Posting::of(Kind::Assign, amount).reversed();
        assert_eq!(amendment(&held, 50, true), Ok(vec![(Some(b), back(20)), (Some(a), back(30))]));
        assert_eq!(amendment(&held, 121, true), Err(120));
    }
}
