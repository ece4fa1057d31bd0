//! Who is asked to come, and what they answer.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use proto::training::v1::InvitationAnswer::{Accept, Decline};
use proto::training::v1::InvitationState::{Accepted, Cancelled, Declined, Draft, Sent};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, course, everywhere, invalid, on, refused,
    session,
};

const BEGIN: Date = date!(2021 - 12 - 20);

/// A session still to come, for as many.
async fn to_come(office: &Office, capacity: i32) -> String {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    office.add_session(pb::Session { capacity, ..session(&course.name, BEGIN) }).await.unwrap().name
}

/// An officer of a unit.
async fn officer(office: &Office, unit: &str) -> String {
    let person = office.person(false).await;
    office.post(&person, unit, date!(2021 - 04 - 01)).await;
    person
}

/// Waits until the copy of the duties holds what the registry has told.
async fn read_up(office: &Office) {
    let ask = pb::GetCoverageRequest {
        unit: PHU_YEN.to_owned(),
        audience: Audience::Officers.into(),
        as_of: on(date!(2021 - 12 - 01)),
        ..Default::default()
    };
    office.coverage(ask).await.unwrap();
}

fn missing(session: &str, unit: &str) -> pb::InviteMissingRequest {
    pb::InviteMissingRequest { session: session.to_owned(), unit: unit.to_owned(), ..Default::default() }
}

async fn invite_missing(office: &Office, request: pb::InviteMissingRequest) -> Result<pb::InviteResponse, Status> {
    Ok(office.invitations().invite_missing(office.admin().say(request)).await?.into_inner())
}

