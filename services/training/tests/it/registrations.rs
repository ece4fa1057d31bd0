//! Places and waiting lists.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use proto::training::v1::RegistrationState::{Cancelled, Registered, Substituted, Waiting};
use time::macros::date;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, course, everywhere, invalid, on, refused,
    session,
};

const BEGIN: time::Date = date!(2021 - 12 - 20);

/// A session still to come, for as many.
async fn small(office: &Office, capacity: i32) -> pb::Session {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    office.add_session(pb::Session { capacity, ..session(&course.name, BEGIN) }).await.unwrap()
}

async fn people(office: &Office, count: usize) -> Vec<String> {
    let mut persons = Vec::new();
    for _ in 0..count {
        persons.push(office.person(false).await);
    }
    persons
}

fn refs(persons: &[String]) -> Vec<&str> {
    persons.iter().map(String::as_str).collect()
}

fn state(state: pb::RegistrationState) -> i32 {
    state.into()
}

async fn cancel(office: &Office, name: &str) -> Result<pb::Registration, Status> {
    let request =
        pb::CancelRegistrationRequest {
            name: name.to_owned(), reason: "Bận việc".to_owned(), ..Default::default()
        };
    Ok(office.registrations().cancel_registration(office.admin().say(request)).await?.into_inner())
}

