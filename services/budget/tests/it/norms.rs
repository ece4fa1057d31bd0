//! Norms: of the nation, of other provinces, and of the province itself; and what lines take from them.

use kit::testing::statements;
use proto::budget::v1::{self as pb, AreaClass, NormKind, NormUnit, SpendingCategory, estimate_line};
use tonic::{Code, Response, Status};

use super::stage::{
    ID, NEIGHBOUR, PROVINCE, Stage, by_norm, create_estimate, day, engines, estimate, invalid, lump, plan_2021,
    refused, said, stage,
};

/// A lecturer's fee that the province has set for the year.
fn lecturer(amount_vnd: i64) -> pb::Norm {
    pb::Norm {
        display_name_vi: "Thù lao giảng viên cấp tỉnh".to_owned(),
        amount_vnd,
        unit: NormUnit::Session.into(),
        legal_reference: "05/2021/NQ-HĐND (mẫu)".to_owned(),
        valid_from: Some(day(2021, 1, 1)),
        kind: NormKind::Lecturer.into(),
        category: SpendingCategory::Training.into(),
        owner_unit: "units/54".to_owned(),
        sample: true,
        ..Default::default()
    }
}

/// Support for packaging, four stars.
fn support() -> pb::Norm {
    pb::Norm {
        display_name_vi: "Hỗ trợ bao bì".to_owned(),
        amount_vnd: 12_000_000,
        ceiling: true,
        unit: NormUnit::Product.into(),
        kind: NormKind::Support.into(),
        category: SpendingCategory::Packaging.into(),
        stars: 4,
        ..lecturer(0)
    }
}

async fn create(stage: &Stage, norm: pb::Norm) -> Result<pb::Norm, Status> {
    let request = pb::CreateNormRequest { norm: Some(norm), ..Default::default() };
    stage.norms().create_norm(stage.finance().say(request)).await.map(Response::into_inner)
}

async fn end(stage: &Stage, name: &str, last: proto::google::r#type::Date) -> Result<pb::Norm, Status> {
    let request = pb::EndNormRequest { name: name.to_owned(), valid_to: Some(last), ..Default::default() };
    stage.norms().end_norm(stage.finance().say(request)).await.map(Response::into_inner)
}

