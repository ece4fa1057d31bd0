//! What sessions and courses ask for beyond the dates: half days, tests, places, reasons for late changes, editions.

use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{Office, because, course, everywhere, invalid, on, refused, session};

async fn record(
    office: &Office,
    session: &str,
    attendances: Vec<pb::Attendance>,
    reason: &str,
) -> Result<pb::RecordAttendanceResponse, Status> {
    let request = pb::RecordAttendanceRequest {
        session: session.to_owned(),
        attendances,
        correction_reason: reason.to_owned(),
        ..Default::default()
    };
    Ok(office.sessions().record_attendance(office.admin().say(request)).await?.into_inner())
}

fn there(person: &str, half_days: &[i32]) -> pb::Attendance {
    pb::Attendance { person: person.to_owned(), half_days: half_days.to_vec(), ..Default::default() }
}

#[tokio::test]
async fn half_days_are_named_and_each_counts_once() {
    everywhere(async |office| {
        let session = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 12 - 13)).await;
        let person = office.person(false).await;
        let kept = record(&office, &session, vec![there(&person, &[5, 1, 2, 3])], "").await.unwrap();
        let kept = &kept.attendances[0];
        assert_eq!((kept.half_days.as_slice(), kept.half_days_attended, kept.passed), (&[1, 2, 3, 5][..], 4, true));
        let wrong = vec![
            there(&person, &[1, 1, 0]),
            pb::Attendance { half_days_attended: 3, ..there(&office.person(false).await, &[1, 2]) },
        ];
        let expected = [
            ("attendances[0].half_days", "HALF_DAY_REPEATED"),
            ("attendances[0].half_days", "FIELD_RANGE"),
            ("attendances[1].half_days_attended", "HALF_DAYS_DIFFER"),
        ];
        assert_eq!(refused(record(&office, &session, wrong, "").await), invalid(&expected));
        let beyond = refused(record(&office, &session, vec![there(&person, &[6])], "").await);
        assert_eq!(beyond, invalid(&[("attendances[0].half_days", "HALF_DAYS_TOO_MANY")]));
    })
    .await;
}

#[tokio::test]
async fn a_schedule_lies_within_the_session_and_names_each_half_day_once() {
    everywhere(async |office| {
        let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let half_day = |day, part: pb::DayPart| pb::HalfDay { date: on(day), part: part.into() };
        let day = date!(2021 - 12 - 20);
        let schedule =
            vec![half_day(day, pb::DayPart::Afternoon), half_day(day.next_day().unwrap(), pb::DayPart::Morning)];
        let kept =
            office.add_session(pb::Session { schedule: schedule.clone(), ..session(&course, day) }).await.unwrap();
        assert_eq!((kept.half_days, kept.schedule), (Some(2), schedule.clone()));
        let default = office.add_session(session(&course, day)).await.unwrap();
        assert_eq!(default.schedule.len(), 5);
        assert_eq!(default.schedule[1], half_day(day, pb::DayPart::Afternoon));
        let twice = vec![schedule[0], schedule[0], half_day(date!(2021 - 12 - 25), pb::DayPart::Morning)];
        let wrong = pb::Session { schedule: twice, ..session(&course, day) };
        let expected = [("session.schedule[1]", "HALF_DAY_REPEATED"), ("session.schedule[2]", "HALF_DAY_OUTSIDE")];
        assert_eq!(refused(office.add_session(wrong).await), invalid(&expected));
        let other = pb::Session { schedule, half_days: Some(4), ..session(&course, day) };
        assert_eq!(refused(office.add_session(other).await), invalid(&[("session.schedule", "HALF_DAYS_DIFFER")]));
    })
    .await;
}

