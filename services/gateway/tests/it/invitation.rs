//! The page on which an invited person answers.

use std::net::SocketAddr;

use gateway::Gateway;
use kit::day;
use kit::testing::{Backend, TODAY, World};
use proto::common::v1::{Audience, Topic};
use proto::registry::v1 as registry;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::training::v1 as pb;
use proto::training::v1::course_service_client::CourseServiceClient;
use proto::training::v1::invitation_service_client::InvitationServiceClient;
use proto::training::v1::session_service_client::SessionServiceClient;
use registry::Person;
use time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use training::Training;

use super::stage::{Answer, http};

const PHU_YEN: &str = "units/54-20180507";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

struct Party {
    world: World,
    name: String,
    code: String,
}

impl Party {
    /// One invitation that was sent, to a session in ten days.
    async fn new() -> Self {
        let world = World::on(Backend::Sqlite);
        let world = world.mount::<::registry::Registry>().mount::<Training>().mount::<Gateway>().start().await;
        let admin = world.as_role("province_admin", PHU_YEN);
        let person = Person {
            display_name: "Cán bộ Kín".to_owned(),
            unit: PHU_YEN.to_owned(),
            registration_date: Some(day::pb(TODAY)),
            ..Default::default()
        };
        let ask = registry::CreatePersonRequest { person: Some(person), ..Default::default() };
        let person = PersonServiceClient::new(world.link("registry")).create_person(admin.say(ask)).await.unwrap();
        let course = pb::Course {
            unit: PHU_YEN.to_owned(),
            title: "Xúc tiến <thương mại>".to_owned(),
            audience: Audience::Officers.into(),
            topic: Topic::Promotion.into(),
            half_days: 2,
            adopt_date: Some(day::pb(TODAY)),
            ..Default::default()
        };
        let ask = pb::CreateCourseRequest { course: Some(course), ..Default::default() };
        let course = CourseServiceClient::new(world.link("training")).create_course(admin.say(ask)).await.unwrap();
        let begin = Some(day::pb(TODAY + Duration::days(10)));
        let session = pb::Session {
            course: course.into_inner().name,
            unit: PHU_YEN.to_owned(),
            begin_date: begin,
            end_date: begin,
            place: "Hội trường A".to_owned(),
            ..Default::default()
        };
        let ask = pb::CreateSessionRequest { session: Some(session), ..Default::default() };
        let session = SessionServiceClient::new(world.link("training")).create_session(admin.say(ask)).await.unwrap();
        let session = session.into_inner().name;
        let mut invitations = InvitationServiceClient::new(world.link("training"));
        let ask = pb::InvitePersonsRequest {
            session: session.clone(),
            unit: PHU_YEN.to_owned(),
            persons: vec![person.into_inner().name],
            ..Default::default()
        };
        let name = invitations.invite_persons(admin.say(ask)).await.unwrap().into_inner().invitations.remove(0).name;
        let ask = pb::SendInvitationsRequest { session, unit: PHU_YEN.to_owned(), ..Default::default() };
        invitations.send_invitations(admin.say(ask)).await.unwrap();
        let ask = pb::GetInvitationCodeRequest { name: name.clone() };
        let code = invitations.get_invitation_code(admin.say(ask)).await.unwrap().into_inner().code;
        Self { world, name, code }
    }

    fn addr(&self) -> SocketAddr {
        self.world.url().trim_start_matches("http://").parse().unwrap()
    }

    async fn get(&self, query: &str) -> Answer {
        http(self.addr(), "GET", &format!("/giay-moi{query}"), &[], b"").await
    }

    async fn post(&self, body: &str) -> Answer {
        http(self.addr(), "POST", "/giay-moi", &[FORM], body.as_bytes()).await
    }

