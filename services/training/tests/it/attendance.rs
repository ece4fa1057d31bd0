//! Attendance by half day, and who has passed.

use std::collections::BTreeMap;

use kit::testing::{As, backends, start, statements};
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use proto::training::v1::session_service_client::SessionServiceClient;
use time::macros::date;
use tonic::{Code, Status};
use training::Training;

use crate::office::{
    Office, PHU_YEN, TUY_HOA_CITY, attended, because, course, everywhere, invalid, refused, rows, session,
};

async fn list(office: &Office, session: &str) -> BTreeMap<String, (i32, bool, bool)> {
    let (mut found, mut token) = (BTreeMap::new(), String::new());
    loop {
        let request = pb::ListAttendancesRequest { session: session.to_owned(), page_size: 3, page_token: token };
        let answer = office.sessions().list_attendances(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 2, "the session and a page of its attendance");
        let page = answer.into_inner();
        for each in page.attendances {
            let before = found.insert(each.person, (each.half_days_attended, each.passed, each.sample));
            assert_eq!(before, None, "nobody stands on two pages");
        }
        token = page.next_page_token;
        if token.is_empty() {
            return found;
        }
    }
}

async fn begun(office: &Office) -> String {
    office.session_of(Audience::Officers, Topic::ProgrammeManagement, date!(2021 - 06 - 01)).await
}

#[tokio::test]
async fn eighty_percent_of_the_half_days_pass_and_less_does_not() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let mut persons = Vec::new();
        for half_days in 0..=5 {
            persons.push((office.person(half_days == 5).await, half_days));
        }
        let sent: Vec<(&str, i32)> = persons.iter().map(|(p, n)| (p.as_str(), *n)).collect();
        let answer = office.attend(&session, &sent).await.unwrap();
        assert_eq!((answer.passed, answer.withdrawn), (2, 0));
        let back: Vec<(&str, i32)> =
            answer.attendances.iter().map(|a| (a.person.as_str(), a.half_days_attended)).collect();
        assert_eq!(back, sent, "in the order sent");
        let kept = list(&office, &session).await;
        for (person, half_days) in &persons {
            assert_eq!(kept[person], (*half_days, *half_days >= 4, *half_days == 5), "{half_days} of 5");
        }
    })
    .await;
}

#[tokio::test]
async fn another_share_is_the_courses_own_and_a_shorter_session_counts_its_own_half_days() {
    everywhere(async |office| {
        let person = office.person(false).await;
        let whole = pb::Course { pass_percent: Some(100), ..course(Audience::Officers, Topic::Promotion) };
        let whole = office.add_course(whole).await.unwrap().name;
        let five = office.add_session(session(&whole, date!(2021 - 06 - 01))).await.unwrap().name;
        assert_eq!(office.attend(&five, &[(&person, 4)]).await.unwrap().passed, 0);
        assert_eq!(office.attend(&five, &[(&person, 5)]).await.unwrap().passed, 1);
        let two = pb::Session { half_days: Some(2), ..session(&whole, date!(2021 - 06 - 01)) };
        let two = office.add_session(two).await.unwrap().name;
        assert_eq!(office.attend(&two, &[(&person, 2)]).await.unwrap().passed, 1);
        let third = refused(office.attend(&two, &[(&person, 3)]).await);
        assert_eq!(third, invalid(&[("attendances[0].half_days_attended", "HALF_DAYS_TOO_MANY")]));
    })
    .await;
}

