//! Targets by unit and month, what is late of them, and where the plan's tasks stand.

use proto::budget::v1::task_service_client::TaskServiceClient;
use proto::budget::v1::{self as budget_pb, Measure, Target, UnitTarget};
use proto::common::v1::Audience;
use proto::evaluation::v1::Certificate;
use proto::insights::v1::{GetPlanProgressRequest, TargetProgress, TaskCounts};
use time::macros::date;

use super::stage::{PROVINCE, certificate, day, engines, stage, stage_at, target, unit};

const TUY_HOA: &str = "units/555-20180507";
const TUY_AN: &str = "units/559-20180507";
const WARD_1: &str = "units/22015-20180507";
const WARD_8: &str = "units/22018-20180507";
/// Chí Thạnh, Tuy An.
const CHI_THANH: &str = "units/22114-20180507";

fn of(measure: Measure, value: i64) -> Target {
    Target { measure: measure.into(), value, ..Default::default() }
}

/// target, reached, missing, met, late of a unit's row.
fn row(target: &TargetProgress, name: &str) -> (i64, i64, i64, bool, bool) {
    let row = target.units.iter().find(|row| row.unit == name).unwrap_or_else(|| panic!("no row for {name}"));
    (row.target, row.reached, row.missing, row.met, row.late)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_products_per_district_are_told_by_district_and_late_once_their_month_is_over() {
    for engine in engines() {
        let stage = stage(engine).await;
        let units = vec![UnitTarget { unit: TUY_AN.to_owned(), value: 1 }];
        let least =
            Target { each_unit_value: 2, due_month: 6, unit_targets: units, ..of(Measure::ProductsRecognised, 3) };
        let plan = stage.plan_of(PROVINCE, vec![least], Vec::new()).await;
        for (commune, on) in [(WARD_1, day(2021, 3, 1)), (WARD_8, day(2021, 6, 30)), (CHI_THANH, day(2021, 7, 1))] {
            let product = stage.product(commune, false).await;
            stage.recognise(&product, on).await;
        }
        let on = async |month, of_month| {
            let as_of = Some(day(2021, month, of_month));
            stage.progress_as(&plan, |ask| GetPlanProgressRequest { as_of, ..ask }).await
        };
        let june = on(6, 30).await;
        let found = target(&june, Measure::ProductsRecognised);
        assert_eq!((found.due_date, found.late, found.reached), (Some(day(2021, 6, 30)), false, 2), "not over yet");
        assert_eq!(found.units.len(), 9, "every district has its least");
        assert_eq!(row(found, TUY_HOA), (2, 2, 0, true, false));
        assert_eq!(row(found, TUY_AN), (1, 0, 1, false, false), "its own target in the place of that of each");
        let july = on(7, 1).await;
        let found = target(&july, Measure::ProductsRecognised);
        assert_eq!((found.met, found.late), (true, false), "what was reached too late is not late any more");
        assert_eq!(row(found, TUY_AN), (1, 1, 0, true, false));
        assert_eq!(row(found, "units/557-20180507"), (2, 0, 2, false, true));
        let months: Vec<(i32, i64, i64)> = found.months.iter().map(|m| (m.month, m.in_month, m.reached)).collect();
        assert_eq!(months, [(1, 0, 0), (2, 0, 0), (3, 1, 1), (4, 0, 1), (5, 0, 1), (6, 1, 2), (7, 1, 3)]);
        let of_tuy_an = |ask| GetPlanProgressRequest { months_of_unit: TUY_AN.to_owned(), ..ask };
        let of_tuy_an = stage.progress_as(&plan, of_tuy_an).await;
        let found = target(&of_tuy_an, Measure::ProductsRecognised);
        assert_eq!(
            (found.reached, found.months[5].reached, found.months[6].reached),
            (3, 0, 1),
            "one district's months"
        );
        assert_eq!(of_tuy_an.months[6].products_recognised, 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trained_persons_are_told_by_month_as_they_were_on_duty_then() {
    for engine in engines() {
        let stage = stage(engine).await;
        let percent = Target { each_unit_value: 100, due_month: 4, ..of(Measure::OfficersTrainedPercent, 100) };
        let plan = stage.plan_of(PROVINCE, vec![percent], Vec::new()).await;
        let stays = stage.officer(WARD_1, false).await;
        let leaves = stage.person("Cán bộ OCOP", false).await;
        let post = stage.post(&leaves, CHI_THANH, day(2021, 1, 4)).await;
        stage.end_post(&post, day(2021, 3, 15)).await;
        stage.train(Audience::Officers, day(2021, 2, 10), &[&leaves]).await;
        stage.train(Audience::Officers, day(2021, 4, 30), &[&stays]).await;
        let as_of = Some(day(2021, 5, 1));
        let found = stage.progress_as(&plan, |ask| GetPlanProgressRequest { as_of, ..ask }).await;
        let found = target(&found, Measure::OfficersTrainedPercent);
        let months: Vec<(i64, i64, &str)> =
            found.months.iter().map(|m| (m.reached, m.total, m.percent.as_str())).collect();
        assert_eq!(months, [(0, 2, "0.00"), (1, 2, "50.00"), (0, 1, "0.00"), (1, 1, "100.00"), (1, 1, "100.00")]);
        assert_eq!((found.met, found.late, row(found, TUY_HOA)), (true, false, (100, 1, 0, true, false)));
        assert_eq!(row(found, TUY_AN), (100, 0, 0, false, true), "nobody on duty reaches nothing");
        let march = Some(day(2021, 3, 10));
        let found = stage.progress_as(&plan, |ask| GetPlanProgressRequest { as_of: march, ..ask }).await;
        let found = target(&found, Measure::OfficersTrainedPercent);
        assert_eq!(
            (found.months[2].reached, found.months[2].total),
            (1, 2),
            "the month that runs is told as of the day"
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn products_with_four_stars_and_products_recognised_anew_are_measures_of_their_own() {
    for engine in engines() {
        let stage = stage(engine).await;
        let measures =
            [Measure::ProductsRecognised, Measure::ProductsRecognisedFourStars, Measure::ProductsRecognisedAgain];
        let plan = stage.plan_of(PROVINCE, measures.map(|measure| of(measure, 2)).to_vec(), Vec::new()).await;
        let [a, b, c] = [WARD_1, WARD_8, CHI_THANH].map(|commune| stage.product(commune, false));
        let (a, b, c) = (a.await, b.await, c.await);
        let record = async |product: &str, stars, on| {
            stage.record(Certificate { stars, decision_date: Some(on), ..certificate(product) }).await;
        };
        record(&a, 4, day(2021, 3, 1)).await;
        record(&b, 3, day(2021, 4, 1)).await;
        // Raised in the year of its first recognition: it is no product of before.
        record(&b, 4, day(2021, 10, 1)).await;
        record(&c, 3, day(2019, 5, 5)).await;
        record(&c, 4, day(2021, 5, 5)).await;
        record(&c, 5, day(2021, 9, 9)).await;
        let found = stage.progress(&plan).await;
        let reached = measures.map(|measure| target(&found, measure).reached);
        assert_eq!(reached, [2, 1, 1]);
        let anew: Vec<i32> =
            target(&found, measures[2]).months.iter().filter(|m| m.in_month > 0).map(|m| m.month).collect();
        assert_eq!(anew, [5], "once, by the first of the year");
        let [hoa, an] = [unit(&found, TUY_HOA), unit(&found, TUY_AN)];
        assert_eq!((hoa.products_recognised_four_stars, hoa.products_recognised_again), (1, 0));
        assert_eq!((an.products_recognised, an.products_recognised_again), (0, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_a_district_is_cut_by_its_communes() {
    for engine in engines() {
        let stage = stage(engine).await;
        let units = vec![UnitTarget { unit: WARD_8.to_owned(), value: 2 }];
        let least = Target { unit_targets: units, ..of(Measure::ProductsRecognised, 2) };
        let plan = stage.plan_of(TUY_HOA, vec![least], Vec::new()).await;
        for commune in [WARD_8, CHI_THANH] {
            let product = stage.product(commune, false).await;
            stage.recognise(&product, day(2021, 6, 15)).await;
        }
        let found = stage.progress(&plan).await;
        assert_eq!((found.units.len(), unit(&found, WARD_8).products_recognised), (16, 1));
        let products = target(&found, Measure::ProductsRecognised);
        assert_eq!(
            (products.reached, products.units.len(), row(products, WARD_8)),
            (1, 1, (2, 1, 1, false, true)),
            "the year is over"
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_counted_by_state_and_unit_and_the_late_ones_are_named() {
    for engine in engines() {
        let stage = stage(engine).await;
        let task = |title: &str, unit: &str, due| budget_pb::Task {
            title: title.to_owned(),
            lead_agency: "Sở Nông nghiệp".to_owned(),
            unit: unit.to_owned(),
            due_date: due,
            ..Default::default()
        };
        let tasks = vec![
            task("a", "", Some(day(2021, 9, 30))),
            task("b", "units/559", Some(day(2021, 6, 30))),
            task("c", "units/559", None),
        ];
        let plan = stage.plan_of(PROVINCE, vec![of(Measure::ProductsRecognised, 1)], tasks).await;
        let [a, b, c] = [0, 1, 2].map(|at| plan.tasks[at].name.clone());
        let as_of = Some(day(2021, 10, 10));
        let ask = async || stage.progress_as(&plan, |ask| GetPlanProgressRequest { as_of, ..ask }).await;
        let found = ask().await;
        assert_eq!(found.tasks, Some(TaskCounts { planned: 3, late: 2, ..Default::default() }));
        let late: Vec<(&str, i32)> = found.late_tasks.iter().map(|t| (t.task.as_str(), t.days_late)).collect();
        assert_eq!(late, [(b.as_str(), 102), (a.as_str(), 10)], "the one due first before the others");
        let (admin, mut tasks) = (stage.admin(), TaskServiceClient::new(stage.link("budget")));
        let act_date = Some(day(2021, 10, 1));
        for name in [&b, &c] {
            let start = budget_pb::StartTaskRequest { name: name.clone(), act_date, ..Default::default() };
            tasks.start_task(admin.say(start)).await.unwrap();
        }
        let complete = budget_pb::CompleteTaskRequest { name: b.clone(), act_date, ..Default::default() };
        tasks.complete_task(admin.say(complete)).await.unwrap();
        let found = ask().await;
        assert_eq!(found.tasks, Some(TaskCounts { planned: 1, under_way: 1, done: 1, late: 1, ..Default::default() }));
        let of_tuy_an = TaskCounts { under_way: 1, done: 1, ..Default::default() };
        assert_eq!(unit(&found, TUY_AN).tasks, Some(of_tuy_an));
        assert_eq!(unit(&found, PROVINCE).tasks.map(|tasks| (tasks.planned, tasks.late)), Some((1, 1)));
        // A change of the plan tells its tasks whole.
        let kept = vec![plan.tasks[1].clone(), plan.tasks[2].clone()];
        let kept = kept.into_iter().map(|task| budget_pb::Task { etag: String::new(), ..task }).collect();
        stage.update_plan(budget_pb::Plan { etag: String::new(), tasks: kept, ..plan.clone() }).await;
        let found = ask().await;
        assert_eq!(found.tasks, Some(TaskCounts { under_way: 1, done: 1, ..Default::default() }), "one was left out");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_year_that_is_over_left_undone_is_late_without_being_asked_for_a_day() {
    for engine in engines() {
        let stage = stage_at(engine, date!(2022 - 01 - 10)).await;
        let task = budget_pb::Task {
            title: "a".to_owned(),
            lead_agency: "Sở Nông nghiệp".to_owned(),
            due_date: Some(day(2021, 12, 31)),
            ..Default::default()
        };
        let plan = stage.plan_of(PROVINCE, vec![of(Measure::ProductsRecognised, 1)], vec![task]).await;
        let found = stage.progress(&plan).await;
        assert_eq!(found.as_of, Some(day(2021, 12, 31)), "nothing is counted beyond the year");
        assert!(target(&found, Measure::ProductsRecognised).late);
        assert_eq!(found.late_tasks.iter().map(|task| task.days_late).collect::<Vec<_>>(), [10]);
        let last = |ask| GetPlanProgressRequest { as_of: Some(day(2021, 12, 31)), ..ask };
        assert!(!target(&stage.progress_as(&plan, last).await, Measure::ProductsRecognised).late);
        stage.end().await;
    }
}
