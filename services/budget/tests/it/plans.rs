//! Norms and plans.

use kit::testing::statements;
use prost_types::FieldMask;
use proto::budget::v1::{self as pb, Measure, NormUnit, Plan, PlanSet, Target};
use proto::common::v1::Topic;
use tonic::Code;

use super::feed::payload;
use super::stage::{PROVINCE, create_plan, day, engines, invalid, plan_2021, refused, said, stage};

#[tokio::test(flavor = "multi_thread")]
async fn the_norms_of_circular_40_of_2017_are_answered_with_amount_unit_and_legal_text() {
    for engine in engines() {
        let stage = stage(engine).await;
        let ask = |as_of| pb::ListNormsRequest { as_of: Some(as_of), page_size: 1000, ..Default::default() };
        let norms = stage.norms().list_norms(stage.officer().say(ask(day(2021, 3, 1)))).await.unwrap().into_inner();
        let of_40: Vec<(&str, i64)> = norms
            .norms
            .iter()
            .filter(|norm| norm.legal_reference == "40/2017/TT-BTC")
            .map(|norm| (norm.name.as_str(), norm.amount_vnd))
            .collect();
        assert_eq!(
            of_40,
            [
                ("norms/lodging-central-city", 450_000),
                ("norms/lodging-elsewhere", 300_000),
                ("norms/lodging-leader", 1_000_000),
                ("norms/lodging-town", 350_000),
                ("norms/meal-guest-central-city", 200_000),
                ("norms/meal-guest-district-commune", 100_000),
                ("norms/meal-guest-provincial-city", 150_000),
                ("norms/per-diem", 200_000),
                ("norms/per-diem-sea-islands", 250_000),
                ("norms/refreshments", 20_000),
            ]
        );
        let one = |name: &str| norms.norms.iter().find(|norm| norm.name == name).unwrap();
        let per_diem = one("norms/per-diem");
        assert_eq!((per_diem.unit(), per_diem.ceiling, per_diem.verified), (NormUnit::PersonDay, false, true));
        assert_eq!(
            (per_diem.display_name_vi.as_str(), per_diem.valid_from),
            ("Phụ cấp lưu trú", Some(day(2017, 7, 1)))
        );
        let lecturer = one("norms/lecturer-session");
        assert_eq!((lecturer.unit(), lecturer.ceiling, lecturer.verified), (NormUnit::Session, true, false));
        assert_eq!(lecturer.legal_reference, "36/2018/TT-BTC");

        let before = stage.norms().list_norms(stage.officer().say(ask(day(2017, 6, 30)))).await.unwrap().into_inner();
        assert_eq!(before.norms, [], "no norm counts before its first day");
        let missing = pb::ListNormsRequest::default();
        let missing = stage.norms().list_norms(stage.officer().say(missing)).await;
        assert_eq!(said(missing), invalid(&["as_of FIELD_REQUIRED"]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_norms_hold_every_norm_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let mut ask = pb::ListNormsRequest { as_of: Some(day(2021, 3, 1)), page_size: 3, ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = stage.norms().list_norms(stage.officer().say(ask.clone())).await.unwrap().into_inner();
            assert!((1..=3).contains(&page.norms.len()));
            seen.extend(page.norms.into_iter().map(|norm| norm.name));
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(seen.len(), 11);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_2021_is_kept_with_its_three_targets_and_its_tasks() {
    for engine in engines() {
        let stage = stage(engine).await;
        let made = stage.plan(plan_2021()).await;
        assert!(made.name.starts_with("plans/"));
        assert_eq!(made.unit, PROVINCE, "a bare code is read on the day of the decision");
        let values: Vec<(Measure, i64)> = made.targets.iter().map(|t| (t.measure(), t.value)).collect();
        assert_eq!(
            values,
            [
                (Measure::ProductsRecognised, 15),
                (Measure::OfficersTrainedPercent, 100),
                (Measure::ProducerManagersTrainedPercent, 100),
            ]
        );
        let read = pb::GetPlanRequest { name: made.name.clone() };
        let read = stage.plans().get_plan(stage.officer().count(read)).await.unwrap();
        assert_eq!(statements(&read), 1, "a plan is read in one statement");
        assert_eq!(*read.get_ref(), made);
        assert_eq!(made.tasks, plan_2021().tasks);

        let again = stage.plans().create_plan(stage.officer().say(create_plan(plan_2021()))).await;
        assert_eq!(said(again), refused(Code::AlreadyExists, "PLAN_EXISTS"));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_keeps_the_topics_that_count_for_it_and_tells_them() {
    for engine in engines() {
        let stage = stage(engine).await;
        let of_topics = |measure: Measure, topics: &[Topic]| Target {
            measure: measure.into(),
            value: 100,
            topics: topics.iter().map(|topic| i32::from(*topic)).collect(),
        };
        let officers =
            of_topics(Measure::OfficersTrainedPercent, &[Topic::EvaluationAndRanking, Topic::ProgrammeManagement]);
        let managers = of_topics(Measure::ProducerManagersTrainedPercent, &[]);
        let made = stage.plan(Plan { targets: vec![officers.clone(), managers.clone()], ..plan_2021() }).await;
        assert_eq!(made.targets, [officers, managers], "in the order of the plan; none of them: any");
        let read = pb::GetPlanRequest { name: made.name.clone() };
        assert_eq!(stage.plans().get_plan(stage.officer().say(read)).await.unwrap().into_inner(), made);

        let other = vec![of_topics(Measure::OfficersTrainedPercent, &[Topic::Promotion])];
        let change = pb::UpdatePlanRequest {
            plan: Some(Plan { name: made.name.clone(), targets: other.clone(), ..Default::default() }),
            ..Default::default()
        };
        let changed = stage.plans().update_plan(stage.officer().say(change)).await.unwrap().into_inner();
        assert_eq!(changed.targets, other);
        let told: Vec<Vec<Target>> = stage.events().await.iter().map(|e| payload::<PlanSet>(e).targets).collect();
        assert_eq!(told, [made.targets, other], "every event carries them");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_listed_newest_year_first_by_unit_and_year_and_paged_without_loss() {
    for engine in engines() {
        let stage = stage(engine).await;
        for year in [2019, 2021, 2020] {
            stage.plan(Plan { year, ..plan_2021() }).await;
        }
        // A district's plan of the same year.
        stage.plan(Plan { unit: "units/555".to_owned(), ..plan_2021() }).await;
        let list = |ask: pb::ListPlansRequest| {
            let (mut plans, officer) = (stage.plans(), stage.officer());
            async move { plans.list_plans(officer.say(ask)).await.unwrap().into_inner() }
        };
        let years = |answer: &pb::ListPlansResponse| answer.plans.iter().map(|p| p.year).collect::<Vec<_>>();
        let all = list(pb::ListPlansRequest::default()).await;
        assert_eq!(years(&all), [2021, 2021, 2020, 2019]);
        let of_2021 = list(pb::ListPlansRequest { year: 2021, ..Default::default() }).await;
        assert_eq!(years(&of_2021), [2021, 2021]);
        let district = pb::ListPlansRequest { unit: "units/555-20180507".to_owned(), ..Default::default() };
        assert_eq!(list(district).await.plans.len(), 1);
        let (mut paged, mut ask) = (Vec::new(), pb::ListPlansRequest { page_size: 1, ..Default::default() });
        loop {
            let page = list(ask.clone()).await;
            assert_eq!(page.plans.len(), 1);
            paged.extend(page.plans);
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(paged, all.plans);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_changes_what_the_mask_names_and_only_for_who_read_it_last() {
    for engine in engines() {
        let stage = stage(engine).await;
        let made = stage.plan(plan_2021()).await;
        let more = Target { measure: Measure::ProductsRecognised.into(), value: 20, ..Default::default() };
        let change = |etag: &str, paths: &[&str]| pb::UpdatePlanRequest {
            plan: Some(Plan {
                name: made.name.clone(),
                title: "Kế hoạch điều chỉnh".to_owned(),
                targets: vec![more.clone()],
                etag: etag.to_owned(),
                ..Default::default()
            }),
            update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            ..Default::default()
        };
        let update = |request: pb::UpdatePlanRequest| {
            let (mut plans, officer) = (stage.plans(), stage.officer());
            async move { plans.update_plan(officer.say(request)).await.map(tonic::Response::into_inner) }
        };
        let changed = update(change(&made.etag, &["targets"])).await.unwrap();
        assert_eq!(
            (changed.targets.as_slice(), &changed.title, &changed.tasks),
            (std::slice::from_ref(&more), &made.title, &made.tasks)
        );
        assert_ne!(changed.etag, made.etag);
        assert_eq!(said(update(change(&made.etag, &["title"])).await), refused(Code::Aborted, "ETAG_STALE"));
        assert_eq!(said(update(change("", &["year"])).await), invalid(&["update_mask UPDATE_MASK_INVALID"]));
        let mut nobody = change("", &["title"]);
        nobody.plan.as_mut().unwrap().name = "plans/0192f0c4-0000-7000-8000-000000000000".to_owned();
        assert_eq!(said(update(nobody).await), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let mut dry = change("", &["title"]);
        dry.validate_only = true;
        assert_eq!(update(dry).await.unwrap().title, "Kế hoạch điều chỉnh");
        let read = pb::GetPlanRequest { name: made.name.clone() };
        let read = stage.plans().get_plan(stage.officer().say(read)).await.unwrap().into_inner();
        assert_eq!(read, changed, "refusals and trials changed nothing");
        stage.end().await;
    }
}