async fn names(stage: &Stage, ask: pb::ListNormsRequest) -> Vec<String> {
    let ask = pb::ListNormsRequest { page_size: 1000, ..ask };
    let found = stage.norms().list_norms(stage.officer().say(ask)).await.unwrap().into_inner();
    found.norms.into_iter().map(|norm| norm.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_norms_of_circular_40_of_2017_are_answered_with_amount_unit_and_legal_text() {
    for engine in engines() {
        let stage = stage(engine).await;
        let ask = |as_of| pb::ListNormsRequest { as_of: Some(as_of), page_size: 1000, ..Default::default() };
        let answer = stage.norms().list_norms(stage.officer().count(ask(day(2021, 3, 1)))).await.unwrap();
        assert_eq!(statements(&answer), 1, "a list is one statement");
        let norms = answer.into_inner();
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
        for norm in [lecturer(1_200_000), pb::Norm { amount_vnd: 50_000, ..support() }] {
            create(&stage, norm).await.unwrap();
        }
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
        let reference = reference::norms::all().len();
        assert_eq!(seen.len(), reference + 2, "those of the province too");
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_sets_a_norm_below_the_nations_and_ends_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let made = create(&stage, lecturer(1_200_000)).await.unwrap();
        assert_eq!((made.owner_unit.as_str(), made.amount_vnd, made.valid_to), (PROVINCE, 1_200_000, None));
        let get = |name: &str| pb::GetNormRequest { name: name.to_owned() };
        let read = stage.norms().get_norm(stage.officer().count(get(&made.name))).await.unwrap();
        assert_eq!((statements(&read), read.into_inner()), (1, made.clone()));
        let national = stage.norms().get_norm(stage.officer().say(get("norms/per-diem"))).await.unwrap().into_inner();
        let areas = [AreaClass::CentralCity, AreaClass::ProvincialCity, AreaClass::Town, AreaClass::DistrictCommune];
        assert_eq!((national.owner_unit.as_str(), national.area_classes), ("", areas.map(i32::from).to_vec()));
        for nobody in ["norms/none", "norms/0192f0c4-0000-7000-8000-000000000000"] {
            let missing = stage.norms().get_norm(stage.officer().say(get(nobody))).await;
            assert_eq!(said(missing), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        }
        let unnamed = stage.norms().get_norm(stage.officer().say(get("per-diem"))).await;
        assert_eq!(said(unnamed), invalid(&["name FIELD_FORMAT"]));

        let above = create(&stage, lecturer(2_000_001)).await;
        assert_eq!(said(above), invalid(&["norm.amount_vnd NORM_ABOVE_CEILING"]));
        let again = create(&stage, pb::Norm { valid_from: Some(day(2021, 12, 1)), ..lecturer(1_500_000) }).await;
        assert_eq!(said(again), refused(Code::AlreadyExists, "NORM_OVERLAPS"));

        let early = end(&stage, &made.name, day(2020, 12, 31)).await;
        assert_eq!(said(early), invalid(&["valid_to DATE_ORDER"]));
        let ended = end(&stage, &made.name, day(2021, 11, 30)).await.unwrap();
        assert_eq!(ended.valid_to, Some(day(2021, 11, 30)));
        let later = end(&stage, &made.name, day(2022, 1, 31)).await;
        assert_eq!(said(later), refused(Code::FailedPrecondition, "NORM_ENDED"));
        let sooner = end(&stage, &made.name, day(2021, 10, 31)).await.unwrap();
        assert_eq!(sooner.valid_to, Some(day(2021, 10, 31)), "it is brought forward only");
        assert_eq!(said(end(&stage, "norms/per-diem", day(2022, 1, 1)).await), invalid(&["name FIELD_FORMAT"]));
        let next =
            create(&stage, pb::Norm { valid_from: Some(day(2021, 11, 1)), ..lecturer(1_500_000) }).await.unwrap();
        let told = stage.events().await;
        assert_eq!(told.len(), 4, "two norms and two ends");
        assert_eq!((told[3].resource.as_str(), told[3].sample), (next.name.as_str(), true));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_finance_and_the_provinces_admin_write_norms_and_only_for_their_units() {
    for engine in engines() {
        let stage = stage(engine).await;
        let request = || pb::CreateNormRequest { norm: Some(lecturer(1)), ..Default::default() };
        let officer = stage.norms().create_norm(stage.officer().say(request())).await;
        assert_eq!(said(officer), refused(Code::PermissionDenied, "ROLE_MISSING"));
        let neighbour = stage.world().as_role("finance_officer", NEIGHBOUR);
        let foreign = stage.norms().create_norm(neighbour.say(request())).await;
        assert_eq!(said(foreign), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let admin = stage.world().as_role("province_admin", PROVINCE);
        let dry = pb::CreateNormRequest { validate_only: true, ..request() };
        stage.norms().create_norm(admin.say(dry)).await.unwrap();
        assert_eq!(stage.events().await.len(), 0, "a trial stores nothing");
        let once = pb::CreateNormRequest { request_id: ID.to_owned(), ..request() };
        let made = stage.norms().create_norm(admin.say(once.clone())).await.unwrap().into_inner();
        let again = stage.norms().create_norm(admin.say(once)).await.unwrap().into_inner();
        assert_eq!(again, made, "although it overlaps itself");
        let last = Some(day(2021, 6, 30));
        let request = pb::EndNormRequest { name: made.name.clone(), valid_to: last, ..Default::default() };
        let foreign = stage.norms().end_norm(neighbour.say(request)).await;
        assert_eq!(said(foreign), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(stage.events().await.len(), 1);

        let wrong = pb::Norm {
            display_name_vi: " ".to_owned(),
            amount_vnd: -5,
            unit: 99,
            legal_reference: String::new(),
            valid_to: Some(day(2020, 1, 1)),
            kind: 0,
            area_classes: vec![AreaClass::Town.into(), 77],
            owner_unit: "units/none".to_owned(),
            stars: 6,
            ..lecturer(1)
        };
        let (code, _, mut found) = said(create(&stage, wrong).await);
        found.sort();
        let expected = [
            "norm.amount_vnd FIELD_RANGE",
            "norm.area_classes[1] ENUM_UNKNOWN",
            "norm.display_name_vi FIELD_REQUIRED",
            "norm.kind FIELD_REQUIRED",
            "norm.legal_reference FIELD_REQUIRED",
            "norm.owner_unit UNIT_UNKNOWN",
            "norm.stars FIELD_RANGE",
            "norm.unit ENUM_UNKNOWN",
            "norm.valid_to DATE_ORDER",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn norms_are_listed_by_day_unit_kind_category_and_area() {
    for engine in engines() {
        let stage = stage(engine).await;
        let made = create(&stage, lecturer(1_200_000)).await.unwrap();
        let ask = |unit: &str| pb::ListNormsRequest {
            as_of: Some(day(2021, 3, 1)),
            unit: unit.to_owned(),
            kind: NormKind::Lecturer.into(),
            ..Default::default()
        };
        let own = [made.name.as_str(), "norms/lecturer-session"];
        assert_eq!(names(&stage, ask(PROVINCE)).await, own);
        assert_eq!(names(&stage, ask("units/555-20180507")).await, own, "for plans of its districts too");
        assert_eq!(names(&stage, ask(NEIGHBOUR)).await, ["norms/lecturer-session"]);
        assert_eq!(names(&stage, ask("")).await.len(), 2 + 10, "those of other provinces are examples");
        let before = pb::ListNormsRequest { as_of: Some(day(2020, 12, 31)), ..ask(PROVINCE) };
        assert_eq!(names(&stage, before).await, ["norms/lecturer-session"]);
        let area = |class: AreaClass| pb::ListNormsRequest {
            kind: NormKind::Lodging.into(),
            area_class: class.into(),
            ..ask(PROVINCE)
        };
        assert_eq!(names(&stage, area(AreaClass::Town)).await, ["norms/lodging-town"]);
        let bonus =
            pb::ListNormsRequest { kind: 0, category: SpendingCategory::Bonus.into(), unit: String::new(), ..ask("") };
        let found = names(&stage, bonus).await;
        assert!(found.iter().any(|name| name == "norms/tra-vinh-bonus-4-stars") && !found.contains(&made.name));
        let unknown = stage.norms().list_norms(stage.officer().say(ask("units/none"))).await;
        assert_eq!(said(unknown), invalid(&["unit UNIT_UNKNOWN"]));
        stage.end().await;
    }
}

fn rates(estimate: &pb::Estimate) -> Vec<(i64, i64)> {
    let rate = |line: &pb::EstimateLine| match line.cost.as_ref() {
        Some(estimate_line::Cost::NormCost(cost)) => (cost.rate_vnd, line.amount_vnd),
        _ => (0, line.amount_vnd),
    };
    estimate.lines.iter().map(rate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_by_a_provinces_norm_keeps_its_amount_when_a_later_norm_takes_its_place() {
    for engine in engines() {
        let stage = stage(engine).await;
        let norm = create(&stage, lecturer(1_200_000)).await.unwrap();
        let ceiling = create(&stage, support()).await.unwrap();
        let lines = vec![by_norm(&norm.name, 1, 4, 0), by_norm(&ceiling.name, 3, 1, 10_000_000)];
        let approved = {
            let draft = stage.draft(lines).await;
            stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
            stage.appraise(&draft, None, day(2021, 3, 15)).await.unwrap();
            stage.approve(&draft.name, day(2021, 3, 20)).await.unwrap().into_inner()
        };
        let expected = [(1_200_000, 4_800_000), (10_000_000, 30_000_000)];
        assert_eq!(rates(&approved), expected);
        end(&stage, &norm.name, day(2021, 2, 28)).await.unwrap();
        let later =
            create(&stage, pb::Norm { valid_from: Some(day(2021, 3, 1)), ..lecturer(1_600_000) }).await.unwrap();
        assert_eq!(stage.read(&approved.name).await, approved, "norms of later change nothing");

        let plan = pb::Plan { year: 2022, ..plan_2021() };
        let plan = stage.plan(plan).await;
        let draft = |lines| create_estimate(estimate(&plan.name, lines));
        let old =
            stage.estimates().create_estimate(stage.officer().say(draft(vec![by_norm(&norm.name, 1, 1, 0)]))).await;
        assert_eq!(said(old), invalid(&["estimate.lines[0].norm_cost.norm NORM_UNKNOWN"]));
        let new = stage.draft_of(&plan, vec![by_norm(&later.name, 1, 1, 0)]).await;
        assert_eq!(rates(&new), [(1_600_000, 1_600_000)]);
        let change = |line| pb::UpdateEstimateRequest {
            estimate: Some(pb::Estimate { name: new.name.clone(), lines: vec![line], ..Default::default() }),
            ..Default::default()
        };
        let above = stage
            .estimates()
            .update_estimate(stage.officer().say(change(by_norm(&ceiling.name, 1, 1, 12_000_001))))
            .await;
        assert_eq!(said(above), invalid(&["estimate.lines[0].norm_cost.rate_vnd NORM_EXCEEDED"]));
        let foreign = change(by_norm("norms/hung-yen-packaging-3-stars", 1, 1, 0));
        let foreign = stage.estimates().update_estimate(stage.officer().say(foreign)).await;
        assert_eq!(said(foreign), invalid(&["estimate.lines[0].norm_cost.norm NORM_UNKNOWN"]), "another province's");
        let changed = change(by_norm(&ceiling.name, 2, 1, 0));
        let changed = stage.estimates().update_estimate(stage.officer().say(changed)).await.unwrap().into_inner();
        assert_eq!(rates(&changed), [(12_000_000, 24_000_000)]);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sample_norm_prices_is_a_sample() {
    for engine in engines() {
        let stage = stage(engine).await;
        let invented = create(&stage, lecturer(1_000_000)).await.unwrap();
        let plan = stage.plan(plan_2021()).await;
        let made = stage.draft_of(&plan, vec![lump(5), by_norm(&invented.name, 1, 1, 0)]).await;
        let real = stage.draft_of(&plan, vec![lump(5), by_norm("norms/per-diem", 1, 1, 0)]).await;
        assert_eq!((made.sample, real.sample), (true, false));
        let lines = vec![by_norm(&invented.name, 1, 1, 0)];
        let changed =
            stage.update(pb::Estimate { name: real.name.clone(), lines, ..Default::default() }).await.unwrap();
        assert!(changed.sample && stage.read(&real.name).await.sample);
        assert!(stage.events().await.last().unwrap().sample);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_norm_of_another_province_makes_no_line() {
    for engine in engines() {
        let stage = stage(engine).await;
        let neighbour = stage.world().as_role("finance_officer", NEIGHBOUR);
        let theirs = pb::Norm { owner_unit: NEIGHBOUR.to_owned(), ..lecturer(1_000_000) };
        let request = pb::CreateNormRequest { norm: Some(theirs), ..Default::default() };
        let theirs = stage.norms().create_norm(neighbour.say(request)).await.unwrap().into_inner();
        let plan = stage.plan(plan_2021()).await;
        let request = create_estimate(estimate(&plan.name, vec![lump(5), by_norm(&theirs.name, 1, 1, 0)]));
        let foreign = stage.estimates().create_estimate(stage.officer().say(request)).await;
        assert_eq!(said(foreign), invalid(&["estimate.lines[1].norm_cost.norm NORM_UNKNOWN"]));
        assert_eq!(stage.stored().await, (1, 0, 0, 2));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_norms_that_overlap_one_is_recorded_however_many_come_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let mut calls = tokio::task::JoinSet::new();
        for of_month in 1..=8 {
            let valid_to = (of_month % 2 == 0).then(|| day(2021, 12, of_month));
            let norm = pb::Norm { valid_from: Some(day(2021, 1, of_month)), valid_to, ..lecturer(1_000_000) };
            let request = pb::CreateNormRequest { norm: Some(norm), ..Default::default() };
            let (mut norms, finance) = (stage.norms(), stage.finance());
            calls.spawn(async move { norms.create_norm(finance.say(request)).await });
        }
        let mut refusals = Vec::new();
        while let Some(answer) = calls.join_next().await {
            refusals.extend(answer.unwrap().err());
        }
        assert_eq!(refusals.len(), 7);
        for status in refusals {
            assert_eq!(said(Err::<(), _>(status)), refused(Code::AlreadyExists, "NORM_OVERLAPS"));
        }
        stage.end().await;
    }
}
