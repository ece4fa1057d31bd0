//! Scenarios: kept, solved, compared, removed.

use kit::testing::statements;
use proto::budget::v1::{
    self as pb, FundingSource, LimitKind, Scenario, ScenarioCandidate, ScenarioCeiling, ScenarioInputs,
    ScenarioObjective, ScenarioOption, ScenarioTarget, SolveStatus, SupportPackage, SupportTarget, TrainingGroup,
    TrainingOption,
};
use tonic::Code;

use super::stage::{ID, NEIGHBOUR, Stage, day, engines, invalid, plan_2021, refused, said, stage};

/// Two districts of Phú Yên in 2021.
const TUY_HOA: &str = "units/555";
const TUY_AN: &str = "units/559-20180507";

fn option(stars: i32, cost_vnd: i64, chance_permille: i32) -> ScenarioOption {
    let source = FundingSource::Provincial.into();
    ScenarioOption { stars, cost_vnd, chance_permille, source, ..Default::default() }
}

fn candidate(id: &str, unit: &str, cost_vnd: i64) -> ScenarioCandidate {
    let options = vec![option(3, cost_vnd, 800), option(4, cost_vnd * 2, 500)];
    ScenarioCandidate { id: id.to_owned(), unit: unit.to_owned(), options }
}

fn target(unit: &str, min_expected_permille: i64) -> ScenarioTarget {
    ScenarioTarget { unit: unit.to_owned(), min_expected_permille, ..Default::default() }
}

fn ceiling(source: FundingSource, max_vnd: i64) -> ScenarioCeiling {
    ScenarioCeiling { source: source.into(), max_vnd }
}

/// Three candidates in two districts, one in each and two in all; everybody trained; one support package.
fn inputs() -> ScenarioInputs {
    let group = |id: &str, persons| TrainingGroup { id: id.to_owned(), persons };
    let session = |id: &str, cost_vnd, seats, groups: &[&str]| TrainingOption {
        id: id.to_owned(),
        cost_vnd,
        source: FundingSource::Provincial.into(),
        seats,
        max_runs: 3,
        groups: groups.iter().map(ToString::to_string).collect(),
    };
    ScenarioInputs {
        objective: ScenarioObjective::Cheapest.into(),
        candidates: vec![
            candidate("Nước mắm", TUY_AN, 40_000_000),
            candidate("Cà phê", TUY_HOA, 30_000_000),
            candidate("Rượu", TUY_HOA, 20_000_000),
        ],
        targets: vec![target("", 2000), target(TUY_AN, 500), target(TUY_HOA, 700)],
        groups: vec![group("Cán bộ", 40), group("Chủ thể", 70)],
        sessions: vec![
            session("Lớp chung", 12_000_000, 60, &["Cán bộ", "Chủ thể"]),
            session("Lớp chủ thể", 9_000_000, 50, &["Chủ thể"]),
        ],
        packages: vec![SupportPackage {
            id: "Bao bì".to_owned(),
            unit: TUY_AN.to_owned(),
            cost_vnd: 10_000_000,
            source: FundingSource::Provincial.into(),
            products: 2,
        }],
        support_targets: vec![SupportTarget { unit: String::new(), min_products: 1 }],
        ceilings: vec![ceiling(FundingSource::Unspecified, 200_000_000)],
    }
}

fn question(plan: &str, inputs: ScenarioInputs) -> Scenario {
    Scenario {
        plan: plan.to_owned(),
        title: "Ít nhất 15 sản phẩm trong trần kinh phí".to_owned(),
        as_of: Some(day(2021, 3, 1)),
        inputs: Some(inputs),
        ..Default::default()
    }
}

fn create(scenario: Scenario) -> pb::CreateScenarioRequest {
    pb::CreateScenarioRequest { scenario: Some(scenario), ..Default::default() }
}

impl Stage {
    async fn scenario(&self, plan: &str, inputs: ScenarioInputs) -> Scenario {
        let request = self.officer().say(create(question(plan, inputs)));
        self.scenarios().create_scenario(request).await.expect("the question is sound").into_inner()
    }

