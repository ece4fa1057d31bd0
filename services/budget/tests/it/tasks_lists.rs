//! Lists of tasks, and a plan's tasks replaced whole.

use kit::testing::statements;
use proto::budget::v1::{self as pb, Plan, PlanSet, TaskState};
use tonic::{Code, Response, Status};

use super::feed::payload;
use super::stage::{
    NEIGHBOUR, PROVINCE, Stage, create_estimate, day, engines, estimate, invalid, lump, plan_2021, refused, said, stage,
};
use super::tasks::{TUY_AN, task};

async fn list(stage: &Stage, ask: pb::ListTasksRequest) -> Vec<pb::Task> {
    let answer = stage.tasks().list_tasks(stage.officer().count(ask)).await.unwrap();
    assert_eq!(statements(&answer), 1, "a list is one statement");
    answer.into_inner().tasks
}

async fn titles(stage: &Stage, ask: pb::ListTasksRequest) -> Vec<String> {
    list(stage, ask).await.into_iter().map(|task| task.title).collect()
}

/// Four tasks of a plan: by the province in March, by Tuy An in April and May, without a due day, and one that is done.
async fn four(stage: &Stage) -> Plan {
    let plan = stage.plan(Plan { tasks: Vec::new(), ..plan_2021() }).await;
    let of = |title: &str, unit: &str, due, months: &[i32]| pb::Task {
        title: title.to_owned(),
        due_date: due,
        months: months.to_vec(),
        ..task(&plan, unit)
    };
    let first = of("a", "", Some(day(2021, 3, 31)), &[3]);
    stage.add(pb::Task { lead_agency: "Sở Tài chính 100%_".to_owned(), ..first }).await;
    stage.add(of("b", "units/559", Some(day(2021, 5, 31)), &[4, 5])).await;
    stage.add(of("c", "units/22114", None, &[])).await;
    let done = stage.add(of("d", "", Some(day(2021, 3, 15)), &[3])).await;
    for on in [day(2021, 3, 1), day(2021, 4, 1)] {
        let (name, act_date) = (done.name.clone(), Some(on));
        let start = pb::StartTaskRequest { name: name.clone(), act_date, ..Default::default() };
        if stage.tasks().start_task(stage.officer().say(start)).await.is_err() {
            let complete = pb::CompleteTaskRequest { name, act_date, ..Default::default() };
            stage.tasks().complete_task(stage.officer().say(complete)).await.unwrap();
        }
    }
    plan
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_listed_by_plan_unit_state_body_due_day_and_month() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = four(&stage).await;
        let all = || pb::ListTasksRequest { plan: plan.name.clone(), ..Default::default() };
        assert_eq!(titles(&stage, all()).await, ["a", "b", "c", "d"]);
        for (ask, expected) in [
            (pb::ListTasksRequest { unit: TUY_AN.to_owned(), ..all() }, vec!["b", "c"]),
            (pb::ListTasksRequest { unit: NEIGHBOUR.to_owned(), ..all() }, vec![]),
            (pb::ListTasksRequest { state: TaskState::Done.into(), ..all() }, vec!["d"]),
            (pb::ListTasksRequest { agency: "so tai CHINH 100%_".to_owned(), ..all() }, vec!["a"]),
            (pb::ListTasksRequest { agency: "Sở Tài chính 100%%".to_owned(), ..all() }, vec![]),
            (pb::ListTasksRequest { agency: "ubnd huyen tuy an".to_owned(), ..all() }, vec!["b", "c", "d"]),
            (
                pb::ListTasksRequest {
                    agency: "Sở Nông nghiệp và Phát triển nông thôn".to_owned(), ..all()
                },
                vec!["a", "b", "c", "d"],
            ),
            (pb::ListTasksRequest { agency: "UBND huyện".to_owned(), ..all() }, vec![]),
            (pb::ListTasksRequest { due_from: Some(day(2021, 3, 31)), ..all() }, vec!["a", "b"]),
            (pb::ListTasksRequest { due_to: Some(day(2021, 3, 31)), ..all() }, vec!["a", "d"]),
            (pb::ListTasksRequest { month: 5, ..all() }, vec!["b"]),
            (pb::ListTasksRequest { plan: "plans/0192f0c4-0000-7000-8000-000000000000".to_owned(), ..all() }, vec![]),
        ] {
            assert_eq!(titles(&stage, ask.clone()).await, expected, "{ask:?}");
        }
        let wrong = pb::ListTasksRequest {
            unit: "units/none".to_owned(),
            due_from: Some(day(2021, 4, 1)),
            due_to: Some(day(2021, 3, 31)),
            as_of: Some(day(2021, 2, 29)),
            ..all()
        };
        let wrong = stage.tasks().list_tasks(stage.officer().say(wrong)).await;
        assert_eq!(said(wrong), invalid(&["as_of DATE_INVALID", "unit UNIT_UNKNOWN", "due_to DATE_ORDER"]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_tasks_are_those_of_a_day_and_pages_lose_none() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = four(&stage).await;
        let late =
            |as_of| pb::ListTasksRequest { plan: plan.name.clone(), late_only: true, as_of, ..Default::default() };
        for (as_of, expected) in [
            (Some(day(2021, 3, 15)), vec![]),
            (Some(day(2021, 3, 31)), vec!["d"]),
            (Some(day(2021, 4, 1)), vec!["a"]),
            (Some(day(2021, 6, 1)), vec!["a", "b"]),
            (None, vec!["a", "b"]),
        ] {
            let found = list(&stage, late(as_of)).await;
            assert!(found.iter().all(|task| task.late));
            assert_eq!(found.iter().map(|task| task.title.as_str()).collect::<Vec<_>>(), expected, "{as_of:?}");
        }
        let (mut seen, mut ask) = (Vec::new(), pb::ListTasksRequest { page_size: 1, ..Default::default() });
        loop {
            let page = stage.tasks().list_tasks(stage.officer().say(ask.clone())).await.unwrap().into_inner();
            seen.extend(page.tasks.into_iter().map(|task| task.title));
            // What is added while the list is walked comes behind what was there.
            if seen.len() == 2 {
                stage.add(pb::Task { title: "e".to_owned(), ..task(&plan, "") }).await;
            }
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
        let other = pb::ListTasksRequest { page_token: ask.page_token, month: 3, page_size: 1, ..Default::default() };
        let other = stage.tasks().list_tasks(stage.officer().say(other)).await;
        assert_eq!(said(other), invalid(&["page_token PAGE_TOKEN_INVALID"]));
        stage.end().await;
    }
}

async fn replace(stage: &Stage, plan: &Plan, tasks: Vec<pb::Task>) -> Result<Plan, Status> {
    let plan = Plan { name: plan.name.clone(), tasks, ..Default::default() };
    let request = pb::UpdatePlanRequest { plan: Some(plan), ..Default::default() };
    stage.plans().update_plan(stage.officer().say(request)).await.map(Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plans_tasks_are_replaced_whole_and_those_with_a_name_stay_what_they_are() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = four(&stage).await;
        let [a, b, c, d] = <[pb::Task; 4]>::try_from(list(&stage, pb::ListTasksRequest::default()).await).unwrap();
        let new = pb::Task { plan: String::new(), title: "n".to_owned(), ..task(&plan, "units/555") };
        let renamed = pb::Task { title: "b2".to_owned(), ..b.clone() };
        let changed = replace(&stage, &plan, vec![d.clone(), renamed, new, a.clone()]).await.unwrap();
        let told: Vec<(&str, TaskState)> = changed.tasks.iter().map(|t| (t.title.as_str(), t.state())).collect();
        let planned = TaskState::Planned;
        assert_eq!(told, [("d", TaskState::Done), ("b2", planned), ("n", planned), ("a", planned)]);
        assert_eq!((&changed.tasks[0].name, &changed.tasks[1].name), (&d.name, &b.name));
        let gone = pb::GetTaskRequest { name: c.name.clone(), ..Default::default() };
        let gone = stage.tasks().get_task(stage.officer().say(gone)).await;
        assert_eq!(said(gone), refused(Code::NotFound, "RESOURCE_NOT_FOUND"), "nothing was known of it");
        let read = pb::GetPlanRequest { name: plan.name.clone() };
        let read = stage.plans().get_plan(stage.officer().say(read)).await.unwrap().into_inner();
        assert_eq!(read, changed, "in the order in which they were sent");
        let set: PlanSet = payload(stage.events().await.last().unwrap());
        assert_eq!(
            set.tasks.iter().map(|t| &t.task).collect::<Vec<_>>(),
            read.tasks.iter().map(|t| &t.name).collect::<Vec<_>>()
        );

        let [d, b, n, a] = <[pb::Task; 4]>::try_from(read.tasks.clone()).unwrap();
        let left_out = replace(&stage, &plan, vec![b.clone()]).await;
        assert_eq!(said(left_out), refused(Code::FailedPrecondition, "TASK_BEGUN"), "d is done");
        let closed = pb::Task { title: "d2".to_owned(), ..d.clone() };
        let closed = replace(&stage, &plan, vec![closed, b.clone(), n.clone(), a.clone()]).await;
        assert_eq!(said(closed), refused(Code::FailedPrecondition, "TASK_STATE_FORBIDS"));
        let stale = replace(&stage, &plan, vec![d.clone(), pb::Task { etag: "W/\"0\"".to_owned(), ..b.clone() }]).await;
        assert_eq!(said(stale), refused(Code::Aborted, "ETAG_STALE"));
        let twice = replace(&stage, &plan, vec![d.clone(), d.clone()]).await;
        assert_eq!(said(twice), invalid(&["plan.tasks[1].name TASK_REPEATED"]));
        let foreign = stage.plan(Plan { year: 2020, ..plan_2021() }).await.tasks.remove(0);
        let outside = pb::Task { name: String::new(), unit: NEIGHBOUR.to_owned(), ..a.clone() };
        let unknown = replace(&stage, &plan, vec![d.clone(), foreign, outside]).await;
        assert_eq!(
            said(unknown),
            invalid(&["plan.tasks[1].name REFERENCE_UNKNOWN", "plan.tasks[2].unit UNIT_OUTSIDE_PLAN"])
        );
        let again = stage.plans().get_plan(stage.officer().say(pb::GetPlanRequest { name: plan.name })).await.unwrap();
        assert_eq!(again.into_inner(), read, "refusals changed nothing");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_read_the_plan_before_a_task_was_added_does_not_remove_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let added = stage.add(task(&plan, "")).await;
        let old = Plan { name: plan.name.clone(), tasks: plan.tasks.clone(), etag: plan.etag, ..Default::default() };
        let request = pb::UpdatePlanRequest { plan: Some(old), ..Default::default() };
        let stale = stage.plans().update_plan(stage.officer().say(request)).await;
        assert_eq!(said(stale), refused(Code::Aborted, "ETAG_STALE"));
        assert_eq!(stage.task(&added.name).await, added);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_listed_with_their_tasks_in_one_statement_whatever_their_number() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = four(&stage).await;
        stage.plan(Plan { year: 2020, tasks: Vec::new(), ..plan_2021() }).await;
        stage.plan(Plan { year: 2019, ..plan_2021() }).await;
        let answer = stage.plans().list_plans(stage.officer().count(pb::ListPlansRequest::default())).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let plans = answer.into_inner().plans;
        let told: Vec<(i32, usize)> = plans.iter().map(|p| (p.year, p.tasks.len())).collect();
        assert_eq!(told, [(2021, 4), (2020, 0), (2019, 1)]);
        assert_eq!((&plans[0].name, plans[2].tasks[0].unit.as_str()), (&plan.name, PROVINCE));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_pays_for_a_task_of_its_plan_and_estimates_are_found_by_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = four(&stage).await;
        let tasks = list(&stage, pb::ListTasksRequest::default()).await;
        let of = |task: &str| pb::EstimateLine { task: task.to_owned(), ..lump(100) };
        let foreign = stage.plan(Plan { year: 2020, ..plan_2021() }).await.tasks.remove(0);
        let wrong = create_estimate(estimate(&plan.name, vec![of(&tasks[0].name), of(&foreign.name), of("tasks/x")]));
        let wrong = stage.estimates().create_estimate(stage.officer().say(wrong)).await;
        assert_eq!(said(wrong), invalid(&["estimate.lines[2].task FIELD_FORMAT"]));
        let wrong = create_estimate(estimate(&plan.name, vec![of(&tasks[0].name), of(&foreign.name)]));
        let wrong = stage.estimates().create_estimate(stage.officer().say(wrong)).await;
        assert_eq!(said(wrong), invalid(&["estimate.lines[1].task REFERENCE_UNKNOWN"]));
        let draft = stage.draft_of(&plan, vec![of(&tasks[0].name), of(&tasks[1].name), lump(5)]).await;
        let told: Vec<&str> = draft.lines.iter().map(|line| line.task.as_str()).collect();
        assert_eq!(told, [tasks[0].name.as_str(), &tasks[1].name, ""]);
        assert_eq!(stage.read(&draft.name).await, draft);
        let other = stage.draft_of(&plan, vec![of(&tasks[1].name), of(&tasks[1].name)]).await;
        let found = async |task: &str| {
            let ask = pb::ListEstimatesRequest { task: task.to_owned(), ..Default::default() };
            let answer = stage.estimates().list_estimates(stage.officer().count(ask)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            answer.into_inner().estimates.into_iter().map(|estimate| estimate.name).collect::<Vec<_>>()
        };
        assert_eq!(found(&tasks[0].name).await, std::slice::from_ref(&draft.name));
        assert_eq!(found(&tasks[1].name).await, [draft.name.clone(), other.name], "once, however many lines");
        assert_eq!(found(&tasks[2].name).await, Vec::<String>::new());
        let kept = tasks[1..].iter().filter(|task| task.state() != TaskState::Planned || task.title != "b");
        let left_out = replace(&stage, &plan, kept.cloned().collect()).await;
        assert_eq!(said(left_out), refused(Code::FailedPrecondition, "TASK_BEGUN"), "lines pay for them");
        let [a, b, c, d] = <[pb::Task; 4]>::try_from(tasks.clone()).unwrap();
        let sorted = replace(&stage, &plan, vec![c, a, b, d]).await.unwrap().tasks;
        let left_out = replace(&stage, &plan, sorted[2..].to_vec()).await.unwrap_err();
        assert!(left_out.message().contains(&sorted[1].name), "c is bare, a is paid for: {left_out:?}");
        let change = pb::Estimate { name: draft.name, lines: vec![of(&foreign.name)], ..Default::default() };
        let change = pb::UpdateEstimateRequest { estimate: Some(change), ..Default::default() };
        let change = stage.estimates().update_estimate(stage.officer().say(change)).await;
        assert_eq!(said(change), invalid(&["estimate.lines[0].task REFERENCE_UNKNOWN"]));
        stage.end().await;
    }
}
