//! Who judges: attendance, quorum, conflicts, the check on site, written opinions.

use kit::testing::As;
use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use reference::cards;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    FILED, Office, WARD_8, because, card, council, everywhere, everywhere_on, invalid, known, marks, marks_that_hold,
    on, refused, round, sitting, told,
};
use crate::sealed::{bench, lock, save};

async fn attend(office: &Office, sitting: &str, told: &[(&str, pb::Presence)]) -> Result<pb::Panel, Status> {
    let one = |(member, presence): &(&str, pb::Presence)| pb::Attendance {
        member: (*member).to_owned(),
        presence: (*presence).into(),
        note: "Bận công tác".to_owned(),
    };
    let attendance = told.iter().map(one).collect();
    let request = pb::RecordAttendanceRequest { name: sitting.to_owned(), attendance, ..Default::default() };
    Ok(office.panels().record_attendance(office.admin.say(request)).await?.into_inner())
}

async fn declare(office: &Office, who: &As, sitting: &str, member: &str) -> Result<pb::Panel, Status> {
    let request = pb::DeclareConflictRequest {
        name: sitting.to_owned(),
        member: member.to_owned(),
        ground: pb::ConflictGround::Consultant.into(),
        note: "Đã tư vấn cho cơ sở".to_owned(),
        ..Default::default()
    };
    Ok(office.panels().declare_conflict(who.say(request)).await?.into_inner())
}

async fn lift(office: &Office, sitting: &str, member: &str) -> Result<pb::Panel, Status> {
    let request = pb::LiftConflictRequest {
        name: sitting.to_owned(),
        member: member.to_owned(),
        ground: pb::ConflictGround::Consultant.into(),
        lift_ground: "Ghi nhầm sản phẩm".to_owned(),
        ..Default::default()
    };
    Ok(office.panels().lift_conflict(office.admin.say(request)).await?.into_inner())
}

