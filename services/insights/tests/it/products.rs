//! "Recognised in the year": distinct products whose first recognition is dated in that year, by district and month.

use proto::budget::v1::{Measure, Plan};
use proto::evaluation::v1::Certificate;
use proto::insights::v1::{GetPlanProgressRequest, PlanProgress};

use super::stage::{PROVINCE, certificate, day, engines, stage, target, unit};

const TUY_HOA: &str = "units/555-20180507";
const TUY_AN: &str = "units/559-20180507";
const WARD_1: &str = "units/22015-20180507";
const WARD_8: &str = "units/22018-20180507";
/// Chí Thạnh, Tuy An.
const CHI_THANH: &str = "units/22114-20180507";

fn recognised(progress: &PlanProgress) -> (i64, i64, bool) {
    let row = target(progress, Measure::ProductsRecognised);
    (row.reached, row.missing, row.met)
}

fn months(progress: &PlanProgress) -> Vec<(i32, i64, i64)> {
    let row = |m: &proto::insights::v1::MonthProgress| (m.month, m.products_recognised, m.products_recognised_so_far);
    progress.months.iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn first_recognitions_of_the_year_count_by_district_and_month_and_renewals_do_not() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let [a, b, c, d] = [WARD_1, WARD_8, CHI_THANH, CHI_THANH];
        let [a, b, c, d] = [
            stage.product(a, false).await,
            stage.product(b, false).await,
            stage.product(c, false).await,
            stage.product(d, false).await,
        ];
        stage.recognise(&a, day(2021, 1, 1)).await;
        stage.recognise(&a, day(2021, 11, 30)).await;
        stage.recognise(&b, day(2021, 6, 15)).await;
        stage.recognise(&c, day(2020, 12, 31)).await;
        stage.recognise(&c, day(2021, 7, 1)).await;
        stage.recognise(&d, day(2021, 12, 31)).await;
        let progress = stage.progress(&plan).await;
        assert_eq!(recognised(&progress), (3, 12, false));
        let district = |name| unit(&progress, name).products_recognised;
        assert_eq!((district(TUY_HOA), district(TUY_AN)), (2, 1));
        assert_eq!(progress.units.iter().map(|u| u.products_recognised).sum::<i64>() + progress.unmapped, 3);
        let counted: Vec<_> = months(&progress).into_iter().filter(|m| m.1 > 0).collect();
        assert_eq!(counted, [(1, 1, 1), (6, 1, 2), (12, 1, 3)]);
        assert_eq!((progress.months.len(), progress.unmapped, progress.sample), (12, 0, false));
        assert_eq!(progress.units.len(), 9, "every district has its row, with zeros where nothing stands");

        let of_2020 = stage.plan(PROVINCE, 2020, false).await;
        assert_eq!(recognised(&stage.progress(&of_2020).await), (1, 14, false));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_recognition_that_becomes_known_late_moves_the_product_to_its_year() {
    for engine in engines() {
        let stage = stage(engine).await;
        let [of_2020, of_2021] = [stage.plan(PROVINCE, 2020, false).await, stage.plan(PROVINCE, 2021, false).await];
        let product = stage.product(WARD_1, false).await;
        stage.recognise(&product, day(2021, 6, 15)).await;
        assert_eq!(recognised(&stage.progress(&of_2021).await).0, 1);
        stage.recognise(&product, day(2020, 11, 2)).await;
        assert_eq!(recognised(&stage.progress(&of_2021).await).0, 0);
        assert_eq!(recognised(&stage.progress(&of_2020).await).0, 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_day_hold_what_was_decided_by_then() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        for (of_month, month) in [(31, 3), (30, 6)] {
            let product = stage.product(WARD_1, false).await;
            stage.recognise(&product, day(2021, month, of_month)).await;
        }
        for (as_of, count, rows) in
            [(day(2021, 3, 30), 0, 3), (day(2021, 3, 31), 1, 3), (day(2021, 6, 30), 2, 6), (day(2022, 5, 1), 2, 12)]
        {
            let ask = |ask| GetPlanProgressRequest { as_of: Some(as_of), ..ask };
            let progress = stage.progress_as(&plan, ask).await;
            assert_eq!((recognised(&progress).0, progress.months.len()), (count, rows), "{as_of:?}");
            assert_eq!(progress.as_of, Some(as_of));
        }
        let before = |ask| GetPlanProgressRequest { as_of: Some(day(2020, 12, 31)), ..ask };
        let before = stage.progress_as(&plan, before).await;
        assert_eq!((recognised(&before).0, before.months.len()), (0, 0), "no month of the year has begun");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_of_which_only_a_range_is_known_counts_where_all_of_it_lies() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let ranges = [
            (day(2021, 1, 1), day(2021, 12, 31)),
            (day(2021, 6, 1), day(2021, 6, 30)),
            (day(2020, 12, 1), day(2021, 2, 28)),
        ];
        for (earliest, latest) in ranges {
            let product = stage.product(WARD_1, false).await;
            let dates = Certificate {
                earliest_decision_date: Some(earliest),
                latest_decision_date: Some(latest),
                ..certificate(&product)
            };
            stage.record(dates).await;
        }
        let progress = stage.progress(&plan).await;
        assert_eq!(recognised(&progress).0, 2, "the range over two years is of no year");
        let counted: Vec<_> = months(&progress).into_iter().filter(|m| m.1 > 0).collect();
        assert_eq!(counted, [(6, 1, 1)], "the range over a year is of no month");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifteen_products_reach_the_target_and_the_samples_among_them_are_told() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        for at in 0..15 {
            let (commune, sample) = if at < 5 { (CHI_THANH, true) } else { (WARD_1, false) };
            let product = stage.product(commune, sample).await;
            stage.recognise(&product, day(2021, 1 + at % 12, 10)).await;
        }
        let progress = stage.progress(&plan).await;
        assert_eq!(recognised(&progress), (15, 0, true));
        let row = target(&progress, Measure::ProductsRecognised);
        assert_eq!((row.target, row.reached_samples, row.total, row.percent.as_str()), (15, 5, 0, ""));
        assert!(progress.sample);
        let samples: Vec<i64> = progress.months.iter().map(|m| m.products_recognised_samples).collect();
        assert_eq!(samples, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], "the months tell theirs");
        let row = |name| (unit(&progress, name).products_recognised, unit(&progress, name).products_recognised_samples);
        assert_eq!((row(TUY_AN), row(TUY_HOA)), ((5, 5), (10, 0)));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_of_another_day_cuts_the_same_total_and_says_what_it_cannot_place() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        // Phường 2 went to Phường Tuy Hòa whole; where the rest of Phường 9 went is not known.
        for commune in ["units/22021-20180507", "units/22024-20180507"] {
            let product = stage.product(commune, false).await;
            stage.recognise(&product, day(2021, 6, 15)).await;
        }
        stage.officer(TUY_HOA, false).await;
        let own = stage.progress(&plan).await;
        assert_eq!((own.unit_map_date, unit(&own, TUY_HOA).products_recognised), (Some(day(2021, 12, 31)), 2));
        let on = |date| move |ask| GetPlanProgressRequest { unit_map_date: Some(date), ..ask };
        let today = stage.progress_as(&plan, on(day(2025, 7, 1))).await;
        assert_eq!((recognised(&today).0, today.unmapped), (2, 1));
        assert_eq!((today.unit_map_date, today.as_of), (Some(day(2025, 7, 1)), Some(day(2021, 12, 31))));
        assert_eq!(unit(&today, "units/22015-20250701").products_recognised, 1, "communes in the place of districts");
        assert_eq!(
            today.units.len(),
            34,
            "the communes that came of the plan's own province, not all of Đắk Lắk's 102"
        );
        let officers = target(&today, Measure::OfficersTrainedPercent);
        assert_eq!((officers.total, today.unmapped_officers), (1, 1), "districts have no counterpart");
        assert_eq!(today.units.iter().map(|u| u.officers).sum::<i64>(), 0);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_plan_is_measured_by_its_new_targets() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, true).await;
        let product = stage.product(WARD_1, false).await;
        stage.recognise(&product, day(2021, 6, 15)).await;
        let before = stage.progress(&plan).await;
        assert_eq!((before.targets.len(), before.sample), (3, true), "what is counted for a sample plan is a sample");
        let only = vec![proto::budget::v1::Target {
            measure: Measure::ProductsRecognised.into(),
            value: 1,
            ..Default::default()
        }];
        let title = "Kế hoạch điều chỉnh".to_owned();
        stage.update_plan(Plan { title: title.clone(), targets: only, ..plan.clone() }).await;
        let after = stage.progress(&plan).await;
        assert_eq!((after.targets.len(), recognised(&after), after.title), (1, (1, 0, true), title));
        stage.end().await;
    }
}