#[tokio::test]
async fn a_second_list_replaces_what_it_names_and_leaves_the_rest() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let (a, b, c) = (office.person(false).await, office.person(false).await, office.person(false).await);
        office.attend(&session, &[(&a, 5), (&b, 5)]).await.unwrap();
        let answer = office.attend(&session, &[(&a, 1), (&c, 2)]).await.unwrap();
        assert_eq!((answer.passed, answer.withdrawn), (0, 1), "a had passed, c never did");
        let answer = office.attend(&session, &[(&a, 1)]).await.unwrap();
        assert_eq!((answer.passed, answer.withdrawn), (0, 0), "once more changes nothing");
        let kept = list(&office, &session).await;
        let expected = [(a, (1, false, false)), (b, (5, true, false)), (c, (2, false, false))];
        assert_eq!(kept, BTreeMap::from(expected));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_list_is_refused_with_everything_that_is_wrong_and_not_stored() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let (a, b) = (office.person(false).await, office.person(false).await);
        let before = office.rows().await;
        let nobody = |n: u128| format!("persons/{}", uuid::Uuid::from_u128(n));
        let sent = [(a.as_str(), -1), (&a, 1), ("persons/1", 1), ("", 1)];
        let all = [
            ("attendances[0].half_days_attended", "FIELD_RANGE"),
            ("attendances[1].person", "PERSON_REPEATED"),
            ("attendances[2].person", "FIELD_FORMAT"),
            ("attendances[3].person", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(office.attend(&session, &sent).await), invalid(&all));
        let (x, y) = (nobody(1), nobody(2));
        let sent = [(x.as_str(), 1), (&a, 6), (&y, 9), (&b, 5)];
        let all = [
            ("attendances[0].person", "REFERENCE_UNKNOWN"),
            ("attendances[1].half_days_attended", "HALF_DAYS_TOO_MANY"),
            ("attendances[2].person", "REFERENCE_UNKNOWN"),
            ("attendances[2].half_days_attended", "HALF_DAYS_TOO_MANY"),
        ];
        assert_eq!(refused(office.attend(&session, &sent).await), invalid(&all));
        let many: Vec<String> = (1..=13).map(nobody).collect();
        let sent: Vec<(&str, i32)> = many.iter().map(|p| (p.as_str(), 1)).collect();
        assert_eq!(refused(office.attend(&session, &sent).await).violations.len(), 10, "ten at most");
        assert_eq!(refused(office.attend(&session, &[]).await), invalid(&[("attendances", "FIELD_REQUIRED")]));
        let many: Vec<String> = (1..=1001).map(nobody).collect();
        let sent: Vec<(&str, i32)> = many.iter().map(|p| (p.as_str(), 1)).collect();
        assert_eq!(refused(office.attend(&session, &sent).await), invalid(&[("attendances", "FIELD_RANGE")]));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn attendance_is_recorded_from_the_first_day_on_of_a_session_that_is_there() {
    everywhere(async |office| {
        let person = office.person(false).await;
        let ahead = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 12 - 16)).await;
        let not_begun = because(Code::FailedPrecondition, "SESSION_NOT_BEGUN");
        assert_eq!(refused(office.attend(&ahead, &[(&person, 1)]).await), not_begun);
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        assert_eq!(office.attend(&ahead, &[(&person, 1)]).await.unwrap().passed, 0);
        let nothing = format!("sessions/{}", uuid::Uuid::nil());
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(office.attend(&nothing, &[(&person, 1)]).await), missing);
        assert_eq!(
            refused(office.attend("sessions/1", &[(&person, 1)]).await),
            invalid(&[("session", "FIELD_FORMAT")])
        );
        let request = pb::ListAttendancesRequest { session: nothing, ..Default::default() };
        assert_eq!(refused(office.sessions().list_attendances(office.admin().say(request)).await), missing);
    })
    .await;
}

