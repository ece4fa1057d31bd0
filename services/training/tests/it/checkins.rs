//! Persons who check in themselves.

use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use proto::training::v1::CheckInWay;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{DONG_XUAN, Office, because, course, everywhere, invalid, refused, session};

/// A session that began this morning: a world's clock stands at noon, so mornings are open until then.
async fn today(office: &Office) -> String {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    let hours = pb::SessionHours {
        morning_begin: 700,
        morning_end: 760,
        afternoon_begin: 810,
        afternoon_end: 1020,
        check_in_before: 30,
        check_in_after: 30,
    };
    let planned =
        pb::Session { hours: Some(hours), registration_required: true, ..session(&course.name, date!(2021 - 12 - 15)) };
    office.world.clock.set_noon(date!(2021 - 12 - 14));
    office.add_session(planned).await.unwrap().name
}

async fn codes(office: &Office, session: &str, half_day: i32) -> Vec<pb::CheckInCode> {
    let request = pb::ListCheckInCodesRequest { session: session.to_owned(), half_day, ..Default::default() };
    office.check_ins().list_check_in_codes(office.admin().say(request)).await.unwrap().into_inner().codes
}

async fn token(office: &Office, session: &str, half_day: i32) -> Result<pb::CheckInToken, Status> {
    let request = pb::GetCheckInTokenRequest { session: session.to_owned(), half_day };
    Ok(office.check_ins().get_check_in_token(office.admin().say(request)).await?.into_inner())
}

async fn enter(office: &Office, request: pb::EnterHalfDayRequest) -> Result<pb::CheckIn, Status> {
    Ok(office.check_ins().enter_half_day(request).await?.into_inner())
}

async fn attended(office: &Office, session: &str) -> Vec<(String, Vec<i32>)> {
    let request = pb::ListAttendancesRequest { session: session.to_owned(), ..Default::default() };
    let list = office.sessions().list_attendances(office.admin().say(request)).await.unwrap().into_inner();
    list.attendances.into_iter().map(|a| (a.person, a.half_days)).collect()
}

#[tokio::test]
async fn who_has_a_place_checks_in_with_the_rooms_token_and_the_own_pass() {
    everywhere(async |office| {
        let session = today(&office).await;
        let (here, gone) = (office.person(false).await, office.person(false).await);
        let made = office.register(&session, &[&here, &gone]).await.unwrap();
        let early = refused(token(&office, &session, 1).await);
        assert_eq!(early, because(Code::FailedPrecondition, "CHECK_IN_CLOSED"));
        office.world.clock.set_noon(date!(2021 - 12 - 15));
        let shown = token(&office, &session, 1).await.unwrap();
        assert!(shown.svg.starts_with("<svg") && shown.expire_time.is_some());
        assert_eq!(refused(token(&office, &session, 9).await), invalid(&[("half_day", "HALF_DAYS_TOO_MANY")]));
        let passes = codes(&office, &session, 1).await;
        assert_eq!(passes.iter().map(|c| c.person.as_str()).collect::<Vec<_>>(), [&here, &gone]);
        let with = |token: &str, pass: &str| pb::EnterHalfDayRequest {
            token: token.to_owned(),
            pass: pass.to_owned(),
            ..Default::default()
        };
        let first = enter(&office, with(&shown.token, &passes[0].pass)).await.unwrap();
        assert_eq!((first.person.as_str(), first.half_day, first.way()), (here.as_str(), 1, CheckInWay::Token));
        assert_eq!(enter(&office, with(&shown.token, &passes[0].pass)).await.unwrap(), first, "twice is once");
        assert_eq!(attended(&office, &session).await, [(here.clone(), vec![1])]);

        let cancel = pb::CancelRegistrationRequest {
            name: made.registrations[1].name.clone(),
            reason: "Bận".to_owned(),
            ..Default::default()
        };
        office.registrations().cancel_registration(office.admin().say(cancel)).await.unwrap();
        let forged = format!("B{}", &shown.token[1..]);
        let other = today_elsewhere(&office, &gone).await;
        for (token, pass, field, reason) in [
            (&forged, &passes[0].pass, "token", "CHECK_IN_TOKEN_INVALID"),
            (&shown.token, &passes[0].code, "pass", "CHECK_IN_PASS_INVALID"),
            (&shown.token, &other, "pass", "CHECK_IN_PASS_INVALID"),
            (&shown.token, &passes[1].pass, "pass", "NOT_REGISTERED"),
        ] {
            assert_eq!(refused(enter(&office, with(token, pass)).await), invalid(&[(field, reason)]), "{token}");
        }
        assert_eq!(refused(enter(&office, with("", "")).await), invalid(&[("token", "FIELD_REQUIRED")]));
        // A picture of the token that was sent to somebody at home is old the next day.
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        let old = refused(enter(&office, with(&shown.token, &passes[0].pass)).await);
        assert_eq!(old, invalid(&[("token", "CHECK_IN_TOKEN_INVALID")]));
    })
    .await;
}