async fn panel(office: &Office, sitting: &str) -> pb::Panel {
    let request = pb::GetPanelRequest { name: sitting.to_owned() };
    office.panels().get_panel(office.admin.say(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_sitting_is_graded_with_its_quorum_and_its_chair_or_deputy() {
    everywhere(async |office| {
        let round = office.round_of(4).await;
        let made = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
        office.mark_all(&made, &[70, 71, 72, 73]).await;
        let found = attend(&office, &made.name, &[("m3", pb::Presence::Absent), ("m4", pb::Presence::Absent)]).await;
        let found = found.unwrap();
        assert_eq!((found.attending, found.members_in_all, found.quorum_reached), (2, 4, false));
        let early = office.grade(&made.name).await.unwrap_err();
        assert_eq!((told(&early, "attending"), told(&early, "percent")), ("2".to_owned(), "75".to_owned()));
        assert_eq!(refused(Err::<(), _>(early)), because(Code::FailedPrecondition, "QUORUM_MISSING"));
        attend(&office, &made.name, &[("m4", pb::Presence::Late)]).await.unwrap();
        attend(&office, &made.name, &[("m3", pb::Presence::Present), ("m1", pb::Presence::Absent)]).await.unwrap();
        let leaderless = office.grade(&made.name).await;
        assert_eq!(refused(leaderless), because(Code::FailedPrecondition, "CHAIR_ABSENT"));
        let unknown = [("m9", pb::Presence::Late), ("m2", pb::Presence::Late), ("m2", pb::Presence::Absent)];
        let bad = attend(&office, &made.name, &unknown).await;
        assert_eq!(refused(bad), invalid(&[("attendance[2].member", "MEMBER_DUPLICATE")]));
        let bad = attend(&office, &made.name, &unknown[..2]).await;
        assert_eq!(refused(bad), invalid(&[("attendance[0].member", "MEMBER_UNKNOWN")]));
        attend(&office, &made.name, &[("m1", pb::Presence::Present), ("m3", pb::Presence::Absent)]).await.unwrap();
        let graded = office.grade(&made.name).await.unwrap();
        let result = graded.result.unwrap();
        assert_eq!(
            (result.mean.as_str(), result.mean_denominator),
            ("71.33", 3),
            "70, 71 and 73; who came late counts"
        );
        let excluded: Vec<(&str, bool)> = result.excluded.iter().map(|e| (e.member.as_str(), e.absent)).collect();
        assert_eq!(excluded, [("m3", true)]);
        assert!(office.verify(&made.name).await.unwrap().equal);
        let late = attend(&office, &made.name, &[("m3", pb::Presence::Present)]).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "SITTING_STATE"));
    })
    .await;
}

#[tokio::test]
async fn marks_of_a_member_in_conflict_never_enter_the_mean_whenever_it_is_declared() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        office.mark_all(&bench.sitting, &[70, 70, 95]).await;
        let foreign = declare(&office, &bench.members[0], name, "m3").await;
        assert_eq!(refused(foreign), because(Code::PermissionDenied, "SEAT_OF_OTHER"));
        let found = declare(&office, &bench.members[2], name, "m3").await.unwrap();
        assert!(!found.members[2].in_panel && found.members[0].in_panel);
        assert_eq!(found.members[2].conflicts[0].note, "Đã tư vấn cho cơ sở");
        let twice = declare(&office, &office.admin, name, "m3").await;
        assert_eq!(refused(twice), because(Code::AlreadyExists, "CONFLICT_DECLARED"));
        let out = save(&office, &bench.members[2], name, "m3", marks(card(), 10)).await;
        assert_eq!(refused(out), because(Code::FailedPrecondition, "MEMBER_KEPT_OUT"));
        let result = office.grade(name).await.unwrap().result.unwrap();
        assert_eq!((result.mean.as_str(), result.spread, result.member_totals.len()), ("70.00", 0, 2));
        assert_eq!((result.excluded[0].member.as_str(), result.excluded[0].absent), ("m3", false));
        assert!(office.verify(name).await.unwrap().equal);
        // What happened to the panel is part of what is recomputed.
        assert_eq!(
            office.tamper("UPDATE sitting SET panel = replace(panel, '\"lifted\":null', '\"lifted\":\"x\"')").await,
            1
        );
        assert!(!office.verify(name).await.unwrap().equal);
    })
    .await;
}

#[tokio::test]
async fn nobody_comes_into_a_panel_whose_marks_are_open() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        let nothing = lift(&office, name, "m3").await;
        assert_eq!(refused(nothing), because(Code::FailedPrecondition, "CONFLICT_NOT_DECLARED"));
        declare(&office, &office.admin, name, "m3").await.unwrap();
        lift(&office, name, "m3").await.unwrap();
        declare(&office, &office.admin, name, "m3").await.unwrap();
        assert_eq!(panel(&office, name).await.members[2].conflicts.len(), 2, "what was lifted stays on record");
        attend(&office, name, &[("m2", pb::Presence::Absent)]).await.unwrap();
        let absent = save(&office, &bench.members[1], name, "m2", marks(card(), 60)).await;
        assert_eq!(refused(absent), because(Code::FailedPrecondition, "MEMBER_ABSENT"));
        assert!(panel(&office, name).await.sealed);
        save(&office, &bench.members[0], name, "m1", marks(card(), 70)).await.unwrap();
        lock(&office, &bench.members[0], name, "m1").await.unwrap();
        assert!(!panel(&office, name).await.sealed, "the only one who judges has locked");
        let unsealed = because(Code::FailedPrecondition, "MARKS_UNSEALED");
        assert_eq!(refused(lift(&office, name, "m3").await), unsealed);
        assert_eq!(refused(attend(&office, name, &[("m2", pb::Presence::Late)]).await), unsealed);
        let empty = attend(&office, name, &[("m1", pb::Presence::Absent)]).await;
        assert_eq!(refused(empty), unsealed, "with nobody left the marks would be sealed again");
    })
    .await;
}