    /// The head of the page, as programs ask for it that want no more.
    async fn head(&self) -> String {
        let mut connection = TcpStream::connect(self.addr()).await.unwrap();
        let ask = format!("HEAD /giay-moi?code={} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", self.code);
        connection.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn invitation(&self) -> pb::Invitation {
        let admin = self.world.as_role("province_admin", PHU_YEN);
        let ask = pb::GetInvitationRequest { name: self.name.clone() };
        InvitationServiceClient::new(self.world.link("training"))
            .get_invitation(admin.say(ask))
            .await
            .unwrap()
            .into_inner()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_reads_and_answers_without_an_account_and_may_think_again() {
    let party = Party::new().await;
    let untouched = party.invitation().await;
    let page = party.get(&format!("?code={}", party.code)).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for said in
        ["Xúc tiến &lt;thương mại&gt;", "UBND tỉnh Phú Yên", "Hội trường A", "Sáng 25/12/2021", "<form method=\"post\""]
    {
        assert!(page.text().contains(said), "{said} is missing in {}", page.text());
    }
    assert!(!page.text().contains("Cán bộ Kín") && !page.text().contains("persons/"), "it names nobody");
    for (name, part) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
    ] {
        assert!(page.header(name).is_some_and(|value| value.contains(part)), "{name}: {:?}", page.header(name));
    }
    assert!(party.head().await.starts_with("HTTP/1.1 200 "), "a mail program looks the link up");
    assert_eq!(party.get(&format!("?code={}&answer=decline", party.code)).await.status, 200);
    assert_eq!(party.invitation().await, untouched, "reading changes nothing");

    let yes = party.post(&format!("code={}&answer=accept&reason=", party.code)).await;
    assert_eq!(yes.status, 200, "{}", yes.text());
    assert!(yes.text().contains("đã có chỗ") && yes.text().contains("Thẻ tham dự"), "{}", yes.text());
    let accepted = party.invitation().await;
    assert_eq!((accepted.state(), accepted.answered_by()), (pb::InvitationState::Accepted, pb::AnsweredBy::Code));
    let again = party.get(&format!("?code={}", party.code)).await;
    assert!(again.text().contains("đã trả lời: tham dự"), "{}", again.text());
    let no = party.post(&format!("code={}&answer=decline&reason=B%E1%BA%ADn+vi%E1%BB%87c", party.code)).await;
    assert!(no.text().contains("không tham dự"), "{}", no.text());
    let declined = party.invitation().await;
    assert_eq!((declined.state(), declined.reason.as_str()), (pb::InvitationState::Declined, "Bận việc"));
    party.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_none_a_form_that_is_none_and_an_answer_too_late_are_refused_in_vietnamese() {
    let party = Party::new().await;
    let before = party.invitation().await;
    assert!(party.get("").await.text().contains("name=\"code\""), "who has a letter types the code");
    let mut forged = party.code.clone();
    forged.replace_range(0..1, if forged.starts_with('A') { "B" } else { "A" });
    for code in [forged.as_str(), "x", "%00", "%ff%fe", &"x".repeat(61)] {
        let found = party.get(&format!("?code={code}")).await;
        assert!(matches!(found.status, 400 | 404) && !found.text().contains("<form"), "{code}: {}", found.text());
        let found = party.post(&format!("code={code}&answer=accept")).await;
        assert!(matches!(found.status, 400 | 404), "{code}: {}", found.text());
    }
    let unknown = party.get("?code=x").await;
    assert!(unknown.status == 404 && unknown.text().contains("Mã giấy mời không đúng"), "{}", unknown.text());
    for (body, status) in [
        (format!("code={}", party.code), 400),
        (format!("code={}&answer=perhaps", party.code), 400),
        (format!("code={}&answer=accept&reason={}", party.code, "x".repeat(9000)), 413),
        (format!("code={}&answer=decline&reason={}", party.code, "x".repeat(301)), 400),
    ] {
        assert_eq!(party.post(&body).await.status, status, "{body}");
    }
    let json = http(party.addr(), "POST", "/giay-moi", &[("content-type", "application/json")], b"{}").await;
    let put = http(party.addr(), "PUT", "/giay-moi", &[FORM], b"").await;
    assert_eq!((json.status, put.status, put.header("allow")), (415, 405, Some("GET, HEAD, POST")));
    assert_eq!(party.invitation().await, before);
    party.world.clock.set_noon(TODAY + Duration::days(12));
    let late = party.get(&format!("?code={}", party.code)).await;
    assert!(late.text().contains("Đã hết hạn đăng ký") && !late.text().contains("value=\"accept\""), "{}", late.text());
    let late = party.post(&format!("code={}&answer=accept", party.code)).await;
    assert!(late.status == 409 && late.text().contains("Đã hết hạn đăng ký ngày"), "{}", late.text());
    party.world.stop().await;
}
