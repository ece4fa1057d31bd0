//! Who may do what: tokens, roles and units; and what a repeated request does.

use proto::budget::v1::{self as pb, EntryKind, Plan};
use tonic::{Code, Request};

use super::stage::{
    ID, NEIGHBOUR, create_estimate, create_plan, day, engines, entry, estimate, granted, lump, plan_2021, refused,
    said, stage,
};
use super::tasks::TUY_AN;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_a_token_a_role_or_the_unit_is_refused_and_nothing_is_stored() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate_ = stage.assigned(vec![lump(100)]).await;
        let line = estimate_.lines[0].name.as_str();
        let before = stage.stored().await;
        let mut ledger = stage.ledger();
        let nobody = ledger.post_entry(Request::new(entry(line, EntryKind::Commit, 1))).await;
        assert_eq!(said(nobody), refused(Code::Unauthenticated, "UNAUTHENTICATED"));
        let trainer = stage.world().as_role("trainer", "units/vn");
        let trainer = ledger.post_entry(trainer.say(entry(line, EntryKind::Commit, 1))).await;
        assert_eq!(said(trainer), refused(Code::PermissionDenied, "ROLE_MISSING"));

        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let officer = stage.world().as_role("province_officer", NEIGHBOUR);
        let finance = stage.world().as_role("finance_officer", NEIGHBOUR);
        let leader = stage.world().as_role("committee_leader", NEIGHBOUR);
        assert_eq!(said(ledger.post_entry(finance.say(entry(line, EntryKind::Commit, 1))).await), forbidden);
        let mut plans = stage.plans();
        let next = create_plan(Plan { year: 2022, ..plan_2021() });
        assert_eq!(said(plans.create_plan(officer.say(next)).await), forbidden);
        let read = pb::GetPlanRequest { name: estimate_.plan.clone() };
        assert_eq!(said(plans.get_plan(officer.say(read)).await), forbidden);
        let title = Plan { name: estimate_.plan.clone(), title: "Khác".to_owned(), ..Default::default() };
        let title = pb::UpdatePlanRequest { plan: Some(title), ..Default::default() };
        assert_eq!(said(plans.update_plan(officer.say(title)).await), forbidden);
        let mut estimates = stage.estimates();
        let draft = create_estimate(estimate(&estimate_.plan, vec![lump(1)]));
        assert_eq!(said(estimates.create_estimate(officer.say(draft)).await), forbidden);
        let read = pb::GetEstimateRequest { name: estimate_.name.clone() };
        assert_eq!(said(estimates.get_estimate(officer.say(read)).await), forbidden);
        let approve = pb::ApproveEstimateRequest {
            name: estimate_.name.clone(),
            act_date: Some(day(2021, 5, 1)),
            ..Default::default()
        };
        assert_eq!(said(estimates.approve_estimate(leader.say(approve)).await), forbidden);
        let balance = pb::GetLineBalanceRequest { line: line.to_owned(), ..Default::default() };
        assert_eq!(said(ledger.get_line_balance(finance.say(balance)).await), forbidden);
        let trial = pb::GetTrialBalanceRequest { plan: estimate_.plan.clone(), ..Default::default() };
        assert_eq!(said(ledger.get_trial_balance(finance.say(trial)).await), forbidden);
        let list = plans.list_plans(officer.say(pb::ListPlansRequest::default())).await.unwrap().into_inner();
        assert_eq!(list.plans, [], "a list holds the caller's units only");
        let list = ledger.list_entries(finance.say(pb::ListEntriesRequest::default())).await.unwrap().into_inner();
        assert_eq!(list.entries, []);
        assert_eq!(stage.stored().await, before);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_district_asks_out_of_the_provinces_plan_and_does_not_grant_itself_the_money() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let own = pb::Estimate { unit: TUY_AN.to_owned(), ..estimate(&plan.name, vec![lump(100)]) };
        let of = |role| stage.world().as_role(role, TUY_AN);
        let (officer, finance, leader) = (of("district_officer"), of("finance_officer"), of("committee_leader"));
        let (mut estimates, on) = (stage.estimates(), Some(day(2021, 3, 5)));
        let draft = estimates.create_estimate(officer.say(create_estimate(own))).await.unwrap().into_inner();
        let (name, reason) = (draft.name.clone(), "Thiếu căn cứ".to_owned());
        let submit = pb::SubmitEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
        estimates.submit_estimate(officer.say(submit)).await.unwrap();

        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let full = vec![granted(&draft.lines[0].name, 100, "")];
        let request = pb::AppraiseEstimateRequest {
            name: name.clone(),
            act_date: on,
            appraisals: full.clone(),
            ..Default::default()
        };
        assert_eq!(said(estimates.appraise_estimate(finance.say(request)).await), forbidden);
        let request = pb::ReturnEstimateRequest {
            name: name.clone(),
            act_date: on,
            reason: reason.clone(),
            ..Default::default()
        };
        assert_eq!(said(estimates.return_estimate(finance.say(request)).await), forbidden);
        stage.appraise(&draft, Some(full), day(2021, 3, 5)).await.unwrap();
        let request = pb::ReopenEstimateRequest { name: name.clone(), act_date: on, reason, ..Default::default() };
        assert_eq!(said(estimates.reopen_estimate(finance.say(request)).await), forbidden);
        let request = pb::ApproveEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
        assert_eq!(said(estimates.approve_estimate(leader.say(request)).await), forbidden);
        stage.approve(&name, day(2021, 3, 5)).await.unwrap();
        let request = pb::AssignBudgetRequest {
            estimate: name.clone(),
            decision_number: "1/QĐ-UBND".to_owned(),
            decision_date: on,
            ..Default::default()
        };
        assert_eq!(said(stage.assignments().assign_budget(leader.say(request)).await), forbidden);
        stage.assign(&name, day(2021, 3, 5)).await.unwrap();
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_belongs_to_its_office() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        let missing = refused(Code::PermissionDenied, "ROLE_MISSING");
        let (mut estimates, on) = (stage.estimates(), Some(day(2021, 5, 1)));
        let (name, etag) = (draft.name.clone(), String::new());
        let (officer, finance, leader) = (stage.officer(), stage.finance(), stage.leader());
        let submit = pb::SubmitEstimateRequest { name, act_date: on, etag, ..Default::default() };
        assert_eq!(said(estimates.submit_estimate(finance.say(submit)).await), missing);
        let approve = pb::ApproveEstimateRequest { name: draft.name.clone(), act_date: on, ..Default::default() };
        assert_eq!(said(estimates.approve_estimate(finance.say(approve)).await), missing);
        let appraise = pb::AppraiseEstimateRequest { name: draft.name.clone(), act_date: on, ..Default::default() };
        assert_eq!(said(estimates.appraise_estimate(officer.say(appraise)).await), missing);
        let assign = pb::AssignBudgetRequest { estimate: draft.name.clone(), ..Default::default() };
        assert_eq!(said(stage.assignments().assign_budget(officer.say(assign)).await), missing);
        let post = entry(&draft.lines[0].name, EntryKind::Commit, 1);
        assert_eq!(said(stage.ledger().post_entry(leader.say(post)).await), missing);
        let watch = proto::common::v1::WatchRequest { after_position: 0, until_head: true };
        let watch = stage.feed().watch(officer.say(watch)).await.map(|_| ());
        assert_eq!(said(watch), missing);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_first_answer_and_takes_effect_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let request = pb::CreatePlanRequest { request_id: ID.to_owned(), ..create_plan(plan_2021()) };
        let first = stage.plans().create_plan(stage.officer().say(request.clone())).await.unwrap().into_inner();
        let again = stage.plans().create_plan(stage.officer().say(request.clone())).await.unwrap().into_inner();
        assert_eq!(again, first);
        let mut other = request.clone();
        other.plan.as_mut().unwrap().year = 2022;
        let reused = stage.plans().create_plan(stage.officer().say(other)).await;
        assert_eq!(said(reused), refused(Code::InvalidArgument, "REQUEST_ID_REUSED"));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));

        let draft = stage.draft_of(&first, vec![lump(100)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        stage.appraise(&draft, None, day(2021, 3, 6)).await.unwrap();
        stage.approve(&draft.name, day(2021, 3, 7)).await.unwrap();
        let assign = pb::AssignBudgetRequest {
            estimate: draft.name.clone(),
            decision_number: "512/QĐ-UBND".to_owned(),
            decision_date: Some(day(2021, 4, 1)),
            request_id: ID.to_owned(),
        };
        let made = stage.assignments().assign_budget(stage.leader().say(assign.clone())).await.unwrap().into_inner();
        let again = stage.assignments().assign_budget(stage.leader().say(assign)).await.unwrap().into_inner();
        assert_eq!(again, made, "although the stage forbids a second assignment");

        let line = draft.lines[0].name.as_str();
        let pay = pb::PostEntryRequest { request_id: ID.to_owned(), ..entry(line, EntryKind::Commit, 60) };
        let first = stage.post(pay.clone()).await.unwrap();
        assert_eq!(stage.post(pay.clone()).await.unwrap(), first, "although 60 more are not available");
        let changed = pb::PostEntryRequest { amount_vnd: 10, ..pay.clone() };
        assert_eq!(said(stage.post(changed).await), refused(Code::InvalidArgument, "REQUEST_ID_REUSED"));
        assert_eq!((stage.balances(line).await, stage.entries(line).await.len()), ((40, 60, 0, 0), 2));
        // The id is the caller's own: another caller's request of the same id is another request.
        let recent = pb::PostEntryRequest { amount_vnd: 5, act_date: Some(day(2021, 12, 1)), ..pay };
        let officer = stage.ledger().post_entry(stage.officer().say(recent)).await;
        assert_eq!(officer.unwrap().into_inner().amount_vnd, 5);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_repeats_at_once_post_one_entry() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.clone();
        let mut repeats = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (mut ledger, finance) = (stage.ledger(), stage.finance());
            let request = pb::PostEntryRequest { request_id: ID.to_owned(), ..entry(&line, EntryKind::Commit, 10) };
            repeats.spawn(async move {
                loop {
                    match ledger.post_entry(finance.say(request.clone())).await {
                        Ok(answer) => return answer.into_inner().name,
                        Err(status) => {
                            assert!(matches!(status.code(), Code::Aborted | Code::ResourceExhausted), "{status:?}")
                        }
                    }
                }
            });
        }
        let mut names = std::collections::BTreeSet::new();
        while let Some(name) = repeats.join_next().await {
            names.insert(name.unwrap());
        }
        assert_eq!(names.len(), 1);
        assert_eq!((stage.balances(&line).await, stage.entries(&line).await.len()), ((90, 10, 0, 0), 2));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_run_answers_as_the_real_one_and_stores_nothing() {
    for engine in engines() {
        let stage = stage(engine).await;
        let dry = pb::CreatePlanRequest { validate_only: true, ..create_plan(plan_2021()) };
        let answer = stage.plans().create_plan(stage.officer().say(dry)).await.unwrap().into_inner();
        assert_eq!(answer.targets.len(), 3);
        assert_eq!(stage.stored().await, (0, 0, 0, 0));
        let estimate_ = stage.assigned(vec![lump(100)]).await;
        let line = estimate_.lines[0].name.as_str();
        let before = stage.stored().await;
        let dry = |amount| pb::PostEntryRequest { validate_only: true, ..entry(line, EntryKind::Commit, amount) };
        assert_eq!(stage.post(dry(100)).await.unwrap().amount_vnd, 100);
        assert_eq!(said(stage.post(dry(101)).await), refused(Code::FailedPrecondition, "OVER_COMMITTED"));
        let request = create_estimate(estimate(&estimate_.plan, vec![lump(5)]));
        let request = pb::CreateEstimateRequest { validate_only: true, ..request };
        let answer = stage.estimates().create_estimate(stage.officer().say(request)).await.unwrap().into_inner();
        assert_eq!(answer.amount_vnd, 5);
        assert_eq!((stage.balances(line).await, stage.stored().await), ((100, 0, 0, 0), before));
        stage.end().await;
    }
}
