//! Calendar files, letters and lists.

use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::invitations::invite;
use crate::office::{LA_HAI, Office, PHU_YEN, WARD_8, because, course, everywhere, invalid, refused, session};

async fn to_come(office: &Office) -> pb::Session {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    let planned = pb::Session {
        place: "Hội trường huyện Tuy An".to_owned(),
        trainer: "Viện mẫu".to_owned(),
        ..session(&course.name, date!(2021 - 12 - 20))
    };
    office.add_session(planned).await.unwrap()
}

async fn calendar(office: &Office, name: &str) -> (String, String) {
    let request = pb::DownloadSessionCalendarRequest { name: name.to_owned() };
    let file = office.letters().download_session_calendar(office.admin().say(request)).await.unwrap().into_inner();
    let text = String::from_utf8(file.content.to_vec()).unwrap().replace("\r\n ", "");
    (file.media_type, text)
}

fn hours(morning_begin: i32) -> pb::SessionHours {
    pb::SessionHours {
        morning_begin,
        morning_end: 690,
        afternoon_begin: 810,
        afternoon_end: 1020,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_calendar_file_follows_the_sessions_hours_and_its_cancellation() {
    everywhere(async |office| {
        let planned = to_come(&office).await;
        let (kind, text) = calendar(&office, &planned.name).await;
        assert_eq!(kind, "text/calendar; charset=utf-8; method=PUBLISH");
        let uids = |text: &str| text.lines().filter(|l| l.starts_with("UID:")).map(str::to_owned).collect::<Vec<_>>();
        let first = uids(&text);
        assert_eq!(first.len(), 5);
        assert!(text.contains("SEQUENCE:0") && text.contains("DTSTART:20211220T003000Z"), "{text}");

        let set = |hours| pb::UpdateSessionRequest {
            session: Some(pb::Session { name: planned.name.clone(), hours: Some(hours), ..Default::default() }),
            ..Default::default()
        };
        let wrong = office.sessions().update_session(office.admin().say(set(hours(700)))).await;
        assert_eq!(refused(wrong), invalid(&[("session.hours.morning_end", "FIELD_RANGE")]));
        let changed = office.sessions().update_session(office.admin().say(set(hours(480)))).await.unwrap().into_inner();
        assert_eq!(changed.hours, Some(hours(480)));
        let (_, text) = calendar(&office, &planned.name).await;
        assert!(text.contains("SEQUENCE:1") && text.contains("DTSTART:20211220T010000Z"), "{text}");
        assert_eq!(uids(&text), first, "names stay");

        let cancel =
            pb::CancelSessionRequest { name: planned.name.clone(), reason: "Bão".to_owned(), ..Default::default() };
        office.sessions().cancel_session(office.admin().say(cancel)).await.unwrap();
        let (kind, text) = calendar(&office, &planned.name).await;
        assert_eq!(kind, "text/calendar; charset=utf-8; method=CANCEL");
        assert!(text.contains("SEQUENCE:2") && text.contains("STATUS:CANCELLED") && uids(&text) == first);
    })
    .await;
}

#[tokio::test]
async fn letters_and_the_list_are_printed_by_pages_for_those_who_may_invite() {
    everywhere(async |office| {
        let session = to_come(&office).await.name;
        let persons = [office.person(true).await, office.person(true).await, office.person(true).await];
        let print = |page_size: i32, page_token: String, paper: pb::InvitationPaper| pb::DownloadInvitationsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            paper: paper.into(),
            page_size,
            page_token,
            ..Default::default()
        };
        let nobody = print(0, String::new(), pb::InvitationPaper::List);
        let nobody = office.letters().download_invitations(office.admin().say(nobody)).await;
        assert_eq!(refused(nobody), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        invite(&office, &session, &persons.each_ref().map(String::as_str)).await.unwrap();

        let (mut token, mut counts) = (String::new(), Vec::new());
        loop {
            let request = print(2, token, pb::InvitationPaper::Letters);
            let part = office.letters().download_invitations(office.admin().say(request)).await.unwrap().into_inner();
            let file = part.file.unwrap();
            assert!(file.content.starts_with(b"%PDF-") && file.file_name.ends_with(".pdf"));
            let pages = format!("/Count {}", part.persons);
            assert!(String::from_utf8_lossy(&file.content).contains(&pages), "a page for each person");
            counts.push(part.persons);
            token = part.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(counts, [2, 1]);
        for (format, start) in [(pb::PaperFormat::Docx, b"PK\x03\x04".as_slice()), (pb::PaperFormat::Pdf, b"%PDF-")] {
            let list = print(0, String::new(), pb::InvitationPaper::List);
            let list = pb::DownloadInvitationsRequest { format: format.into(), ..list };
            let list = office.letters().download_invitations(office.admin().say(list)).await.unwrap().into_inner();
            assert_eq!((list.persons, list.file.unwrap().content.starts_with(start)), (3, true));
        }
        let foreign = office.world.as_role("commune_officer", WARD_8);
        let all = print(0, String::new(), pb::InvitationPaper::Letters);
        let answer = office.letters().download_invitations(foreign.say(all.clone())).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let none = pb::DownloadInvitationsRequest { unit: LA_HAI.to_owned(), ..all };
        let none = office.letters().download_invitations(office.admin().say(none)).await;
        assert_eq!(refused(none).reason, "RESOURCE_NOT_FOUND");
    })
    .await;
}
