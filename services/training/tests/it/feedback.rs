//! What participants say of a session.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{Office, because, course, everywhere, invalid, refused, session};

async fn pass(office: &Office, session: &str, person: &str) -> String {
    let request =
        pb::ListCheckInCodesRequest { session: session.to_owned(), half_day: 1, page_size: 1000, ..Default::default() };
    let found = office.check_ins().list_check_in_codes(office.admin().say(request)).await.unwrap().into_inner();
    found.codes.into_iter().find(|code| code.person == person).unwrap().pass
}

async fn give(office: &Office, pass: &str, scores: &[i32], comment: &str) -> Result<pb::GiveFeedbackResponse, Status> {
    let request = pb::GiveFeedbackRequest {
        pass: pass.to_owned(),
        scores: scores.to_vec(),
        comment: comment.to_owned(),
        ..Default::default()
    };
    Ok(office.feedback().give_feedback(request).await?.into_inner())
}

async fn summary(office: &Office, session: &str) -> pb::FeedbackSummary {
    let request = pb::GetFeedbackSummaryRequest { session: session.to_owned() };
    office.feedback().get_feedback_summary(office.admin().say(request)).await.unwrap().into_inner()
}

async fn set(office: &Office, session: &str, questions: &[&str]) -> Result<pb::FeedbackForm, Status> {
    let request = pb::SetFeedbackQuestionsRequest {
        session: session.to_owned(),
        questions: questions.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    Ok(office.feedback().set_feedback_questions(office.admin().say(request)).await?.into_inner())
}

async fn download(office: &Office, session: &str) -> Result<pb::PaperFile, Status> {
    let request = pb::DownloadFeedbackRequest { session: session.to_owned(), ..Default::default() };
    Ok(office.feedback().download_feedback(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn five_participants_are_heard_once_each_and_nobody_is_known_by_it() {
    everywhere(async |office| {
        let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
        let session = office.add_session(session(&course.name, date!(2021 - 12 - 20))).await.unwrap().name;
        let mut persons = Vec::new();
        for _ in 0..6 {
            persons.push(office.person(false).await);
        }
        office.register(&session, &persons.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
        let mut passes = Vec::new();
        for person in &persons {
            passes.push(pass(&office, &session, person).await);
        }
        let early = refused(give(&office, &passes[0], &[5; 5], "").await);
        assert_eq!(early, because(Code::FailedPrecondition, "FEEDBACK_CLOSED"));
        let form = office.feedback().get_feedback_form(pb::GetFeedbackFormRequest { pass: passes[0].clone() }).await;
        assert_eq!(form.unwrap().into_inner().questions.len(), 5, "the usual ones");
        let form = set(&office, &session, &["Giảng viên", "Tài liệu"]).await.unwrap();
        assert_eq!(form.questions, ["Giảng viên", "Tài liệu"]);
        assert_eq!(refused(set(&office, &session, &[""]).await), invalid(&[("questions[0]", "FIELD_REQUIRED")]));

        office.world.clock.set_noon(date!(2021 - 12 - 23));
        let there: Vec<(&str, i32)> = persons[..5].iter().map(|person| (person.as_str(), 5)).collect();
        office.attend(&session, &there).await.unwrap();
        assert_eq!(
            refused(give(&office, &passes[5], &[5, 5], "").await),
            because(Code::FailedPrecondition, "FEEDBACK_NOT_ATTENDED")
        );
        assert_eq!(
            refused(give(&office, &passes[0], &[5], "").await),
            invalid(&[("scores", "FEEDBACK_SCORES_DIFFER")])
        );
        assert_eq!(refused(give(&office, &passes[0], &[6, 0], "").await).code, Code::InvalidArgument);
        assert_eq!(refused(give(&office, "x", &[5, 5], "").await), invalid(&[("pass", "CHECK_IN_PASS_INVALID")]));
        for (at, (scores, comment)) in
            [([5, 4], "Rất tốt"), ([4, 4], ""), ([5, 3], "Nên dài hơn"), ([5, 5], "")].iter().enumerate()
        {
            give(&office, &passes[at], scores, comment).await.unwrap();
        }
        let few = summary(&office, &session).await;
        assert_eq!((few.answers, few.least, few.results.len(), few.comments.len()), (4, 5, 0, 0));
        assert_eq!(refused(download(&office, &session).await), because(Code::FailedPrecondition, "FEEDBACK_TOO_FEW"));
        assert_eq!(
            refused(give(&office, &passes[0], &[1, 1], "").await),
            because(Code::FailedPrecondition, "FEEDBACK_GIVEN")
        );
        give(&office, &passes[4], &[4, 4], "Bổ ích").await.unwrap();
        let all = summary(&office, &session).await;
        let read: Vec<_> = all.results.iter().map(|r| (r.counts.clone(), r.mean.as_str())).collect();
        assert_eq!(read, [(vec![0, 0, 0, 2, 3], "4.60"), (vec![0, 0, 1, 3, 1], "4.00")]);
        assert_eq!(all.comments, ["Bổ ích", "Nên dài hơn", "Rất tốt"], "in the order of the alphabet");
        assert!(download(&office, &session).await.unwrap().content.starts_with(b"%PDF-"));
        assert_eq!(
            refused(set(&office, &session, &["Khác"]).await),
            because(Code::FailedPrecondition, "FEEDBACK_BEGUN")
        );
        let ask = pb::GetFeedbackSummaryRequest { session: session.clone() };
        let counted = office.feedback().get_feedback_summary(office.admin().count(ask)).await.unwrap();
        assert_eq!(statements(&counted), 2, "the session, to judge the caller, and its row");
        office.world.clock.set_noon(date!(2022 - 03 - 01));
        let late = refused(give(&office, &passes[5], &[5, 5], "").await);
        assert_eq!(late, because(Code::FailedPrecondition, "FEEDBACK_CLOSED"));
    })
    .await;
}
