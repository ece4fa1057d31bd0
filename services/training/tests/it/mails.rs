//! Messages to invited persons, with a mail server of the test's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit::testing::{World, backends, statements};
use proto::common::v1::{Audience, Topic};
use proto::registry::v1 as registry;
use proto::training::v1 as pb;
use proto::training::v1::InvitationMailKind::{Cancel, Change, Invite, Remind};
use proto::training::v1::InvitationMailState::{Failed, Needless, Queued, Sent};
use sea_orm::{ConnectionTrait, Statement};
use time::macros::date;
use tonic::Code;
use training::Training;

use crate::invitations::invite;
use crate::office::{Office, PHU_YEN, because, course, everywhere, on, refused, session};
use crate::smtp::{Meets, Smtp};

/// Runs a test on every engine in an office that sends its mail to a server which meets messages so.
async fn with_mail(script: &[Meets], attempts: u32, test: impl AsyncFn(&Office, &Smtp)) {
    for backend in backends() {
        println!("on {backend:?}");
        let server = Smtp::start(script).await;
        let at = server.at;
        let world = World::on(backend).mount::<::registry::Registry>().mount::<Training>();
        let world = world.configure(move |config| {
            config.mail.server = Some(format!("smtp://{at}?tls=none"));
            config.mail.sender = Some("OCOP mẫu <ocop@phuyen.example>".to_owned());
            config.mail.answer_url = Some("https://ocop.example/tra-loi".to_owned());
            config.mail.attempts = attempts;
            config.mail.poll_ms = 10;
        });
        let office = Arc::new(Office { world: world.start().await });
        test(&office, &server).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
        server.stop().await;
    }
}

async fn planned(office: &Office) -> String {
    let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
    office.add_session(session(&course.name, date!(2021 - 12 - 20))).await.unwrap().name
}

/// A person with an address.
async fn reachable(office: &Office, address: &str) -> String {
    let person = office.person(true).await;
    for (value, preferred) in [("cu@ocop.example", false), (address, true)] {
        let contact = registry::Contact {
            person: person.clone(),
            kind: registry::ContactKind::Email.into(),
            value: value.to_owned(),
            preferred,
            sample: true,
            ..Default::default()
        };
        let request = registry::CreateContactRequest { contact: Some(contact), ..Default::default() };
        office.contacts().create_contact(office.admin().say(request)).await.unwrap();
    }
    person
}

async fn send(office: &Office, session: &str) -> pb::SendInvitationsResponse {
    let request = pb::SendInvitationsRequest {
        session: session.to_owned(),
        unit: PHU_YEN.to_owned(),
        channel: pb::InvitationChannel::Mail.into(),
        ..Default::default()
    };
    office.invitations().send_invitations(office.admin().say(request)).await.unwrap().into_inner()
}

async fn mails(office: &Office, session: &str) -> Vec<pb::InvitationMail> {
    let request = pb::ListInvitationMailsRequest { session: session.to_owned(), ..Default::default() };
    office.mails().list_invitation_mails(office.admin().say(request)).await.unwrap().into_inner().mails
}

