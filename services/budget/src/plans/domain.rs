//! What a plan is.

use std::collections::BTreeSet;

use reference::units::Unit;
use time::Date;

use crate::shared::words::words;

words! {
    /// What a target counts.
    pub enum Measure {
        /// Products recognised for the first time in the plan's year.
        ProductsRecognised = 1 "products_recognised",
        /// Percent of the officers on duty who are trained.
        OfficersTrainedPercent = 2 "officers_trained_percent",
        /// Percent of the managers of registered producers who are trained.
        ProducerManagersTrainedPercent = 3 "producer_managers_trained_percent",
    }
}

impl Measure {
    /// The largest value that a target of it may have.
    #[must_use]
    pub fn most(self) -> i64 {
        match self {
            Self::ProductsRecognised => 1_000_000,
            Self::OfficersTrainedPercent | Self::ProducerManagersTrainedPercent => 100,
        }
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is counted.
    pub measure: Measure,
    /// The least value that reaches it.
    pub value: i64,
}

/// Who does what by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is to be done.
    pub title: String,
    /// The body that leads.
    pub lead_agency: String,
    /// The bodies that coordinate.
    pub coordinating_agencies: Vec<String>,
    /// The day by which it is to be done, if the plan names one.
    pub due_date: Option<Date>,
}

/// A plan to be set up.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// Whose plan.
    pub unit: &'static Unit,
    /// Its year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Number of the decision that set it up.
    pub decision_number: String,
    /// Day of that decision.
    pub decision_date: Date,
    /// What is to be reached.
    pub targets: Vec<Target>,
    /// Who does what by when.
    pub tasks: Vec<Task>,
    /// An invented sample.
    pub sample: bool,
}

/// What changes in a plan; none for what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The title.
    pub title: Option<String>,
    /// All targets.
    pub targets: Option<Vec<Target>>,
    /// All tasks.
    pub tasks: Option<Vec<Task>>,
}

/// Why a target cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetFault {
    /// The measure has a target already.
    Repeated,
    /// The value is zero or less, or above what the measure can reach.
    OutOfRange {
        /// The largest value.
        most: i64,
    },
}

/// Everything that is wrong with a list of targets, each with its place.
#[must_use]
pub fn target_faults(targets: &[Target]) -> Vec<(usize, TargetFault)> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        if !seen.insert(target.measure) {
            faults.push((at, TargetFault::Repeated));
        }
        let most = target.measure.most();
        if !(1..=most).contains(&target.value) {
            faults.push((at, TargetFault::OutOfRange { most }));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_has_one_target_within_what_it_can_reach() {
        use Measure::{OfficersTrainedPercent, ProductsRecognised};
        let targets = |list: &[(Measure, i64)]| {
            target_faults(&list.iter().map(|&(measure, value)| Target { measure, value }).collect::<Vec<_>>())
        };
        assert_eq!(targets(&[(ProductsRecognised, 15), (OfficersTrainedPercent, 100)]), []);
        assert_eq!(targets(&[(OfficersTrainedPercent, 101)]), [(0, TargetFault::OutOfRange { most: 100 })]);
        assert_eq!(targets(&[(ProductsRecognised, 1), (ProductsRecognised, 2)]), [(1, TargetFault::Repeated)]);
        assert_eq!(targets(&[(ProductsRecognised, 0)]), [(0, TargetFault::OutOfRange { most: 1_000_000 })]);
    }

    #[test]
    fn every_measure_is_read_back() {
        for measure in Measure::ALL {
            assert_eq!(Measure::of(measure.word()), Some(*measure));
            assert_eq!(Measure::of_number(measure.number()), Some(*measure));
        }
        assert_eq!((Measure::of("none"), Measure::of_number(0)), (None, None));
    }
}
