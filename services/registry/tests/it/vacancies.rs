//! Units in which nobody holds a post on a day.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;

use crate::office::{DAY, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, everywhere, invalid, on, person, post, refused, ymd};

fn ask(level: pb::UnitLevel, title: &str, day: Date) -> pb::ListVacanciesRequest {
    pb::ListVacanciesRequest { as_of: on(day), level: level.into(), title: title.to_owned(), ..Default::default() }
}

async fn list(office: &Office, who: &As, request: pb::ListVacanciesRequest) -> pb::ListVacanciesResponse {
    let answer = office.vacancies().list_vacancies(who.count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner()
}

#[tokio::test]
async fn districts_without_an_ocop_officer_are_listed_with_the_day_on_which_they_had_one() {
    everywhere(async |office| {
        let somebody = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let held = office.add_post(post(&somebody, TUY_HOA_CITY)).await.unwrap().name;
        office.add_post(post(&somebody, WARD_8)).await.unwrap();
        let other = pb::Post { title: "Kế toán".to_owned(), ..post(&somebody, "units/558-20180507") };
        office.add_post(other).await.unwrap();
        let districts = ask(pb::UnitLevel::District, "ocop", DAY);
        let found = list(&office, &office.admin(), districts.clone()).await;
        assert_eq!((found.units, found.vacant, found.as_of), (9, 8, on(DAY)));
        assert!(found.vacancies.iter().all(|v| v.unit != TUY_HOA_CITY && v.last_held_date.is_none()));
        let any = list(&office, &office.admin(), ask(pb::UnitLevel::District, "", DAY)).await;
        assert_eq!(any.vacant, 7, "any post will do");
        let before = list(&office, &office.admin(), ask(pb::UnitLevel::District, "ocop", date!(2021 - 02 - 28))).await;
        assert_eq!(before.vacant, 9, "nobody had begun");
        let end = pb::EndPostRequest { name: held, end_date: on(DAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        let after = list(&office, &office.admin(), ask(pb::UnitLevel::District, "OCOP", date!(2021 - 07 - 01))).await;
        let city = after.vacancies.iter().find(|v| v.unit == TUY_HOA_CITY).expect("vacant again");
        assert_eq!((after.vacant, city.last_held_date, city.level()), (9, on(DAY), pb::UnitLevel::District));
        let communes =
            pb::ListVacanciesRequest { unit: TUY_HOA_CITY.to_owned(), ..ask(pb::UnitLevel::Commune, "ocop", DAY) };
        let communes = list(&office, &office.admin(), communes).await;
        assert_eq!(communes.vacant, communes.units - 1);
        let own = office.world.as_role("district_officer", TUY_HOA_CITY);
        let own = list(&office, &own, districts).await;
        assert_eq!((own.units, own.vacant), (1, 0), "of the caller's units only");
    })
    .await;
}

#[tokio::test]
async fn what_samples_tell_of_vacancies_is_marked() {
    everywhere(async |office| {
        let somebody = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let real = list(&office, &office.admin(), ask(pb::UnitLevel::District, "ocop", DAY)).await;
        assert!(!real.sample && real.vacancies.iter().all(|v| !v.sample));
        let invented = pb::Post { sample: true, ..post(&somebody, TUY_HOA_CITY) };
        let held = office.add_post(invented).await.unwrap().name;
        let found = list(&office, &office.admin(), ask(pb::UnitLevel::District, "ocop", DAY)).await;
        assert_eq!((found.vacant, found.sample), (8, true), "the city is held by a sample alone");
        assert!(found.vacancies.iter().all(|v| !v.sample));
        let end = pb::EndPostRequest { name: held, end_date: on(DAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        let after = list(&office, &office.admin(), ask(pb::UnitLevel::District, "ocop", date!(2021 - 07 - 01))).await;
        let marked: Vec<&str> = after.vacancies.iter().filter(|v| v.sample).map(|v| &*v.unit).collect();
        assert_eq!(marked, [TUY_HOA_CITY]);
        let other = list(&office, &office.admin(), ask(pb::UnitLevel::District, "kế toán", DAY)).await;
        assert!(!other.sample, "no post of this kind");
    })
    .await;
}

#[tokio::test]
async fn vacancies_are_walked_in_pages_and_wrong_requests_are_refused() {
    everywhere(async |office| {
        let mut request = pb::ListVacanciesRequest { page_size: 4, ..ask(pb::UnitLevel::District, "ocop", DAY) };
        let mut walked = Vec::new();
        loop {
            let page = list(&office, &office.admin(), request.clone()).await;
            assert_eq!(page.vacant, 9);
            walked.extend(page.vacancies.into_iter().map(|v| v.unit));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        let whole = list(&office, &office.admin(), ask(pb::UnitLevel::District, "ocop", DAY)).await;
        assert_eq!(walked, whole.vacancies.into_iter().map(|v| v.unit).collect::<Vec<_>>());
        let today = pb::ListVacanciesRequest { as_of: None, ..ask(pb::UnitLevel::Province, "", DAY) };
        assert_eq!(list(&office, &office.admin(), today).await.units, 1);
        let wrong =
            pb::ListVacanciesRequest { as_of: ymd(2010, 1, 1), unit: "units/none".to_owned(), ..Default::default() };
        let answer = refused(office.vacancies().list_vacancies(office.admin().say(wrong)).await);
        let fields: Vec<&str> = answer.violations.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["as_of", "level", "unit"], "{answer:?}");
        let foreign =
            pb::ListVacanciesRequest { page_token: request.page_token, ..ask(pb::UnitLevel::Commune, "", DAY) };
        let answer = office.vacancies().list_vacancies(office.admin().say(foreign)).await;
        assert_eq!(refused(answer), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
        assert_eq!(PHU_YEN, "units/54-20180507");
    })
    .await;
}
