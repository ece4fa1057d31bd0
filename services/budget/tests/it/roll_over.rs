//! The story of a plan that goes over into the next year.

use proto::budget::v1::{self as pb, Measure, Plan, PlanSet, Target, TaskState, UnitTarget};
use proto::google::r#type::Date;
use time::macros::date;
use tonic::{Code, Response, Status};

use super::feed::payload;
use super::stage::{ID, NEIGHBOUR, Stage, day, engines, invalid, plan_2021, refused, said, stage};
use super::tasks::{TUY_AN, task};

fn ask(plan: &Plan, on: Date) -> pb::RollOverPlanRequest {
    pb::RollOverPlanRequest {
        name: plan.name.clone(),
        title: "Kế hoạch năm 2022".to_owned(),
        decision_number: "74/KH-UBND".to_owned(),
        decision_date: Some(on),
        ..Default::default()
    }
}

async fn roll(stage: &Stage, request: pb::RollOverPlanRequest) -> Result<Plan, Status> {
    stage.plans().roll_over_plan(stage.officer().say(request)).await.map(Response::into_inner)
}

/// A year with a task that is done, one that is given up, one under way and one that nobody has begun.
async fn a_year(stage: &Stage) -> (Plan, [pb::Task; 4]) {
    let target = Target {
        measure: Measure::ProductsRecognised.into(),
        value: 15,
        each_unit_value: 2,
        due_month: 11,
        unit_targets: vec![UnitTarget { unit: TUY_AN.to_owned(), value: 3 }],
        ..Default::default()
    };
    let goals = vec!["Phát triển kinh tế nông thôn".to_owned()];
    let plan = stage.plan(Plan { tasks: Vec::new(), goals, targets: vec![target], ..plan_2021() }).await;
    let mut made = Vec::new();
    for (title, unit) in [("done", ""), ("given up", ""), ("under way", "units/559"), ("planned", "")] {
        made.push(stage.add(pb::Task { title: title.to_owned(), ..task(&plan, unit) }).await);
    }
    let (officer, mut tasks) = (stage.officer(), stage.tasks());
    for at in [0, 2] {
        let (name, act_date) = (made[at].name.clone(), Some(day(2021, 4, 1)));
        tasks.start_task(officer.say(pb::StartTaskRequest { name, act_date, ..Default::default() })).await.unwrap();
    }
    let (name, act_date) = (made[0].name.clone(), Some(day(2021, 6, 1)));
    tasks.complete_task(officer.say(pb::CompleteTaskRequest { name, act_date, ..Default::default() })).await.unwrap();
    let (name, reason) = (made[1].name.clone(), "Không còn cần".to_owned());
    let cancel = pb::CancelTaskRequest { name, act_date, reason, ..Default::default() };
    tasks.cancel_task(officer.say(cancel)).await.unwrap();
    let report = pb::TaskReport {
        task: made[2].name.clone(),
        report_date: Some(day(2021, 12, 1)),
        text: "Còn 10 xã".to_owned(),
        percent_done: 60,
        ..Default::default()
    };
    let report = pb::CreateTaskReportRequest { task_report: Some(report), ..Default::default() };
    tasks.create_task_report(officer.say(report)).await.unwrap();
    (plan, made.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_goes_on_in_the_next_years_plan_with_a_link_and_what_is_done_stays() {
    for engine in engines() {
        let stage = stage(engine).await;
        let (plan, [done, given_up, under_way, planned]) = a_year(&stage).await;
        let early = roll(&stage, ask(&plan, day(2021, 11, 30))).await;
        assert_eq!(said(early), invalid(&["decision_date DATE_ORDER"]), "a task was reported about later");
        let before = stage.events().await.len();
        let request = pb::RollOverPlanRequest { request_id: ID.to_owned(), ..ask(&plan, day(2021, 12, 10)) };
        let next = roll(&stage, request.clone()).await.unwrap();
        assert_eq!((next.year, &next.unit, &next.rolled_from), (2022, &plan.unit, &plan.name));
        assert_eq!((next.title.as_str(), next.decision_date), ("Kế hoạch năm 2022", Some(day(2021, 12, 10))));
        assert_eq!((&next.goals, &next.targets), (&plan.goals, &plan.targets));
        let [first, second] = next.tasks.as_slice() else { panic!("two go on: {:?}", next.tasks) };
        assert_eq!((&first.carried_from, &second.carried_from), (&under_way.name, &planned.name));
        assert_eq!((first.state(), first.percent_done, first.late), (TaskState::Planned, 0, false));
        assert_eq!((first.unit.as_str(), first.due_date), (TUY_AN, Some(day(2022, 6, 30))));
        assert_eq!((&first.deliverable, &first.months), (&under_way.deliverable, &under_way.months));
        for (old, to) in [(&under_way, first), (&planned, second)] {
            let old = stage.task(&old.name).await;
            assert_eq!((old.state(), &old.carried_to), (TaskState::CarriedOver, &to.name));
            assert_eq!(old.end_date, Some(day(2021, 12, 10)));
        }
        assert_eq!(stage.task(&done.name).await.state(), TaskState::Done);
        assert_eq!(stage.task(&given_up.name).await.state(), TaskState::Cancelled);
        assert_eq!(roll(&stage, request).await.unwrap(), next, "a repeat answers the same plan");
        let events = stage.events().await;
        assert_eq!(events.len(), before + 2);
        let [new, old] = [0, 1].map(|at| payload::<PlanSet>(&events[before + at]));
        assert_eq!(
            (new.plan, new.tasks.len(), old.plan, old.tasks.len()),
            (next.name.clone(), 2, plan.name.clone(), 4)
        );
        assert_eq!(old.tasks[2].state, "TASK_STATE_CARRIED_OVER");
        let over = pb::StartTaskRequest { name: planned.name, act_date: Some(day(2021, 12, 11)), ..Default::default() };
        let over = stage.tasks().start_task(stage.officer().say(over)).await;
        assert_eq!(said(over), refused(Code::FailedPrecondition, "TASK_STATE_FORBIDS"));
        let left_out = Plan { name: next.name.clone(), tasks: vec![first.clone()], ..Default::default() };
        let left_out = pb::UpdatePlanRequest { plan: Some(left_out), ..Default::default() };
        let left_out = stage.plans().update_plan(stage.officer().say(left_out)).await;
        assert_eq!(said(left_out), refused(Code::FailedPrecondition, "TASK_BEGUN"), "the old one leads to it");
        // The next year's plan goes over in its turn.
        stage.world().clock.set_noon(date!(2022 - 12 - 20));
        let third = roll(&stage, ask(&next, day(2022, 12, 20))).await.unwrap();
        assert_eq!((third.year, third.tasks.len(), &third.rolled_from), (2023, 2, &next.name));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_over_once_and_not_where_its_unit_is_no_more() {
    for engine in engines() {
        let stage = stage(engine).await;
        let (plan, _) = a_year(&stage).await;
        let on = day(2021, 12, 10);
        let neighbour = stage.world().as_role("province_officer", NEIGHBOUR);
        let foreign = stage.plans().roll_over_plan(neighbour.say(ask(&plan, on))).await;
        assert_eq!(said(foreign), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let stale = pb::RollOverPlanRequest { etag: "W/\"9\"".to_owned(), ..ask(&plan, on) };
        assert_eq!(said(roll(&stage, stale).await), refused(Code::Aborted, "ETAG_STALE"));
        let nothing = pb::RollOverPlanRequest::default();
        let all = ["name", "title", "decision_number", "decision_date"].map(|field| format!("{field} FIELD_REQUIRED"));
        assert_eq!(said(roll(&stage, nothing).await), invalid(&all.each_ref().map(String::as_str)));
        let early = roll(&stage, ask(&plan, day(2021, 2, 25))).await;
        assert_eq!(said(early), invalid(&["decision_date DATE_ORDER"]));
        let nobody = Plan { name: "plans/0192f0c4-0000-7000-8000-000000000000".to_owned(), ..Default::default() };
        assert_eq!(said(roll(&stage, ask(&nobody, on)).await), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let before = stage.stored().await;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (mut plans, officer, request) = (stage.plans(), stage.officer(), ask(&plan, on));
            calls.spawn(async move { plans.roll_over_plan(officer.say(request)).await });
        }
        let mut refusals = Vec::new();
        while let Some(answer) = calls.join_next().await {
            refusals.extend(answer.unwrap().err());
        }
        assert_eq!(refusals.len(), 3, "{refusals:?}");
        for status in refusals {
            assert_eq!(said(Err::<(), _>(status)), refused(Code::AlreadyExists, "PLAN_EXISTS"));
        }
        let after = stage.stored().await;
        assert_eq!((after.0, after.3), (before.0 + 1, before.3 + 2));
        // Phú Yên was merged on 1 July 2025.
        let last = stage.plan(Plan { year: 2025, ..plan_2021() }).await;
        stage.world().clock.set_noon(date!(2025 - 12 - 20));
        let ended = roll(&stage, ask(&last, day(2025, 12, 20))).await;
        assert_eq!(said(ended), refused(Code::FailedPrecondition, "PLAN_UNIT_ENDED"));
        stage.end().await;
    }
}
