//! What an estimate is asked for by: unit, department, source, category, quarters.

use proto::budget::v1::{self as pb, Estimate, EstimateLine, EstimateStage, FundingSource, QuarterAmount};
use time::macros::date;
use tonic::Code;

use super::stage::{create_estimate, day, engines, estimate, granted, invalid, lump, plan_2021, refused, said, stage};

/// A district of the province, and one of its communes.
const TUY_AN: &str = "units/559-20180507";
const TUY_HOA: &str = "units/555-20180507";
const WARD_8: &str = "units/22018-20180507";

fn spread(amount_vnd: i64, quarters: &[(i32, i64)]) -> EstimateLine {
    let quarter = |&(quarter, amount_vnd): &(i32, i64)| QuarterAmount { quarter, amount_vnd, appraised_vnd: None };
    EstimateLine { quarters: quarters.iter().map(quarter).collect(), ..lump(amount_vnd) }
}

fn of(line: &EstimateLine) -> Vec<(i32, i64, Option<i64>)> {
    line.quarters.iter().map(|q| (q.quarter, q.amount_vnd, q.appraised_vnd)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_spread_over_quarters_and_a_cut_is_taken_from_each_in_proportion() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![spread(101, &[(4, 61), (1, 40)]), spread(70, &[(2, 0)]), lump(9)]).await;
        assert_eq!(of(&draft.lines[0]), [(1, 40, None), (4, 61, None)], "in the order of the year");
        assert_eq!((of(&draft.lines[1]), of(&draft.lines[2])), (vec![(2, 70, None)], vec![]));
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        let [a, b, c] = [0, 1, 2].map(|at| draft.lines[at].name.as_str());
        let cut = vec![granted(a, 50, "Trùng nội dung"), granted(b, 70, ""), granted(c, 0, "Chưa cần")];
        let appraised = stage.appraise(&draft, Some(cut), day(2021, 3, 6)).await.unwrap().into_inner();
        assert_eq!(of(&appraised.lines[0]), [(1, 40, Some(19)), (4, 61, Some(31))]);
        assert_eq!(of(&appraised.lines[1]), [(2, 70, Some(70))]);
        assert_eq!(stage.read(&draft.name).await, appraised);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quarters_that_are_not_the_line_are_refused_all_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let before = stage.stored().await;
        let lines = vec![
            spread(100, &[(1, 99)]),
            spread(100, &[(1, 50), (1, 50)]),
            spread(100, &[(3, 0)]),
            spread(100, &[(3, 0), (4, 0)]),
        ];
        let found = said(stage.create(estimate(&plan.name, lines)).await);
        let expected = [
            "estimate.lines[0].quarters QUARTERS_SUM_WRONG",
            "estimate.lines[1].quarters QUARTER_REPEATED",
            "estimate.lines[3].quarters QUARTERS_SUM_WRONG",
        ];
        assert_eq!(found, invalid(&expected));
        let found =
            said(stage.create(estimate(&plan.name, vec![spread(100, &[(5, 100)]), spread(1, &[(1, -1)])])).await);
        let range = ["quarter", "amount_vnd"].iter().zip([0, 1]);
        let range: Vec<String> =
            range.map(|(field, at)| format!("estimate.lines[{at}].quarters[0].{field} FIELD_RANGE")).collect();
        assert!(range.iter().all(|fault| found.2.contains(fault)), "{found:?}");
        assert_eq!(stage.stored().await, before);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_districts_and_communes_ask_under_the_plan_of_the_province() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let agency = "  Sở Nông nghiệp và PTNT ";
        let department =
            stage.create(Estimate { agency: agency.to_owned(), ..estimate(&plan.name, vec![lump(10)]) }).await.unwrap();
        assert_eq!(
            (department.agency.as_str(), department.unit.as_str()),
            ("Sở Nông nghiệp và PTNT", plan.unit.as_str())
        );

        let district = stage.world().as_role("district_officer", TUY_HOA);
        let ask = |unit: &str| Estimate { unit: unit.to_owned(), ..estimate(&plan.name, vec![lump(20)]) };
        let mut estimates = stage.estimates();
        let made =
            estimates.create_estimate(district.say(create_estimate(ask("units/555")))).await.unwrap().into_inner();
        assert_eq!(made.unit, TUY_HOA, "read on the day of the draft");
        let submit = pb::SubmitEstimateRequest {
            name: made.name.clone(),
            act_date: Some(day(2021, 3, 5)),
            document_number: "12/UBND-KT".to_owned(),
            ..Default::default()
        };
        let submitted = estimates.submit_estimate(district.say(submit)).await.unwrap().into_inner();
        assert_eq!(submitted.stage(), EstimateStage::Submitted);
        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        for other in ["", TUY_AN, "units/54"] {
            let found = said(estimates.create_estimate(district.say(create_estimate(ask(other)))).await);
            assert_eq!(found, forbidden, "{other:?}");
        }
        let read = pb::GetEstimateRequest { name: department.name.clone() };
        assert_eq!(said(estimates.get_estimate(district.say(read)).await), forbidden);

        let commune = stage.world().as_role("commune_officer", WARD_8);
        let of_ward = estimates.create_estimate(commune.say(create_estimate(ask(WARD_8)))).await.unwrap().into_inner();
        let list = pb::ListEstimatesRequest::default();
        let seen = estimates.list_estimates(commune.say(list.clone())).await.unwrap().into_inner().estimates;
        assert_eq!(seen.iter().map(|e| &e.name).collect::<Vec<_>>(), [&of_ward.name]);
        let seen = estimates.list_estimates(district.say(list)).await.unwrap().into_inner().estimates;
        assert_eq!(seen.iter().map(|e| &e.name).collect::<Vec<_>>(), [&made.name, &of_ward.name]);
        let by_agency = pb::ListEstimatesRequest { agency: department.agency.clone(), ..Default::default() };
        let seen = estimates.list_estimates(stage.officer().say(by_agency)).await.unwrap().into_inner().estimates;
        assert_eq!(seen.iter().map(|e| &e.name).collect::<Vec<_>>(), [&department.name]);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_outside_the_plan_or_out_of_its_time_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(pb::Plan { unit: TUY_HOA.to_owned(), ..plan_2021() }).await;
        let ask = |unit: &str| Estimate { unit: unit.to_owned(), ..estimate(&plan.name, vec![lump(20)]) };
        assert_eq!(said(stage.create(ask(TUY_AN)).await), invalid(&["estimate.unit UNIT_OUTSIDE_PLAN"]));
        assert_eq!(said(stage.create(ask("units/99999")).await), invalid(&["estimate.unit UNIT_UNKNOWN"]));
        stage.world().clock.set_noon(date!(2025 - 08 - 02));
        let later = Estimate { draft_date: Some(day(2025, 8, 1)), ..ask("units/555") };
        let found = said(stage.create(later).await);
        assert_eq!(found, invalid(&["estimate.unit UNIT_UNKNOWN"]), "there are no districts since July 2025");
        assert!(stage.create(ask(WARD_8)).await.is_ok());
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appraisal_can_be_taken_back_until_the_approval() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![spread(100, &[(1, 100)])]).await;
        let reopen = |on| pb::ReopenEstimateRequest {
            name: draft.name.clone(),
            act_date: Some(on),
            reason: "Tính sót nguồn trung ương".to_owned(),
            document_number: "77/STC".to_owned(),
            ..Default::default()
        };
        let mut estimates = stage.estimates();
        let early = estimates.reopen_estimate(stage.finance().say(reopen(day(2021, 3, 7)))).await;
        assert_eq!(said(early), refused(Code::FailedPrecondition, "STAGE_FORBIDS"));
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        let cut = vec![granted(&draft.lines[0].name, 40, "Cân đối")];
        stage.appraise(&draft, Some(cut), day(2021, 3, 6)).await.unwrap();
        let again = estimates.reopen_estimate(stage.finance().say(reopen(day(2021, 3, 7)))).await.unwrap().into_inner();
        assert_eq!((again.stage(), again.appraised_vnd, again.appraise_date), (EstimateStage::Submitted, None, None));
        let line = &again.lines[0];
        assert_eq!((line.appraised_vnd, line.appraisal_reason.as_str(), of(line)), (None, "", vec![(1, 100, None)]));
        let full = stage.appraise(&draft, None, day(2021, 3, 8)).await.unwrap().into_inner();
        assert_eq!((full.appraised_vnd, full.lines[0].source()), (Some(100), FundingSource::Provincial));
        stage.end().await;
    }
}