pub async fn invite(office: &Office, session: &str, persons: &[&str]) -> Result<pb::InviteResponse, Status> {
    let request = pb::InvitePersonsRequest {
        session: session.to_owned(),
        unit: PHU_YEN.to_owned(),
        persons: persons.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    Ok(office.invitations().invite_persons(office.admin().say(request)).await?.into_inner())
}

async fn send(office: &Office, session: &str) -> Result<pb::SendInvitationsResponse, Status> {
    let request = pb::SendInvitationsRequest {
        session: session.to_owned(),
        unit: PHU_YEN.to_owned(),
        channel: pb::InvitationChannel::HandedOver.into(),
        ..Default::default()
    };
    Ok(office.invitations().send_invitations(office.admin().say(request)).await?.into_inner())
}

async fn record(office: &Office, name: &str, answer: pb::InvitationAnswer) -> Result<pb::Invitation, Status> {
    let request =
        pb::RecordInvitationAnswerRequest { name: name.to_owned(), answer: answer.into(), ..Default::default() };
    Ok(office.invitations().record_invitation_answer(office.admin().say(request)).await?.into_inner())
}

async fn cancel(office: &Office, name: &str) -> Result<pb::Invitation, Status> {
    let request =
        pb::CancelInvitationRequest { name: name.to_owned(), reason: "Mời nhầm".to_owned(), ..Default::default() };
    Ok(office.invitations().cancel_invitation(office.admin().say(request)).await?.into_inner())
}

/// A session's invitations: person and state.
async fn all(office: &Office, session: &str) -> Vec<(String, pb::InvitationState)> {
    let request = pb::ListInvitationsRequest { session: session.to_owned(), ..Default::default() };
    let found = office.invitations().list_invitations(office.admin().say(request)).await.unwrap().into_inner();
    found.invitations.into_iter().map(|i| (i.person.clone(), i.state())).collect()
}

#[tokio::test]
async fn who_is_missing_is_invited_in_one_call_and_seen_before() {
    everywhere(async |office| {
        let mut persons = Vec::new();
        for unit in [WARD_8, WARD_8, LA_HAI, WARD_8, WARD_8] {
            persons.push(officer(&office, unit).await);
        }
        let trained = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 05 - 03)).await;
        office.attend(&trained, &[(&persons[0], 5)]).await.unwrap();
        let session = to_come(&office, 0).await;
        let elsewhere = to_come(&office, 0).await;
        office.register(&session, &[&persons[3]]).await.unwrap();
        office.register(&elsewhere, &[&persons[4]]).await.unwrap();
        read_up(&office).await;

        let before = office.rows().await;
        let dry = pb::InviteMissingRequest { validate_only: true, ..missing(&session, PHU_YEN) };
        let shown = invite_missing(&office, dry).await.unwrap();
        assert_eq!(office.rows().await, before);
        let made = invite_missing(&office, missing(&session, PHU_YEN)).await.unwrap();
        let read = |i: &pb::Invitation| (i.person.clone(), i.unit.clone(), i.state());
        let list: Vec<_> = made.invitations.iter().map(read).collect();
        assert_eq!(shown.invitations.iter().map(read).collect::<Vec<_>>(), list);
        let mut expected: Vec<_> = [(1, WARD_8), (2, LA_HAI)]
            .map(|(at, unit): (usize, &str)| (persons[at].clone(), unit.to_owned(), Draft))
            .to_vec();
        expected.sort();
        assert_eq!(list, expected);
        assert_eq!((made.already_invited, made.already_registered, made.busy, made.more), (0, 1, 1, false));
        assert_eq!(made.invitations[0].reply_by, on(BEGIN.previous_day().unwrap()));

        let again = invite_missing(&office, missing(&session, PHU_YEN)).await.unwrap();
        assert_eq!((again.invitations.len(), again.already_invited), (0, 2));
        // All of the year's topics count: nobody else is missing in the other topic alone.
        let other = pb::InviteMissingRequest {
            topics: vec![Topic::ProgrammeManagement.into()],
            most: 1,
            ..missing(&elsewhere, TUY_HOA_CITY)
        };
        let other = invite_missing(&office, other).await.unwrap();
        assert_eq!((other.invitations.len(), other.more), (1, true));
    })
    .await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_list_is_said_at_once_and_nothing_is_kept() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        let (invited, registered, fine) =
            (office.person(false).await, office.person(false).await, office.person(true).await);
        invite(&office, &session, &[&invited]).await.unwrap();
        office.register(&session, &[&registered]).await.unwrap();
        let before = office.rows().await;
        let nobody = format!("persons/{}", uuid::Uuid::from_u128(7));
        let found = refused(invite(&office, &session, &[&invited, &registered, &nobody, &fine]).await);
        let expected = [
            ("persons[0]", "INVITATION_EXISTS"),
            ("persons[1]", "REGISTRATION_EXISTS"),
            ("persons[2]", "REFERENCE_UNKNOWN"),
        ];
        assert_eq!(found, invalid(&expected));
        assert_eq!(
            refused(invite(&office, &session, &[&fine, &fine]).await),
            invalid(&[("persons[1]", "PERSON_REPEATED")])
        );
        let late = pb::InvitePersonsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            persons: vec![fine.clone()],
            reply_by: on(BEGIN),
            ..Default::default()
        };
        let late = office.invitations().invite_persons(office.admin().say(late)).await;
        assert_eq!(refused(late), invalid(&[("reply_by", "DATE_ORDER")]));
        let nowhere = pb::InviteMissingRequest { unit: "units/99999".to_owned(), ..missing(&session, "") };
        assert_eq!(refused(invite_missing(&office, nowhere).await), invalid(&[("unit", "UNIT_UNKNOWN")]));
        let future = pb::InviteMissingRequest { as_of: on(BEGIN), plan_year: 2022, ..missing(&session, PHU_YEN) };
        let future = refused(invite_missing(&office, future).await);
        assert!(future.violations.contains(&("as_of".to_owned(), "DATE_IN_FUTURE".to_owned())), "{future:?}");
        assert_eq!(office.rows().await, before);
        let made = invite(&office, &session, &[&fine]).await.unwrap();
        assert!(made.invitations[0].sample, "the person is a sample");
    })
    .await;
}

