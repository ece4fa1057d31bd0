//! Appraised estimates put together over units and departments, and approved at once.

use std::collections::BTreeMap;

use kit::testing::statements;
use proto::budget::v1::aggregation_service_client::AggregationServiceClient;
use proto::budget::v1::{
    self as pb, Aggregation, AggregationLevel, AggregationRow, AggregationState, Estimate, EstimateLine, EstimateStage,
    FundingSource, Plan, QuarterAmount, SpendingCategory, estimate_line,
};
use tonic::{Code, Response, Status};

use super::stage::{
    ID, NEIGHBOUR, PROVINCE, Stage, by_norm, day, engines, estimate, granted, invalid, lump, plan_2021, refused, said,
    stage,
};

/// The nine districts of Phú Yên in 2021, and what lies in one of them.
const DISTRICTS: [&str; 9] = ["555", "557", "558", "559", "560", "561", "562", "563", "564"];
const WARD_8: &str = "units/22018-20180507";

/// Twelve departments and bodies of the province.
const AGENCIES: [&str; 12] = [
    "Sở Nông nghiệp và PTNT",
    "Sở Công Thương",
    "Sở Khoa học và Công nghệ",
    "Sở Y tế",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Thông tin và Truyền thông",
    "Sở Tài nguyên và Môi trường",
    "Sở Kế hoạch và Đầu tư",
    "Sở Giáo dục và Đào tạo",
    "Liên minh Hợp tác xã tỉnh",
    "Hội Nông dân tỉnh",
    "Văn phòng Điều phối nông thôn mới tỉnh",
];

fn client(stage: &Stage) -> AggregationServiceClient<kit::Link> {
    AggregationServiceClient::new(stage.link())
}

fn ask(unit: &str) -> Aggregation {
    Aggregation {
        year: 2021,
        unit: unit.to_owned(),
        title: "Tổng hợp dự toán Chương trình OCOP năm 2021".to_owned(),
        document_number: "101/TTr-STC".to_owned(),
        act_date: Some(day(2021, 3, 20)),
        ..Default::default()
    }
}

async fn create(stage: &Stage, aggregation: Aggregation) -> Result<Aggregation, Status> {
    let request = pb::CreateAggregationRequest { aggregation: Some(aggregation), ..Default::default() };
    client(stage).create_aggregation(stage.finance().say(request)).await.map(Response::into_inner)
}

async fn get(stage: &Stage, name: &str) -> Aggregation {
    let request = pb::GetAggregationRequest { name: name.to_owned() };
    client(stage).get_aggregation(stage.finance().say(request)).await.unwrap().into_inner()
}

async fn approve(stage: &Stage, name: &str, on: i32) -> Result<Aggregation, Status> {
    let request = pb::ApproveAggregationRequest {
        name: name.to_owned(),
        document_number: "500/QĐ-UBND".to_owned(),
        act_date: Some(day(2021, 3, on)),
        ..Default::default()
    };
    client(stage).approve_aggregation(stage.leader().say(request)).await.map(Response::into_inner)
}

/// Lines that differ by whoever asks: two norms, two lump sums, spread in different ways.
fn lines(at: i64) -> Vec<EstimateLine> {
    let spread = |line: EstimateLine, quarters: &[(i32, i64)]| EstimateLine {
        quarters: quarters
            .iter()
            .map(|&(quarter, amount_vnd)| QuarterAmount { quarter, amount_vnd, appraised_vnd: None })
            .collect(),
        ..line
    };
    let of = |line: EstimateLine, category: SpendingCategory, source: FundingSource| EstimateLine {
        category: category.into(),
        source: source.into(),
        ..line
    };
    let own = lump(1_000_003 * (at + 1));
    let parts = [(1, 400_001 * (at + 1)), (4, 600_002 * (at + 1))];
    vec![
        spread(by_norm("norms/per-diem", at + 1, 2, 0), &[(2, 0)]),
        by_norm("norms/lecturer-session", 1, at + 1, 1_700_001),
        of(spread(own, &parts), SpendingCategory::Packaging, FundingSource::ProducersOwn),
        of(lump(77_777 + at), SpendingCategory::TradePromotion, FundingSource::Central),
    ]
}

/// An appraised estimate: the third line is cut by a third.
async fn appraised(stage: &Stage, estimate: Estimate) -> Estimate {
    let draft = stage.create(estimate).await.unwrap();
    stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
    let cut = |(at, line): (usize, &EstimateLine)| {
        let amount = if at == 2 { line.amount_vnd / 3 * 2 } else { line.amount_vnd };
        granted(&line.name, amount, "Cân đối ngân sách")
    };
    let appraisals = draft.lines.iter().enumerate().map(cut).collect();
    stage.appraise(&draft, Some(appraisals), day(2021, 3, 15)).await.unwrap().into_inner()
}

