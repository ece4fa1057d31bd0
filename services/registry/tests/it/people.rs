//! People: who may read them, and that nobody else learns their names.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{LA_HAI, PHU_YEN, WARD_8, because, everywhere, invalid, on, person, refused};

#[tokio::test]
async fn a_person_is_recorded_and_read_back_alone_and_in_a_batch() {
    everywhere(async |office| {
        let asked = pb::Person { unit: "units/54".to_owned(), sample: true, ..person("Ca\u{301}n bộ mẫu ") };
        let a = office.add_person(asked).await.unwrap();
        assert_eq!((a.display_name.as_str(), a.unit.as_str(), a.sample), ("Cán bộ mẫu", PHU_YEN, true));
        let b = office.add_person(person("Chủ hộ mẫu")).await.unwrap();
        let request = office.admin().count(pb::GetPersonRequest { name: a.name.clone() });
        let answer = office.persons().get_person(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), a);
        let names = vec![b.name.clone(), a.name.clone(), b.name.clone()];
        let request = office.admin().count(pb::BatchGetPersonsRequest { names });
        let answer = office.persons().batch_get_persons(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner().persons, [b.clone(), a.clone(), b]);
    })
    .await;
}

#[tokio::test]
async fn persons_are_walked_in_vietnamese_order_one_statement_a_page() {
    everywhere(async |office| {
        for name in ["Đội trưởng", "Ẩn danh", "An", "Dân", "Đội trưởng", "đội phó"] {
            office.add_person(person(name)).await.unwrap();
        }
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListPersonsRequest { page_size: 2, page_token: token, ..Default::default() };
            let answer = office.persons().list_persons(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.persons.into_iter().map(|p| p.display_name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, ["An", "Ẩn danh", "Dân", "đội phó", "Đội trưởng", "Đội trưởng"]);
        let found = pb::ListPersonsRequest { query: "doi".to_owned(), ..Default::default() };
        let found = office.persons().list_persons(office.admin().say(found)).await.unwrap().into_inner();
        assert_eq!(found.persons.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_person_is_refused_with_everything_that_is_wrong_and_not_stored() {
    everywhere(async |office| {
        let wrong = pb::Person {
            display_name: "Tên\tlạ".to_owned(),
            unit: "units/99999".to_owned(),
            registration_date: on(date!(2021 - 12 - 15)),
            ..Default::default()
        };
        let two = [("person.display_name", "TEXT_UNCLEAN"), ("person.unit", "UNIT_UNKNOWN")];
        assert_eq!(refused(office.add_person(wrong).await), invalid(&two));
        let late = pb::Person { registration_date: on(date!(2021 - 12 - 16)), ..person(&"a".repeat(301)) };
        let two = [("person.display_name", "FIELD_LENGTH"), ("person.registration_date", "DATE_IN_FUTURE")];
        assert_eq!(refused(office.add_person(late).await), invalid(&two));
        let early = pb::Person { registration_date: on(date!(2018 - 05 - 06)), ..person("Cán bộ") };
        let before = invalid(&[("person.registration_date", "DATE_BEFORE_KNOWN")]);
        assert_eq!(refused(office.add_person(early).await), before);
        let all = [
            ("person.display_name", "FIELD_REQUIRED"),
            ("person.unit", "FIELD_REQUIRED"),
            ("person.registration_date", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(office.add_person(pb::Person::default()).await), invalid(&all));
        let nothing = office.persons().create_person(office.admin().say(pb::CreatePersonRequest::default())).await;
        assert_eq!(refused(nothing), invalid(&[("person", "FIELD_REQUIRED")]));
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn personal_data_is_open_to_those_who_run_the_programme_where_they_run_it() {
    everywhere(async |office| {
        let near = office.add_person(person("Cán bộ Phường 8")).await.unwrap();
        let far = office.add_person(pb::Person { unit: LA_HAI.to_owned(), ..person("Cán bộ La Hai") }).await.unwrap();
        let role_missing = because(Code::PermissionDenied, "ROLE_MISSING");
        for role in ["trainer", "analyst", "producer", "council_member", "finance_officer", "inspector"] {
            let caller = office.world.as_role(role, PHU_YEN);
            let one = office.persons().get_person(caller.say(pb::GetPersonRequest { name: near.name.clone() })).await;
            assert_eq!(refused(one), role_missing, "{role}");
            let all = office.persons().list_persons(caller.say(pb::ListPersonsRequest::default())).await;
            assert_eq!(refused(all), role_missing, "{role}");
        }
        let officer = office.world.as_role("commune_officer", WARD_8);
        let outside = office.persons().get_person(officer.say(pb::GetPersonRequest { name: far.name.clone() })).await;
        assert_eq!(refused(outside), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let names = vec![near.name.clone(), far.name.clone()];
        let batch = office.persons().batch_get_persons(officer.say(pb::BatchGetPersonsRequest { names })).await;
        assert!(batch.as_ref().unwrap_err().message().contains(&far.name));
        assert_eq!(refused(batch), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let list = office.persons().list_persons(officer.say(pb::ListPersonsRequest::default())).await.unwrap();
        assert_eq!(list.into_inner().persons, [near]);
    })
    .await;
}