#[tokio::test]
async fn who_accepts_gets_a_place_or_waits_and_who_declines_gives_it_up() {
    everywhere(async |office| {
        let session = to_come(&office, 1).await;
        let persons = [office.person(false).await, office.person(false).await];
        let made = invite(&office, &session, &[&persons[0], &persons[1]]).await.unwrap();
        let names: Vec<String> = made.invitations.into_iter().map(|i| i.name).collect();
        let early = refused(record(&office, &names[0], Accept).await);
        assert_eq!(early, because(Code::FailedPrecondition, "INVITATION_STATE"));
        let sent = send(&office, &session).await.unwrap();
        assert_eq!(sent.invitations.iter().map(pb::Invitation::state).collect::<Vec<_>>(), [Sent, Sent]);
        assert!(send(&office, &session).await.unwrap().invitations.is_empty(), "nobody is told twice");

        let first = record(&office, &names[0], Accept).await.unwrap();
        assert_eq!((first.state(), first.answered_by()), (Accepted, pb::AnsweredBy::Office));
        assert!(first.registration.starts_with("registrations/"));
        let code = pb::GetInvitationCodeRequest { name: names[1].clone() };
        let code = office.invitations().get_invitation_code(office.admin().say(code)).await.unwrap().into_inner().code;
        let answer = |answer: pb::InvitationAnswer, request_id: &str| pb::AnswerInvitationRequest {
            code: code.clone(),
            answer: answer.into(),
            request_id: request_id.to_owned(),
            ..Default::default()
        };
        let key = uuid::Uuid::from_u128(42).to_string();
        let second = office.invitations().answer_invitation(answer(Accept, &key)).await.unwrap().into_inner();
        assert_eq!((second.state(), second.waiting_place), (Accepted, 1));
        let replay = office.invitations().answer_invitation(answer(Accept, &key)).await.unwrap().into_inner();
        assert_eq!(replay, second);
        let again = office.invitations().answer_invitation(answer(Accept, "")).await.unwrap().into_inner();
        assert_eq!(again, second, "the same answer again changes nothing");

        let goes = record(&office, &names[0], Decline).await.unwrap();
        assert_eq!((goes.state(), goes.registration.as_str()), (Declined, ""));
        let moved_up = office.invitations().answer_invitation(answer(Accept, "")).await.unwrap().into_inner();
        assert_eq!(moved_up.waiting_place, 0, "the place that was given up");
        let back = record(&office, &names[0], Accept).await.unwrap();
        assert_eq!(back.state(), Accepted);
        let door: Vec<i32> = office.door(&session).await.into_iter().map(|(.., place)| place).collect();
        assert_eq!(door, [0, 0, 1], "who comes back waits");
        let other = if code.as_bytes()[30] == b'A' { "B" } else { "A" };
        for code in [format!("{}{other}{}", &code[..30], &code[31..]), "x".to_owned()] {
            let request = pb::AnswerInvitationRequest { code, answer: Accept.into(), ..Default::default() };
            let unknown = office.invitations().answer_invitation(request).await;
            assert_eq!(refused(unknown), because(Code::NotFound, "INVITATION_CODE_UNKNOWN"));
        }
        let gone = cancel(&office, &back.name).await.unwrap();
        assert_eq!((gone.state(), gone.reason.as_str()), (Cancelled, "Mời nhầm"));
        assert_eq!(refused(cancel(&office, &back.name).await), because(Code::FailedPrecondition, "INVITATION_STATE"));
        let standing = invite(&office, &session, &[&persons[0]]).await.unwrap();
        assert_eq!(
            (standing.invitations[0].name.as_str(), standing.invitations[0].state()),
            (names[0].as_str(), Draft)
        );
    })
    .await;
}

#[tokio::test]
async fn who_declines_gives_up_every_place_and_what_was_ended_is_not_begun_by_the_same_answer() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        let persons = [officer(&office, WARD_8).await, officer(&office, WARD_8).await, officer(&office, WARD_8).await];
        read_up(&office).await;
        let refs: Vec<&str> = persons.iter().map(String::as_str).collect();
        let made = invite(&office, &session, &refs).await.unwrap().invitations;
        send(&office, &session).await.unwrap();
        // Registered by the office, declined by the person.
        office.register(&session, &refs[..1]).await.unwrap();
        let declined = record(&office, &made[0].name, Decline).await.unwrap();
        assert_eq!(declined.state(), Declined);
        // Accepted by the person, ended by the office.
        let accepted = record(&office, &made[1].name, Accept).await.unwrap();
        let end = pb::CancelRegistrationRequest {
            name: accepted.registration,
            reason: "Bận việc".to_owned(),
            ..Default::default()
        };
        office.registrations().cancel_registration(office.admin().say(end)).await.unwrap();
        let again = refused(record(&office, &made[1].name, Accept).await);
        assert_eq!(again, because(Code::FailedPrecondition, "INVITATION_STATE"));
        let ended: i32 = pb::RegistrationState::Cancelled.into();
        let door: Vec<i32> = office.door(&session).await.into_iter().map(|(_, state, _)| state).collect();
        assert_eq!(door, [ended, ended]);
        // Who said no is not registered over it.
        let fill = pb::RegisterMissingRequest {
            session: session.clone(),
            unit: TUY_HOA_CITY.to_owned(),
            ..Default::default()
        };
        let filled = office.registrations().register_missing(office.admin().say(fill)).await.unwrap().into_inner();
        let mut filled: Vec<String> = filled.registrations.into_iter().map(|r| r.person).collect();
        filled.sort();
        let mut expected = persons[1..].to_vec();
        expected.sort();
        assert_eq!(filled, expected);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_missing_in_duties_that_were_never_read_and_nobody_is_asked_too_late() {
    everywhere(async |office| {
        read_up(&office).await;
        // Who sits in councils is the evaluation service's to say, and this office has none.
        let councils = office.session_of(Audience::Councils, Topic::Promotion, BEGIN).await;
        let unread = refused(invite_missing(&office, missing(&councils, PHU_YEN)).await);
        assert_eq!(unread, because(Code::Unavailable, "PEER_UNAVAILABLE"));
        let session = to_come(&office, 0).await;
        invite(&office, &session, &[&office.person(false).await]).await.unwrap();
        office.world.clock.set_noon(BEGIN);
        let closed = because(Code::FailedPrecondition, "REGISTRATION_CLOSED");
        assert_eq!(refused(send(&office, &session).await), closed);
        let remind = pb::RemindInvitationsRequest {
            session,
            unit: PHU_YEN.to_owned(),
            unanswered_by: on(BEGIN),
            ..Default::default()
        };
        let late = office.invitations().remind_invitations(office.admin().say(remind)).await;
        assert_eq!(refused(late), closed);
    })
    .await;
}

