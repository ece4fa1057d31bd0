//! What somebody must have been trained in: the topics that a plan's target names.

use proto::budget::v1::Measure::{OfficersTrainedPercent, ProducerManagersTrainedPercent, ProductsRecognised};
use proto::common::v1::Audience::{Officers, ProducerManagers};
use proto::common::v1::Topic::{
    BusinessManagement, EvaluationAndRanking, ProductDevelopment, ProgrammeManagement, Promotion,
};
use proto::insights::v1::PlanProgress;

use super::stage::{PROVINCE, day, engines, stage, target, unit};

const TUY_HOA: &str = "units/555-20180507";
/// A commune of the city Tuy Hoà.
const WARD_1: &str = "units/22015-20180507";

fn officers(progress: &PlanProgress) -> (i64, i64, i64) {
    let row = target(progress, OfficersTrainedPercent);
    (row.reached, row.total, row.missing)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passed_session_of_another_topic_does_not_count_and_of_any_of_several_topics_counts_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let asked = [ProgrammeManagement, EvaluationAndRanking];
        let plan = stage.plan_about(PROVINCE, 2021, false, [&asked, &[BusinessManagement]]).await;
        let [one, other, both, elsewhere, nothing] = [
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
            stage.officer(PROVINCE, false).await,
        ];
        stage.train_about(Officers, Promotion, day(2021, 3, 1), &[&elsewhere, &one]).await;
        stage.train_about(Officers, BusinessManagement, day(2021, 3, 2), &[&elsewhere]).await;
        assert_eq!(officers(&stage.progress(&plan).await), (0, 5, 5), "neither topic is asked of officers");
        stage.train_about(Officers, ProgrammeManagement, day(2021, 4, 1), &[&one, &both]).await;
        stage.train_about(Officers, EvaluationAndRanking, day(2021, 4, 2), &[&other, &both]).await;
        // The topic is right; the audience and the year are not.
        stage.train_about(ProducerManagers, ProgrammeManagement, day(2021, 4, 3), &[&nothing]).await;
        stage.train_about(Officers, ProgrammeManagement, day(2020, 12, 31), &[&nothing]).await;
        let progress = stage.progress(&plan).await;
        assert_eq!(officers(&progress), (3, 5, 2));
        let row = unit(&progress, TUY_HOA);
        assert_eq!((row.officers, row.officers_trained), (4, 3), "the units count by the same topics");
        assert_eq!(unit(&progress, PROVINCE).officers_trained, 0);

        let shown = |measure| target(&progress, measure).topics().collect::<Vec<_>>();
        assert_eq!(shown(OfficersTrainedPercent), asked);
        assert_eq!(shown(ProducerManagersTrainedPercent), [BusinessManagement]);
        assert_eq!(shown(ProductsRecognised), []);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_audience_is_counted_by_its_own_topics_also_in_the_units() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan_about(PROVINCE, 2021, false, [&[ProgrammeManagement], &[BusinessManagement]]).await;
        // The same person holds a post and manages a producer.
        let person = stage.officer(WARD_1, false).await;
        let producer = stage.producer(WARD_1, false).await;
        stage.manage(&person, &producer).await;
        let trained = async || {
            let progress = stage.progress(&plan).await;
            let row = unit(&progress, TUY_HOA);
            let reached = |measure| target(&progress, measure).reached;
            let all = (reached(OfficersTrainedPercent), reached(ProducerManagersTrainedPercent));
            assert_eq!((row.officers_trained, row.producer_managers_trained), all);
            all
        };
        stage.train_about(ProducerManagers, ProgrammeManagement, day(2021, 3, 1), &[&person]).await;
        stage.train_about(Officers, BusinessManagement, day(2021, 3, 2), &[&person]).await;
        assert_eq!(trained().await, (0, 0), "what is asked of the other audience");
        stage.train_about(ProducerManagers, BusinessManagement, day(2021, 3, 3), &[&person]).await;
        assert_eq!(trained().await, (0, 1));
        stage.train_about(Officers, ProgrammeManagement, day(2021, 3, 4), &[&person]).await;
        assert_eq!(trained().await, (1, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_without_topics_counts_any_and_a_changed_target_counts_by_its_new_topics() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let [developer, promoter, idle] = [
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
        ];
        stage.train_about(Officers, ProductDevelopment, day(2021, 3, 1), &[&developer]).await;
        stage.train_about(Officers, Promotion, day(2021, 3, 2), &[&promoter]).await;
        let missed = stage.session_about(Officers, Promotion, day(2021, 3, 3), false).await;
        stage.attend(&missed, &[&idle], 1).await;
        let progress = stage.progress(&plan).await;
        assert_eq!((officers(&progress), target(&progress, OfficersTrainedPercent).topics.len()), ((2, 3, 1), 0));
        stage.ask_topics(&plan, [&[Promotion], &[]]).await;
        assert_eq!(officers(&stage.progress(&plan).await), (1, 3, 2));
        stage.ask_topics(&plan, [&[Promotion, ProductDevelopment], &[]]).await;
        assert_eq!(officers(&stage.progress(&plan).await), (2, 3, 1));
        stage.ask_topics(&plan, [&[EvaluationAndRanking], &[]]).await;
        assert_eq!(officers(&stage.progress(&plan).await), (0, 3, 3));
        stage.ask_topics(&plan, [&[], &[]]).await;
        assert_eq!(officers(&stage.progress(&plan).await), (2, 3, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_sample_in_the_same_list_a_real_person_stays_real() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan_about(PROVINCE, 2021, false, [&[ProgrammeManagement], &[]]).await;
        let (real, sample) = (stage.officer(WARD_1, false).await, stage.officer(WARD_1, true).await);
        stage.train_about(Officers, ProgrammeManagement, day(2021, 3, 1), &[&real, &sample]).await;
        let samples = async || target(&stage.progress(&plan).await, OfficersTrainedPercent).reached_samples;
        assert_eq!(samples().await, 1, "of two trained");
        // Only sessions that count prove something: a real one about another topic does not make a sample real.
        let by_sample = stage.officer(WARD_1, false).await;
        let invented = stage.session_about(Officers, ProgrammeManagement, day(2021, 3, 2), true).await;
        stage.attend(&invented, &[&by_sample], 2).await;
        stage.train_about(Officers, Promotion, day(2021, 3, 3), &[&by_sample]).await;
        assert_eq!(samples().await, 2);
        stage.train_about(Officers, ProgrammeManagement, day(2021, 3, 4), &[&by_sample]).await;
        assert_eq!(samples().await, 1);
        stage.end().await;
    }
}