#[tokio::test]
async fn a_product_that_nobody_may_judge_is_not_graded() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        for member in ["m1", "m2", "m3"] {
            declare(&office, &office.admin, &bench.sitting.name, member).await.unwrap();
        }
        let found = office.grade(&bench.sitting.name).await;
        assert_eq!(refused(found), because(Code::FailedPrecondition, "PANEL_EMPTY"));
    })
    .await;
}

/// A person of the registry who manages the producer of a product.
async fn manager_of(office: &Office, product: &str) -> (String, String) {
    let link = office.world.link("registry");
    let get = registry_pb::GetProductRequest { name: product.to_owned() };
    let of = ProductServiceClient::new(link.clone()).get_product(office.admin.say(get)).await.unwrap().into_inner();
    let person = registry_pb::Person {
        display_name: "Giám đốc hợp tác xã".to_owned(),
        unit: WARD_8.to_owned(),
        registration_date: on(date!(2021 - 01 - 15)),
        ..Default::default()
    };
    let request = registry_pb::CreatePersonRequest { person: Some(person), ..Default::default() };
    let person = PersonServiceClient::new(link.clone()).create_person(office.admin.say(request)).await.unwrap();
    let person = person.into_inner().name;
    let manager = registry_pb::Manager {
        person: person.clone(),
        producer: of.producer,
        title: "Giám đốc".to_owned(),
        begin_date: on(date!(2020 - 01 - 01)),
        ..Default::default()
    };
    let request = registry_pb::CreateManagerRequest { manager: Some(manager), ..Default::default() };
    let manager = ManagerServiceClient::new(link).create_manager(office.admin.say(request)).await.unwrap();
    (person, manager.into_inner().name)
}

#[tokio::test]
async fn a_member_who_manages_the_producer_is_found_though_nobody_declared_it() {
    everywhere(async |office| {
        let council = office.add_council(council(3)).await.unwrap().name;
        let round = office.add_round(round(&council)).await.unwrap().name;
        let product = office.product("Cà phê").await;
        let (person, manager) = manager_of(&office, &product).await;
        let (stranger, _) = manager_of(&office, &office.product("Ca cao").await).await;
        for (member, person) in [("m1", person), ("m2", stranger)] {
            let request = pb::AssignSeatRequest {
                name: council.clone(),
                member: member.to_owned(),
                subject: member.to_owned(),
                person,
                begin_date: on(date!(2021 - 03 - 01)),
                ..Default::default()
            };
            office.councils().assign_seat(office.admin.say(request)).await.unwrap();
        }
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let secretary = office.login("secretary", "council_secretary");
        let request = pb::SearchConflictsRequest { name: made.name.clone() };
        let found = office.panels().search_conflicts(secretary.say(request)).await.unwrap().into_inner();
        let suspected: Vec<(&str, &str, bool)> =
            found.suspected_conflicts.iter().map(|s| (s.member.as_str(), s.source.as_str(), s.former)).collect();
        assert_eq!(suspected, [("m1", manager.as_str(), false)]);
        assert_eq!(found.members_without_person, ["m3"]);
        assert!(panel(&office, &made.name).await.members[0].in_panel, "a finding keeps nobody out by itself");
    })
    .await;
}

#[tokio::test]
async fn tourism_is_checked_on_site_before_anybody_marks_it() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let card = cards::get("q1048-du-lich-cong-dong-diem-du-lich").unwrap();
        let mut wanted = sitting(&round, &office.product("Làng du lịch").await);
        wanted.product_set = format!("productSets/{}", card.id);
        let made = office.add_sitting(wanted).await.unwrap();
        assert!(panel(&office, &made.name).await.site_check_required);
        let early = office.mark(&made.name, "m1", marks(card, 60)).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "SITE_CHECK_MISSING"));
        let check = |day: Date| pb::RecordSiteCheckRequest {
            name: made.name.clone(),
            check_date: on(day),
            findings: "Đủ điều kiện đón khách".to_owned(),
            ..Default::default()
        };
        let before = office.panels().record_site_check(office.admin.say(check(date!(2021 - 08 - 31)))).await;
        assert_eq!(refused(before), invalid(&[("check_date", "DATE_ORDER")]));
        let ahead = office.panels().record_site_check(office.admin.say(check(date!(2022 - 08 - 31)))).await;
        assert_eq!(refused(ahead), invalid(&[("check_date", "DATE_IN_FUTURE")]));
        let help = office.login("help", "help_team");
        office.panels().record_site_check(help.say(check(FILED))).await.unwrap();
        office.mark(&made.name, "m1", marks(card, 60)).await.unwrap();
        assert_eq!(office.grade(&made.name).await.unwrap().result.unwrap().stars, 3);
        let plain = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
        assert!(!panel(&office, &plain.name).await.site_check_required);
    })
    .await;
}