#[tokio::test]
async fn who_has_not_answered_by_a_day_is_reminded_once_a_day() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        let mut persons = Vec::new();
        for _ in 0..3 {
            persons.push(office.person(false).await);
        }
        let request = pb::InvitePersonsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            persons: persons.clone(),
            reply_by: on(date!(2021 - 12 - 14)),
            ..Default::default()
        };
        let made = office.invitations().invite_persons(office.admin().say(request)).await.unwrap().into_inner();
        send(&office, &session).await.unwrap();
        record(&office, &made.invitations[0].name, Accept).await.unwrap();
        let remind = |by: Date| pb::RemindInvitationsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            unanswered_by: on(by),
            ..Default::default()
        };
        let mut counts = Vec::new();
        for by in [date!(2021 - 12 - 13), date!(2021 - 12 - 14), date!(2021 - 12 - 14)] {
            let answer = office.invitations().remind_invitations(office.admin().say(remind(by))).await.unwrap();
            counts.push(answer.into_inner().invitations.iter().map(|i| i.reminders).collect::<Vec<_>>());
        }
        assert_eq!(counts, [vec![], vec![1, 1], vec![]]);
        let none = pb::RemindInvitationsRequest { unanswered_by: None, ..remind(BEGIN) };
        let none = office.invitations().remind_invitations(office.admin().say(none)).await;
        assert_eq!(refused(none), invalid(&[("unanswered_by", "FIELD_REQUIRED")]));

        let late = pb::ListInvitationsRequest {
            session: session.clone(),
            unanswered_by: on(date!(2021 - 12 - 14)),
            ..Default::default()
        };
        let late = office.invitations().list_invitations(office.admin().say(late)).await.unwrap().into_inner();
        assert_eq!(late.invitations.len(), 2);
        let ask = pb::GetInvitationSummaryRequest { session: session.clone(), as_of: None };
        let summary = office.invitations().get_invitation_summary(office.admin().count(ask)).await.unwrap();
        assert_eq!(statements(&summary), 1);
        let summary = summary.into_inner();
        let counts: Vec<_> = summary.counts.iter().map(|c| (c.state(), c.count)).collect();
        assert_eq!((counts, summary.total, summary.late), (vec![(Sent, 2), (Accepted, 1)], 3, 2));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_session_cancels_its_invitations_and_closes_what_follows() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        let persons = [office.person(false).await, office.person(false).await];
        let made = invite(&office, &session, &[&persons[0], &persons[1]]).await.unwrap();
        let request =
            pb::CancelSessionRequest { name: session.clone(), reason: "Bão".to_owned(), ..Default::default() };
        office.sessions().cancel_session(office.admin().say(request)).await.unwrap();
        assert!(all(&office, &session).await.iter().all(|(_, state)| *state == Cancelled));
        for answer in [
            refused(invite(&office, &session, &[&persons[0]]).await).reason,
            refused(send(&office, &session).await).reason,
            refused(record(&office, &made.invitations[0].name, Decline).await).reason,
            refused(cancel(&office, &made.invitations[0].name).await).reason,
        ] {
            assert_eq!(answer, "SESSION_CANCELLED");
        }
        let over = office.session_of(Audience::Officers, Topic::Promotion, date!(2021 - 11 - 01)).await;
        let closed = refused(invite(&office, &over, &[&persons[0]]).await);
        assert_eq!(closed, because(Code::FailedPrecondition, "REGISTRATION_CLOSED"));
    })
    .await;
}

