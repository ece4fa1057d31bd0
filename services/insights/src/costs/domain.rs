//! Pure arithmetic of costs.

use std::collections::{BTreeMap, BTreeSet};

/// Payments of one unit for one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payments {
    /// The unit.
    pub unit: String,
    /// What was paid for, as the contract numbers it; 0 where it was not told.
    pub category: i32,
    /// For training.
    pub training: bool,
    /// Net, in đồng.
    pub paid_vnd: i64,
    /// How many entries.
    pub entries: i64,
}

/// Somebody trained who has a duty at a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    /// The unit of the duty.
    pub unit: String,
    /// Who.
    pub person: String,
}

/// Payments beside results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Paid in all, net, in đồng.
    pub paid_vnd: i64,
    /// Of that for training.
    pub training_paid_vnd: i64,
    /// Distinct persons trained.
    pub trained: i64,
    /// Products recognised.
    pub recognised: i64,
}

impl Figures {
    /// True where there is nothing to show.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The figures in all, by unit of the map, and of what no unit took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// In all.
    pub total: Figures,
    /// By unit.
    pub by_unit: BTreeMap<String, Figures>,
    /// What the map cannot place.
    pub unmapped: Figures,
}

impl Costs {
    fn at(&mut self, unit: Option<String>) -> &mut Figures {
        match unit {
            Some(unit) => self.by_unit.entry(unit).or_default(),
            None => &mut self.unmapped,
        }
    }
}

/// Sums payments and results. A person counts once in all, and once in each unit of a duty; `recognised` are products by
/// the unit that they lie in.
#[must_use]
pub fn costs(
    payments: &[Payments],
    trained: &[Trained],
    recognised: &[(String, i64)],
    place: impl Fn(&str) -> Option<String>,
) -> Costs {
    let mut costs = Costs::default();
    for of in payments {
        let training = if of.training { of.paid_vnd } else { 0 };
        costs.total.paid_vnd += of.paid_vnd;
        costs.total.training_paid_vnd += training;
        let figures = costs.at(place(&of.unit));
        figures.paid_vnd += of.paid_vnd;
        figures.training_paid_vnd += training;
    }
    let (mut persons, mut there) = (BTreeSet::new(), BTreeSet::new());
    for of in trained {
        persons.insert(of.person.as_str());
        there.insert((place(&of.unit), of.person.as_str()));
    }
    costs.total.trained = i64::try_from(persons.len()).unwrap_or(i64::MAX);
    for (unit, _) in there {
        costs.at(unit).trained += 1;
    }
    for (unit, count) in recognised {
        costs.total.recognised += count;
        costs.at(place(unit)).recognised += count;
    }
    costs
}

/// Payments by category, in the contract's order: (category, paid, entries).
#[must_use]
pub fn by_category(payments: &[Payments]) -> Vec<(i32, i64, i64)> {
    let mut sums: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
    for of in payments {
        let (paid, entries) = sums.entry(of.category).or_default();
        *paid += of.paid_vnd;
        *entries += of.entries;
    }
    sums.into_iter().map(|(category, (paid, entries))| (category, paid, entries)).collect()
}

/// What one of so many cost, in đồng, half up; nothing where there is none.
#[must_use]
pub fn each(paid_vnd: i64, of: i64) -> Option<i64> {
    if of <= 0 {
        return None;
    }
    let twice = i128::from(of) * 2;
    i64::try_from((i128::from(paid_vnd) * 2 + i128::from(of)).div_euclid(twice)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_of_none_costs_nothing_that_could_be_said() {
        for (paid, of, expected) in
            [(100, 0, None), (0, 0, None), (0, 3, Some(0)), (100, 3, Some(33)), (5, 2, Some(3)), (-5, 2, Some(-2))]
        {
            assert_eq!(each(paid, of), expected, "{paid} of {of}");
        }
    }

    #[test]
    fn a_person_counts_once_in_all_and_once_at_each_unit_of_a_duty() {
        let trained = |unit: &str, person: &str| Trained { unit: unit.to_owned(), person: person.to_owned() };
        let paid = |unit: &str, category, paid_vnd| Payments {
            unit: unit.to_owned(),
            category,
            training: category == 2,
            paid_vnd,
            entries: 1,
        };
        let payments = [paid("p", 2, 90), paid("d", 2, 10), paid("d", 5, 7), paid("gone", 0, 3)];
        let persons = [trained("d", "a"), trained("d2", "a"), trained("d", "b"), trained("gone", "b")];
        let place = |unit: &str| (unit != "gone").then(|| unit.to_owned());
        let costs = costs(&payments, &persons, &[("d".to_owned(), 2), ("gone".to_owned(), 1)], place);
        assert_eq!(costs.total, Figures { paid_vnd: 110, training_paid_vnd: 100, trained: 2, recognised: 3 });
        assert_eq!(costs.by_unit["d"], Figures { paid_vnd: 17, training_paid_vnd: 10, trained: 2, recognised: 2 });
        assert_eq!(costs.by_unit["p"], Figures { paid_vnd: 90, training_paid_vnd: 90, trained: 0, recognised: 0 });
        assert_eq!(costs.by_unit["d2"].trained, 1);
        assert_eq!(costs.unmapped, Figures { paid_vnd: 3, training_paid_vnd: 0, trained: 1, recognised: 1 });
        assert_eq!(by_category(&payments), [(0, 3, 1), (2, 100, 2), (5, 7, 1)]);
    }

    proptest! {
        #[test]
        fn categories_and_units_sum_to_the_same_total(
            paid in proptest::collection::vec((0usize..5, 0i32..10, -1000i64..1000), 0..40),
        ) {
            let payments: Vec<Payments> = paid
                .iter()
                .map(|(unit, category, paid_vnd)| Payments {
                    unit: unit.to_string(),
                    category: *category,
                    training: *category == 2,
                    paid_vnd: *paid_vnd,
                    entries: 1,
                })
                .collect();
            let place = |unit: &str| (unit != "0").then(|| unit.to_owned());
            let found = costs(&payments, &[], &[], place);
            let units: i64 = found.by_unit.values().map(|f| f.paid_vnd).sum();
            prop_assert_eq!(units + found.unmapped.paid_vnd, found.total.paid_vnd);
            let categories: i64 = by_category(&payments).iter().map(|(_, paid, _)| paid).sum();
            prop_assert_eq!(categories, found.total.paid_vnd);
        }
    }
}