    async fn solve(&self, name: &str) -> Scenario {
        let request = pb::SolveScenarioRequest { name: name.to_owned(), ..Default::default() };
        self.scenarios().solve_scenario(self.officer().say(request)).await.expect("it is solved").into_inner()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cheapest_way_to_two_products_with_everybody_trained_is_found_and_explained() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let kept = stage.scenario(&plan.name, inputs()).await;
        assert!(kept.name.starts_with("scenarios/") && !kept.solved && kept.result.is_none());
        let units: Vec<&str> = kept.inputs.as_ref().unwrap().candidates.iter().map(|c| c.unit.as_str()).collect();
        assert_eq!(units, [TUY_AN, "units/555-20180507", "units/555-20180507"], "answers carry dated names");

        let solved = stage.solve(&kept.name).await;
        let result = solved.result.clone().unwrap();
        assert_eq!(result.status(), SolveStatus::Optimal);
        // All three candidates at three stars: 90 million; 40 + 70 people in two common runs or one and one: 21 or 24
        // million; the package: 10 million.
        assert_eq!((result.cost_vnd, result.expected_permille, result.bound), (121_000_000, 2400, 121_000_000));
        let picks: Vec<(&str, i32)> = result.picks.iter().map(|p| (p.candidate.as_str(), p.stars)).collect();
        assert_eq!(picks, [("Nước mắm", 3), ("Cà phê", 3), ("Rượu", 3)]);
        let runs: Vec<(&str, i64)> = result.sessions.iter().map(|s| (s.session.as_str(), s.runs)).collect();
        assert_eq!(runs, [("Lớp chung", 1), ("Lớp chủ thể", 1)]);
        let seated: i64 = result.sessions.iter().flat_map(|s| &s.seats).map(|seat| seat.persons).sum();
        assert_eq!((seated, result.packages.as_slice()), (110, ["Bao bì".to_owned()].as_slice()));
        let limits: Vec<(LimitKind, i64, i64, bool)> =
            result.limits.iter().map(|l| (l.kind(), l.asked, l.got, l.binding)).collect();
        assert_eq!(limits[0], (LimitKind::Recognised, 2000, 2400, true));
        assert_eq!(limits[3..5], [(LimitKind::Trained, 40, 40, false), (LimitKind::Trained, 70, 70, false)]);
        assert_eq!(limits[6], (LimitKind::Ceiling, 200_000_000, 121_000_000, false));
        let head = "Phương án chọn 3 sản phẩm, tốn 121.000.000 đồng, kỳ vọng 2,4 sản phẩm được công nhận. Không có phương án nào rẻ hơn.";
        assert_eq!(result.explanation_vi[0], head);
        assert!(result.explanation_en[0].contains("costs 121,000,000 đồng and expects 2.4"), "{result:?}");
        assert_eq!(result.corners, [], "nothing has a range");

        let again = stage.solve(&kept.name).await;
        assert_eq!(again.result, solved.result, "the same question gives the same answer");
        assert_ne!(again.etag, solved.etag);
        let get = pb::GetScenarioRequest { name: kept.name.clone() };
        let read = stage.scenarios().get_scenario(stage.finance().say(get)).await.unwrap().into_inner();
        assert_eq!(read, again);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_clash_with_the_ceiling_are_named_and_ranges_say_what_holds() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let poor = ScenarioInputs { ceilings: vec![ceiling(FundingSource::Provincial, 100_000_000)], ..inputs() };
        let poor = stage.scenario(&plan.name, poor).await;
        let result = stage.solve(&poor.name).await.result.unwrap();
        assert_eq!((result.status(), result.conflict_minimal), (SolveStatus::Infeasible, true));
        let clash: Vec<&str> = result.conflict.iter().map(|l| l.limit.as_str()).collect();
        assert!(clash.contains(&"ceilings[0]") && clash.contains(&"targets[0]"), "{clash:?}");
        assert!(result.explanation_vi[1].starts_with("Không thể đồng thời đạt: "), "{result:?}");
        assert!(result.explanation_en[1].contains("the ceiling of the provincial budget"), "{result:?}");

        let sound = stage.scenario(&plan.name, inputs()).await;
        stage.solve(&sound.name).await;
        let none = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
        for (name, other, told) in [
            (&sound, &poor, none("Kịch bản thứ hai không có phương án", "The second has no plan")),
            (&poor, &sound, none("Kịch bản thứ nhất không có phương án", "The first has no plan")),
            (&poor, &poor, none("Cả hai kịch bản đều không có phương án", "Neither has a plan")),
        ] {
            let request = pb::CompareScenariosRequest { name: name.name.clone(), other: other.name.clone() };
            let side = stage.scenarios().compare_scenarios(stage.officer().say(request)).await.unwrap().into_inner();
            assert_eq!((side.more_cost_vnd, side.more_expected_permille, side.picks.len()), (0, 0, 0));
            assert!(side.summary_vi.starts_with(&told.0) && side.summary_en.starts_with(&told.1), "{side:?}");
        }

        let mut rough = inputs();
        for option in rough.candidates.iter_mut().flat_map(|c| &mut c.options) {
            (option.low_cost_vnd, option.high_cost_vnd) = (Some(option.cost_vnd / 2), Some(option.cost_vnd * 3));
            (option.low_chance_permille, option.high_chance_permille) = (Some(400), Some(900));
        }
        let rough = stage.scenario(&plan.name, rough).await;
        let result = stage.solve(&rough.name).await.result.unwrap();
        assert_eq!((result.status(), result.corners.len()), (SolveStatus::Optimal, 4));
        let (best, worst) = (&result.corners[0], &result.corners[3]);
        assert_eq!((best.cost_vnd, best.expected_permille, best.broken.len()), (76_000_000, 2700, 0));
        assert_eq!((worst.cost_vnd, worst.expected_permille), (301_000_000, 1200));
        let broken: Vec<&str> = worst.broken.iter().map(|l| l.limit.as_str()).collect();
        assert_eq!(broken, ["targets[0]", "targets[1]", "ceilings[0]"]);
        assert_eq!(worst.best_status(), SolveStatus::Infeasible);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_products_within_a_ceiling_say_what_more_money_would_bring() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let most = |max_vnd| ScenarioInputs {
            objective: ScenarioObjective::MostRecognised.into(),
            targets: vec![target("", 700)],
            ceilings: vec![ceiling(FundingSource::Unspecified, max_vnd)],
            ..inputs()
        };
        let less = stage.scenario(&plan.name, most(90_000_000)).await;
        let more = stage.scenario(&plan.name, most(130_000_000)).await;
        let unsolved = pb::CompareScenariosRequest { name: less.name.clone(), other: more.name.clone() };
        let refusal = stage.scenarios().compare_scenarios(stage.officer().say(unsolved.clone())).await;
        assert_eq!(said(refusal), refused(Code::FailedPrecondition, "SCENARIO_NOT_SOLVED"));
        let result = stage.solve(&less.name).await.result.unwrap();
        assert_eq!((result.expected_permille, result.cost_vnd), (1600, 81_000_000));
        let ceiling = result.limits.iter().find(|l| l.kind() == LimitKind::Ceiling).unwrap();
        // The third candidate costs 40 million for 0.8 products: 0.00002 per-mille for one đồng.
        assert_eq!((ceiling.binding, ceiling.marginal_micro), (true, 20));
        stage.solve(&more.name).await;
        let side = stage.scenarios().compare_scenarios(stage.officer().say(unsolved)).await.unwrap().into_inner();
        assert_eq!((side.more_cost_vnd, side.more_expected_permille), (40_000_000, 800));
        let pick = pb::PickDifference { candidate: "Nước mắm".to_owned(), stars: 0, other_stars: 3 };
        assert_eq!(side.picks, [pick]);
        assert!(side.summary_vi.contains("tốn thêm 40.000.000 đồng, kỳ vọng thêm 0,8 sản phẩm"), "{side:?}");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_question_is_said_at_once_and_nothing_is_stored() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let before = stage.events().await.len();
        let mut wrong = inputs();
        wrong.candidates[1].id = "Nước mắm".to_owned();
        wrong.candidates[2].unit = "units/99999".to_owned();
        wrong.candidates[0].options[0].low_cost_vnd = Some(50_000_000);
        wrong.candidates[0].options[1].high_chance_permille = Some(400);
        wrong.candidates[1].options[0].chance_permille = 1001;
        wrong.candidates[1].options[1].cost_vnd = -1;
        wrong.candidates[2].options.clear();
        wrong.sessions[0].groups.push("Khách".to_owned());
        wrong.sessions[1].id.clear();
        wrong.ceilings.push(ceiling(FundingSource::Unspecified, 1));
        let (code, _, mut found) =
            said(stage.scenarios().create_scenario(stage.officer().say(create(question(&plan.name, wrong)))).await);
        found.sort();
        let expected = [
            "candidates[0].options[0].cost_vnd SCENARIO_RANGE_ORDER",
            "candidates[0].options[1].chance_permille SCENARIO_RANGE_ORDER",
            "candidates[1].id SCENARIO_ID_REPEATED",
            "candidates[1].options[0].chance_permille FIELD_RANGE",
            "candidates[1].options[1].cost_vnd FIELD_RANGE",
            "candidates[2].options FIELD_REQUIRED",
            "candidates[2].unit UNIT_UNKNOWN",
            "ceilings[1].source SCENARIO_ID_REPEATED",
            "sessions[0].groups[2] SCENARIO_GROUP_UNKNOWN",
            "sessions[1].id FIELD_REQUIRED",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(|at| format!("scenario.inputs.{at}")).to_vec()));