#[tokio::test]
async fn a_trainer_records_people_whose_names_it_may_not_read() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let person = office.person(false).await;
        let ask = pb::RecordAttendanceRequest {
            session: session.clone(),
            attendances: vec![attended(&person, 5)],
            ..Default::default()
        };
        let record = async |caller: As| office.sessions().record_attendance(caller.say(ask.clone())).await;
        let elsewhere = record(office.world.as_role("trainer", TUY_HOA_CITY)).await;
        assert_eq!(refused(elsewhere), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let analyst = record(office.world.as_role("analyst", PHU_YEN)).await;
        assert_eq!(refused(analyst), because(Code::PermissionDenied, "ROLE_MISSING"));
        assert!(list(&office, &session).await.is_empty());
        let trainer = record(office.world.as_role("trainer", PHU_YEN)).await;
        assert_eq!(trainer.unwrap().into_inner().passed, 1);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_record_gives_the_first_answer_and_another_body_is_refused() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let person = office.person(false).await;
        let ask = |half_days| pb::RecordAttendanceRequest {
            session: session.clone(),
            attendances: vec![attended(&person, half_days)],
            request_id: uuid::Uuid::from_u128(1).to_string(),
            correction_reason: String::new(),
        };
        let record = async |half_days| -> Result<pb::RecordAttendanceResponse, Status> {
            Ok(office.sessions().record_attendance(office.admin().say(ask(half_days))).await?.into_inner())
        };
        let first = record(5).await.unwrap();
        office.attend(&session, &[(&person, 0)]).await.unwrap();
        let before = office.rows().await;
        assert_eq!(record(5).await.unwrap(), first);
        assert_eq!(refused(record(4).await), because(Code::InvalidArgument, "REQUEST_ID_REUSED"));
        assert_eq!(office.rows().await, before);
        assert_eq!(list(&office, &session).await[&person], (0, false, false), "the replay has no second effect");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_at_once_nothing_is_lost() {
    everywhere(async |office| {
        let session = begun(&office).await;
        let mut persons = Vec::new();
        for _ in 0..16 {
            persons.push(office.person(false).await);
        }
        // Everybody's own record, and one person whom all of them record.
        let shared = office.person(false).await;
        let writers: Vec<_> = (0..16)
            .map(|n| {
                let (office, session) = (office.clone(), session.clone());
                let (own, shared) = (persons[n].clone(), shared.clone());
                tokio::spawn(async move {
                    let half_days = i32::try_from(n % 6).unwrap();
                    office.attend(&session, &[(&own, half_days), (&shared, half_days)]).await.unwrap()
                })
            })
            .collect();
        let (mut passed, mut withdrawn) = (0, 0);
        for writer in writers {
            let answer = writer.await.unwrap();
            passed += i32::from(answer.attendances[1].passed);
            withdrawn += answer.withdrawn;
        }
        let kept = list(&office, &session).await;
        assert_eq!(kept.len(), 17);
        for (n, person) in persons.iter().enumerate() {
            let half_days = i32::try_from(n % 6).unwrap();
            assert_eq!(kept[person], (half_days, half_days >= 4, false));
        }
        assert!(passed >= 1 && withdrawn <= passed, "{passed} passed the shared person, {withdrawn} took it back");
    })
    .await;
}

#[tokio::test]
async fn without_the_registry_nothing_is_recorded_and_the_caller_may_come_back() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let admin = world.as_role("province_admin", PHU_YEN);
        let mut courses = proto::training::v1::course_service_client::CourseServiceClient::new(world.link("training"));
        let request = pb::CreateCourseRequest {
            course: Some(course(Audience::Officers, Topic::Promotion)),
            ..Default::default()
        };
        let course = courses.create_course(admin.say(request)).await.unwrap().into_inner().name;
        let mut sessions = SessionServiceClient::new(world.link("training"));
        let request =
            pb::CreateSessionRequest { session: Some(session(&course, date!(2021 - 06 - 01))), ..Default::default() };
        let session = sessions.create_session(admin.say(request)).await.unwrap().into_inner().name;
        let before = rows(&world).await;
        let person = format!("persons/{}", uuid::Uuid::from_u128(1));
        let request =
            pb::RecordAttendanceRequest { session, attendances: vec![attended(&person, 5)], ..Default::default() };
        let answer = sessions.record_attendance(admin.say(request)).await;
        assert_eq!(refused(answer), because(Code::Unavailable, "PEER_UNAVAILABLE"));
        assert_eq!(rows(&world).await, before);
        let mut coverages =
            proto::training::v1::coverage_service_client::CoverageServiceClient::new(world.link("training"));
        let request = pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: crate::office::on(date!(2021 - 06 - 30)),
            ..Default::default()
        };
        let answer = coverages.get_coverage(admin.say(request)).await;
        assert_eq!(refused(answer), because(Code::Unavailable, "PEER_UNAVAILABLE"));
        world.stop().await;
    }
}