/// What lines come to, by whatever a line is cut by.
fn recount<K: Ord>(
    estimates: &[Estimate],
    key: impl Fn(&Estimate, &EstimateLine) -> Vec<(K, i64, i64)>,
) -> BTreeMap<K, (i32, i64, i64)> {
    let mut sums: BTreeMap<K, (i32, i64, i64)> = BTreeMap::new();
    for estimate in estimates {
        for line in &estimate.lines {
            for (key, amount, appraised) in key(estimate, line) {
                let sum = sums.entry(key).or_default();
                *sum = (sum.0 + 1, sum.1 + amount, sum.2 + appraised);
            }
        }
    }
    sums
}

fn table<K: Ord>(rows: &[AggregationRow], key: impl Fn(&AggregationRow) -> K) -> BTreeMap<K, (i32, i64, i64)> {
    rows.iter().map(|row| (key(row), (row.line_count, row.amount_vnd, row.appraised_vnd))).collect()
}

fn of_line(line: &EstimateLine) -> (i64, i64) {
    (line.amount_vnd, line.appraised_vnd.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_districts_and_twelve_departments_equal_the_sum_of_their_lines() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let mut estimates = Vec::new();
        for (at, agency) in (0..).zip(AGENCIES) {
            let ask = Estimate { agency: agency.to_owned(), ..estimate(&plan.name, lines(at)) };
            estimates.push(appraised(&stage, ask).await);
        }
        for (at, district) in (20..).zip(DISTRICTS) {
            let ask = Estimate { unit: format!("units/{district}"), ..estimate(&plan.name, lines(at)) };
            estimates.push(appraised(&stage, ask).await);
        }
        // What is not appraised, and what is another year's, stays out.
        stage.draft_of(&plan, vec![lump(1)]).await;
        let next = stage.plan(Plan { year: 2022, ..plan_2021() }).await;
        appraised(&stage, estimate(&next.name, lines(0))).await;

        let made = create(&stage, ask("units/54")).await.unwrap();
        assert_eq!((made.estimate_count, made.line_count, made.estimates.len()), (21, 84, 21));
        assert_eq!((made.state(), made.stale, made.unit.as_str()), (AggregationState::Draft, false, PROVINCE));
        let total: i64 = estimates.iter().map(|e| e.amount_vnd).sum();
        let granted: i64 = estimates.iter().map(|e| e.appraised_vnd.unwrap()).sum();
        assert_eq!((made.amount_vnd, made.appraised_vnd), (total, granted));

        let whole = |key: fn(&Estimate, &EstimateLine) -> String| {
            recount(&estimates, |e, l| vec![(key(e, l), of_line(l).0, of_line(l).1)])
        };
        assert_eq!(table(&made.by_unit, |row| row.unit.clone()), whole(|e, _| e.unit.clone()));
        assert_eq!(table(&made.by_agency, |row| row.agency.clone()), whole(|e, _| e.agency.clone()));
        assert_eq!(table(&made.by_source, |row| row.source.to_string()), whole(|_, l| l.source.to_string()));
        assert_eq!(table(&made.by_category, |row| row.category.to_string()), whole(|_, l| l.category.to_string()));
        let quarters = recount(&estimates, |_, line| {
            if line.quarters.is_empty() {
                return vec![(0, of_line(line).0, of_line(line).1)];
            }
            line.quarters.iter().map(|q| (q.quarter, q.amount_vnd, q.appraised_vnd.unwrap())).collect()
        });
        assert_eq!(table(&made.by_quarter, |row| row.quarter), quarters);
        assert_eq!((made.by_unit.len(), made.by_agency.len()), (10, 13), "the province itself, and no department");
        for rows in [&made.by_unit, &made.by_agency, &made.by_source, &made.by_category, &made.by_quarter] {
            assert_eq!(rows.iter().map(|row| row.amount_vnd).sum::<i64>(), total);
            assert_eq!(rows.iter().map(|row| row.appraised_vnd).sum::<i64>(), granted);
        }
        let request = pb::GetAggregationRequest { name: made.name.clone() };
        let read = client(&stage).get_aggregation(stage.finance().count(request)).await.unwrap();
        assert_eq!(statements(&read), 7, "itself, its estimates, and one for each table");
        assert_eq!(read.into_inner(), made);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_aggregation_approves_all_its_estimates_by_one_document() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let mut estimates = Vec::new();
        for at in 0..3 {
            estimates.push(appraised(&stage, estimate(&plan.name, lines(at))).await);
        }
        let made = create(&stage, ask("units/54")).await.unwrap();
        let early = approve(&stage, &made.name, 19).await;
        assert_eq!(said(early), invalid(&["act_date DATE_ORDER"]));
        let events = stage.events().await.len();
        let approved = approve(&stage, &made.name, 25).await.unwrap();
        assert_eq!((approved.state(), approved.approve_date), (AggregationState::Approved, Some(day(2021, 3, 25))));
        assert_eq!((approved.approve_document_number.as_str(), approved.stale), ("500/QĐ-UBND", false));
        assert_eq!(stage.events().await.len(), events + 1 + 3, "one for itself and one for each estimate");
        for of in &estimates {
            let now = stage.read(&of.name).await;
            assert_eq!((now.stage(), now.approve_date), (EstimateStage::Approved, Some(day(2021, 3, 25))));
            let request = pb::ListEstimateStepsRequest { parent: of.name.clone(), ..Default::default() };
            let steps = stage.history().list_estimate_steps(stage.officer().say(request)).await.unwrap().into_inner();
            assert_eq!(steps.steps.last().unwrap().document_number, "500/QĐ-UBND");
            stage.assign(&of.name, day(2021, 4, 1)).await.unwrap();
        }
        assert_eq!(get(&stage, &made.name).await, approved, "what comes after changes nothing of it");
        let again = approve(&stage, &made.name, 26).await;
        assert_eq!(said(again), refused(Code::FailedPrecondition, "AGGREGATION_STATE_FORBIDS"));
        let none = create(&stage, ask("units/54")).await;
        assert_eq!(said(none), refused(Code::FailedPrecondition, "NOTHING_TO_AGGREGATE"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_that_moved_makes_the_aggregation_stale_and_its_figures_stay() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let first = appraised(&stage, estimate(&plan.name, lines(0))).await;
        let second = appraised(&stage, estimate(&plan.name, lines(1))).await;
        let made = create(&stage, ask("units/54")).await.unwrap();
        let reopen = pb::ReopenEstimateRequest {
            name: second.name.clone(),
            act_date: Some(day(2021, 3, 21)),
            reason: "Tính lại".to_owned(),
            ..Default::default()
        };
        stage.estimates().reopen_estimate(stage.finance().say(reopen)).await.unwrap();
        stage.send_back(&second.name, day(2021, 3, 21)).await.unwrap();
        let change = Estimate { name: second.name.clone(), lines: vec![lump(5)], ..Default::default() };
        stage.update(change).await.unwrap();
        let stale = get(&stage, &made.name).await;
        let flags: Vec<(&str, bool)> = stale.estimates.iter().map(|e| (e.estimate.as_str(), e.stale)).collect();
        assert_eq!(flags, [(first.name.as_str(), false), (second.name.as_str(), true)]);
        assert!(stale.stale);
        assert_eq!(
            (&stale.by_unit, &stale.by_quarter, stale.amount_vnd),
            (&made.by_unit, &made.by_quarter, made.amount_vnd)
        );
        let refusal = approve(&stage, &made.name, 25).await;
        assert_eq!(said(refusal), refused(Code::FailedPrecondition, "AGGREGATION_STALE"));
        assert_eq!(stage.read(&first.name).await.stage(), EstimateStage::Appraised, "all or none");
        let anew = create(&stage, ask("units/54")).await.unwrap();
        assert_eq!((anew.estimate_count, anew.amount_vnd), (1, first.amount_vnd));
        approve(&stage, &anew.name, 25).await.unwrap();
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn communes_stand_under_their_district_or_by_themselves() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        for unit in ["units/555", WARD_8, ""] {
            appraised(&stage, Estimate { unit: unit.to_owned(), ..estimate(&plan.name, lines(0)) }).await;
        }
        let units = |of: &Aggregation| of.by_unit.iter().map(|row| row.unit.clone()).collect::<Vec<_>>();
        let by_district = create(&stage, ask("units/54")).await.unwrap();
        assert_eq!(by_district.level(), AggregationLevel::District);
        assert_eq!(units(&by_district), ["units/555-20180507", PROVINCE], "Thành phố Tuy Hòa, then Tỉnh Phú Yên");
        let own = Aggregation { level: AggregationLevel::Own.into(), ..ask("units/54") };
        assert_eq!(create(&stage, own).await.unwrap().by_unit.len(), 3);
        let of_city = create(&stage, ask("units/555")).await.unwrap();
        assert_eq!((of_city.estimate_count, units(&of_city).len()), (2, 1), "a district aggregates what lies in it");
        let leader = stage.world().as_role("committee_leader", "units/555-20180507");
        let request = pb::ApproveAggregationRequest {
            name: of_city.name.clone(),
            document_number: "500/QĐ-UBND".to_owned(),
            act_date: Some(day(2021, 3, 25)),
            ..Default::default()
        };
        let own = client(&stage).approve_aggregation(leader.say(request)).await;
        assert_eq!(said(own), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"), "the plan is the province's");
        approve(&stage, &of_city.name, 25).await.unwrap();
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aggregations_are_listed_in_pages_to_those_of_the_unit_and_asked_for_soundly() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let found = appraised(&stage, estimate(&plan.name, lines(0))).await;
        let wrong = Aggregation { year: 0, unit: "units/99999".to_owned(), title: String::new(), ..ask("units/54") };
        let expected =
            ["aggregation.year FIELD_REQUIRED", "aggregation.unit UNIT_UNKNOWN", "aggregation.title FIELD_REQUIRED"];
        let (_, _, faults) = said(create(&stage, wrong).await);
        assert!(expected.iter().all(|fault| faults.contains(&(*fault).to_owned())), "{faults:?}");
        let early = Aggregation { act_date: Some(day(2021, 3, 14)), ..ask("units/54") };
        assert_eq!(said(create(&stage, early).await), invalid(&["aggregation.act_date DATE_ORDER"]));
        assert_eq!(said(create(&stage, ask(NEIGHBOUR)).await), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let request = pb::CreateAggregationRequest {
            aggregation: Some(ask("units/54")),
            request_id: ID.to_owned(),
            ..Default::default()
        };
        let dry = pb::CreateAggregationRequest { validate_only: true, request_id: String::new(), ..request.clone() };
        let tried = client(&stage).create_aggregation(stage.finance().say(dry)).await.unwrap().into_inner();
        assert_eq!(tried.amount_vnd, found.amount_vnd);
        let mut made = Vec::new();
        for _ in 0..2 {
            let answer = client(&stage).create_aggregation(stage.finance().say(request.clone())).await.unwrap();
            made.push(answer.into_inner().name);
        }
        assert_eq!(made[0], made[1], "a repeat makes none");
        made[1] = create(&stage, ask("units/54")).await.unwrap().name;
        let list = |page_token: String| {
            let request = pb::ListAggregationsRequest { year: 2021, page_size: 1, page_token, ..Default::default() };
            let (mut client, officer) = (client(&stage), stage.officer());
            async move { client.list_aggregations(officer.count(request)).await.unwrap() }
        };
        let first = list(String::new()).await;
        assert_eq!(statements(&first), 1);
        let first = first.into_inner();
        let second = list(first.next_page_token.clone()).await.into_inner();
        assert!(first.aggregations[0].by_unit.is_empty() && second.next_page_token.is_empty());
        assert_eq!([&first.aggregations[0].name, &second.aggregations[0].name], [&made[0], &made[1]]);
        let stranger = stage.world().as_role("finance_officer", NEIGHBOUR);
        let none = client(&stage).list_aggregations(stranger.say(pb::ListAggregationsRequest::default())).await;
        assert_eq!(none.unwrap().into_inner().aggregations, []);
        let read = pb::GetAggregationRequest { name: made[0].clone() };
        let forbidden = client(&stage).get_aggregation(stranger.say(read)).await;
        assert_eq!(said(forbidden), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_approvals_at_once_of_the_same_estimates_one_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let cost = estimate_line::Cost::LumpSum(pb::LumpSum { amount_vnd: 9, reason: "Khoán".to_owned() });
        let line = EstimateLine { cost: Some(cost), ..lump(1) };
        appraised(&stage, estimate(&plan.name, vec![line])).await;
        let one = create(&stage, ask("units/54")).await.unwrap();
        let two = create(&stage, ask("units/54")).await.unwrap();
        let (first, second) = tokio::join!(approve(&stage, &one.name, 25), approve(&stage, &two.name, 25));
        let (won, lost): (Vec<_>, Vec<_>) = [first, second].into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        for refusal in lost {
            assert_eq!(said(refusal), refused(Code::FailedPrecondition, "AGGREGATION_STALE"));
        }
        stage.end().await;
    }
}
