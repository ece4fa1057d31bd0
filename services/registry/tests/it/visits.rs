//! Review visits: what was found, what comes next, and which localities were not visited.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, mask, on, person, post, producer,
    refused, request_id,
};
use crate::promotion::products;

pub fn step(title: &str, due: Date) -> pb::VisitStep {
    pb::VisitStep { title: title.to_owned(), due_date: on(due), done_date: None }
}

pub fn visit(unit: &str, officer: &str, day: Date) -> pb::Visit {
    pb::Visit {
        unit: unit.to_owned(),
        visit_date: on(day),
        officers: vec![officer.to_owned()],
        findings: "Có hai cơ sở nấu rượu.\nCần hướng dẫn hồ sơ.".to_owned(),
        ..Default::default()
    }
}

pub async fn add(office: &Office, new: pb::Visit) -> Result<pb::Visit, Status> {
    let request = pb::CreateVisitRequest { visit: Some(new), ..Default::default() };
    Ok(office.visits().create_visit(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, new: pb::Visit, paths: &[&str]) -> Result<pb::Visit, Status> {
    let request = pb::UpdateVisitRequest { visit: Some(new), update_mask: mask(paths), ..Default::default() };
    Ok(office.visits().update_visit(office.admin().say(request)).await?.into_inner())
}

/// A post of the province, held since March.
pub async fn officer(office: &Office) -> String {
    let someone = office.add_person(person("Cán bộ OCOP tỉnh")).await.unwrap().name;
    office.add_post(post(&someone, PHU_YEN)).await.unwrap().name
}

#[tokio::test]
async fn a_visit_keeps_who_went_what_was_found_and_what_comes_next() {
    everywhere(async |office| {
        let who = officer(&office).await;
        let goods = products(&office, WARD_8, 2).await;
        let asked = pb::Visit {
            candidates: goods.clone(),
            steps: vec![step("Lập hồ sơ", date!(2022 - 03 - 01)), step("Tập huấn", DAY)],
            ..visit(WARD_8, &who, DAY)
        };
        let made = add(&office, asked.clone()).await.unwrap();
        assert_eq!((&made.officers, &made.candidates, &made.steps), (&asked.officers, &goods, &asked.steps));
        assert_eq!((made.unit.as_str(), made.findings.as_str(), made.sample), (WARD_8, &*asked.findings, false));
        let mut steps = made.steps.clone();
        steps[1].done_date = on(date!(2021 - 07 - 01));
        let changed = pb::Visit { steps: steps.clone(), candidates: goods[..1].to_vec(), ..made.clone() };
        let now = update(&office, changed.clone(), &["steps", "candidates"]).await.unwrap();
        assert_eq!((&now.steps, now.candidates.len(), &now.findings), (&steps, 1, &made.findings));
        assert_eq!(refused(update(&office, changed, &["steps"]).await), because(Code::Aborted, "ETAG_STALE"));
        let request = office.admin().count(pb::GetVisitRequest { name: made.name });
        let answer = office.visits().get_visit(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), now);

        steps[0].due_date = on(date!(2021 - 06 - 29));
        steps[1].done_date = on(date!(2021 - 12 - 16));
        let late = pb::Visit { steps: steps.clone(), ..now.clone() };
        let future = invalid(&[("visit.steps[1].done_date", "DATE_IN_FUTURE")]);
        assert_eq!(refused(update(&office, late, &["steps"]).await), future);
        steps[1].done_date = on(date!(2021 - 06 - 28));
        let early = pb::Visit { steps, ..now.clone() };
        let order = [("visit.steps[0].due_date", "DATE_ORDER"), ("visit.steps[1].done_date", "DATE_ORDER")];
        assert_eq!(refused(update(&office, early, &["steps"]).await), invalid(&order));
        let unit = refused(update(&office, now, &["unit"]).await);
        assert_eq!(unit, invalid(&[("update_mask", "UPDATE_MASK_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_visit_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let who = officer(&office).await;
        let goods = products(&office, WARD_8, 1).await;
        let before = office.rows().await;
        let wrong = pb::Visit {
            officers: vec!["posts/x".to_owned(), who.clone(), who.clone()],
            findings: " ".to_owned(),
            candidates: vec!["x".to_owned()],
            steps: vec![step(" ", date!(2021 - 06 - 29))],
            ..visit("units/00000", &who, DAY)
        };
        let all = [
            ("visit.unit", "UNIT_UNKNOWN"),
            ("visit.officers[0]", "FIELD_FORMAT"),
            ("visit.officers[2]", "RESOURCE_EXISTS"),
            ("visit.findings", "FIELD_REQUIRED"),
            ("visit.candidates[0]", "FIELD_FORMAT"),
            ("visit.steps[0].title", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let future = refused(add(&office, visit(WARD_8, &who, date!(2021 - 12 - 16))).await);
        assert_eq!(future, invalid(&[("visit.visit_date", "DATE_IN_FUTURE")]));
        let nil = uuid::Uuid::nil();
        let unknown = pb::Visit {
            officers: vec![who.clone(), format!("posts/{nil}")],
            candidates: vec![goods[0].clone(), format!("products/{nil}")],
            ..visit(WARD_8, &who, date!(2021 - 02 - 28))
        };
        let all = [
            ("visit.officers[0]", "POST_NOT_HELD"),
            ("visit.officers[1]", "REFERENCE_UNKNOWN"),
            ("visit.candidates[1]", "REFERENCE_UNKNOWN"),
        ];
        assert_eq!(refused(add(&office, unknown).await), invalid(&all));
        let request =
            pb::CreateVisitRequest { visit: Some(visit(WARD_8, &who, DAY)), validate_only: true, ..Default::default() };
        office.visits().create_visit(office.admin().say(request)).await.unwrap();
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_visit_is_seen_and_recorded_within_its_units_and_samples_stay_samples() {
    everywhere(async |office| {
        let who = officer(&office).await;
        let far = products(&office, LA_HAI, 1).await;
        let near = office.world.as_role("commune_officer", WARD_8);
        let request = pb::CreateVisitRequest {
            visit: Some(visit(LA_HAI, &who, DAY)),
            request_id: request_id(1),
            ..Default::default()
        };
        let no = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(office.visits().create_visit(near.say(request.clone())).await), no);
        let first = office.visits().create_visit(office.admin().say(request.clone())).await.unwrap().into_inner();
        let again = office.visits().create_visit(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(again, first, "a repeat gives the first answer");
        let request = pb::GetVisitRequest { name: first.name };
        assert_eq!(refused(office.visits().get_visit(near.say(request)).await), no);
        let foreign = pb::Visit { candidates: far, ..visit(WARD_8, &who, DAY) };
        let request = pb::CreateVisitRequest { visit: Some(foreign), ..Default::default() };
        let unknown = invalid(&[("visit.candidates[0]", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.visits().create_visit(near.say(request)).await), unknown, "outside its units");
        let listed = office.visits().list_visits(near.say(pb::ListVisitsRequest::default())).await.unwrap();
        assert!(listed.into_inner().visits.is_empty());
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap().name;
        let good = office.add_product(crate::office::product(&maker, "Rượu mẫu")).await.unwrap().name;
        let found = pb::Visit { candidates: vec![good], ..visit(WARD_8, &who, DAY) };
        assert!(add(&office, found).await.unwrap().sample);
    })
    .await;
}

#[tokio::test]
async fn visits_are_listed_by_unit_and_day_the_latest_first_in_one_statement_a_page() {
    everywhere(async |office| {
        let who = officer(&office).await;
        for day in 1..=5u8 {
            let unit = if day == 3 { LA_HAI } else { WARD_8 };
            let date = date!(2021 - 05 - 01) + time::Duration::days(i64::from(day / 2));
            add(&office, visit(unit, &who, date)).await.unwrap();
        }
        let list = async |request: pb::ListVisitsRequest| {
            office.visits().list_visits(office.admin().say(request)).await.unwrap().into_inner().visits.len()
        };
        let ask = pb::ListVisitsRequest::default;
        assert_eq!(list(pb::ListVisitsRequest { unit: TUY_HOA_CITY.to_owned(), ..ask() }).await, 4);
        let days =
            pb::ListVisitsRequest { from_date: on(date!(2021 - 05 - 02)), to_date: on(date!(2021 - 05 - 02)), ..ask() };
        assert_eq!(list(days).await, 2);
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListVisitsRequest { page_size: 2, page_token: token, ..ask() };
            let answer = office.visits().list_visits(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.visits.into_iter().map(|v| (v.visit_date.map(|d| d.day), v.name)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let names: std::collections::BTreeSet<_> = walked.iter().map(|(_, name)| name).collect();
        assert_eq!((walked.len(), names.len()), (5, 5));
        assert!(walked.is_sorted_by_key(|(day, _)| std::cmp::Reverse(*day)), "{walked:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_visited_in_a_year_is_told_by_one_statement_and_the_units_of_the_day() {
    everywhere(async |office| {
        let who = officer(&office).await;
        let unvisited = async |unit: &str, as_of: Date, level: pb::UnitLevel| {
            let (mut walked, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListUnvisitedUnitsRequest {
                    unit: unit.to_owned(),
                    as_of: on(as_of),
                    level: level.into(),
                    page_size: 40,
                    page_token,
                };
                let answer = office.visits().list_unvisited_units(office.admin().count(request)).await.unwrap();
                assert_eq!(statements(&answer), 1);
                let page = answer.into_inner();
                walked.extend(page.units.into_iter().map(|u| u.name));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    return walked;
                }
            }
        };
        let all = unvisited(PHU_YEN, DAY, pb::UnitLevel::Commune).await;
        assert_eq!((all.len(), all.is_sorted()), (110, true));
        add(&office, visit(WARD_8, &who, date!(2021 - 05 - 01))).await.unwrap();
        let left = unvisited(PHU_YEN, DAY, pb::UnitLevel::Commune).await;
        assert_eq!((left.len(), left.contains(&WARD_8.to_owned())), (109, false));
        let districts = unvisited(PHU_YEN, DAY, pb::UnitLevel::Unspecified).await;
        assert_eq!((districts.len(), districts.contains(&TUY_HOA_CITY.to_owned())), (8, false), "a ward of it was");
        assert_eq!(unvisited(PHU_YEN, date!(2021 - 04 - 30), pb::UnitLevel::Unspecified).await.len(), 9, "not yet");
        assert_eq!(unvisited(PHU_YEN, date!(2022 - 01 - 31), pb::UnitLevel::Unspecified).await.len(), 9, "a new year");

        let near = office.world.as_role("commune_officer", WARD_8);
        let ask = pb::ListUnvisitedUnitsRequest { unit: PHU_YEN.to_owned(), as_of: on(DAY), ..Default::default() };
        let no = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(office.visits().list_unvisited_units(near.say(ask)).await), no);
        let nothing = pb::ListUnvisitedUnitsRequest::default();
        let required = invalid(&[("unit", "FIELD_REQUIRED"), ("as_of", "FIELD_REQUIRED")]);
        assert_eq!(refused(office.visits().list_unvisited_units(near.say(nothing)).await), required);
    })
    .await;
}

#[tokio::test]
async fn a_visit_before_a_reorganisation_counts_for_what_took_the_place_of_the_unit() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2025 - 12 - 01));
        let someone = office.add_person(person("Cán bộ OCOP")).await.unwrap().name;
        let who = office.add_post(post(&someone, WARD_8)).await.unwrap().name;
        let old = visit("units/22018", &who, date!(2025 - 03 - 01));
        assert_eq!(add(&office, old).await.unwrap().unit, "units/22018-20241101");
        let request = pb::ListUnvisitedUnitsRequest {
            unit: "units/66-20250701".to_owned(),
            as_of: on(date!(2025 - 11 - 30)),
            page_size: 1000,
            ..Default::default()
        };
        let answer = office.visits().list_unvisited_units(office.admin().say(request)).await.unwrap().into_inner();
        let names: Vec<_> = answer.units.iter().map(|u| u.name.as_str()).collect();
        assert!(!names.contains(&"units/22015-20250701"), "the ward that took its place");
        assert!(names.contains(&"units/22255-20250701") && names.len() > 90, "{}", names.len());
    })
    .await;
}