/// The pass of a person in another session of the same day.
async fn today_elsewhere(office: &Office, person: &str) -> String {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    let planned = session(&course.name, date!(2021 - 12 - 21));
    let session = office.add_session(planned).await.unwrap().name;
    office.register(&session, &[person]).await.unwrap();
    codes(office, &session, 1).await.remove(0).pass
}

#[tokio::test]
async fn a_one_time_code_names_its_person_and_the_offices_list_stays() {
    everywhere(async |office| {
        let session = today(&office).await;
        let (one, two, listed) = (office.person(false).await, office.person(false).await, office.person(false).await);
        office.register(&session, &[&one, &two, &listed]).await.unwrap();
        office.world.clock.set_noon(date!(2021 - 12 - 15));
        office.attend(&session, &[(&listed, 3)]).await.unwrap();
        let given = codes(&office, &session, 1).await;
        let with = |code: &str, half_day: i32, pass: &str| pb::EnterHalfDayRequest {
            code: code.to_owned(),
            session: session.clone(),
            half_day,
            pass: pass.to_owned(),
            ..Default::default()
        };
        let typed = format!("{} {}", given[0].code[..4].to_lowercase(), &given[0].code[4..]);
        let first = enter(&office, with(&typed, 1, "")).await.unwrap();
        assert_eq!((first.person.as_str(), first.way()), (one.as_str(), CheckInWay::Code));
        assert_eq!(enter(&office, with(&given[0].code, 1, &given[0].pass)).await.unwrap(), first);
        let foreign = refused(enter(&office, with(&given[0].code, 1, &given[1].pass)).await);
        assert_eq!(foreign, invalid(&[("code", "CHECK_IN_CODE_INVALID")]), "another person's pass");
        let unknown = refused(enter(&office, with(&given[0].code, 2, "")).await);
        assert_eq!(unknown, invalid(&[("code", "CHECK_IN_CODE_INVALID")]), "the code of another half day");
        let later = codes(&office, &session, 2).await;
        let closed = refused(enter(&office, with(&later[0].code, 2, "")).await);
        assert_eq!(closed, because(Code::FailedPrecondition, "CHECK_IN_CLOSED"));
        enter(&office, with(&given[2].code, 1, "")).await.unwrap();
        let mut expected = vec![(one.clone(), vec![1]), (listed.clone(), vec![])];
        expected.sort();
        assert_eq!(attended(&office, &session).await, expected, "a bare number that the office stated stays");

        let list = |half_day| pb::ListCheckInsRequest { session: session.clone(), half_day, ..Default::default() };
        let seen = office.check_ins().list_check_ins(office.admin().say(list(1))).await.unwrap().into_inner();
        assert_eq!(seen.check_ins.len(), 2);
        let none = office.check_ins().list_check_ins(office.admin().say(list(2))).await.unwrap().into_inner();
        assert!(none.check_ins.is_empty());
        let foreign = office.world.as_role("district_officer", DONG_XUAN);
        let answer = office.check_ins().list_check_ins(foreign.say(list(0))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}
