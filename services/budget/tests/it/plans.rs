//! Plans with their targets.

use kit::testing::statements;
use prost_types::FieldMask;
use proto::budget::v1::{self as pb, Measure, Plan, PlanSet, Target};
use proto::common::v1::Topic;
use tonic::Code;

use super::feed::payload;
use super::stage::{PROVINCE, create_plan, engines, invalid, plan_2021, refused, said, stage};

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
        let [task] = made.tasks.as_slice() else { panic!("one task") };
        let told = (&task.title, &task.lead_agency, &task.coordinating_agencies, task.due_date);
        let asked = &plan_2021().tasks[0];
        assert_eq!(told, (&asked.title, &asked.lead_agency, &asked.coordinating_agencies, asked.due_date));
        assert_eq!((task.state(), task.unit.as_str(), &task.plan), (pb::TaskState::Planned, PROVINCE, &made.name));

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
            ..Default::default()
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
async fn a_plan_says_what_it_is_for_and_its_goals_are_replaced_whole() {
    for engine in engines() {
        let stage = stage(engine).await;
        let goals = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let first = goals(&["  Nâng cao thu nhập của người dân nông thôn ", "Giữ gìn nghề truyền thống"]);
        let made = stage.plan(Plan { goals: first, ..plan_2021() }).await;
        assert_eq!(made.goals, ["Nâng cao thu nhập của người dân nông thôn", "Giữ gìn nghề truyền thống"]);
        let update = |goals: Vec<String>, paths: &[&str]| {
            let paths = paths.iter().map(ToString::to_string).collect();
            let request = pb::UpdatePlanRequest {
                plan: Some(Plan { name: made.name.clone(), goals, ..Default::default() }),
                update_mask: Some(FieldMask { paths }),
                ..Default::default()
            };
            let (mut plans, officer) = (stage.plans(), stage.officer());
            async move { plans.update_plan(officer.say(request)).await.map(tonic::Response::into_inner) }
        };
        let changed = update(goals(&["Ít nhất 15 sản phẩm được công nhận"]), &["goals"]).await.unwrap();
        assert_eq!((changed.goals.len(), &changed.targets, &changed.title), (1, &made.targets, &made.title));
        let long = "x".repeat(1001);
        let wrong = update(goals(&["", "a\nb", &long]), &["goals"]).await;
        let (code, _, mut found) = said(wrong);
        found.sort();
        let expected = ["plan.goals[0] FIELD_REQUIRED", "plan.goals[1] TEXT_UNCLEAN", "plan.goals[2] FIELD_LENGTH"];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        assert_eq!(update(Vec::new(), &["goals"]).await.unwrap().goals, [""; 0]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_target_keeps_its_month_and_its_units_and_names_only_units_right_below_the_plans() {
    for engine in engines() {
        let stage = stage(engine).await;
        let unit = |unit: &str, value| pb::UnitTarget { unit: unit.to_owned(), value };
        let target = Target {
            measure: Measure::ProductsRecognised.into(),
            value: 15,
            due_month: 11,
            each_unit_value: 2,
            unit_targets: vec![unit("units/555", 4), unit("units/559-20180507", 3)],
            ..Default::default()
        };
        let plan = |target: &Target| Plan { targets: vec![target.clone()], ..plan_2021() };
        let made = stage.plan(plan(&target)).await;
        let units = vec![unit("units/555-20180507", 4), unit("units/559-20180507", 3)];
        let kept = Target { unit_targets: units, ..target.clone() };
        assert_eq!(made.targets, std::slice::from_ref(&kept), "bare codes are read on the day of the decision");
        assert_eq!(payload::<PlanSet>(&stage.events().await[0]).targets, [kept]);

        let wrong = Target {
            due_month: 13,
            each_unit_value: -1,
            unit_targets: vec![
                unit("units/22018-20180507", 1),
                unit("units/555", 1_000_001),
                unit("units/555-20180507", 1),
                unit("units/999", 1),
                unit("units/56", 0),
            ],
            ..target
        };
        let found = |answer| {
            let (code, _, mut found) = said::<tonic::Response<Plan>>(answer);
            found.sort();
            (code, found)
        };
        let at = |of: &[&str]| of.iter().map(|of| format!("plan.targets[0].{of}")).collect::<Vec<_>>();
        let units = at(&[
            "unit_targets[0].unit UNIT_OUTSIDE_PLAN",
            "unit_targets[2].unit UNIT_TARGET_REPEATED",
            "unit_targets[3].unit UNIT_UNKNOWN",
            "unit_targets[4].unit UNIT_OUTSIDE_PLAN",
        ]);
        let mut all = at(&[
            "due_month FIELD_RANGE",
            "each_unit_value FIELD_RANGE",
            "unit_targets[1].value FIELD_RANGE",
            "unit_targets[4].value FIELD_RANGE",
        ]);
        all.extend(units.clone());
        all.sort();
        let refused = stage.plans().create_plan(stage.officer().say(create_plan(plan(&wrong)))).await;
        assert_eq!(found(refused), (Code::InvalidArgument, all));
        let sound = |mut target: Target| {
            target.unit_targets.iter_mut().for_each(|of| of.value = 1);
            Target { due_month: 1, each_unit_value: 0, ..target }
        };
        let change = Plan { name: made.name.clone(), targets: vec![sound(wrong)], ..Default::default() };
        let change = pb::UpdatePlanRequest { plan: Some(change), ..Default::default() };
        let refused = stage.plans().update_plan(stage.officer().say(change)).await;
        assert_eq!(found(refused), (Code::InvalidArgument, units));
        assert_eq!(stage.stored().await, (1, 0, 0, 1));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_measure_says_what_it_counts_of_what_and_where_the_figures_come_from() {
    for engine in engines() {
        let stage = stage(engine).await;
        let mut indicators = pb::indicator_service_client::IndicatorServiceClient::new(stage.link());
        let mut ask = pb::ListIndicatorsRequest { page_size: 2, ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = indicators.list_indicators(stage.officer().say(ask.clone())).await.unwrap().into_inner();
            seen.extend(page.indicators);
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        let measures: Vec<i32> = seen.iter().map(|of| of.measure).collect();
        assert_eq!(measures, [1, 2, 3, 4, 5]);
        let [products, officers] = [&seen[0], &seen[1]];
        assert_eq!((products.percent, products.denominator_vi.as_str(), products.by_topics), (false, "", false));
        assert_eq!((officers.percent, officers.by_topics, officers.max_value), (true, true, 100));
        let sources = (officers.numerator_source.as_str(), officers.denominator_source.as_str());
        assert_eq!(sources, ("training", "registry"));
        assert!(seen.iter().all(|of| !of.numerator_vi.is_empty() && !of.numerator_en.is_empty()));
        stage.end().await;
    }
}
