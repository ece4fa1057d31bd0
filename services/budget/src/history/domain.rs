//! What a step is, and what became of lines between two versions.

use crate::shared::words::words;

words! {
    /// A step of an estimate.
    pub enum StepKind {
        /// It was drafted.
        Draft = 1 "draft",
        /// It was submitted.
        Submit = 2 "submit",
        /// It was returned.
        Return = 3 "return",
        /// It was appraised.
        Appraise = 4 "appraise",
        /// The appraisal was taken back.
        Reopen = 5 "reopen",
        /// It was approved.
        Approve = 6 "approve",
        /// Its budget was assigned.
        Assign = 7 "assign",
    }
}

/// A line as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it pays for.
    pub category: String,
    /// Where the money comes from.
    pub source: String,
    /// What is bought.
    pub description: String,
    /// Its amount in đồng; below zero where it is taken away.
    pub amount_vnd: i64,
    /// All else that is asked for with it.
    pub rest: String,
}

/// What became of a line; the places are those in the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It came.
    Added {
        /// Where it stands.
        new: usize,
    },
    /// It went.
    Removed {
        /// Where it stood.
        old: usize,
    },
    /// It is not as it was.
    Changed {
        /// Where it stood.
        old: usize,
        /// Where it stands.
        new: usize,
    },
}

/// When two lines are taken for one.
type Same = fn(&Item, &Item) -> bool;

/// Finds the partner of every new line among the old ones: the same category, source and description, else the same
/// description. Each line is a partner once, in the order of the lists.
fn partners(old: &[Item], new: &[Item]) -> Vec<Option<usize>> {
    let mut free = vec![true; old.len()];
    let mut found = vec![None; new.len()];
    let ways: [Same; 3] = [
        |a, b| a == b,
        |a, b| (&a.category, &a.source, &a.description) == (&b.category, &b.source, &b.description),
        |a, b| a.description == b.description,
    ];
    for same in ways {
        for (item, partner) in new.iter().zip(&mut found).filter(|(_, partner)| partner.is_none()) {
            let hit = old.iter().zip(&mut free).enumerate().find(|(_, (before, free))| **free && same(before, item));
            if let Some((at, (_, free))) = hit {
                *free = false;
                *partner = Some(at);
            }
        }
    }
    found
}

/// What became of the lines, in the order of the new ones; what went stands at the end. Lines that are as they were are
/// left out.
#[must_use]
pub fn compare(old: &[Item], new: &[Item]) -> Vec<Difference> {
    let partners = partners(old, new);
    let mut differences = Vec::new();
    for (at, (item, partner)) in new.iter().zip(&partners).enumerate() {
        match partner.and_then(|old_at| Some((old_at, old.get(old_at)?))) {
            None => differences.push(Difference::Added { new: at }),
            Some((old_at, before)) if before != item => differences.push(Difference::Changed { old: old_at, new: at }),
            Some(_) => {}
        }
    }
    let went = (0..old.len()).filter(|at| !partners.contains(&Some(*at)));
    differences.extend(went.map(|old| Difference::Removed { old }));
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(source: &str, description: &str, amount_vnd: i64) -> Item {
        let (category, source) = ("training".to_owned(), source.to_owned());
        Item { category, source, description: description.to_owned(), amount_vnd, rest: String::new() }
    }

    #[test]
    fn lines_come_go_and_change() {
        use Difference::{Added, Changed, Removed};
        let old = [item("central", "a", 10), item("central", "b", 20), item("central", "c", 30)];
        assert_eq!(compare(&old, &old), []);
        let new = [item("central", "c", 30), item("central", "d", 5), item("central", "a", 12)];
        assert_eq!(compare(&old, &new), [Added { new: 1 }, Changed { old: 0, new: 2 }, Removed { old: 1 }]);
        let moved = [item("provincial", "a", 10), old[1].clone(), old[2].clone()];
        assert_eq!(compare(&old, &moved), [Changed { old: 0, new: 0 }], "the same thing from another source");
    }

    #[test]
    fn of_lines_with_one_description_each_finds_its_best_partner() {
        let old = [item("central", "a", 10), item("provincial", "a", 20)];
        assert_eq!(
            compare(&old, &[item("provincial", "a", 21)]),
            [Difference::Changed { old: 1, new: 0 }, Difference::Removed { old: 0 },]
        );
        let twice = [item("central", "a", 10), item("central", "a", 11)];
        assert_eq!(compare(&twice, &[item("central", "a", 11)]), [Difference::Removed { old: 0 }]);
    }

    proptest! {
        #[test]
        fn the_differences_of_all_lines_are_the_difference_of_the_totals(
            old in prop::collection::vec(("[ab]", "[abc]", 1i64..50), 0..12),
            new in prop::collection::vec(("[ab]", "[abc]", 1i64..50), 0..12),
        ) {
            let read = |list: Vec<(String, String, i64)>| -> Vec<Item> {
                list.iter().map(|(source, what, amount)| item(source, what, *amount)).collect()
            };
            let (old, new) = (read(old), read(new));
            let amount = |list: &[Item], at: usize| list[at].amount_vnd;
            let (mut sum, mut gone) = (0, 0);
            for difference in compare(&old, &new) {
                match difference {
                    Difference::Added { new: at } => sum += amount(&new, at),
                    Difference::Removed { old: at } => { sum -= amount(&old, at); gone += 1; }
                    Difference::Changed { old: a, new: b } => {
                        prop_assert_ne!(&old[a], &new[b]);
                        sum += amount(&new, b) - amount(&old, a);
                    }
                }
            }
            let total = |list: &[Item]| list.iter().map(|i| i.amount_vnd).sum::<i64>();
            prop_assert_eq!(sum, total(&new) - total(&old));
            prop_assert!(gone <= old.len());
        }
    }
}
