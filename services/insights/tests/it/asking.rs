//! Asking: freshness, lists, and what a caller gets wrong.

use kit::testing::statements;
use proto::budget::v1::Measure;
use proto::common::v1::Topic;
use proto::insights::v1::{GetPlanProgressRequest, ListPlanProgressRequest};
use time::macros::date;
use tonic::{Code, Request};

use super::stage::{PROVINCE, day, engines, said, stage, stage_at, target, until};

fn refused(code: Code, reason: &str) -> (Code, String, Vec<String>) {
    (code, reason.to_owned(), Vec::new())
}

fn invalid(found: &[&str]) -> (Code, String, Vec<String>) {
    let found = found.iter().map(ToString::to_string).collect();
    (Code::InvalidArgument, "REQUEST_INVALID".to_owned(), found)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_how_far_each_feed_was_read_and_until_when_it_is_complete() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        stage.officer(PROVINCE, false).await;
        // A feed without events is complete too, once it was read.
        let progress = until("every feed tells its head", async || {
            let progress = stage.progress(&plan).await;
            progress.freshness.iter().all(|f| f.complete_until.is_some()).then_some(progress)
        })
        .await;
        let told: Vec<(&str, i64)> = progress.freshness.iter().map(|f| (f.service.as_str(), f.position)).collect();
        assert_eq!(told, [("registry", 2), ("training", 0), ("evaluation", 0), ("budget", 1)]);
        let now = stage.world().clock.now_us();
        assert!(progress.freshness.iter().all(|f| f.complete_until == Some(kit::instant::pb(now))));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_never_older_than_the_answer_says() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        stage.progress(&plan).await;
        let mut products = Vec::new();
        for _ in 0..30 {
            products.push(stage.product("units/22015-20180507", false).await);
        }
        // Every first certificate is one event: whoever has read the feed to a position counts as many products.
        let recording = async {
            for product in &products {
                stage.recognise(product, day(2021, 6, 15)).await;
            }
        };
        let asking = async {
            loop {
                let ask = GetPlanProgressRequest { name: plan.name.clone(), ..Default::default() };
                let found = stage.ask(ask).await.unwrap();
                let read = found.freshness.iter().find(|f| f.service == "evaluation").unwrap().position;
                let reached = target(&found, Measure::ProductsRecognised).reached;
                assert!(reached >= read, "{reached} products at position {read}");
                if reached == 30 {
                    return;
                }
            }
        };
        tokio::join!(recording, asking);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_year_is_answered_as_of_today() {
    for engine in engines() {
        let stage = stage_at(engine, date!(2021 - 08 - 17)).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let progress = stage.progress(&plan).await;
        assert_eq!((progress.as_of, progress.unit_map_date), (Some(day(2021, 8, 17)), Some(day(2021, 8, 17))));
        assert_eq!(progress.months.len(), 8);
        assert_eq!((progress.unit.as_str(), progress.year), (PROVINCE, 2021));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_costs_the_same_few_statements_however_much_it_counts() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let by_topics: [&[Topic]; 2] =
            [&[Topic::ProgrammeManagement, Topic::EvaluationAndRanking], &[Topic::BusinessManagement]];
        let cost = async || {
            stage.progress(&plan).await;
            let ask = GetPlanProgressRequest { name: plan.name.clone(), ..Default::default() };
            statements(&stage.progress_service().get_plan_progress(stage.analyst().count(ask)).await.unwrap())
        };
        let before = cost().await;
        for commune in ["units/22015-20180507", "units/22018-20180507", "units/22114-20180507"] {
            stage.officer(commune, false).await;
            let product = stage.product(commune, false).await;
            stage.recognise(&product, day(2021, 6, 15)).await;
        }
        let after = cost().await;
        stage.ask_topics(&plan, by_topics).await;
        assert_eq!((before, after, cost().await), (9, 9, 9));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_listed_newest_year_first_within_the_callers_units() {
    for engine in engines() {
        let stage = stage(engine).await;
        let mut last = None;
        for year in [2020, 2022, 2021] {
            last = Some(stage.plan(PROVINCE, year, year == 2022).await);
        }
        stage.progress(&last.unwrap()).await;
        let list = |ask: ListPlanProgressRequest| {
            let (mut service, analyst) = (stage.progress_service(), stage.analyst());
            async move { service.list_plan_progress(analyst.say(ask)).await.map(tonic::Response::into_inner) }
        };
        let all = list(ListPlanProgressRequest::default()).await.unwrap().plans;
        let heads: Vec<(i32, bool)> = all.iter().map(|p| (p.year, p.sample)).collect();
        assert_eq!(heads, [(2022, true), (2021, false), (2020, false)]);
        let (mut seen, mut ask) = (Vec::new(), ListPlanProgressRequest { page_size: 2, ..Default::default() });
        loop {
            let page = list(ask.clone()).await.unwrap();
            seen.extend(page.plans);
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(seen, all);
        let of_2021 = list(ListPlanProgressRequest { year: 2021, ..Default::default() }).await.unwrap().plans;
        assert_eq!(of_2021.iter().map(|p| p.year).collect::<Vec<_>>(), [2021]);
        let other_list = ListPlanProgressRequest { year: 2021, ..ask };
        assert_eq!(said(list(other_list).await), invalid(&["page_token PAGE_TOKEN_INVALID"]));

        let neighbour = stage.world().as_role("analyst", "units/56-20180507");
        let ask = neighbour.say(ListPlanProgressRequest::default());
        let theirs = stage.progress_service().list_plan_progress(ask).await.unwrap().into_inner();
        assert_eq!(theirs.plans, []);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_is_told_all_that_is_wrong_with_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        stage.progress(&plan).await;
        let ask = GetPlanProgressRequest { name: plan.name.clone(), ..Default::default() };
        let wrong = GetPlanProgressRequest {
            name: "plan".to_owned(),
            as_of: Some(day(2021, 2, 30)),
            unit_map_date: Some(day(2018, 5, 6)),
            months_of_unit: "units/none".to_owned(),
        };
        let (code, reason, mut found) = said(stage.ask(wrong).await);
        found.sort();
        let expected = invalid(&[
            "as_of DATE_INVALID",
            "months_of_unit UNIT_UNKNOWN",
            "name FIELD_FORMAT",
            "unit_map_date DATE_BEFORE_KNOWN",
        ]);
        assert_eq!((code, reason, found), expected);
        // The map of as_of cuts the figures where no other is named: it must be known as well.
        let early = GetPlanProgressRequest { as_of: Some(day(2018, 5, 6)), ..ask.clone() };
        assert_eq!(said(stage.ask(early.clone()).await), invalid(&["as_of DATE_BEFORE_KNOWN"]));
        let with_map = GetPlanProgressRequest { unit_map_date: Some(day(2021, 1, 1)), ..early };
        assert_eq!(stage.ask(with_map).await.unwrap().as_of, Some(day(2018, 5, 6)));
        let tomorrow = GetPlanProgressRequest { as_of: Some(day(2100, 1, 1)), ..ask.clone() };
        assert_eq!(said(stage.ask(tomorrow).await), invalid(&["as_of DATE_IN_FUTURE"]), "as for coverages");
        let nobodys = "plans/0192f0c4-0000-7000-8000-000000000000".to_owned();
        let nobodys = stage.ask(GetPlanProgressRequest { name: nobodys, ..Default::default() }).await;
        assert_eq!(said(nobodys), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));

        let mut service = stage.progress_service();
        let anonymous = service.get_plan_progress(Request::new(ask.clone())).await;
        assert_eq!(said(anonymous), refused(Code::Unauthenticated, "UNAUTHENTICATED"));
        let trainer = stage.world().as_role("trainer", "units/vn");
        assert_eq!(
            said(service.get_plan_progress(trainer.say(ask.clone())).await),
            refused(Code::PermissionDenied, "ROLE_MISSING")
        );
        let neighbour = stage.world().as_role("analyst", "units/56-20180507");
        let theirs = service.get_plan_progress(neighbour.say(ask)).await;
        assert_eq!(said(theirs), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        stage.end().await;
    }
}
