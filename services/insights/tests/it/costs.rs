//! What results cost, from real entries of the ledger.

use proto::budget::v1::assignment_service_client::AssignmentServiceClient;
use proto::budget::v1::estimate_service_client::EstimateServiceClient;
use proto::budget::v1::ledger_service_client::LedgerServiceClient;
use proto::budget::v1::{self as budget_pb, EntryKind, FundingSource, Plan, SpendingCategory};
use proto::common::v1::Audience;
use proto::insights::v1::cost_service_client::CostServiceClient;
use proto::insights::v1::{CostFigures, GetResultCostsRequest, ResultCosts};
use tonic::{Code, Status};

use super::stage::{PROVINCE, Stage, day, engines, said, stage, until};

const TUY_HOA: &str = "units/555-20180507";
/// A commune of the city Tuy Hoà.
const WARD_1: &str = "units/22015-20180507";

async fn ask(stage: &Stage, request: GetResultCostsRequest) -> Result<ResultCosts, Status> {
    let mut costs = CostServiceClient::new(stage.link("insights"));
    costs.get_result_costs(stage.analyst().say(request)).await.map(tonic::Response::into_inner)
}

/// The costs once every feed was read to its head.
pub async fn costs(stage: &Stage, request: GetResultCostsRequest) -> ResultCosts {
    let heads = stage.heads().await;
    until("the feeds are read to their heads", async || {
        let found = ask(stage, request.clone()).await.ok()?;
        let read = |f: &proto::common::v1::Freshness| heads.get(f.service.as_str()) == Some(&f.position);
        found.freshness.iter().all(read).then_some(found)
    })
    .await
}

/// Assigns an estimate of lines (category, amount) and answers the lines' names.
async fn assigned(stage: &Stage, plan: &Plan, lines: &[(SpendingCategory, i64)]) -> Vec<String> {
    let world = stage.world();
    let [officer, finance, leader] =
        ["province_officer", "finance_officer", "committee_leader"].map(|role| world.as_role(role, "units/vn"));
    let line = |(category, amount_vnd): &(SpendingCategory, i64)| {
        let lump = budget_pb::LumpSum { amount_vnd: *amount_vnd, reason: "Chưa có định mức".to_owned() };
        budget_pb::EstimateLine {
            category: (*category).into(),
            description: "Nội dung chi".to_owned(),
            source: FundingSource::Provincial.into(),
            cost: Some(budget_pb::estimate_line::Cost::LumpSum(lump)),
            ..Default::default()
        }
    };
    let on = Some(day(2021, 3, 1));
    let estimate = budget_pb::Estimate {
        plan: plan.name.clone(),
        title: "Dự toán".to_owned(),
        draft_date: on,
        lines: lines.iter().map(line).collect(),
        ..Default::default()
    };
    let mut estimates = EstimateServiceClient::new(stage.link("budget"));
    let request = budget_pb::CreateEstimateRequest { estimate: Some(estimate), ..Default::default() };
    let draft = estimates.create_estimate(officer.say(request)).await.unwrap().into_inner();
    let name = draft.name.clone();
    let request = budget_pb::SubmitEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
    estimates.submit_estimate(officer.say(request)).await.unwrap();
    let full = |line: &budget_pb::EstimateLine| budget_pb::LineAppraisal {
        line: line.name.clone(),
        appraised_vnd: line.amount_vnd,
        ..Default::default()
    };
    let appraisals = draft.lines.iter().map(full).collect();
    let request =
        budget_pb::AppraiseEstimateRequest { name: name.clone(), act_date: on, appraisals, ..Default::default() };
    estimates.appraise_estimate(finance.say(request)).await.unwrap();
    let request = budget_pb::ApproveEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
    estimates.approve_estimate(leader.say(request)).await.unwrap();
    let request = budget_pb::AssignBudgetRequest {
        estimate: name,
        decision_number: "512/QĐ-UBND".to_owned(),
        decision_date: on,
        ..Default::default()
    };
    AssignmentServiceClient::new(stage.link("budget")).assign_budget(leader.say(request)).await.unwrap();
    draft.lines.into_iter().map(|line| line.name).collect()
}

async fn post(stage: &Stage, line: &str, kind: EntryKind, amount_vnd: i64, month: i32, reverses: &str) -> String {
    let request = budget_pb::PostEntryRequest {
        line: line.to_owned(),
        kind: kind.into(),
        amount_vnd,
        act_date: Some(day(2021, month, 1)),
        reverses: reverses.to_owned(),
        ..Default::default()
    };
    let finance = stage.world().as_role("finance_officer", "units/vn");
    let mut ledger = LedgerServiceClient::new(stage.link("budget"));
    ledger.post_entry(finance.say(request)).await.unwrap().into_inner().name
}