#[tokio::test]
async fn a_course_with_a_test_is_passed_by_who_reaches_its_points() {
    everywhere(async |office| {
        let with_test = pb::Course { test_pass_points: Some(60), ..course(Audience::Officers, Topic::Promotion) };
        let course_name = office.add_course(with_test).await.unwrap().name;
        let held = office.add_session(session(&course_name, date!(2021 - 12 - 13))).await.unwrap().name;
        let (a, b, c) = (office.person(false).await, office.person(false).await, office.person(false).await);
        let with = |person: &str, test_points| pb::Attendance { test_points, ..there(person, &[1, 2, 3, 4, 5]) };
        let list = vec![with(&a, Some(60)), with(&b, Some(59)), with(&c, None)];
        let kept = record(&office, &held, list, "").await.unwrap();
        let passed: Vec<bool> = kept.attendances.iter().map(|a| a.passed).collect();
        assert_eq!((passed, kept.passed), (vec![true, false, false], 1));
        let untested = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 12 - 13)).await;
        let answer = refused(record(&office, &untested, vec![with(&a, Some(60))], "").await);
        assert_eq!(answer, invalid(&[("attendances[0].test_points", "TEST_NOT_HELD")]));
    })
    .await;
}

#[tokio::test]
async fn only_who_has_a_place_attends_where_the_session_asks_for_registration() {
    everywhere(async |office| {
        let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let strict = pb::Session { registration_required: true, ..session(&course, date!(2021 - 12 - 20)) };
        let held = office.add_session(strict).await.unwrap().name;
        let (a, b) = (office.person(false).await, office.person(false).await);
        office.register(&held, &[&a]).await.unwrap();
        office.world.clock.set_noon(date!(2021 - 12 - 21));
        let answer = refused(record(&office, &held, vec![there(&a, &[1]), there(&b, &[1])], "").await);
        assert_eq!(answer, invalid(&[("attendances[1].person", "NOT_REGISTERED")]));
        record(&office, &held, vec![there(&a, &[1])], "").await.unwrap();
        let cancel = pb::CancelSessionRequest { name: held, reason: "Nhầm".to_owned(), ..Default::default() };
        let answer = office.sessions().cancel_session(office.admin().say(cancel)).await;
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "SESSION_ATTENDED"));
    })
    .await;
}

#[tokio::test]
async fn a_late_change_needs_a_reason_and_what_stays_the_same_needs_none() {
    everywhere(async |office| {
        let held = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 12 - 06)).await;
        let (a, b) = (office.person(false).await, office.person(false).await);
        record(&office, &held, vec![there(&a, &[1, 2])], "").await.unwrap();
        // It ended on the 8th; seven days later everything may still change.
        record(&office, &held, vec![there(&a, &[1, 2, 3])], "").await.unwrap();
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        let late = refused(record(&office, &held, vec![there(&a, &[1, 2, 3, 4])], "").await);
        assert_eq!(late, because(Code::FailedPrecondition, "CORRECTION_UNEXPLAINED"));
        record(&office, &held, vec![there(&a, &[1, 2, 3]), there(&b, &[1])], "").await.unwrap();
        let kept = record(&office, &held, vec![there(&a, &[1, 2, 3, 4])], "Bổ sung phiếu ký").await.unwrap();
        assert_eq!((kept.attendances[0].correction_reason.as_str(), kept.passed), ("Bổ sung phiếu ký", 1));
    })
    .await;
}

#[tokio::test]
async fn a_course_is_replaced_once_by_its_next_edition() {
    everywhere(async |office| {
        let first = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
        let next = pb::Course {
            replaces: first.name.clone(),
            correction_days: Some(0),
            hours: 20,
            ..course(Audience::Officers, Topic::Promotion)
        };
        let second = office.add_course(next.clone()).await.unwrap();
        assert_eq!((first.edition, first.correction_days, second.edition, second.hours), (1, Some(7), 2, 20));
        let again = refused(office.add_course(next).await);
        assert_eq!(again, because(Code::FailedPrecondition, "COURSE_REPLACED"));
        let nobody = pb::Course {
            replaces: format!("courses/{}", uuid::Uuid::from_u128(9)),
            ..course(Audience::Officers, Topic::Promotion)
        };
        assert_eq!(refused(office.add_course(nobody).await), invalid(&[("course.replaces", "REFERENCE_UNKNOWN")]));
    })
    .await;
}
