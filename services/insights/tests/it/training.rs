//! Who is trained: distinct persons on duty on the asked day, and those of them with a passed session of their audience
//! since the first day of the plan's year.

use proto::budget::v1::Measure;
use proto::common::v1::Audience;
use proto::insights::v1::{GetPlanProgressRequest, PlanProgress};

use super::stage::{PROVINCE, Stage, day, engines, stage, target, unit};

const TUY_HOA: &str = "units/555-20180507";
/// Two communes of the city Tuy Hoà.
const WARD_1: &str = "units/22015-20180507";
const WARD_8: &str = "units/22018-20180507";

fn officers(progress: &PlanProgress) -> (i64, i64, &str, i64, bool) {
    let row = target(progress, Measure::OfficersTrainedPercent);
    (row.reached, row.total, row.percent.as_str(), row.missing, row.met)
}

async fn on(stage: &Stage, plan: &proto::budget::v1::Plan, month: i32, of_month: i32) -> PlanProgress {
    let as_of = Some(day(2021, month, of_month));
    stage.progress_as(plan, |ask| GetPlanProgressRequest { as_of, ..ask }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_count_on_the_asked_day_by_their_duties_and_by_sessions_of_the_plans_year() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let [early, leaves, joins, never] = [
            stage.officer(PROVINCE, false).await,
            stage.person("Cán bộ OCOP", false).await,
            stage.person("Cán bộ OCOP", false).await,
            stage.officer(WARD_1, false).await,
        ];
        let left = stage.post(&leaves, TUY_HOA, day(2021, 1, 4)).await;
        stage.end_post(&left, day(2021, 6, 30)).await;
        stage.post(&joins, TUY_HOA, day(2021, 7, 1)).await;
        // Of the year before: outside the window. Half of the half days: not passed. Of the other audience: no coverage.
        stage.train(Audience::Officers, day(2020, 12, 31), &[&never]).await;
        let missed = stage.session(Audience::Officers, day(2021, 3, 1), false).await;
        stage.attend(&missed, &[&never], 1).await;
        stage.train(Audience::ProducerManagers, day(2021, 3, 2), &[&never]).await;
        stage.train(Audience::Officers, day(2021, 1, 1), &[&early]).await;
        stage.train(Audience::Officers, day(2021, 5, 20), &[&early, &leaves, &joins]).await;

        assert_eq!(officers(&on(&stage, &plan, 1, 3).await), (0, 0, "", 0, false), "0 of 0 has no value");
        assert_eq!(officers(&on(&stage, &plan, 1, 4).await), (1, 3, "33.33", 2, false));
        assert_eq!(officers(&on(&stage, &plan, 5, 19).await), (1, 3, "33.33", 2, false));
        assert_eq!(officers(&on(&stage, &plan, 6, 30).await), (2, 3, "66.67", 1, false), "the last day counts");
        assert_eq!(officers(&on(&stage, &plan, 7, 1).await), (2, 3, "66.67", 1, false), "one left, one joined");
        stage.train(Audience::Officers, day(2021, 12, 31), &[&never]).await;
        let year = stage.progress(&plan).await;
        assert_eq!(officers(&year), (3, 3, "100.00", 0, true));
        assert_eq!(year.as_of, Some(day(2021, 12, 31)), "a past year is answered as of its end");
        let row = unit(&year, TUY_HOA);
        assert_eq!((row.display_name.as_str(), row.officers, row.officers_trained), ("Thành phố Tuy Hoà", 2, 2));
        let own = unit(&year, PROVINCE);
        assert_eq!((own.officers, own.officers_trained), (1, 1), "the province's own officers stand in its own row");
        assert!(!year.sample);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_duties_in_two_communes_of_a_district_is_one_person_there() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let manager = stage.person("Giám đốc hợp tác xã", false).await;
        for commune in [WARD_1, WARD_8, "units/22051-20180507"] {
            let producer = stage.producer(commune, false).await;
            stage.manage(&manager, &producer).await;
        }
        let other = stage.person("Chủ hộ", false).await;
        let producer = stage.producer(WARD_1, false).await;
        stage.manage(&other, &producer).await;
        stage.train(Audience::ProducerManagers, day(2021, 4, 1), &[&manager]).await;
        let progress = stage.progress(&plan).await;
        let row = target(&progress, Measure::ProducerManagersTrainedPercent);
        assert_eq!((row.reached, row.total, row.percent.as_str()), (1, 2, "50.00"), "everybody once in the total");
        let city = unit(&progress, TUY_HOA);
        assert_eq!((city.producer_managers, city.producer_managers_trained), (2, 1), "and once in each district");
        let elsewhere: i64 =
            progress.units.iter().filter(|u| u.unit != TUY_HOA).map(|u| u.producer_managers_trained).sum();
        assert_eq!(elsewhere, 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_attendance_takes_the_person_out_again() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let officer = stage.officer(PROVINCE, false).await;
        let session = stage.session(Audience::Officers, day(2021, 5, 20), false).await;
        stage.attend(&session, &[&officer], 2).await;
        assert_eq!(officers(&stage.progress(&plan).await).0, 1);
        stage.attend(&session, &[&officer], 1).await;
        assert_eq!(officers(&stage.progress(&plan).await), (0, 1, "0.00", 1, false));
        stage.attend(&session, &[&officer], 2).await;
        assert_eq!(officers(&stage.progress(&plan).await), (1, 1, "100.00", 0, true));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_when_any_counted_person_or_attendance_is_a_sample() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let real = stage.officer(TUY_HOA, false).await;
        stage.train(Audience::Officers, day(2021, 5, 20), &[&real]).await;
        let progress = stage.progress(&plan).await;
        let samples = |progress: &PlanProgress| target(progress, Measure::OfficersTrainedPercent).reached_samples;
        assert_eq!((progress.sample, samples(&progress)), (false, 0));

        let invented = stage.officer(TUY_HOA, true).await;
        let progress = stage.progress(&plan).await;
        assert_eq!((progress.sample, samples(&progress)), (true, 0), "counted in the total, and not reached");
        stage.train(Audience::Officers, day(2021, 5, 21), &[&invented]).await;
        assert_eq!(samples(&stage.progress(&plan).await), 1);

        // A real person whom only an invented session trained is an invented success.
        let by_sample = stage.officer(TUY_HOA, false).await;
        let session = stage.session(Audience::Officers, day(2021, 5, 22), true).await;
        stage.attend(&session, &[&by_sample, &real], 2).await;
        let progress = stage.progress(&plan).await;
        assert_eq!((officers(&progress).0, samples(&progress)), (3, 2), "what a real session proved stays real");
        let by_unit = progress.units.iter().map(|u| u.officers_trained_samples).sum::<i64>();
        assert_eq!(by_unit, 2, "the units tell theirs");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_session_alone_makes_an_answer_a_sample() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let officer = stage.officer(TUY_HOA, false).await;
        let session = stage.session(Audience::Officers, day(2021, 5, 22), true).await;
        stage.attend(&session, &[&officer], 2).await;
        let progress = stage.progress(&plan).await;
        assert!(progress.sample);
        assert_eq!(target(&progress, Measure::OfficersTrainedPercent).reached_samples, 1);
        stage.end().await;
    }
}