/// Waits until the messages of a session are what the test expects.
async fn until(
    office: &Office,
    session: &str,
    expected: impl Fn(&[pb::InvitationMail]) -> bool,
) -> Vec<pb::InvitationMail> {
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    let wait = async {
        loop {
            tick.tick().await;
            let found = mails(office, session).await;
            if expected(&found) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the messages become what the test expects")
}

fn all(state: pb::InvitationMailState) -> impl Fn(&[pb::InvitationMail]) -> bool {
    move |mails| !mails.is_empty() && mails.iter().all(|mail| mail.state() == state)
}

async fn state_of(office: &Office, name: &str) -> pb::Invitation {
    let request = pb::GetInvitationRequest { name: name.to_owned() };
    office.invitations().get_invitation(office.admin().say(request)).await.unwrap().into_inner()
}

fn header(message: &str, name: &str) -> String {
    let lines = message.replace("\n ", " ");
    let found = lines.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    found.expect("the message has the header")
}

#[tokio::test]
async fn an_invitation_goes_to_the_preferred_address_with_its_calendar_and_its_answers_back() {
    with_mail(&[], 5, async |office, server| {
        let session = planned(office).await;
        let person = reachable(office, "moi@ocop.example").await;
        let made = invite(office, &session, &[&person]).await.unwrap().invitations.remove(0);
        let sent = send(office, &session).await;
        assert_eq!(sent.channel(), pb::InvitationChannel::Mail);
        let done = until(office, &session, all(Sent)).await;
        assert_eq!((done.len(), done[0].kind(), done[0].attempts, done[0].last_error.as_str()), (1, Invite, 1, ""));
        let seen = server.seen();
        assert_eq!(seen.len(), 1);
        let (to, message) = &seen[0];
        assert_eq!(to, "moi@ocop.example");
        let id = done[0].name.trim_start_matches("invitationMails/");
        assert_eq!(header(message, "Message-ID"), format!("<{id}@phuyen.example>"));
        assert!(
            message.contains("text/calendar; charset=utf-8; method=PUBLISH") && message.contains("lop-tap-huan.ics")
        );
        // Nothing of the person is kept here.
        assert!(!format!("{done:?}").contains("ocop.example"));
        assert_eq!(state_of(office, &made.name).await.state(), pb::InvitationState::Sent);

        // A change of place, a reminder and a cancellation are told, each once.
        let change =
            pb::Session { name: session.clone(), place: "Hội trường mới".to_owned(), ..Default::default() };
        let change = pb::UpdateSessionRequest { session: Some(change), ..Default::default() };
        office.sessions().update_session(office.admin().say(change)).await.unwrap();
        let remind = pb::RemindInvitationsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            unanswered_by: on(date!(2021 - 12 - 31)),
            ..Default::default()
        };
        office.invitations().remind_invitations(office.admin().say(remind)).await.unwrap();
        until(office, &session, |mails| mails.len() == 3 && all(Sent)(mails)).await;
        let cancel =
            pb::CancelSessionRequest { name: session.clone(), reason: "Bão".to_owned(), ..Default::default() };
        office.sessions().cancel_session(office.admin().say(cancel)).await.unwrap();
        let done = until(office, &session, |mails| mails.len() == 4 && all(Sent)(mails)).await;
        assert_eq!(done.iter().map(pb::InvitationMail::kind).collect::<Vec<_>>(), [Invite, Change, Remind, Cancel]);
        assert!(server.seen()[3].1.contains("method=CANCEL"));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_busy_or_vanishes_gets_the_same_message_again() {
    with_mail(&[Meets::Later, Meets::Vanishes], 5, async |office, server| {
        let session = planned(office).await;
        let person = reachable(office, "moi@ocop.example").await;
        invite(office, &session, &[&person]).await.unwrap();
        send(office, &session).await;
        let tried = until(office, &session, |mails| mails[0].attempts == 1 && !mails[0].last_error.is_empty()).await;
        assert_eq!(tried[0].state(), Queued);
        assert!(tried[0].last_error.contains("try later") && tried[0].next_time.is_some(), "{tried:?}");
        // Due again after a minute; the test's clock goes on by days.
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        until(office, &session, |mails| mails[0].attempts == 2 && !mails[0].last_error.contains("try later")).await;
        office.world.clock.set_noon(date!(2021 - 12 - 17));
        let done = until(office, &session, all(Sent)).await;
        assert_eq!((done[0].attempts, done[0].next_time), (3, None));
        let ids: Vec<String> = server.seen().iter().map(|(_, message)| header(message, "Message-ID")).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| *id == ids[0]), "doubles are seen as one: {ids:?}");
    })
    .await;
}

#[tokio::test]
async fn a_cancellation_follows_by_mail_whoever_may_know_by_mail() {
    with_mail(&[Meets::Taken, Meets::Later], 5, async |office, server| {
        let session = planned(office).await;
        let reached = reachable(office, "moi@ocop.example").await;
        let made = invite(office, &session, &[&reached]).await.unwrap().invitations.remove(0);
        send(office, &session).await;
        until(office, &session, all(Sent)).await;
        // Reminded by phone, the person still knows by mail.
        let remind = pb::RemindInvitationsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            unanswered_by: on(date!(2021 - 12 - 31)),
            channel: pb::InvitationChannel::HandedOver.into(),
            ..Default::default()
        };
        office.invitations().remind_invitations(office.admin().say(remind)).await.unwrap();
        assert_eq!(state_of(office, &made.name).await.channel(), pb::InvitationChannel::Mail);
        let cancel = |name: &str| pb::CancelInvitationRequest {
            name: name.to_owned(),
            reason: "Mời nhầm".to_owned(),
            ..Default::default()
        };
        // Another message was tried and is to be tried again: it may have arrived.
        let tried = reachable(office, "thu@ocop.example").await;
        let other = invite(office, &session, &[&tried]).await.unwrap().invitations.remove(0);
        send(office, &session).await;
        until(office, &session, |mails| mails.len() == 2 && !mails[1].last_error.is_empty()).await;
        for name in [&made.name, &other.name] {
            office.invitations().cancel_invitation(office.admin().say(cancel(name))).await.unwrap();
        }
        let done = until(office, &session, |mails| mails.len() == 4 && mails[2..].iter().all(|m| m.state() != Queued));
        let done: Vec<_> = done.await.iter().map(|m| (m.kind(), m.state())).collect();
        assert_eq!(done, [(Invite, Sent), (Invite, Queued), (Cancel, Sent), (Cancel, Sent)]);
        assert_eq!(server.seen().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_takes_nothing_or_is_not_there_fails_the_invitation_alone() {
    with_mail(&[Meets::Never], 5, async |office, server| {
        let session = planned(office).await;
        let gone = reachable(office, "khongcon@ocop.example").await;
        let nowhere = office.person(true).await;
        let fine = reachable(office, "moi@ocop.example").await;
        let made = invite(office, &session, &[&gone, &nowhere, &fine]).await.unwrap().invitations;
        let names: BTreeMap<String, String> = made.into_iter().map(|i| (i.person, i.name)).collect();
        send(office, &session).await;
        until(office, &session, |mails| mails.iter().all(|m| m.state() != Queued)).await;
        let states: Vec<_> = mails(office, &session).await.iter().map(pb::InvitationMail::state).collect();
        assert_eq!(states, [Failed, Failed, Sent]);
        let failed = state_of(office, &names[&gone]).await;
        assert_eq!(failed.state(), pb::InvitationState::Failed);
        assert!(failed.reason.contains("no such user") && !failed.reason.contains("khongcon"), "{failed:?}");
        assert!(state_of(office, &names[&nowhere]).await.reason.contains("no e-mail address"));
        assert_eq!(state_of(office, &names[&fine]).await.state(), pb::InvitationState::Sent);
        // Both failures are told, in the service's own name.
        let db = office.world.database("training");
        let told = "SELECT count(*) AS n FROM journal WHERE caller = 'training' AND method = 'invitation mail'";
        let told = Statement::from_string(db.reader().get_database_backend(), told);
        let told: i64 = db.reader().query_one_raw(told).await.unwrap().unwrap().try_get("", "n").unwrap();
        assert_eq!(told, 2);
        // Failed ones are sent again when they are asked for.
        let again = send(office, &session).await;
        assert_eq!(again.invitations.len(), 2);
        until(office, &session, |mails| mails.len() == 5 && mails.iter().all(|m| m.state() != Queued)).await;
        assert_eq!(server.seen().len(), 2, "the first one's address takes it now");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_given_up_after_as_many_tries_as_are_set() {
    with_mail(&[], 1, async |office, server| {
        let session = planned(office).await;
        let person = reachable(office, "moi@ocop.example").await;
        // The server takes nothing more: what it meets from now on vanishes.
        server.will(&[Meets::Vanishes, Meets::Vanishes]);
        let made = invite(office, &session, &[&person]).await.unwrap().invitations.remove(0);
        send(office, &session).await;
        until(office, &session, all(Failed)).await;
        assert_eq!(state_of(office, &made.name).await.state(), pb::InvitationState::Failed);
        // What was overtaken before it was sent is not sent: a cancellation of what nobody was told.
        let cancel = pb::CancelInvitationRequest {
            name: made.name.clone(),
            reason: "Mời nhầm".to_owned(),
            ..Default::default()
        };
        office.invitations().cancel_invitation(office.admin().say(cancel)).await.unwrap();
        let done = until(office, &session, |mails| mails.len() == 2 && mails[1].state() != Queued).await;
        assert_eq!(done[1].state(), Needless);
        let list = pb::ListInvitationMailsRequest {
            invitation: made.name,
            states: vec![Failed.into()],
            page_size: 1,
            ..Default::default()
        };
        let list = office.mails().list_invitation_mails(office.admin().count(list)).await.unwrap();
        assert_eq!(statements(&list), 1);
        assert_eq!(list.into_inner().mails.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_office_without_mail_hands_over() {
    everywhere(async |office| {
        let session = planned(&office).await;
        let person = office.person(false).await;
        invite(&office, &session, &[&person]).await.unwrap();
        let by = |channel: pb::InvitationChannel| pb::SendInvitationsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            channel: channel.into(),
            ..Default::default()
        };
        let mail = office.invitations().send_invitations(office.admin().say(by(pb::InvitationChannel::Mail))).await;
        assert_eq!(refused(mail), because(Code::FailedPrecondition, "MAIL_NOT_CONFIGURED"));
        let any = by(pb::InvitationChannel::Unspecified);
        let any = office.invitations().send_invitations(office.admin().say(any)).await.unwrap().into_inner();
        assert_eq!(any.channel(), pb::InvitationChannel::HandedOver);
        assert!(mails(&office, &session).await.is_empty());
    })
    .await;
}
