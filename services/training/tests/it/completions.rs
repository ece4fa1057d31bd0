//! Completions and their certificates.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{DONG_XUAN, Office, PHU_YEN, because, course, everywhere, invalid, on, refused, session};

async fn issue(office: &Office, session: &str, day: Date) -> Result<Vec<pb::Completion>, Status> {
    let request = pb::IssueCompletionCertificatesRequest {
        session: session.to_owned(),
        issue_date: on(day),
        ..Default::default()
    };
    let answer = office.completions().issue_completion_certificates(office.admin().say(request)).await?;
    Ok(answer.into_inner().completions)
}

async fn list(office: &Office, request: pb::ListCompletionsRequest) -> Vec<pb::Completion> {
    let answer = office.completions().list_completions(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().completions
}

/// A session of a course that is due again after a year.
async fn yearly(office: &Office, begin: Date) -> String {
    let course = pb::Course { validity_months: 12, ..course(Audience::Officers, Topic::Promotion) };
    let course = office.add_course(course).await.unwrap().name;
    office.add_session(session(&course, begin)).await.unwrap().name
}

#[tokio::test]
async fn certificates_run_by_unit_and_year_without_gaps_and_nobody_gets_two() {
    everywhere(async |office| {
        let (a, b, c) = (office.person(false).await, office.person(false).await, office.person(true).await);
        let session = yearly(&office, date!(2021 - 05 - 10)).await;
        office.attend(&session, &[(&a, 5), (&b, 1)]).await.unwrap();
        let issued = issue(&office, &session, date!(2021 - 05 - 20)).await.unwrap();
        let numbers: Vec<&str> = issued.iter().map(|c| c.certificate_number.as_str()).collect();
        assert_eq!(numbers, ["1/2021/GCN-54"], "who has not passed gets none");
        assert_eq!(
            (issued[0].repeat_date, issued[0].issue_date),
            (on(date!(2022 - 05 - 12)), on(date!(2021 - 05 - 20)))
        );
        assert!(issue(&office, &session, date!(2021 - 05 - 21)).await.unwrap().is_empty());
        office.attend(&session, &[(&b, 5), (&c, 4)]).await.unwrap();
        let issued = issue(&office, &session, date!(2021 - 06 - 01)).await.unwrap();
        let mut numbers: Vec<&str> = issued.iter().map(|c| c.certificate_number.as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["2/2021/GCN-54", "3/2021/GCN-54"]);
        assert_eq!(issued.iter().filter(|c| c.sample).count(), 1);
        // Attendance that is taken back takes the completion along; its number is not given again.
        office.attend(&session, &[(&a, 0)]).await.unwrap();
        let left = list(&office, pb::ListCompletionsRequest { session: session.clone(), ..Default::default() }).await;
        assert!(left.len() == 2 && left.iter().all(|c| c.person != a));
        let other = yearly(&office, date!(2021 - 07 - 10)).await;
        office.attend(&other, &[(&a, 5)]).await.unwrap();
        let next = issue(&office, &other, date!(2021 - 08 - 01)).await.unwrap();
        assert_eq!(next[0].certificate_number, "4/2021/GCN-54");
    })
    .await;
}

#[tokio::test]
async fn completions_are_listed_by_session_person_day_and_by_when_they_are_due_again() {
    everywhere(async |office| {
        let (a, b) = (office.person(false).await, office.person(false).await);
        let spring = yearly(&office, date!(2021 - 05 - 10)).await;
        let autumn = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 09 - 10)).await;
        office.attend(&spring, &[(&a, 5), (&b, 5)]).await.unwrap();
        office.attend(&autumn, &[(&a, 5)]).await.unwrap();
        issue(&office, &spring, date!(2021 - 06 - 01)).await.unwrap();
        issue(&office, &autumn, date!(2021 - 10 - 01)).await.unwrap();
        let all = pb::ListCompletionsRequest::default;
        assert_eq!(list(&office, pb::ListCompletionsRequest { person: a.clone(), ..all() }).await.len(), 2);
        assert_eq!(list(&office, pb::ListCompletionsRequest { session: spring.clone(), ..all() }).await.len(), 2);
        assert_eq!(list(&office, pb::ListCompletionsRequest { unit: DONG_XUAN.to_owned(), ..all() }).await.len(), 0);
        let early = pb::ListCompletionsRequest { complete_date_to: on(date!(2021 - 08 - 31)), ..all() };
        assert_eq!(list(&office, early).await.len(), 2);
        let due = pb::ListCompletionsRequest { repeat_date_to: on(date!(2022 - 06 - 01)), ..all() };
        let due = list(&office, due).await;
        assert!(due.len() == 2 && due.iter().all(|c| c.session == spring), "the other is good for good");
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListCompletionsRequest { page_size: 2, page_token: token, ..all() };
            let page = office.completions().list_completions(office.admin().say(request)).await.unwrap().into_inner();
            walked.extend(page.completions.into_iter().map(|c| (c.session, c.person)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let mut expected = vec![(spring.clone(), a.clone()), (spring, b), (autumn, a)];
        expected[..2].sort();
        assert_eq!(walked, expected);
    })
    .await;
}

#[tokio::test]
async fn certificates_are_issued_when_the_session_is_over_and_was_held() {
    everywhere(async |office| {
        let session = yearly(&office, date!(2021 - 05 - 10)).await;
        let early = refused(issue(&office, &session, date!(2021 - 05 - 11)).await);
        assert_eq!(early, invalid(&[("issue_date", "DATE_ORDER")]));
        let future = refused(issue(&office, &session, date!(2021 - 12 - 16)).await);
        assert_eq!(future, invalid(&[("issue_date", "DATE_IN_FUTURE")]));
        let wrong = pb::ListCompletionsRequest {
            complete_date_from: on(date!(2021 - 02 - 01)),
            complete_date_to: on(date!(2021 - 01 - 01)),
            ..Default::default()
        };
        let answer = office.completions().list_completions(office.admin().say(wrong)).await;
        assert_eq!(refused(answer), invalid(&[("complete_date_to", "DATE_ORDER")]));
        let cancel = pb::CancelSessionRequest {
            name: session.clone(),
            reason: "Không đủ người".to_owned(),
            ..Default::default()
        };
        office.sessions().cancel_session(office.admin().say(cancel)).await.unwrap();
        let cancelled = refused(issue(&office, &session, date!(2021 - 06 - 01)).await);
        assert_eq!(cancelled, because(Code::FailedPrecondition, "SESSION_CANCELLED"));
        let elsewhere = office.world.as_role("district_officer", DONG_XUAN);
        let request = pb::IssueCompletionCertificatesRequest {
            session,
            issue_date: on(date!(2021 - 06 - 01)),
            ..Default::default()
        };
        let answer = office.completions().issue_completion_certificates(elsewhere.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let _ = PHU_YEN;
    })
    .await;
}