async fn substitute(office: &Office, name: &str, person: &str) -> Result<pb::Registration, Status> {
    let request = pb::SubstituteRegistrationRequest {
        name: name.to_owned(),
        person: person.to_owned(),
        reason: "Cử người thay".to_owned(),
        ..Default::default()
    };
    Ok(office.registrations().substitute_registration(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn places_go_in_the_order_of_the_list_and_who_waits_moves_up() {
    everywhere(async |office| {
        let session = small(&office, 2).await.name;
        let persons = people(&office, 5).await;
        let answer = office.register(&session, &refs(&persons[..4])).await.unwrap();
        assert_eq!((answer.registered, answer.waiting), (2, 2));
        let names: Vec<String> = answer.registrations.iter().map(|r| r.name.clone()).collect();
        let queue: Vec<i32> = answer.registrations.iter().map(|r| r.waiting_place).collect();
        assert_eq!(queue, [0, 0, 1, 2]);
        let one = office.register(&session, &[&persons[4]]).await.unwrap();
        assert_eq!(one.registrations[0].waiting_place, 3);

        let gone = cancel(&office, &names[0]).await.unwrap();
        assert_eq!((gone.state, gone.reason.as_str()), (state(Cancelled), "Bận việc"));
        let door: Vec<(i32, i32)> = office.door(&session).await.into_iter().map(|(_, s, q)| (s, q)).collect();
        let expected = [(Cancelled, 0), (Registered, 0), (Registered, 0), (Waiting, 1), (Waiting, 2)];
        assert_eq!(door, expected.map(|(s, q)| (state(s), q)));
        // Who waits and goes frees no place.
        cancel(&office, &names[3]).await.unwrap();
        let door: Vec<i32> = office.door(&session).await.into_iter().map(|(_, s, _)| s).collect();
        assert_eq!(door, [Cancelled, Registered, Registered, Cancelled, Waiting].map(state));
        let again = refused(cancel(&office, &names[0]).await);
        assert_eq!(again, because(Code::FailedPrecondition, "REGISTRATION_STATE"));
    })
    .await;
}

#[tokio::test]
async fn another_person_takes_the_place_and_the_place_in_the_queue() {
    everywhere(async |office| {
        let session = small(&office, 1).await.name;
        let persons = people(&office, 5).await;
        let answer = office.register(&session, &refs(&persons[..3])).await.unwrap();
        let first = &answer.registrations[0].name;
        let comes = substitute(&office, first, &persons[3]).await.unwrap();
        assert_eq!((comes.state, comes.substitutes.as_str()), (state(Registered), first.as_str()));
        let queued = substitute(&office, &answer.registrations[1].name, &persons[4]).await.unwrap();
        assert_eq!((queued.state, queued.waiting_place), (state(Waiting), 1));
        let mut door: Vec<(String, i32)> = office.door(&session).await.into_iter().map(|(p, s, _)| (p, s)).collect();
        door.sort();
        let mut expected: Vec<(String, i32)> = [
            (&persons[0], Substituted),
            (&persons[1], Substituted),
            (&persons[2], Waiting),
            (&persons[3], Registered),
            (&persons[4], Waiting),
        ]
        .map(|(p, s)| (p.clone(), state(s)))
        .to_vec();
        expected.sort();
        assert_eq!(door, expected);
        let twice = refused(substitute(&office, &comes.name, &persons[2]).await);
        assert_eq!(twice, invalid(&[("person", "REGISTRATION_EXISTS")]));
    })
    .await;
}

#[tokio::test]
async fn everything_that_keeps_persons_away_is_said_at_once_and_nothing_is_kept() {
    everywhere(async |office| {
        let (left, busy, there, fine) = {
            let persons = people(&office, 4).await;
            (persons[0].clone(), persons[1].clone(), persons[2].clone(), persons[3].clone())
        };
        let post = office.post(&left, WARD_8, date!(2021 - 04 - 01)).await;
        office.end_post(&post, date!(2021 - 11 - 30)).await;
        office.post(&fine, WARD_8, date!(2021 - 04 - 01)).await;
        // The copy of the duties is what registration reads.
        let ask = pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: on(date!(2021 - 12 - 01)),
            ..Default::default()
        };
        office.coverage(ask).await.unwrap();
        let other = small(&office, 0).await.name;
        office.register(&other, &[&busy]).await.unwrap();
        let session = small(&office, 0).await.name;
        office.register(&session, &[&there]).await.unwrap();
        let before = office.rows().await;
        let nobody = format!("persons/{}", uuid::Uuid::from_u128(7));
        let all = refused(office.register(&session, &[&left, &busy, &there, &nobody, &fine]).await);
        let expected = [
            ("persons[0]", "DUTY_ENDED_BEFORE"),
            ("persons[1]", "SESSION_OVERLAPS"),
            ("persons[2]", "REGISTRATION_EXISTS"),
            ("persons[3]", "REFERENCE_UNKNOWN"),
        ];
        assert_eq!(all, invalid(&expected));
        assert_eq!(
            refused(office.register(&session, &[&fine, &fine]).await),
            invalid(&[("persons[1]", "PERSON_REPEATED")])
        );
        assert_eq!(office.rows().await, before);
        office.register(&session, &[&fine]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn registration_ends_on_its_day_and_a_cancelled_session_takes_nobody() {
    everywhere(async |office| {
        let persons = people(&office, 3).await;
        let planned = small(&office, 0).await;
        let change = pb::Session {
            name: planned.name.clone(),
            register_by: on(date!(2021 - 12 - 14)),
            etag: planned.etag.clone(),
            ..Default::default()
        };
        let update = pb::UpdateSessionRequest { session: Some(change), ..Default::default() };
        let changed = office.sessions().update_session(office.admin().say(update.clone())).await.unwrap().into_inner();
        assert_eq!(changed.register_by, on(date!(2021 - 12 - 14)));
        assert_eq!(
            refused(office.sessions().update_session(office.admin().say(update)).await),
            because(Code::Aborted, "ETAG_STALE")
        );
        assert_eq!(
            refused(office.register(&planned.name, &[&persons[0]]).await),
            because(Code::FailedPrecondition, "REGISTRATION_CLOSED")
        );
        let late = pb::Session {
            name: planned.name.clone(),
            register_by: on(BEGIN.next_day().unwrap()),
            ..Default::default()
        };
        let update = pb::UpdateSessionRequest { session: Some(late), ..Default::default() };
        assert_eq!(
            refused(office.sessions().update_session(office.admin().say(update)).await),
            invalid(&[("session.register_by", "DATE_ORDER")])
        );
        let request =
            pb::CancelSessionRequest { name: planned.name.clone(), reason: "Bão".to_owned(), ..Default::default() };
        let cancelled =
            office.sessions().cancel_session(office.admin().say(request.clone())).await.unwrap().into_inner();
        assert_eq!(cancelled.state(), pb::SessionState::Cancelled);
        for answer in [
            refused(office.register(&planned.name, &[&persons[0]]).await),
            refused(office.sessions().cancel_session(office.admin().say(request)).await),
        ] {
            assert_eq!(answer, because(Code::FailedPrecondition, "SESSION_CANCELLED"));
        }
    })
    .await;
}

#[tokio::test]
async fn more_room_moves_the_waiting_list_up_and_less_takes_no_place_away() {
    everywhere(async |office| {
        let session = small(&office, 1).await.name;
        let persons = people(&office, 4).await;
        office.register(&session, &refs(&persons)).await.unwrap();
        let set = async |capacity| {
            let change = pb::Session { name: session.clone(), capacity, ..Default::default() };
            let mask = prost_types::FieldMask { paths: vec!["capacity".to_owned()] };
            let update =
                pb::UpdateSessionRequest { session: Some(change), update_mask: Some(mask), ..Default::default() };
            office.sessions().update_session(office.admin().say(update)).await.unwrap();
            office.door(&session).await.iter().filter(|(_, s, _)| *s == state(Registered)).count()
        };
        assert_eq!(set(3).await, 3);
        assert_eq!(set(1).await, 3);
        assert_eq!(set(0).await, 4, "no limit");
    })
    .await;
}

#[tokio::test]
async fn units_send_to_sessions_of_their_own_place_only() {
    everywhere(async |office| {
        let person = office.person(false).await;
        let session = small(&office, 0).await.name;
        let at_district = {
            let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
            let held = pb::Session { unit: DONG_XUAN.to_owned(), ..crate::office::session(&course.name, BEGIN) };
            office.add_session(held).await.unwrap().name
        };
        for (role, at, unit, session, reason) in [
            ("commune_officer", WARD_8, WARD_8, &session, None),
            ("commune_officer", WARD_8, LA_HAI, &session, Some("UNIT_FORBIDDEN")),
            ("district_officer", TUY_HOA_CITY, TUY_HOA_CITY, &at_district, Some("UNIT_FORBIDDEN")),
            ("analyst", PHU_YEN, PHU_YEN, &session, Some("ROLE_MISSING")),
        ] {
            let request = pb::RegisterPersonsRequest {
                session: session.clone(),
                unit: unit.to_owned(),
                persons: vec![person.clone()],
                ..Default::default()
            };
            let caller = office.world.as_role(role, at);
            let answer = office.registrations().register_persons(caller.say(request)).await;
            match reason {
                None => {
                    let name = answer.unwrap().into_inner().registrations.remove(0).name;
                    let get = |name: &str| pb::GetRegistrationRequest { name: name.to_owned() };
                    let own = office.registrations().get_registration(caller.say(get(&name))).await.unwrap();
                    assert_eq!(own.into_inner().unit, WARD_8);
                    let other = office.world.as_role("commune_officer", LA_HAI);
                    let foreign = office.registrations().get_registration(other.say(get(&name))).await;
                    assert_eq!(refused(foreign), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
                    let list = pb::ListRegistrationsRequest::default();
                    let seen = office.registrations().list_registrations(other.say(list)).await.unwrap();
                    assert!(seen.into_inner().registrations.is_empty());
                }
                Some(reason) => {
                    assert_eq!(refused(answer), because(Code::PermissionDenied, reason), "{role} of {at} for {unit}")
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_comes_by_pages_in_one_statement() {
    everywhere(async |office| {
        let session = small(&office, 2).await.name;
        let persons = people(&office, 7).await;
        office.register(&session, &refs(&persons)).await.unwrap();
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListRegistrationsRequest {
                session: session.clone(),
                page_size: 3,
                page_token: token,
                ..Default::default()
            };
            let page = office.registrations().list_registrations(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&page), 1);
            let page = page.into_inner();
            walked.extend(page.registrations.into_iter().map(|r| (r.person, r.waiting_place)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let expected: Vec<(String, i32)> = persons.into_iter().zip([0, 0, 1, 2, 3, 4, 5]).collect();
        assert_eq!(walked, expected);
        let waiting = pb::ListRegistrationsRequest { session, states: vec![state(Waiting)], ..Default::default() };
        let found = office.registrations().list_registrations(office.admin().say(waiting)).await.unwrap();
        assert_eq!(found.into_inner().registrations.len(), 5);
    })
    .await;
}

/// Calls as many at once as the service takes before it sheds load; whoever lost a race comes again, as our clients do.
async fn at_once<T: Send + Sync + 'static>(
    office: &Arc<Office>,
    of: Vec<T>,
    call: impl for<'a> Fn(&'a Office, &'a T) -> Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>
    + Send
    + Sync
    + 'static,
) {
    let (gate, call) = (Arc::new(Semaphore::new(48)), Arc::new(call));
    let mut calls = JoinSet::new();
    for one in of {
        let (office, gate, call) = (office.clone(), gate.clone(), call.clone());
        calls.spawn(async move {
            let _turn = gate.acquire_owned().await.unwrap();
            loop {
                let Err(status) = call(&office, &one).await else { return };
                assert!(matches!(status.code(), Code::Aborted | Code::Unavailable), "{status:?}");
            }
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
}

/// A session's whole list.
async fn whole(office: &Office, session: &str, states: &[pb::RegistrationState]) -> Vec<pb::Registration> {
    let request = pb::ListRegistrationsRequest {
        session: session.to_owned(),
        states: states.iter().map(|s| state(*s)).collect(),
        page_size: 1000,
        ..Default::default()
    };
    office.registrations().list_registrations(office.admin().say(request)).await.unwrap().into_inner().registrations
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_at_once_for_thirty_places_get_thirty_and_an_ordered_waiting_list() {
    everywhere(async |office| {
        let session = small(&office, 30).await.name;
        let persons = people(&office, 500).await;
        let to = session.clone();
        at_once(&office, persons, move |office, person: &String| {
            let to = to.clone();
            Box::pin(async move { office.register(&to, &[person]).await.map(|_| ()) })
        })
        .await;
        let list = whole(&office, &session, &[]).await;
        let distinct: BTreeSet<&String> = list.iter().map(|r| &r.person).collect();
        assert_eq!((list.len(), distinct.len()), (500, 500));
        assert!(list[..30].iter().all(|r| r.state() == Registered), "the first thirty of the list have the places");
        let queue: Vec<i32> = list[30..].iter().map(|r| r.waiting_place).collect();
        assert_eq!(queue, (1..=470).collect::<Vec<i32>>());
        // Forty at once go: forty move up, nobody twice.
        let names: Vec<String> = list[..40].iter().map(|r| r.name.clone()).collect();
        at_once(&office, names, |office, name: &String| {
            Box::pin(async move { cancel(office, name).await.map(|_| ()) })
        })
        .await;
        let placed: Vec<String> = whole(&office, &session, &[Registered]).await.into_iter().map(|r| r.person).collect();
        let expected: Vec<String> = list[40..70].iter().map(|r| r.person.clone()).collect();
        assert_eq!(placed, expected, "the next thirty of the list");
    })
    .await;
}

#[tokio::test]
async fn an_officer_registers_who_is_missing_in_the_own_unit_in_one_call() {
    everywhere(async |office| {
        let mut persons = Vec::new();
        for unit in [WARD_8, WARD_8, WARD_8, LA_HAI] {
            let person = office.person(false).await;
            office.post(&person, unit, date!(2021 - 04 - 01)).await;
            persons.push(person);
        }
        let ask = pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: on(date!(2021 - 12 - 01)),
            ..Default::default()
        };
        office.coverage(ask).await.unwrap();
        let session = small(&office, 1).await.name;
        office.register(&session, &[&persons[2]]).await.unwrap();
        let own = office.world.as_role("commune_officer", WARD_8);
        let request = |unit: &str| pb::RegisterMissingRequest {
            session: session.clone(),
            unit: unit.to_owned(),
            ..Default::default()
        };
        let dry = pb::RegisterMissingRequest { validate_only: true, ..request(WARD_8) };
        let before = office.rows().await;
        let shown = office.registrations().register_missing(own.say(dry)).await.unwrap().into_inner();
        assert_eq!((shown.registrations.len(), office.rows().await), (2, before));
        let made = office.registrations().register_missing(own.say(request(WARD_8))).await.unwrap().into_inner();
        let mut registered: Vec<&str> = made.registrations.iter().map(|r| r.person.as_str()).collect();
        registered.sort_unstable();
        let mut expected = refs(&persons[..2]);
        expected.sort_unstable();
        assert_eq!(registered, expected);
        assert_eq!((made.registered, made.waiting, made.already_registered, made.more), (0, 2, 1, false));
        let foreign = office.registrations().register_missing(own.say(request(LA_HAI))).await;
        assert_eq!(refused(foreign), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}
