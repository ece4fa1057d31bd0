//! Tasks: their states, reports, and who may move them.

use kit::testing::{As, Backend, Fresh, backends, statements};
use prost_types::FieldMask;
use proto::budget::v1::{self as pb, Plan, TaskChanged, TaskState};
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::{Code, Response, Status};

use super::feed::payload;
use super::stage::{ID, NEIGHBOUR, PROVINCE, Stage, day, engines, invalid, plan_2021, refused, said, stage};

pub const TUY_AN: &str = "units/559-20180507";

/// A task of a plan for a unit.
pub fn task(plan: &Plan, unit: &str) -> pb::Task {
    pb::Task {
        plan: plan.name.clone(),
        title: "Rà soát sản phẩm đăng ký".to_owned(),
        lead_agency: "UBND huyện Tuy An".to_owned(),
        coordinating_agencies: vec!["Sở Nông nghiệp và Phát triển nông thôn".to_owned()],
        due_date: Some(day(2021, 6, 30)),
        deliverable: "Báo cáo rà soát".to_owned(),
        months: vec![6, 4, 5, 4],
        unit: unit.to_owned(),
        ..Default::default()
    }
}

pub fn create(task: pb::Task) -> pb::CreateTaskRequest {
    pb::CreateTaskRequest { task: Some(task), ..Default::default() }
}

pub fn report(task: &str, on: proto::google::r#type::Date, percent_done: i32) -> pb::CreateTaskReportRequest {
    let task_report = pb::TaskReport {
        task: task.to_owned(),
        report_date: Some(on),
        text: "Đã rà soát 5 xã.\nCòn 10 xã.".to_owned(),
        percent_done,
        spent_vnd: Some(4_500_000),
        ..Default::default()
    };
    pb::CreateTaskReportRequest { task_report: Some(task_report), ..Default::default() }
}

/// A step of a task.
#[derive(Clone, Copy)]
enum Go {
    Start,
    Complete,
    Cancel,
    Reopen,
}

impl Stage {
    pub async fn add(&self, task: pb::Task) -> pb::Task {
        self.tasks().create_task(self.officer().say(create(task))).await.expect("the task is sound").into_inner()
    }

    pub async fn task(&self, name: &str) -> pb::Task {
        let request = pb::GetTaskRequest { name: name.to_owned(), ..Default::default() };
        self.tasks().get_task(self.officer().say(request)).await.expect("it is there").into_inner()
    }

    async fn go(&self, who: &As, go: Go, name: &str, on: proto::google::r#type::Date) -> Result<pb::Task, Status> {
        let (name, act_date, reason) = (name.to_owned(), Some(on), "Điều chỉnh kế hoạch".to_owned());
        let mut tasks = self.tasks();
        let answer = match go {
            Go::Start => {
                let request = pb::StartTaskRequest { name, act_date, ..Default::default() };
                tasks.start_task(who.say(request)).await
            }
            Go::Complete => {
                let request = pb::CompleteTaskRequest { name, act_date, ..Default::default() };
                tasks.complete_task(who.say(request)).await
            }
            Go::Cancel => {
                let request = pb::CancelTaskRequest { name, act_date, reason, ..Default::default() };
                tasks.cancel_task(who.say(request)).await
            }
            Go::Reopen => {
                let request = pb::ReopenTaskRequest { name, act_date, reason, ..Default::default() };
                tasks.reopen_task(who.say(request)).await
            }
        };
        answer.map(Response::into_inner)
    }

