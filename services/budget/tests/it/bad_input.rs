//! What a caller gets wrong: every violation at once, each with its reason, and nothing stored.

use proto::budget::v1::{self as pb, EntryKind, Estimate, EstimateLine, Measure, Plan, Target, estimate_line};
use tonic::Code;

use super::stage::{
    by_norm, create_estimate, create_plan, day, engines, entry, estimate, invalid, lump, plan_2021, refused, said,
    stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_plan_is_said_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let target = |measure: i32, value| Target { measure, value, ..Default::default() };
        let officers = i32::from(Measure::OfficersTrainedPercent);
        let wrong = Plan {
            unit: "units/99999".to_owned(),
            year: 1990,
            title: "  ".to_owned(),
            decision_number: String::new(),
            decision_date: Some(day(2021, 2, 26)),
            targets: vec![target(officers, 101), target(officers, 50), target(1, 0)],
            tasks: vec![pb::Task { due_date: Some(day(2021, 2, 30)), ..Default::default() }],
            ..Default::default()
        };
        let (code, reason, mut found) = said(stage.plans().create_plan(stage.officer().say(create_plan(wrong))).await);
        found.sort();
        let mut expected = vec![
            "plan.decision_number FIELD_REQUIRED",
            "plan.targets[0].value FIELD_RANGE",
            "plan.targets[1].measure TARGET_REPEATED",
            "plan.targets[2].value FIELD_RANGE",
            "plan.tasks[0].due_date DATE_INVALID",
            "plan.tasks[0].lead_agency FIELD_REQUIRED",
            "plan.tasks[0].title FIELD_REQUIRED",
            "plan.title FIELD_REQUIRED",
            "plan.unit UNIT_UNKNOWN",
            "plan.year FIELD_RANGE",
        ];
        expected.sort_unstable();
        assert_eq!(
            (code, reason.as_str(), found),
            (Code::InvalidArgument, "REQUEST_INVALID", expected.iter().map(ToString::to_string).collect())
        );
        let unknown = Plan { targets: vec![target(9, 5), target(0, 5)], ..plan_2021() };
        let unknown = stage.plans().create_plan(stage.officer().say(create_plan(unknown))).await;
        let expected = ["plan.targets[0].measure ENUM_UNKNOWN", "plan.targets[1].measure FIELD_REQUIRED"];
        assert_eq!(said(unknown), invalid(&expected));
        for (decision_date, found) in [
            (None, "plan.decision_date FIELD_REQUIRED"),
            (Some(day(2021, 12, 16)), "plan.decision_date DATE_IN_FUTURE"),
            (Some(day(2021, 13, 1)), "plan.decision_date DATE_INVALID"),
            (Some(day(2018, 5, 6)), "plan.decision_date DATE_BEFORE_KNOWN"),
        ] {
            let plan = Plan { decision_date, ..plan_2021() };
            let answer = stage.plans().create_plan(stage.officer().say(create_plan(plan))).await;
            assert_eq!(said(answer), invalid(&[found]));
        }
        let nothing = stage.plans().create_plan(stage.officer().say(pb::CreatePlanRequest::default())).await;
        assert_eq!(said(nothing), invalid(&["plan FIELD_REQUIRED"]));
        assert_eq!(stage.stored().await, (0, 0, 0, 0));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_the_topics_of_targets_is_said_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let officers = i32::from(Measure::OfficersTrainedPercent);
        let about =
            |measure: i32, topics: &[i32]| Target { topics: topics.to_vec(), measure, value: 5, ..Default::default() };
        let topics = Plan {
            targets: vec![about(1, &[2]), about(officers, &[2, 0, 99, 2]), about(3, &[3, 1, 3]), about(3, &[7; 21])],
            ..plan_2021()
        };
        let (code, _, mut found) = said(stage.plans().create_plan(stage.officer().say(create_plan(topics))).await);
        found.sort();
        let repeated = |at: usize, topic: usize| format!("plan.targets[{at}].topics[{topic}] TOPIC_REPEATED");
        let mut expected = vec![
            "plan.targets[0].topics TARGET_WITHOUT_TOPICS".to_owned(),
            "plan.targets[1].topics[1] FIELD_REQUIRED".to_owned(),
            "plan.targets[1].topics[2] ENUM_UNKNOWN".to_owned(),
            "plan.targets[3].measure TARGET_REPEATED".to_owned(),
            "plan.targets[3].topics FIELD_RANGE".to_owned(),
            repeated(1, 3),
            repeated(2, 2),
        ];
        expected.extend((1..21).map(|topic| repeated(3, topic)));
        expected.sort();
        assert_eq!((code, found), (Code::InvalidArgument, expected));
        assert_eq!(stage.stored().await, (0, 0, 0, 0));
        stage.end().await;
    }
}