fn of<'a>(costs: &'a ResultCosts, unit: &str) -> &'a CostFigures {
    costs.units.iter().find(|u| u.unit == unit).and_then(|u| u.figures.as_ref()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_net_of_refunds_and_corrections_stand_beside_the_results_of_the_year() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let question = GetResultCostsRequest { name: plan.name.clone(), ..Default::default() };
        let nothing = costs(&stage, question.clone()).await;
        assert_eq!(
            (nothing.total, nothing.units.len(), nothing.categories.len()),
            (Some(CostFigures::default()), 0, 0)
        );

        let city = stage.plan(TUY_HOA, 2021, false).await;
        let lines =
            assigned(&stage, &plan, &[(SpendingCategory::Training, 1000), (SpendingCategory::TradePromotion, 500)])
                .await;
        let own = assigned(&stage, &city, &[(SpendingCategory::Training, 90)]).await;
        for (line, amount, month) in [(&lines[0], 600, 5), (&lines[1], 300, 6), (&own[0], 90, 7)] {
            post(&stage, line, EntryKind::Commit, amount, month, "").await;
        }
        let paid = post(&stage, &lines[0], EntryKind::Pay, 600, 5, "").await;
        post(&stage, &lines[0], EntryKind::Refund, 100, 6, "").await;
        post(&stage, &lines[0], EntryKind::Pay, 50, 6, &paid).await;
        post(&stage, &lines[1], EntryKind::Pay, 300, 8, "").await;
        post(&stage, &own[0], EntryKind::Pay, 90, 7, "").await;

        let [one, two, at_province] = [
            stage.officer(WARD_1, false).await,
            stage.officer(WARD_1, false).await,
            stage.officer(PROVINCE, false).await,
        ];
        stage.train(Audience::Officers, day(2021, 4, 1), &[&one, &two, &at_province]).await;
        stage.train(Audience::Officers, day(2021, 9, 1), &[&one]).await;
        let product = stage.product(WARD_1, false).await;
        stage.recognise(&product, day(2021, 11, 1)).await;

        let found = costs(&stage, question.clone()).await;
        let expected = CostFigures {
            paid_vnd: 450 + 300 + 90,
            training_paid_vnd: 450 + 90,
            trained: 3,
            recognised: 1,
            cost_per_trained_vnd: Some(180),
            cost_per_recognised_vnd: Some(840),
        };
        assert_eq!(found.total, Some(expected));
        let categories: Vec<_> = found.categories.iter().map(|c| (c.category(), c.paid_vnd, c.entries)).collect();
        let trade = (SpendingCategory::TradePromotion, 300, 1);
        assert_eq!(categories, [(SpendingCategory::Training, 540, 4), trade]);
        let city_figures = of(&found, TUY_HOA);
        assert_eq!((city_figures.paid_vnd, city_figures.trained, city_figures.recognised), (90, 2, 1));
        assert_eq!((city_figures.cost_per_trained_vnd, city_figures.cost_per_recognised_vnd), (Some(45), Some(90)));
        let province = of(&found, PROVINCE);
        assert_eq!((province.paid_vnd, province.trained, province.cost_per_recognised_vnd), (750, 1, None));
        assert_eq!((found.unmapped, found.sample), (Some(CostFigures::default()), false));

        let to_may = GetResultCostsRequest { as_of: Some(day(2021, 5, 31)), ..question };
        let to_may = costs(&stage, to_may).await.total.unwrap();
        assert_eq!(
            (to_may.paid_vnd, to_may.trained, to_may.recognised, to_may.cost_per_trained_vnd),
            (600, 3, 0, Some(200))
        );
        // The city's own plan answers for the city alone.
        let city = costs(&stage, GetResultCostsRequest { name: city.name, ..Default::default() }).await;
        assert_eq!((city.total.unwrap().paid_vnd, city.total.unwrap().trained), (90, 2));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_of_a_plan_belong_to_its_unit_and_not_to_the_future() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let question = GetResultCostsRequest { name: plan.name.clone(), ..Default::default() };
        costs(&stage, question.clone()).await;
        let foreign = stage.world().as_role("analyst", "units/56-20180507");
        let mut service = CostServiceClient::new(stage.link("insights"));
        let foreign = service.get_result_costs(foreign.say(question.clone())).await;
        assert_eq!(said(foreign), (Code::PermissionDenied, "UNIT_FORBIDDEN".to_owned(), Vec::new()));
        let wrong =
            GetResultCostsRequest { as_of: Some(day(2026, 11, 25)), unit_map_date: Some(day(2018, 1, 1)), ..question };
        let (code, _, found) = said(ask(&stage, wrong).await);
        let expected = ["as_of DATE_IN_FUTURE", "unit_map_date DATE_BEFORE_KNOWN"].map(str::to_owned).to_vec();
        assert_eq!((code, found), (Code::InvalidArgument, expected));
        let unknown = "plans/0192f0c4-0000-7000-8000-000000000000".to_owned();
        let unknown = ask(&stage, GetResultCostsRequest { name: unknown, ..Default::default() }).await;
        assert_eq!(said(unknown).0, Code::NotFound);
        stage.end().await;
    }
}