#[tokio::test]
async fn units_see_and_move_the_invitations_of_their_own_people_by_pages() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        for _ in 0..5 {
            officer(&office, WARD_8).await;
        }
        officer(&office, LA_HAI).await;
        read_up(&office).await;
        let made = invite_missing(&office, missing(&session, PHU_YEN)).await.unwrap().invitations;
        assert_eq!(made.len(), 6);
        let theirs = office.world.as_role("district_officer", DONG_XUAN);
        let list = |page_token: &str| pb::ListInvitationsRequest {
            page_size: 2,
            page_token: page_token.to_owned(),
            states: vec![Draft.into()],
            ..Default::default()
        };
        let seen = office.invitations().list_invitations(theirs.say(list(""))).await.unwrap().into_inner();
        assert_eq!(seen.invitations.iter().map(|i| i.unit.as_str()).collect::<Vec<_>>(), [LA_HAI]);
        let foreign = made.iter().find(|i| i.unit == WARD_8).unwrap().name.clone();
        let get = pb::GetInvitationRequest { name: foreign.clone() };
        let got = office.invitations().get_invitation(theirs.say(get)).await;
        assert_eq!(refused(got), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let above =
            pb::SendInvitationsRequest { session: session.clone(), unit: PHU_YEN.to_owned(), ..Default::default() };
        let own = pb::SendInvitationsRequest { unit: DONG_XUAN.to_owned(), ..above.clone() };
        let above = office.invitations().send_invitations(theirs.say(above)).await;
        assert_eq!(refused(above), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let own = office.invitations().send_invitations(theirs.say(own)).await.unwrap().into_inner();
        assert_eq!(own.invitations.len(), 1);

        let (mut walked, mut token) = (0, String::new());
        loop {
            let page = office.invitations().list_invitations(office.admin().count(list(&token))).await.unwrap();
            assert_eq!(statements(&page), 1);
            let page = page.into_inner();
            walked += page.invitations.len();
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, 5, "one was sent");
    })
    .await;
}

#[tokio::test]
async fn who_holds_a_code_reads_what_the_invitation_says_and_for_whom_it_is_is_not_said() {
    everywhere(async |office| {
        let session = to_come(&office, 0).await;
        let person = office.person_named("Cán bộ Kín", WARD_8).await;
        let made = invite(&office, &session, &[&person]).await.unwrap().invitations.remove(0);
        let ask = pb::GetInvitationCodeRequest { name: made.name.clone() };
        let code = office.invitations().get_invitation_code(office.admin().say(ask)).await.unwrap().into_inner().code;
        let check = async |code: &str| {
            let ask = pb::CheckInvitationCodeRequest { code: code.to_owned() };
            Ok::<_, Status>(office.invitations().check_invitation_code(ask).await?.into_inner())
        };
        let draft = check(&code).await.unwrap();
        assert_eq!((draft.state(), draft.acceptable, draft.declinable), (Draft, false, false), "nobody was told yet");
        send(&office, &session).await.unwrap();
        let before = office.rows().await;
        let said = check(&code).await.unwrap();
        assert_eq!((said.state(), said.acceptable, said.declinable), (Sent, true, true));
        assert_eq!((said.session.as_str(), said.organiser.as_str()), (session.as_str(), "tỉnh Phú Yên"));
        assert!(said.times.iter().any(|time| time.starts_with("Sáng 20/12/2021")), "{said:?}");
        let whole = format!("{said:?}");
        assert!(!whole.contains("Cán bộ Kín") && !whole.contains("persons/"), "{whole}");
        assert_eq!(office.rows().await, before);
        for code in ["x", &made.name, &code[1..]] {
            assert_eq!(refused(check(code).await), because(Code::NotFound, "INVITATION_CODE_UNKNOWN"), "{code}");
        }
        assert_eq!(refused(check("").await), invalid(&[("code", "FIELD_REQUIRED")]));
        office.world.clock.set_noon(BEGIN);
        let late = check(&code).await.unwrap();
        assert_eq!((late.acceptable, late.declinable), (false, true), "registration is over");
    })
    .await;
}
