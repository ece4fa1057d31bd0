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

words! {
    /// What a course must be about for a target to count it.
    pub enum Topic {
        /// Managing and directing the programme.
        ProgrammeManagement = 1 "programme_management",
        /// Evaluating and ranking products.
        EvaluationAndRanking = 2 "evaluation_and_ranking",
        /// Managing production and business.
        BusinessManagement = 3 "business_management",
        /// Developing products from what a place has.
        ProductDevelopment = 4 "product_development",
        /// Making a business plan.
        BusinessPlan = 5 "business_plan",
        /// Quality, standards and complete dossiers.
        Standardisation = 6 "standardisation",
        /// Trade promotion and the product's story.
        Promotion = 7 "promotion",
    }
}

impl Measure {
    /// True where it counts persons trained, which may be by topics.
    #[must_use]
    pub fn has_topics(self) -> bool {
        match self {
            Self::ProductsRecognised => false,
            Self::OfficersTrainedPercent | Self::ProducerManagersTrainedPercent => true,
        }
    }

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is counted.
    pub measure: Measure,
    /// The least value that reaches it.
    pub value: i64,
    /// Only courses about one of these count; none for all.
    pub topics: Vec<Topic>,
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
    /// The measure is not counted by topics.
    WithoutTopics,
    /// It names a topic twice.
    TopicRepeated {
        /// The topic.
        topic: Topic,
        /// The place in its topics.
        at: usize,
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
        if !target.measure.has_topics() && !target.topics.is_empty() {
            faults.push((at, TargetFault::WithoutTopics));
        }
        let mut named = BTreeSet::new();
        let again = target.topics.iter().enumerate().filter(|(_, topic)| !named.insert(**topic));
        faults.extend(again.map(|(place, topic)| (at, TargetFault::TopicRepeated { topic: *topic, at: place })));
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
            let target = |&(measure, value): &(Measure, i64)| Target { measure, value, topics: Vec::new() };
            target_faults(&list.iter().map(target).collect::<Vec<_>>())
        };
        assert_eq!(targets(&[(ProductsRecognised, 15), (OfficersTrainedPercent, 100)]), []);
        assert_eq!(targets(&[(OfficersTrainedPercent, 101)]), [(0, TargetFault::OutOfRange { most: 100 })]);
        assert_eq!(targets(&[(ProductsRecognised, 1), (ProductsRecognised, 2)]), [(1, TargetFault::Repeated)]);
        assert_eq!(targets(&[(ProductsRecognised, 0)]), [(0, TargetFault::OutOfRange { most: 1_000_000 })]);
    }

    #[test]
    fn only_persons_trained_are_counted_by_topics_and_each_topic_stands_once() {
        use Measure::{OfficersTrainedPercent, ProducerManagersTrainedPercent, ProductsRecognised};
        use Topic::{BusinessManagement, EvaluationAndRanking, ProgrammeManagement};
        let again = |at| (0, TargetFault::TopicRepeated { topic: BusinessManagement, at });
        for (measure, topics, expected) in [
            (OfficersTrainedPercent, vec![ProgrammeManagement, EvaluationAndRanking], vec![]),
            (ProducerManagersTrainedPercent, vec![BusinessManagement], vec![]),
            (OfficersTrainedPercent, vec![BusinessManagement; 3], vec![again(1), again(2)]),
            (ProductsRecognised, vec![BusinessManagement], vec![(0, TargetFault::WithoutTopics)]),
            (ProductsRecognised, vec![BusinessManagement; 2], vec![(0, TargetFault::WithoutTopics), again(1)]),
        ] {
            let target = Target { measure, value: 1, topics };
            assert_eq!(target_faults(std::slice::from_ref(&target)), expected, "{target:?}");
        }
    }

    #[test]
    fn every_topic_is_read_back() {
        for topic in Topic::ALL {
            assert_eq!(Topic::of(topic.word()), Some(*topic));
            assert_eq!(Topic::of_number(topic.number()), Some(*topic));
        }
        assert_eq!((Topic::of("none"), Topic::of_number(0)), (None, None));
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