        let early = Scenario { as_of: Some(day(2018, 5, 6)), ..question(&plan.name, inputs()) };
        let early = stage.scenarios().create_scenario(stage.officer().say(create(early))).await;
        assert_eq!(said(early), invalid(&["scenario.as_of DATE_BEFORE_KNOWN"]));
        let nowhere = question("plans/018f2f2e-5a52-7d4c-9d3e-6f1f4f1f0009", inputs());
        let nowhere = stage.scenarios().create_scenario(stage.officer().say(create(nowhere))).await;
        assert_eq!(said(nowhere), invalid(&["scenario.plan REFERENCE_UNKNOWN"]));
        let mut dear = inputs();
        dear.candidates = (0..2000).map(|n| candidate(&n.to_string(), TUY_AN, 500_000_000_000)).collect();
        let dear = stage.scenarios().create_scenario(stage.officer().say(create(question(&plan.name, dear)))).await;
        assert_eq!(said(dear), invalid(&["scenario.inputs.candidates AMOUNT_OVERFLOW"]));
        let dry = pb::CreateScenarioRequest { validate_only: true, ..create(question(&plan.name, inputs())) };
        stage.scenarios().create_scenario(stage.officer().say(dry)).await.unwrap();
        assert_eq!(stage.events().await.len(), before);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_belong_to_the_plans_unit_and_a_repeat_does_nothing_twice() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let request = pb::CreateScenarioRequest { request_id: ID.to_owned(), ..create(question(&plan.name, inputs())) };
        let mut scenarios = stage.scenarios();
        let kept = scenarios.create_scenario(stage.officer().say(request.clone())).await.unwrap().into_inner();
        let again = scenarios.create_scenario(stage.officer().say(request)).await.unwrap().into_inner();
        assert_eq!(again, kept);

        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let other = stage.world().as_role("province_officer", NEIGHBOUR);
        let theirs = scenarios.create_scenario(other.say(create(question(&plan.name, inputs())))).await;
        assert_eq!(said(theirs), forbidden);
        let get = pb::GetScenarioRequest { name: kept.name.clone() };
        assert_eq!(said(scenarios.get_scenario(other.say(get)).await), forbidden);
        let solve = pb::SolveScenarioRequest { name: kept.name.clone(), ..Default::default() };
        assert_eq!(said(scenarios.solve_scenario(other.say(solve.clone())).await), forbidden);
        let compare = pb::CompareScenariosRequest { name: kept.name.clone(), other: kept.name.clone() };
        assert_eq!(said(scenarios.compare_scenarios(other.say(compare)).await), forbidden);
        let delete = pb::DeleteScenarioRequest { name: kept.name.clone(), ..Default::default() };
        assert_eq!(said(scenarios.delete_scenario(other.say(delete.clone())).await), forbidden);
        let list = scenarios.list_scenarios(other.say(pb::ListScenariosRequest::default())).await.unwrap();
        assert_eq!(list.into_inner().scenarios, []);

