//! Seats and working rules of councils: whose marks are whose, and what holds from which day on.

use proto::evaluation::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{Office, because, card, council, everywhere, invalid, marks, on, refused, round, sitting};
use crate::sealed::{bench, save};

fn rules(council: &str, from: time::Date, spread_limit: i32) -> pb::SetCouncilRulesRequest {
    pb::SetCouncilRulesRequest {
        name: council.to_owned(),
        rules: Some(pb::CouncilRules {
            from_date: on(from),
            decision_number: "20/QĐ-UBND".to_owned(),
            spread_limit: Some(spread_limit),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn new_rules_hold_for_sittings_of_their_days_and_leave_recorded_ones_alone() {
    everywhere(async |office| {
        let of_council = office.add_council(council(2)).await.unwrap().name;
        let round = office.add_round(round(&of_council)).await.unwrap().name;
        let before = office.add_sitting(sitting(&round, &office.product("Cà phê A").await)).await.unwrap();
        for (from, limit) in [(date!(2021 - 10 - 01), 5), (date!(2021 - 11 - 01), 3), (date!(2021 - 10 - 01), 6)] {
            office.councils().set_council_rules(office.admin.say(rules(&of_council, from, limit))).await.unwrap();
        }
        let get = pb::GetCouncilRequest { name: of_council.clone() };
        let found = office.councils().get_council(office.admin.say(get)).await.unwrap().into_inner();
        let limits: Vec<i32> = found.rules.iter().map(|rules| rules.spread_limit.unwrap()).collect();
        assert_eq!((found.spread_limit, limits), (Some(10), vec![6, 3]), "those of the same day are replaced");
        assert_eq!(found.rules[0].quorum_percent, Some(75));
        let after = office.add_sitting(sitting(&round, &office.product("Cà phê B").await)).await.unwrap();
        assert_eq!((before.spread_limit, after.spread_limit), (10, 6), "the council sits on 5 October");
        assert_eq!(office.sitting(&before.name).await.spread_limit, 10);
        let early = office.admin.say(rules(&of_council, date!(2021 - 02 - 01), 5));
        let early = office.councils().set_council_rules(early).await;
        assert_eq!(refused(early), invalid(&[("rules.from_date", "DATE_ORDER")]));
    })
    .await;
}

fn assign(council: &str, member: &str, subject: &str, begin: time::Date) -> pb::AssignSeatRequest {
    pb::AssignSeatRequest {
        name: council.to_owned(),
        member: member.to_owned(),
        subject: subject.to_owned(),
        begin_date: on(begin),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_seat_is_held_by_one_login_at_a_time_and_its_history_is_listed() {
    everywhere(async |office| {
        let name = office.add_council(council(2)).await.unwrap().name;
        let begin = date!(2021 - 03 - 01);
        let say = |request| office.admin.say(request);
        office.councils().assign_seat(say(assign(&name, "m1", "a", begin))).await.unwrap();
        for (member, subject) in [("m1", "b"), ("m2", "a")] {
            let taken = office.councils().assign_seat(say(assign(&name, member, subject, begin))).await;
            assert_eq!(refused(taken), because(Code::AlreadyExists, "SEAT_TAKEN"));
        }
        let unknown = office.councils().assign_seat(say(assign(&name, "m7", "b", begin))).await;
        assert_eq!(refused(unknown), invalid(&[("member", "MEMBER_UNKNOWN")]));
        let end = |member: &str, day| pb::EndSeatRequest {
            name: name.clone(),
            member: member.to_owned(),
            end_date: on(day),
            ..Default::default()
        };
        let early = office.councils().end_seat(office.admin.say(end("m1", date!(2021 - 02 - 01)))).await;
        assert_eq!(refused(early), invalid(&[("end_date", "DATE_ORDER")]));
        let ended = office.councils().end_seat(office.admin.say(end("m1", date!(2021 - 06 - 30)))).await.unwrap();
        assert_eq!(ended.into_inner().end_date, on(date!(2021 - 06 - 30)));
        let empty = office.councils().end_seat(office.admin.say(end("m1", date!(2021 - 06 - 30)))).await;
        assert_eq!(refused(empty), because(Code::FailedPrecondition, "SEAT_EMPTY"));
        office.councils().assign_seat(say(assign(&name, "m1", "b", date!(2021 - 07 - 01)))).await.unwrap();
        let mut walked = Vec::new();
        let mut page_token = String::new();
        loop {
            let list = pb::ListSeatsRequest { name: name.clone(), page_size: 1, page_token };
            let page = office.councils().list_seats(office.admin.say(list)).await.unwrap().into_inner();
            walked.extend(page.seats.into_iter().map(|seat| seat.subject));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, ["a", "b"]);
        let member = office.login("x", "council_member");
        let list = pb::ListSeatsRequest { name, ..Default::default() };
        let hidden = office.councils().list_seats(member.say(list)).await;
        assert_eq!(refused(hidden), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}

#[tokio::test]
async fn who_sits_with_a_person_is_told_with_the_seats_days_and_who_sits_without_is_not() {
    everywhere(async |office| {
        let name = office.add_council(council(2)).await.unwrap().name;
        let (begin, last) = (date!(2021 - 03 - 01), date!(2021 - 06 - 30));
        let person = kit::name::of("persons", uuid::Uuid::from_u128(7));
        let seated = pb::AssignSeatRequest { person: person.clone(), ..assign(&name, "m1", "a", begin) };
        office.councils().assign_seat(office.admin.say(seated)).await.unwrap();
        office.councils().assign_seat(office.admin.say(assign(&name, "m2", "b", begin))).await.unwrap();
        for member in ["m1", "m2"] {
            let end = pb::EndSeatRequest {
                name: name.clone(),
                member: member.to_owned(),
                end_date: on(last),
                ..Default::default()
            };
            office.councils().end_seat(office.admin.say(end)).await.unwrap();
        }
        let payloads = office.events().await.into_iter().filter_map(|event| event.payload);
        let told = payloads.filter(|payload| payload.type_url.ends_with(".CouncilSeatRecorded"));
        let told: Vec<pb::CouncilSeatRecorded> = told.map(|payload| payload.to_msg().unwrap()).collect();
        let seat = |end_date| pb::CouncilSeatRecorded {
            council: name.clone(),
            member: "m1".to_owned(),
            person: person.clone(),
            begin_date: on(begin),
            end_date,
        };
        assert_eq!(told, [seat(None), seat(on(last))]);
    })
    .await;
}

#[tokio::test]
async fn nobody_marks_in_another_members_name() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        let other = SEAT_OF_OTHER;
        let found = save(&office, &bench.members[0], name, "m2", marks(card(), 60)).await;
        assert_eq!(refused(found), because(Code::PermissionDenied, other));
        let request = pb::RecordMarksRequest {
            name: name.clone(),
            member: "m2".to_owned(),
            answers: marks(card(), 60),
            ..Default::default()
        };
        let found = office.sittings().record_marks(bench.members[0].say(request.clone())).await;
        assert_eq!(refused(found), because(Code::PermissionDenied, other));
        let without = office.login("stranger", "council_member");
        let found = office.sittings().record_marks(without.say(request.clone())).await;
        assert_eq!(refused(found), because(Code::PermissionDenied, other));
        // The secretary records what came on paper, for anybody.
        let secretary = office.login("secretary", "council_secretary");
        office.sittings().record_marks(secretary.say(request)).await.unwrap();
        without_seats(&office).await;
    })
    .await;
}

const SEAT_OF_OTHER: &str = "SEAT_OF_OTHER";

/// In a council without seats a sheet is that of whoever began it.
async fn without_seats(office: &Office) {
    let round = office.round_of(2).await;
    let made = office.add_sitting(sitting(&round, &office.product("Ca cao").await)).await.unwrap();
    let (a, b) = (office.login("a", "council_member"), office.login("b", "council_member"));
    save(office, &a, &made.name, "m1", marks(card(), 60)).await.unwrap();
    let found = save(office, &b, &made.name, "m1", marks(card(), 10)).await;
    assert_eq!(refused(found), because(Code::PermissionDenied, SEAT_OF_OTHER));
    save(office, &b, &made.name, "m2", marks(card(), 62)).await.unwrap();
}

#[tokio::test]
async fn a_help_team_belongs_to_the_council_and_is_never_counted() {
    everywhere(async |office| {
        let mut wanted = council(2);
        wanted.members[1].role = pb::CouncilRole::HelpTeam.into();
        let counted = office.add_council(wanted.clone()).await;
        assert_eq!(refused(counted), invalid(&[("council.members[1].counted", "MEMBER_NOT_COUNTED")]));
        wanted.members[1].counted = false;
        let made = office.add_council(wanted).await.unwrap();
        assert_eq!(made.members[1].role(), pb::CouncilRole::HelpTeam);
    })
    .await;
}
