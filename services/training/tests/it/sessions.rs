//! Sessions: when and where a course is held.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, course, everywhere, invalid, on, refused,
    session, ymd,
};

async fn days(office: &Office, request: pb::ListSessionsRequest) -> Result<Vec<Option<crate::office::PbDate>>, Status> {
    let answer = office.sessions().list_sessions(office.admin().say(request)).await?;
    Ok(answer.into_inner().sessions.into_iter().map(|s| s.begin_date).collect())
}

#[tokio::test]
async fn a_session_takes_over_its_courses_terms() {
    everywhere(async |office| {
        let invented = pb::Course { sample: true, ..course(Audience::Officers, Topic::Promotion) };
        let invented = office.add_course(invented).await.unwrap().name;
        let asked = pb::Session {
            unit: "units/22018".to_owned(),
            place: " Ho\u{323}\u{302}i trường ".to_owned(),
            capacity: 40,
            ..session(&invented, date!(2021 - 03 - 01))
        };
        let made = office.add_session(asked).await.unwrap();
        assert_eq!((made.unit.as_str(), made.place.as_str(), made.capacity), (WARD_8, "Hội trường", 40));
        assert_eq!((made.half_days, made.sample), (Some(5), true), "a sample's session is a sample");
        let short = pb::Session { half_days: Some(2), ..session(&invented, date!(2021 - 05 - 01)) };
        assert_eq!(office.add_session(short).await.unwrap().half_days, Some(2));
        let ahead = office.add_session(session(&invented, date!(2022 - 05 - 01))).await.unwrap();
        let request = office.admin().count(pb::GetSessionRequest { name: ahead.name.clone() });
        let answer = office.sessions().get_session(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), ahead, "a session may lie ahead");
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_by_day_and_walked_without_gap_or_repeat() {
    everywhere(async |office| {
        let first = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let second = office.add_course(course(Audience::ProducerManagers, Topic::Promotion)).await.unwrap().name;
        let all = [date!(2021 - 03 - 02), date!(2021 - 04 - 01), date!(2021 - 04 - 01), date!(2021 - 09 - 09)];
        for (at, day) in all.into_iter().enumerate().rev() {
            let unit = if at % 2 == 0 { LA_HAI } else { WARD_8 };
            let of = if at < 3 { &first } else { &second };
            office.add_session(pb::Session { unit: unit.to_owned(), ..session(of, day) }).await.unwrap();
        }
        let ask = pb::ListSessionsRequest::default;
        assert_eq!(days(&office, ask()).await.unwrap(), all.map(on));
        let of_course = pb::ListSessionsRequest { course: second.clone(), ..ask() };
        assert_eq!(days(&office, of_course).await.unwrap(), [on(all[3])]);
        let there = pb::ListSessionsRequest { unit: DONG_XUAN.to_owned(), ..ask() };
        assert_eq!(days(&office, there).await.unwrap(), [on(all[0]), on(all[2])]);
        let window = pb::ListSessionsRequest { begin_date_from: on(all[1]), begin_date_to: on(all[1]), ..ask() };
        assert_eq!(days(&office, window).await.unwrap(), [on(all[1]), on(all[2])]);
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListSessionsRequest { page_size: 1, page_token: token, ..ask() };
            let answer = office.sessions().list_sessions(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.sessions.into_iter().map(|s| s.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        walked.sort();
        walked.dedup();
        assert_eq!(walked.len(), 4);
        let wrong = pb::ListSessionsRequest {
            course: "courses/1".to_owned(),
            unit: "units/1".to_owned(),
            begin_date_from: on(all[1]),
            begin_date_to: on(all[0]),
            page_token: "AAAA".to_owned(),
            ..ask()
        };
        let faults = [
            ("course", "FIELD_FORMAT"),
            ("unit", "UNIT_UNKNOWN"),
            ("begin_date_to", "DATE_ORDER"),
            ("page_token", "PAGE_TOKEN_INVALID"),
        ];
        assert_eq!(refused(days(&office, wrong).await), invalid(&faults));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_session_is_refused_with_everything_that_is_wrong_and_not_stored() {
    everywhere(async |office| {
        let of = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Session {
            course: String::new(),
            unit: "units/99999".to_owned(),
            begin_date: on(date!(2021 - 05 - 02)),
            end_date: on(date!(2021 - 05 - 01)),
            half_days: Some(0),
            capacity: -1,
            ..Default::default()
        };
        let all = [
            ("session.course", "FIELD_REQUIRED"),
            ("session.unit", "UNIT_UNKNOWN"),
            ("session.end_date", "DATE_ORDER"),
            ("session.half_days", "FIELD_RANGE"),
            ("session.capacity", "FIELD_RANGE"),
        ];
        assert_eq!(refused(office.add_session(wrong).await), invalid(&all));
        // Found with the course's help, again all at once.
        let early = pb::Session { half_days: Some(7), ..session(&of, date!(2021 - 02 - 27)) };
        let both = [("session.begin_date", "DATE_ORDER"), ("session.half_days", "HALF_DAYS_TOO_MANY")];
        assert_eq!(refused(office.add_session(early).await), invalid(&both));
        let nothing = format!("courses/{}", uuid::Uuid::nil());
        let unknown = invalid(&[("session.course", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.add_session(session(&nothing, date!(2021 - 05 - 01))).await), unknown);
        let no_day =
            pb::Session { begin_date: None, end_date: ymd(2021, 4, 31), ..session(&of, date!(2021 - 05 - 01)) };
        let both = [("session.begin_date", "FIELD_REQUIRED"), ("session.end_date", "DATE_INVALID")];
        assert_eq!(refused(office.add_session(no_day).await), invalid(&both));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_trainer_plans_sessions_where_it_trains() {
    everywhere(async |office| {
        let of = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let trainer = office.world.as_role("trainer", TUY_HOA_CITY);
        let ask = |unit: &str| pb::CreateSessionRequest {
            session: Some(pb::Session { unit: unit.to_owned(), ..session(&of, date!(2021 - 05 - 01)) }),
            ..Default::default()
        };
        office.sessions().create_session(trainer.say(ask(WARD_8))).await.unwrap();
        for unit in [PHU_YEN, LA_HAI] {
            let answer = office.sessions().create_session(trainer.say(ask(unit))).await;
            assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"), "{unit}");
        }
        let analyst = office.world.as_role("analyst", PHU_YEN);
        let answer = office.sessions().create_session(analyst.say(ask(WARD_8))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
        assert_eq!(office.rows().await[1], ("session", 1));
    })
    .await;
}