    pub async fn report(&self, request: pb::CreateTaskReportRequest) -> Result<pb::TaskReport, Status> {
        self.tasks().create_task_report(self.officer().say(request)).await.map(Response::into_inner)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_added_read_in_one_statement_and_told() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let made = stage.add(task(&plan, "units/559")).await;
        assert_eq!(
            (made.state(), made.unit.as_str(), made.months.as_slice()),
            (TaskState::Planned, TUY_AN, &[4, 5, 6][..])
        );
        assert_eq!((made.percent_done, made.late, made.deliverable.as_str()), (0, true, "Báo cáo rà soát"));
        let get = |as_of| pb::GetTaskRequest { name: made.name.clone(), as_of };
        let read = stage.tasks().get_task(stage.officer().count(get(None))).await.unwrap();
        assert_eq!((statements(&read), read.get_ref()), (1, &made));
        let then = stage.tasks().get_task(stage.officer().say(get(Some(day(2021, 6, 30))))).await.unwrap();
        assert!(!then.into_inner().late, "on its due day");
        let read = pb::GetPlanRequest { name: plan.name.clone() };
        let read = stage.plans().get_plan(stage.officer().count(read)).await.unwrap();
        assert_eq!(statements(&read), 1, "a plan is read with its tasks");
        assert_eq!(read.into_inner().tasks, [plan.tasks[0].clone(), made.clone()], "behind those of the plan");
        let events = stage.events().await;
        let told: TaskChanged = payload(&events[1]);
        assert_eq!((told.task, told.plan, told.unit.as_str()), (made.name, plan.name, TUY_AN));
        assert_eq!((told.state.as_str(), told.due_date, told.end_date), ("TASK_STATE_PLANNED", made.due_date, None));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_started_reported_completed_and_taken_up_again_in_the_order_of_its_days() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let name = stage.add(task(&plan, "")).await.name;
        let officer = stage.officer();
        let begun = stage.go(&officer, Go::Start, &name, day(2021, 4, 5)).await.unwrap();
        assert_eq!((begun.state(), begun.begin_date), (TaskState::UnderWay, Some(day(2021, 4, 5))));
        let again = stage.go(&officer, Go::Start, &name, day(2021, 4, 6)).await.unwrap_err();
        assert!(again.message().contains("UNDER_WAY"), "{again:?}");
        assert_eq!(said(Err::<(), _>(again)), refused(Code::FailedPrecondition, "TASK_STATE_FORBIDS"));
        stage.report(report(&name, day(2021, 5, 10), 40)).await.unwrap();
        let older = stage.report(report(&name, day(2021, 4, 20), 10)).await.unwrap();
        assert_eq!((older.percent_done, older.spent_vnd), (10, Some(4_500_000)));
        let reported = stage.task(&name).await;
        assert_eq!((reported.percent_done, reported.report_date), (40, Some(day(2021, 5, 10))), "the newest counts");
        let early = stage.report(report(&name, day(2021, 4, 4), 0)).await;
        assert_eq!(said(early), invalid(&["task_report.report_date DATE_ORDER"]));
        let early = stage.go(&officer, Go::Complete, &name, day(2021, 5, 9)).await;
        assert_eq!(said(early), invalid(&["act_date DATE_ORDER"]));
        let done = stage.go(&officer, Go::Complete, &name, day(2021, 6, 30)).await.unwrap();
        assert_eq!((done.state(), done.end_date, done.late), (TaskState::Done, Some(day(2021, 6, 30)), false));
        let closed = stage.report(report(&name, day(2021, 7, 1), 100)).await;
        assert_eq!(said(closed), refused(Code::FailedPrecondition, "TASK_STATE_FORBIDS"));
        let again = stage.go(&officer, Go::Reopen, &name, day(2021, 7, 5)).await.unwrap();
        assert_eq!((again.state(), again.end_date, again.late), (TaskState::UnderWay, None, true));
        assert_eq!(again.reason, "Điều chỉnh kế hoạch");
        let given_up = stage.go(&officer, Go::Cancel, &name, day(2021, 8, 2)).await.unwrap();
        assert_eq!(given_up.state(), TaskState::Cancelled);
        let planned = stage.go(&officer, Go::Reopen, &name, day(2021, 8, 3)).await.unwrap();
        assert_eq!((planned.state(), planned.begin_date), (TaskState::Planned, None));
        stage.report(report(&name, day(2021, 9, 1), 60)).await.unwrap();
        let begun = stage.task(&name).await;
        assert_eq!(
            (begun.state(), begun.begin_date),
            (TaskState::UnderWay, Some(day(2021, 9, 1))),
            "a report starts it"
        );
        let ask = pb::ListTaskReportsRequest { task: name, ..Default::default() };
        let reports = stage.tasks().list_task_reports(officer.count(ask)).await.unwrap();
        assert_eq!(statements(&reports), 1);
        let percents: Vec<i32> = reports.into_inner().task_reports.iter().map(|r| r.percent_done).collect();
        assert_eq!(percents, [40, 10, 60], "in the order in which they were recorded, and all of them");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_task_or_a_report_is_said_at_once_and_nothing_is_stored() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let wrong = pb::Task {
            plan: "plans/x".to_owned(),
            title: "a\u{202e}b".to_owned(),
            lead_agency: " ".to_owned(),
            due_date: Some(day(2021, 2, 30)),
            months: vec![0, 13],
            ..Default::default()
        };
        let (code, _, mut found) = said(stage.tasks().create_task(stage.officer().say(create(wrong))).await);
        found.sort();
        let expected = [
            "task.due_date DATE_INVALID",
            "task.lead_agency FIELD_REQUIRED",
            "task.months[0] FIELD_RANGE",
            "task.months[1] FIELD_RANGE",
            "task.plan FIELD_FORMAT",
            "task.title TEXT_UNCLEAN",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        for (task, found) in [
            (task(&plan, "units/none"), "task.unit UNIT_UNKNOWN"),
            (task(&plan, NEIGHBOUR), "task.unit UNIT_OUTSIDE_PLAN"),
            (
                pb::Task { plan: "plans/0192f0c4-0000-7000-8000-000000000000".to_owned(), ..task(&plan, "") },
                "task.plan REFERENCE_UNKNOWN",
            ),
            (pb::Task { plan: String::new(), ..task(&plan, "") }, "task.plan FIELD_REQUIRED"),
        ] {
            assert_eq!(said(stage.tasks().create_task(stage.officer().say(create(task))).await), invalid(&[found]));
        }
        let mut wrong = report("tasks/x", day(2022, 1, 1), 101);
        let sent = wrong.task_report.as_mut().unwrap();
        (sent.text, sent.spent_vnd) = (" ".to_owned(), Some(-1));
        let (code, _, mut found) = said(stage.report(wrong).await);
        found.sort();
        let expected = [
            "task_report.percent_done FIELD_RANGE",
            "task_report.report_date DATE_IN_FUTURE",
            "task_report.spent_vnd FIELD_RANGE",
            "task_report.task FIELD_FORMAT",
            "task_report.text FIELD_REQUIRED",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        let nobody = stage.report(report("tasks/0192f0c4-0000-7000-8000-000000000000", day(2021, 5, 1), 0)).await;
        assert_eq!(said(nobody), invalid(&["task_report.task REFERENCE_UNKNOWN"]));
        let name = &plan.tasks[0].name;
        let unreasoned =
            pb::CancelTaskRequest { name: name.clone(), act_date: Some(day(2022, 1, 1)), ..Default::default() };
        let unreasoned = stage.tasks().cancel_task(stage.officer().say(unreasoned)).await;
        assert_eq!(said(unreasoned), invalid(&["reason FIELD_REQUIRED", "act_date DATE_IN_FUTURE"]));
        let missing =
            stage.go(&stage.officer(), Go::Start, "tasks/0192f0c4-0000-7000-8000-000000000000", day(2021, 5, 1)).await;
        assert_eq!(said(missing), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));
        assert_eq!(stage.task(name).await, plan.tasks[0]);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_carries_a_task_out_moves_it_and_only_who_plans_gives_it_up() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let name = stage.add(task(&plan, "units/559")).await.name;
        let tuy_an = stage.world().as_role("district_officer", TUY_AN);
        let tuy_hoa = stage.world().as_role("district_officer", "units/555-20180507");
        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(said(stage.go(&tuy_hoa, Go::Start, &name, day(2021, 4, 1)).await), forbidden);
        let of_province = &plan.tasks[0].name;
        assert_eq!(said(stage.go(&tuy_an, Go::Start, of_province, day(2021, 4, 1)).await), forbidden);
        stage.go(&tuy_an, Go::Start, &name, day(2021, 4, 1)).await.unwrap();
        let mine = report(&name, day(2021, 5, 1), 50);
        stage.tasks().create_task_report(tuy_an.say(mine.clone())).await.unwrap();
        assert_eq!(said(stage.tasks().create_task_report(tuy_hoa.say(mine)).await), forbidden);
        let missing = refused(Code::PermissionDenied, "ROLE_MISSING");
        assert_eq!(said(stage.go(&tuy_an, Go::Cancel, &name, day(2021, 6, 1)).await), missing);
        // A leader of the district plans nothing in the province.
        let leader = stage.world().as_role("committee_leader", TUY_AN);
        assert_eq!(said(stage.go(&leader, Go::Cancel, &name, day(2021, 6, 1)).await), forbidden);
        assert_eq!(said(stage.tasks().create_task(leader.say(create(task(&plan, "units/559")))).await), forbidden);
        let title = pb::Task { name: name.clone(), title: "Khác".to_owned(), ..Default::default() };
        let title = pb::UpdateTaskRequest { task: Some(title), ..Default::default() };
        assert_eq!(said(stage.tasks().update_task(leader.say(title)).await), forbidden);
        let get = pb::GetTaskRequest { name: name.clone(), ..Default::default() };
        assert_eq!(said(stage.tasks().get_task(tuy_hoa.say(get)).await), forbidden);
        let seen = async |who: &As| {
            let tasks = stage.tasks().list_tasks(who.say(pb::ListTasksRequest::default())).await.unwrap().into_inner();
            let ask = pb::ListTaskReportsRequest::default();
            let reports = stage.tasks().list_task_reports(who.say(ask)).await.unwrap().into_inner();
            (tasks.tasks.len(), reports.task_reports.len())
        };
        assert_eq!((seen(&tuy_an).await, seen(&tuy_hoa).await), ((1, 1), (0, 0)));
        assert_eq!(seen(&stage.world().as_role("analyst", PROVINCE)).await, (2, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_changes_what_the_mask_names_only_for_who_read_it_last_and_only_while_it_is_open() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let made = stage.add(task(&plan, "")).await;
        let change = |etag: &str, paths: &[&str]| pb::UpdateTaskRequest {
            task: Some(pb::Task {
                name: made.name.clone(),
                title: "Rà soát lại".to_owned(),
                lead_agency: "Sở Tài chính".to_owned(),
                months: vec![12],
                etag: etag.to_owned(),
                ..Default::default()
            }),
            update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            ..Default::default()
        };
        let update =
            async |request| stage.tasks().update_task(stage.officer().say(request)).await.map(Response::into_inner);
        let dry = pb::UpdateTaskRequest { validate_only: true, ..change("", &["title"]) };
        assert_eq!(update(dry).await.unwrap().title, "Rà soát lại");
        assert_eq!(stage.task(&made.name).await, made, "a trial changes nothing");
        let changed = update(change(&made.etag, &["title", "months", "due_date", "deliverable"])).await.unwrap();
        assert_eq!(
            (changed.title.as_str(), changed.months.as_slice(), changed.due_date),
            ("Rà soát lại", &[12][..], None)
        );
        assert_eq!((&changed.lead_agency, changed.deliverable.as_str()), (&made.lead_agency, ""));
        assert_eq!(said(update(change(&made.etag, &["title"])).await), refused(Code::Aborted, "ETAG_STALE"));
        assert_eq!(said(update(change("", &["state"])).await), invalid(&["update_mask UPDATE_MASK_INVALID"]));
        let set = pb::UpdateTaskRequest { update_mask: None, ..change("", &[]) };
        assert_eq!(update(set).await.unwrap().lead_agency, "Sở Tài chính");
        stage.go(&stage.officer(), Go::Cancel, &made.name, day(2021, 5, 1)).await.unwrap();
        let over = update(change("", &["title"])).await;
        assert_eq!(said(over), refused(Code::FailedPrecondition, "TASK_STATE_FORBIDS"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_adds_one_task_and_one_report() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let request = pb::CreateTaskRequest { request_id: ID.to_owned(), ..create(task(&plan, "")) };
        let first = stage.tasks().create_task(stage.officer().say(request.clone())).await.unwrap().into_inner();
        let again = stage.tasks().create_task(stage.officer().say(request)).await.unwrap().into_inner();
        assert_eq!(again, first);
        let request =
            pb::CreateTaskReportRequest { request_id: ID.to_owned(), ..report(&first.name, day(2021, 5, 1), 5) };
        let once = stage.report(request.clone()).await.unwrap();
        assert_eq!(stage.report(request.clone()).await.unwrap(), once);
        let other =
            pb::CreateTaskReportRequest { request_id: ID.to_owned(), ..report(&first.name, day(2021, 5, 2), 5) };
        assert_eq!(said(stage.report(other).await), refused(Code::InvalidArgument, "REQUEST_ID_REUSED"));
        let dry = pb::CreateTaskReportRequest { validate_only: true, ..report(&first.name, day(2021, 6, 1), 90) };
        stage.report(dry).await.unwrap();
        assert_eq!(stage.task(&first.name).await.percent_done, 5);
        assert_eq!(stage.events().await.len(), 3, "the plan, the task, the report");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_has_room_for_two_hundred_tasks_however_many_come_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let full = |number: usize| (0..number).map(|_| pb::Task { plan: String::new(), ..task(&Plan::default(), "") });
        let plan = stage.plan(Plan { tasks: full(195).collect(), ..plan_2021() }).await;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (mut tasks, officer, request) = (stage.tasks(), stage.officer(), create(task(&plan, "")));
            calls.spawn(async move { tasks.create_task(officer.say(request)).await });
        }
        let mut refusals = Vec::new();
        while let Some(answer) = calls.join_next().await {
            refusals.extend(answer.unwrap().err());
        }
        assert_eq!(refusals.len(), 7);
        for status in refusals {
            assert_eq!(said(Err::<(), _>(status)), refused(Code::FailedPrecondition, "TOO_MANY_TASKS"));
        }
        let read = pb::GetPlanRequest { name: plan.name.clone() };
        let read = stage.plans().get_plan(stage.officer().say(read)).await.unwrap().into_inner();
        assert_eq!(read.tasks.len(), 200);
        let too_many = super::stage::create_plan(Plan { year: 2022, tasks: full(201).collect(), ..plan_2021() });
        let too_many = stage.plans().create_plan(stage.officer().say(too_many)).await;
        assert_eq!(said(too_many), invalid(&["plan.tasks FIELD_RANGE"]));
        stage.end().await;
    }
}

/// The history as it was before tasks were rows.
struct Before;

impl MigratorTrait for Before {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        budget::migrations::Migrator::migrations().into_iter().take(2).collect()
    }
}

#[tokio::test]
async fn tasks_of_before_become_rows_in_their_order_with_the_migration() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Before>().await;
        let row = |n: u32, tasks: &str| {
            let id = uuid::Uuid::from_u128((u128::from(n) << 64) + 0xffff);
            let id = match backend {
                Backend::Sqlite => format!("x'{}'", id.simple()),
                Backend::Postgres => format!("'{id}'"),
            };
            format!(
                "({id}, '{PROVINCE}', '/vn/54-20180507/', {}, 'K', '1', '2021-02-26', '[]', '{tasks}', {}, 1, 7, 9)",
                2000 + n,
                n == 1
            )
        };
        let two = r#"[{"title":"Tập huấn","lead_agency":"Sở Nông nghiệp","coordinating_agencies":["Sở Tài chính"],"due_date":"2021-11-30"},{"title":"Hội chợ","lead_agency":"Sở Công thương","coordinating_agencies":[],"due_date":null}]"#;
        let rows: Vec<String> = (1..=250).map(|n| row(n, if n % 2 == 1 { two } else { "[]" })).collect();
        let insert = "INSERT INTO plan (id, unit, unit_path, year, title, decision_number, decision_date, targets, tasks, sample, version, create_us, update_us) VALUES ";
        database.reader().execute_unprepared(&format!("{insert}{}", rows.join(", "))).await.unwrap();
        database.migrate::<budget::migrations::Migrator>().await.unwrap();
        let engine = database.reader().get_database_backend();
        let ask = async |sql: &str| {
            let rows = database.reader().query_all_raw(Statement::from_string(engine, sql)).await.unwrap();
            rows.iter().map(|row| row.try_get::<String>("", "told").unwrap()).collect::<Vec<_>>()
        };
        let count = ask("SELECT CAST(count(*) AS TEXT) AS told FROM task").await;
        assert_eq!(count, ["250"], "two each of 125 plans");
        let of_samples = "SELECT title || ' ' || state || ' ' || lead_agency || ' ' || coordinating_agencies || ' ' || unit || ' ' || \
                          coalesce(CAST(due_date AS TEXT), '-') AS told FROM task WHERE sample ORDER BY place, id";
        let expected = [
            format!(r#"Tập huấn planned Sở Nông nghiệp ["Sở Tài chính"] {PROVINCE} 2021-11-30"#),
            format!("Hội chợ planned Sở Công thương [] {PROVINCE} -"),
        ];
        assert_eq!(ask(of_samples).await, expected);
        let joined = "SELECT CAST(count(*) AS TEXT) AS told FROM task JOIN plan ON plan.id = task.plan_id \
                      WHERE task.plan_path = plan.unit_path AND task.create_us = 7 AND task.agencies_key LIKE '%so %'";
        assert_eq!(ask(joined).await, ["250"]);
        let left = ask("SELECT DISTINCT tasks AS told FROM plan ORDER BY 1").await;
        assert_eq!(left.len(), 2, "a release of before can be taken back");
        database.close().await;
        fresh.remove().await;
    }
}
