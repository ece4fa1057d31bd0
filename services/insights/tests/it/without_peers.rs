//! A service that is not there makes the figures late, never wrong, and the answer says so.

use proto::budget::v1::Measure;
use proto::common::v1::Audience;

use super::stage::{PROVINCE, day, engines, stage_without_evaluation, target};

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_from_the_feeds_that_are_there_and_the_missing_one_is_told() {
    for engine in engines() {
        let stage = stage_without_evaluation(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let [first, second] = [stage.officer(PROVINCE, false).await, stage.officer("units/555-20180507", false).await];
        stage.train(Audience::Officers, day(2021, 5, 20), &[&first]).await;
        let progress = stage.progress(&plan).await;
        let officers = target(&progress, Measure::OfficersTrainedPercent);
        assert_eq!((officers.reached, officers.total, officers.percent.as_str()), (1, 2, "50.00"));
        assert_eq!((officers.missing, officers.met), (1, false));
        let products = target(&progress, Measure::ProductsRecognised);
        assert_eq!((products.reached, products.missing, products.met), (0, 15, false));
        let told: Vec<(&str, bool, bool)> = progress
            .freshness
            .iter()
            .map(|f| (f.service.as_str(), f.position > 0, f.complete_until.is_some()))
            .collect();
        assert_eq!(
            told,
            [("registry", true, true), ("training", true, true), ("evaluation", false, false), ("budget", true, true),]
        );
        assert!(progress.freshness.iter().all(|f| f.behind == 0));
        assert_ne!(first, second);
        stage.end().await;
    }
}
