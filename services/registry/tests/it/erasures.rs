//! Erasure of a person on request.

use kit::testing::{TODAY, statements};
use proto::registry::v1 as pb;
use sea_orm::{ConnectionTrait, Statement};
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, manager, on, person, post, producer, refused, request_id,
};

fn ask(person: &str) -> pb::ErasePersonRequest {
    pb::ErasePersonRequest {
        person: person.to_owned(),
        request_date: on(DAY),
        reason: "Đơn số 12".to_owned(),
        ..Default::default()
    }
}

async fn erase(office: &Office, request: pb::ErasePersonRequest) -> Result<pb::Erasure, Status> {
    Ok(office.erasures().erase_person(office.admin().say(request)).await?.into_inner())
}

/// How many kept answers hold a text.
async fn replies_with(office: &Office, text: &str) -> usize {
    let database = office.world.database("registry");
    let all = Statement::from_string(database.reader().get_database_backend(), "SELECT reply FROM request");
    let rows = database.reader().query_all_raw(all).await.unwrap();
    let replies = rows.iter().map(|row| row.try_get::<Vec<u8>>("", "reply").unwrap());
    replies.filter(|reply| String::from_utf8_lossy(reply).contains(text)).count()
}

#[tokio::test]
async fn an_erased_person_leaves_an_id_and_nothing_else() {
    everywhere(async |office| {
        let request = pb::CreatePersonRequest {
            person: Some(person("Trưởng ban Sông Ba")),
            request_id: request_id(1),
            ..Default::default()
        };
        let made = office.persons().create_person(office.admin().say(request.clone())).await.unwrap().into_inner();
        let contact = pb::Contact {
            person: made.name.clone(),
            kind: pb::ContactKind::Phone.into(),
            value: "0900000001".to_owned(),
            ..Default::default()
        };
        let contact =
            pb::CreateContactRequest { contact: Some(contact), request_id: request_id(2), ..Default::default() };
        office.contacts().create_contact(office.admin().say(contact)).await.unwrap();
        let duty = office.add_post(post(&made.name, WARD_8)).await.unwrap();
        let bound = because(Code::FailedPrecondition, "PERSON_HAS_DUTY");
        assert_eq!(refused(erase(&office, ask(&made.name)).await), bound);
        let end = pb::EndPostRequest { name: duty.name.clone(), end_date: on(TODAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        assert_eq!(refused(erase(&office, ask(&made.name)).await), bound, "its last day is a day of duty");
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        assert_eq!(replies_with(&office, "Sông Ba").await, 1);
        let gone = pb::ErasePersonRequest { request_id: request_id(3), ..ask(&made.name) };
        let erased = erase(&office, gone.clone()).await.unwrap();
        assert_eq!(erase(&office, gone).await.unwrap(), erased);
        assert_eq!((replies_with(&office, "Sông Ba").await, replies_with(&office, "0900000001").await), (0, 0));
        let request_again = office.persons().create_person(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(request_again, pb::Person::default(), "a repeat is no second write and tells nothing");
        let get = pb::GetPersonRequest { name: made.name.clone() };
        let now = office.persons().get_person(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!((now.display_name.as_str(), now.erase_time.is_some()), ("", true));
        for query in ["", "Sông"] {
            let list = pb::ListPersonsRequest { query: query.to_owned(), ..Default::default() };
            let list = office.persons().list_persons(office.admin().say(list)).await.unwrap().into_inner();
            assert!(list.persons.is_empty());
        }
        let get = pb::GetPostRequest { name: duty.name };
        let kept = office.posts().get_post(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!(kept.person, made.name, "references stay");
        assert_eq!(office.rows_of(&["contact", "person_word"]).await, [("person_word", 0), ("contact", 0)]);
        let erased_before = because(Code::FailedPrecondition, "PERSON_ERASED");
        assert_eq!(refused(erase(&office, ask(&made.name)).await), erased_before);
        assert_eq!(refused(office.add_post(post(&made.name, WARD_8)).await), erased_before);
    })
    .await;
}

#[tokio::test]
async fn managers_are_not_erased_and_wrong_requests_store_nothing() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let chief = office.add_person(person("Giám đốc HTX")).await.unwrap().name;
        office.add_manager(manager(&chief, &maker)).await.unwrap();
        let before = office.rows().await;
        assert_eq!(refused(erase(&office, ask(&chief)).await), because(Code::FailedPrecondition, "PERSON_HAS_DUTY"));
        let wrong = pb::ErasePersonRequest {
            person: "x".to_owned(),
            request_date: on(date!(2022 - 01 - 01)),
            reason: String::new(),
            ..Default::default()
        };
        let all = [("person", "FIELD_FORMAT"), ("request_date", "DATE_IN_FUTURE"), ("reason", "FIELD_REQUIRED")];
        assert_eq!(refused(erase(&office, wrong).await), invalid(&all));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(office.erasures().erase_person(foreign.say(ask(&chief))).await), unit);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn erasures_are_listed_by_id_in_their_units() {
    everywhere(async |office| {
        let mut names = Vec::new();
        for n in 0..3 {
            let somebody = office.add_person(person(&format!("Cán bộ {n}"))).await.unwrap().name;
            names.push(erase(&office, ask(&somebody)).await.unwrap().name);
        }
        let get = pb::GetErasureRequest { name: names[0].clone() };
        let one = office.erasures().get_erasure(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!((one.reason.as_str(), one.unit.as_str()), ("Đơn số 12", WARD_8));
        let request = pb::ListErasuresRequest { page_size: 2, ..Default::default() };
        let answer = office.erasures().list_erasures(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let page = answer.into_inner();
        let request = pb::ListErasuresRequest { page_size: 2, page_token: page.next_page_token, ..Default::default() };
        let rest = office.erasures().list_erasures(office.admin().say(request)).await.unwrap().into_inner();
        let walked: Vec<_> = page.erasures.into_iter().chain(rest.erasures).map(|e| e.name).collect();
        assert_eq!(walked, names);
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let none = office.erasures().list_erasures(foreign.say(pb::ListErasuresRequest::default())).await.unwrap();
        assert!(none.into_inner().erasures.is_empty());
    })
    .await;
}