#[tokio::test]
async fn a_re_evaluation_goes_by_written_opinions_until_they_differ() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let card = cards::get("q26-ca-phe-ca-cao").unwrap();
        let mut of_council = council(2);
        (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
        let of_council = office.add_council(of_council).await.unwrap();
        let mut opened = round(&of_council.name);
        (opened.regime, opened.year, opened.open_date) = ("regimes/q26".to_owned(), 2026, on(date!(2026 - 06 - 02)));
        let opened = office.add_round(opened).await.unwrap().name;
        let product = office.product("Cà phê").await;
        let mut wanted = sitting(&opened, &product);
        wanted.product_set = format!("productSets/{}", card.id);
        (wanted.filing_date, wanted.sitting_date) = (on(date!(2026 - 10 - 01)), on(date!(2026 - 11 - 01)));
        wanted.method = pb::SittingMethod::Written.into();
        let first = office.add_sitting(wanted.clone()).await;
        assert_eq!(refused(first), invalid(&[("sitting.method", "WRITTEN_NOT_ALLOWED")]));
        wanted.kind = pb::DossierKind::ReEvaluation.into();
        office.record(known(&product, date!(2023 - 12 - 01))).await.unwrap();
        let made = office.add_sitting(wanted).await.unwrap();
        assert_eq!(made.method(), pb::SittingMethod::Written);
        office.mark(&made.name, "m1", marks_that_hold(card, 92)).await.unwrap();
        office.mark(&made.name, "m2", marks_that_hold(card, 88)).await.unwrap();
        let differ = office.grade(&made.name).await;
        assert_eq!(refused(differ), because(Code::FailedPrecondition, "OPINIONS_DIFFER"));

        let call =
            |day: Date| pb::CallMeetingRequest { name: made.name.clone(), sitting_date: on(day), ..Default::default() };
        let early = office.panels().call_meeting(office.nation.say(call(date!(2026 - 09 - 30)))).await;
        assert_eq!(refused(early), invalid(&[("sitting_date", "DATE_ORDER")]));
        office.panels().call_meeting(office.nation.say(call(date!(2026 - 11 - 20)))).await.unwrap();
        let again = office.panels().call_meeting(office.nation.say(call(date!(2026 - 11 - 20)))).await;
        assert_eq!(refused(again), because(Code::FailedPrecondition, "MEETING_ALREADY"));
        let now = office.sitting(&made.name).await;
        assert_eq!(
            (now.state(), now.attempt, now.method()),
            (pb::SittingState::Rescore, 2, pb::SittingMethod::Meeting)
        );
        let list = pb::ListMarkSheetsRequest { name: made.name.clone(), attempt: 1, ..Default::default() };
        let written = office.marks().list_mark_sheets(office.nation.say(list)).await.unwrap().into_inner();
        assert_eq!(written.mark_sheets.len(), 2, "the written marks stay on record");
        for member in ["m1", "m2"] {
            office.mark(&made.name, member, marks_that_hold(card, 92)).await.unwrap();
        }
        let graded = office.grade(&made.name).await.unwrap();
        assert_eq!(graded.sitting_date, on(date!(2026 - 11 - 20)));
        assert!(office.verify(&made.name).await.unwrap().equal);
    })
    .await;
}