fn without_cost() -> EstimateLine {
    EstimateLine { cost: None, ..lump(1) }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_the_lines_of_an_estimate_is_said_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let mut numbers = lump(5);
        (numbers.category, numbers.source) = (77, 88);
        let mut unreasoned = lump(-5);
        if let Some(estimate_line::Cost::LumpSum(lump)) = &mut unreasoned.cost {
            lump.reason.clear();
        }
        let form = vec![numbers, unreasoned, without_cost(), by_norm("norms/per-diem", 0, -1, -1)];
        let draft = |lines| {
            let (mut estimates, officer) = (stage.estimates(), stage.officer());
            let request = create_estimate(estimate(&plan.name, lines));
            async move { estimates.create_estimate(officer.say(request)).await }
        };
        let expected = [
            "estimate.lines[0].category ENUM_UNKNOWN",
            "estimate.lines[0].source ENUM_UNKNOWN",
            "estimate.lines[1].lump_sum.amount_vnd FIELD_RANGE",
            "estimate.lines[1].lump_sum.reason FIELD_REQUIRED",
            "estimate.lines[3].norm_cost.quantity FIELD_RANGE",
            "estimate.lines[3].norm_cost.days FIELD_RANGE",
            "estimate.lines[3].norm_cost.rate_vnd FIELD_RANGE",
            "estimate.lines[2].norm_cost FIELD_REQUIRED",
        ];
        assert_eq!(said(draft(form).await), invalid(&expected));
        // What the norms of the day say.
        let rule = vec![
            by_norm("norms/none", 1, 1, 0),
            by_norm("norms/per-diem", 1, 1, 200_001),
            by_norm("norms/lecturer-session", 1, 1, 2_000_001),
            by_norm("norms/per-diem", i64::MAX, i64::MAX, 0),
            lump(1_000_000_000_000_001),
            lump(1),
        ];
        let expected = [
            "estimate.lines[0].norm_cost.norm NORM_UNKNOWN",
            "estimate.lines[1].norm_cost.rate_vnd NORM_EXCEEDED",
            "estimate.lines[2].norm_cost.rate_vnd NORM_EXCEEDED",
            "estimate.lines[3] AMOUNT_OVERFLOW",
            "estimate.lines[4] AMOUNT_OVERFLOW",
        ];
        assert_eq!(said(draft(rule).await), invalid(&expected));
        let total = vec![lump(1_000_000_000_000_000), lump(1)];
        assert_eq!(said(draft(total).await), invalid(&["estimate.lines AMOUNT_OVERFLOW"]));
        assert_eq!(said(draft(vec![]).await), invalid(&["estimate.lines FIELD_REQUIRED"]));
        let malformed = vec![by_norm("per-diem", 1, 1, 0)];
        assert_eq!(said(draft(malformed).await), invalid(&["estimate.lines[0].norm_cost.norm FIELD_FORMAT"]));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_of_no_plan_or_of_a_wrong_day_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let create = |estimate: Estimate| {
            let (mut estimates, officer) = (stage.estimates(), stage.officer());
            async move { estimates.create_estimate(officer.say(create_estimate(estimate))).await }
        };
        let nobodys = estimate("plans/0192f0c4-0000-7000-8000-000000000000", vec![lump(1)]);
        assert_eq!(said(create(nobodys).await), invalid(&["estimate.plan REFERENCE_UNKNOWN"]));
        let malformed = Estimate { title: String::new(), ..estimate("plans/x", vec![lump(1)]) };
        let expected = ["estimate.title FIELD_REQUIRED", "estimate.plan FIELD_FORMAT"];
        assert_eq!(said(create(malformed).await), invalid(&expected));
        let dated = |draft_date, lines| Estimate { draft_date, ..estimate(&plan.name, lines) };
        let found = said(create(dated(None, vec![lump(1)])).await);
        assert_eq!(found, invalid(&["estimate.draft_date FIELD_REQUIRED"]));
        let found = said(create(dated(Some(day(2021, 12, 16)), vec![lump(1)])).await);
        assert_eq!(found, invalid(&["estimate.draft_date DATE_IN_FUTURE"]));
        let before_the_norm = dated(Some(day(2017, 6, 30)), vec![by_norm("norms/per-diem", 1, 1, 0)]);
        let found = said(create(before_the_norm).await);
        assert_eq!(found, invalid(&["estimate.lines[0].norm_cost.norm NORM_UNKNOWN"]));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_change_of_a_draft_leaves_the_draft_alone() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(10)]).await;
        let before = stage.stored().await;
        let change = |lines: Vec<EstimateLine>, paths: &[&str]| pb::UpdateEstimateRequest {
            estimate: Some(Estimate { name: draft.name.clone(), lines, ..Default::default() }),
            update_mask: Some(prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            ..Default::default()
        };
        let update = |request| {
            let (mut estimates, officer) = (stage.estimates(), stage.officer());
            async move { estimates.update_estimate(officer.say(request)).await }
        };
        let found = said(update(change(vec![by_norm("norms/none", 1, 1, 0)], &["lines"])).await);
        assert_eq!(found, invalid(&["estimate.lines[0].norm_cost.norm NORM_UNKNOWN"]));
        let found = said(update(change(vec![lump(1)], &["stage", "amount_vnd"])).await);
        assert_eq!(found, invalid(&["update_mask UPDATE_MASK_INVALID"; 2]), "one for each path");
        let found = said(update(change(vec![], &["*"])).await);
        let expected = ["estimate.title FIELD_REQUIRED", "estimate.lines FIELD_REQUIRED"];
        assert_eq!(found.0, Code::InvalidArgument);
        assert!(expected.iter().all(|e| found.2.iter().any(|f| f == e)), "{found:?}");
        assert_eq!((stage.read(&draft.name).await, stage.stored().await), (draft.clone(), before));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_an_entry_is_said_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.as_str();
        let before = stage.stored().await;
        let wrong = pb::PostEntryRequest {
            line: "lines/1".to_owned(),
            kind: 77,
            amount_vnd: -1,
            act_date: Some(day(2021, 12, 16)),
            reverses: "entries/x".to_owned(),
            request_id: "not-a-uuid".to_owned(),
            ..Default::default()
        };
        let (code, _, found) = said(stage.post(wrong).await);
        assert_eq!(code, Code::InvalidArgument);
        for expected in [
            "line FIELD_FORMAT",
            "kind ENUM_UNKNOWN",
            "amount_vnd FIELD_RANGE",
            "act_date DATE_IN_FUTURE",
            "reverses FIELD_FORMAT",
        ] {
            assert!(found.iter().any(|f| f == expected), "{expected} in {found:?}");
        }
        assert!(found.iter().any(|f| f.starts_with("request_id ")), "{found:?}");
        assert_eq!(found.len(), 6, "{found:?}");
        let assign = stage.post(entry(line, EntryKind::Assign, 1)).await;
        assert_eq!(said(assign), invalid(&["kind FIELD_FORMAT"]), "only an assignment assigns");
        let zero = stage.post(entry(line, EntryKind::Commit, 0)).await;
        assert_eq!(said(zero), invalid(&["amount_vnd FIELD_RANGE"]));
        let nobodys = entry("lines/0192f0c4-0000-7000-8000-000000000000", EntryKind::Commit, 1);
        assert_eq!(said(stage.post(nobodys).await), invalid(&["line REFERENCE_UNKNOWN"]));
        assert_eq!((stage.balances(line).await, stage.stored().await), ((100, 0, 0, 0), before));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_and_does_not_exist_is_not_found() {
    for engine in engines() {
        let stage = stage(engine).await;
        let id = "0192f0c4-0000-7000-8000-000000000000";
        let lost = refused(Code::NotFound, "RESOURCE_NOT_FOUND");
        let officer = stage.officer();
        let plan = pb::GetPlanRequest { name: format!("plans/{id}") };
        assert_eq!(said(stage.plans().get_plan(officer.say(plan)).await), lost);
        let estimate = pb::GetEstimateRequest { name: format!("estimates/{id}") };
        assert_eq!(said(stage.estimates().get_estimate(officer.say(estimate)).await), lost);
        let assignment = pb::GetAssignmentRequest { name: format!("assignments/{id}") };
        assert_eq!(said(stage.assignments().get_assignment(officer.say(assignment)).await), lost);
        let entry = pb::GetEntryRequest { name: format!("entries/{id}") };
        assert_eq!(said(stage.ledger().get_entry(officer.say(entry)).await), lost);
        let line = pb::GetLineBalanceRequest { line: format!("lines/{id}"), ..Default::default() };
        assert_eq!(said(stage.ledger().get_line_balance(officer.say(line)).await), lost);
        let trial = pb::GetTrialBalanceRequest { plan: format!("plans/{id}"), ..Default::default() };
        assert_eq!(said(stage.ledger().get_trial_balance(officer.say(trial)).await), lost);
        let name = format!("estimates/{id}");
        let on = day(2021, 5, 1);
        assert_eq!(said(stage.submit(&name, on).await), lost);
        assert_eq!(said(stage.approve(&name, on).await), lost);
        assert_eq!(said(stage.assign(&name, on).await), lost);
        let malformed = pb::GetPlanRequest { name: "plan/1".to_owned() };
        assert_eq!(said(stage.plans().get_plan(officer.say(malformed)).await), invalid(&["name FIELD_FORMAT"]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_that_was_tampered_with_or_belongs_to_another_list_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        for year in [2019, 2020, 2021] {
            stage.plan(Plan { year, ..plan_2021() }).await;
        }
        let list = |ask: pb::ListPlansRequest| {
            let (mut plans, officer) = (stage.plans(), stage.officer());
            async move { plans.list_plans(officer.say(ask)).await.map(tonic::Response::into_inner) }
        };
        let first = list(pb::ListPlansRequest { page_size: 1, ..Default::default() }).await.unwrap();
        let token = first.next_page_token;
        let mut bytes: Vec<char> = token.chars().collect();
        let middle = bytes.len() / 2;
        bytes[middle] = if bytes[middle] == 'A' { 'B' } else { 'A' };
        let tampered: String = bytes.into_iter().collect();
        let expected = invalid(&["page_token PAGE_TOKEN_INVALID"]);
        for (page_token, year) in [(tampered, 0), ("x".to_owned(), 0), (token.clone(), 2020)] {
            let ask = pb::ListPlansRequest { page_size: 1, page_token, year, ..Default::default() };
            assert_eq!(said(list(ask).await), expected);
        }
        let elsewhere = pb::ListEntriesRequest { page_token: token.clone(), ..Default::default() };
        assert_eq!(said(stage.ledger().list_entries(stage.finance().say(elsewhere)).await), expected);
        let negative = pb::ListPlansRequest { page_size: -1, ..Default::default() };
        assert_eq!(said(list(negative).await), invalid(&["page_size FIELD_RANGE"]));
        let unit = pb::ListPlansRequest { unit: "units/none".to_owned(), ..Default::default() };
        assert_eq!(said(list(unit).await), invalid(&["unit UNIT_UNKNOWN"]));
        let stage_77 = pb::ListEstimatesRequest { stage: 77, ..Default::default() };
        let found = said(stage.estimates().list_estimates(stage.officer().say(stage_77)).await);
        assert_eq!(found, invalid(&["stage ENUM_UNKNOWN"]));
        stage.end().await;
    }
}