        let once = pb::SolveScenarioRequest { request_id: ID.to_owned(), etag: kept.etag.clone(), ..solve.clone() };
        let solved = scenarios.solve_scenario(stage.officer().say(once.clone())).await.unwrap().into_inner();
        let repeat = scenarios.solve_scenario(stage.officer().say(once)).await.unwrap().into_inner();
        assert_eq!(repeat, solved);
        let stale = pb::SolveScenarioRequest { etag: kept.etag.clone(), ..solve.clone() };
        assert_eq!(
            said(scenarios.solve_scenario(stage.officer().say(stale)).await),
            refused(Code::Aborted, "ETAG_STALE")
        );
        let stale = pb::DeleteScenarioRequest { etag: kept.etag, ..delete.clone() };
        assert_eq!(
            said(scenarios.delete_scenario(stage.officer().say(stale)).await),
            refused(Code::Aborted, "ETAG_STALE")
        );
        let removed = scenarios.delete_scenario(stage.officer().say(delete.clone())).await.unwrap().into_inner();
        assert_eq!(removed, solved);
        let missing = refused(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(said(scenarios.delete_scenario(stage.officer().say(delete)).await), missing);
        assert_eq!(said(scenarios.solve_scenario(stage.officer().say(solve)).await), missing);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_meets_every_scenario_once_newest_first_and_a_page_is_one_statement() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let mut names = Vec::new();
        for _ in 0..5 {
            names.push(stage.scenario(&plan.name, inputs()).await.name);
        }
        names.reverse();
        let mut ask = pb::ListScenariosRequest { plan: plan.name.clone(), page_size: 2, ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = stage.scenarios().list_scenarios(stage.officer().say(ask.clone())).await.unwrap().into_inner();
            assert!(page.scenarios.iter().all(|s| s.inputs.is_none() && s.unit == super::stage::PROVINCE));
            seen.extend(page.scenarios.into_iter().map(|s| s.name));
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(seen, names);
        let all = pb::ListScenariosRequest { page_size: 1000, ..Default::default() };
        let page = stage.scenarios().list_scenarios(stage.officer().count(all)).await.unwrap();
        assert_eq!((statements(&page), page.get_ref().scenarios.len()), (1, 5));
        stage.end().await;
    }
}
