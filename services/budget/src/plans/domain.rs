//! What a plan is.

use std::collections::BTreeSet;

use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use crate::shared::words::words;
use crate::tasks::domain::{Listed, NewTask};

words! {
    /// What a target counts.
    pub enum Measure {
        /// Products recognised for the first time in the plan's year.
        ProductsRecognised = 1 "products_recognised",
        /// Percent of the officers on duty who are trained.
        OfficersTrainedPercent = 2 "officers_trained_percent",
        /// Percent of the managers of registered producers who are trained.
        ProducerManagersTrainedPercent = 3 "producer_managers_trained_percent",
        /// Products recognised for the first time in the plan's year with four or five stars.
        ProductsRecognisedFourStars = 4 "products_recognised_four_stars",
        /// Products recognised anew in the plan's year.
        ProductsRecognisedAgain = 5 "products_recognised_again",
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
            Self::ProductsRecognised | Self::ProductsRecognisedFourStars | Self::ProductsRecognisedAgain => false,
            Self::OfficersTrainedPercent | Self::ProducerManagersTrainedPercent => true,
        }
    }

    /// The largest value that a target of it may have.
    #[must_use]
    pub fn most(self) -> i64 {
        match self {
            Self::ProductsRecognised | Self::ProductsRecognisedFourStars | Self::ProductsRecognisedAgain => 1_000_000,
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
    /// The month at the end of which it is to be reached; 0 for December.
    pub due_month: i32,
    /// The least value in each unit right below the plan's; 0 for none.
    pub each_unit: i64,
    /// Targets of single units right below the plan's.
    pub units: Vec<UnitTarget>,
}

/// What one unit is to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTarget {
    /// The unit: as it was typed, and by its dated name once it was read.
    pub unit: String,
    /// The least value there.
    pub value: i64,
}

impl Target {
    /// A target for the whole plan until the end of the year.
    #[must_use]
    pub fn of(measure: Measure, value: i64, topics: Vec<Topic>) -> Self {
        Self { measure, value, topics, due_month: 0, each_unit: 0, units: Vec::new() }
    }
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
    /// What it is for, in words.
    pub goals: Vec<String>,
    /// What is to be reached.
    pub targets: Vec<Target>,
    /// Who does what by when.
    pub tasks: Vec<NewTask>,
    /// An invented sample.
    pub sample: bool,
    /// The plan of the year before that it goes on from.
    pub rolled_from: Option<Uuid>,
}

/// What changes in a plan; none for what stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The title.
    pub title: Option<String>,
    /// All goals.
    pub goals: Option<Vec<String>>,
    /// All targets.
    pub targets: Option<Vec<Target>>,
    /// All tasks.
    pub tasks: Option<Vec<Listed<Uuid>>>,
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
    /// The value of each unit is above what the measure can reach.
    EachUnitOutOfRange {
        /// The largest value.
        most: i64,
    },
    /// The value of a single unit is above what the measure can reach.
    UnitOutOfRange {
        /// The place in its units.
        at: usize,
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
        if !(0..=most).contains(&target.each_unit) {
            faults.push((at, TargetFault::EachUnitOutOfRange { most }));
        }
        let beyond = target.units.iter().enumerate().filter(|(_, unit)| !(1..=most).contains(&unit.value));
        faults.extend(beyond.map(|(place, _)| (at, TargetFault::UnitOutOfRange { at: place, most })));
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
            let target = |&(measure, value): &(Measure, i64)| Target::of(measure, value, Vec::new());
            target_faults(&list.iter().map(target).collect::<Vec<_>>())
        };
        assert_eq!(targets(&[(ProductsRecognised, 15), (OfficersTrainedPercent, 100)]), []);
        assert_eq!(targets(&[(OfficersTrainedPercent, 101)]), [(0, TargetFault::OutOfRange { most: 100 })]);
        assert_eq!(targets(&[(ProductsRecognised, 1), (ProductsRecognised, 2)]), [(1, TargetFault::Repeated)]);
        assert_eq!(targets(&[(ProductsRecognised, 0)]), [(0, TargetFault::OutOfRange { most: 1_000_000 })]);
    }

    #[test]
    fn units_reach_no_more_than_the_measure_can() {
        let of = |each_unit, values: &[i64]| {
            let unit = |value: &i64| UnitTarget { unit: "units/555-20180507".to_owned(), value: *value };
            let target = Target::of(Measure::OfficersTrainedPercent, 100, Vec::new());
            target_faults(&[Target { each_unit, units: values.iter().map(unit).collect(), ..target }])
        };
        assert_eq!(of(100, &[1, 100]), []);
        assert_eq!(of(0, &[0]), [(0, TargetFault::UnitOutOfRange { at: 0, most: 100 })]);
        let both = [TargetFault::EachUnitOutOfRange { most: 100 }, TargetFault::UnitOutOfRange { at: 1, most: 100 }];
        assert_eq!(of(101, &[2, 101]), both.map(|fault| (0, fault)));
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
            let target = Target::of(measure, 1, topics);
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
