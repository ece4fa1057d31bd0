//! Marks are sealed until all members have locked: proven for every role and every answer.

use kit::testing::As;
use proto::evaluation::v1 as pb;
use tonic::{Code, Status};

use crate::office::{
    Office, PHU_YEN, answer, because, card, council, everywhere, invalid, marks, refused, round, sitting,
};

/// What stands in the remarks of sealed sheets, and nowhere else.
const SECRET: &str = "CHỈ TÔI BIẾT";

/// Every role of the contract.
const ROLES: [&str; 16] = [
    "national_admin",
    "province_admin",
    "province_officer",
    "district_officer",
    "commune_officer",
    "council_chair",
    "council_secretary",
    "council_member",
    "help_team",
    "finance_officer",
    "committee_leader",
    "trainer",
    "inspector",
    "producer",
    "analyst",
    "service",
];

/// A sitting of three seated members.
pub struct Bench {
    pub council: String,
    pub round: String,
    pub sitting: pb::Sitting,
    pub members: Vec<As>,
}

pub async fn bench(office: &Office) -> Bench {
    let council = office.add_council(council(3)).await.unwrap().name;
    let round = office.add_round(round(&council)).await.unwrap().name;
    let mut members = Vec::new();
    for member in ["m1", "m2", "m3"] {
        members.push(office.seated(&council, member).await);
    }
    let sitting = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
    Bench { council, round, sitting, members }
}

pub async fn save(
    office: &Office,
    who: &As,
    sitting: &str,
    member: &str,
    answers: Vec<pb::Answer>,
) -> Result<pb::MarkSheet, Status> {
    let notes = vec![pb::MarkNote {
        criterion: card().criteria().next().unwrap().id.clone(),
        comment: SECRET.to_owned(),
        evidence: vec!["evidence/01970000-0000-7000-8000-000000000001".to_owned()],
    }];
    let (name, member) = (sitting.to_owned(), member.to_owned());
    let request = pb::SaveMarksRequest { name, member, answers, notes, ..Default::default() };
    Ok(office.marks().save_marks(who.say(request)).await?.into_inner())
}

pub async fn lock(office: &Office, who: &As, sitting: &str, member: &str) -> Result<pb::MarkSheet, Status> {
    let request = pb::LockMarksRequest { name: sitting.to_owned(), member: member.to_owned(), ..Default::default() };
    Ok(office.marks().lock_marks(who.say(request)).await?.into_inner())
}

async fn unlock(office: &Office, who: &As, sitting: &str, member: &str) -> Result<pb::MarkSheet, Status> {
    let request = pb::UnlockMarksRequest { name: sitting.to_owned(), member: member.to_owned(), ..Default::default() };
    Ok(office.marks().unlock_marks(who.say(request)).await?.into_inner())
}

async fn sheet(office: &Office, who: &As, sitting: &str, member: &str) -> Result<pb::MarkSheet, Status> {
    let request = pb::GetMarkSheetRequest { name: sitting.to_owned(), member: member.to_owned() };
    Ok(office.marks().get_mark_sheet(who.say(request)).await?.into_inner())
}

async fn sheets(office: &Office, who: &As, sitting: &str, attempt: i32) -> Result<pb::ListMarkSheetsResponse, Status> {
    let request = pb::ListMarkSheetsRequest { name: sitting.to_owned(), attempt, ..Default::default() };
    Ok(office.marks().list_mark_sheets(who.say(request)).await?.into_inner())
}

/// Everything that the service answers to this caller about a sitting, as text; refusals as what they say.
async fn everything(office: &Office, who: &As, bench: &Bench) -> String {
    let name = || bench.sitting.name.clone();
    let round = || bench.round.clone();
    let mut told = String::new();
    macro_rules! ask {
        ($client:ident.$method:ident($request:expr)) => {
            match office.$client().$method(who.say($request)).await {
                Ok(answer) => told.push_str(&format!("{:?}\n", answer.into_inner())),
                Err(status) => told.push_str(&format!("{} {}\n", status.code(), status.message())),
            }
        };
    }
    ask!(sittings.get_sitting(pb::GetSittingRequest { name: name() }));
    ask!(sittings.list_sittings(pb::ListSittingsRequest { round: round(), ..Default::default() }));
    ask!(sittings.verify_sitting(pb::VerifySittingRequest { name: name() }));
    for member in ["m1", "m2", "m3"] {
        ask!(marks.get_mark_sheet(pb::GetMarkSheetRequest { name: name(), member: member.to_owned() }));
    }
    ask!(marks.list_mark_sheets(pb::ListMarkSheetsRequest { name: name(), ..Default::default() }));
    ask!(marks.get_pre_score(pb::GetPreScoreRequest { name: name() }));
    ask!(panels.get_panel(pb::GetPanelRequest { name: name() }));
    ask!(panels.search_conflicts(pb::SearchConflictsRequest { name: name() }));
    ask!(rounds.get_round(pb::GetRoundRequest { name: round() }));
    ask!(rounds.get_round_summary(pb::GetRoundSummaryRequest { name: round() }));
    ask!(rounds.get_late_report(pb::GetLateReportRequest::default()));
    ask!(statistics.get_sitting_statistics(pb::GetSittingStatisticsRequest { name: name() }));
    ask!(statistics.get_round_statistics(pb::GetRoundStatisticsRequest { name: round() }));
    ask!(advice.resolve_sitting_advice(pb::ResolveSittingAdviceRequest { name: name(), ..Default::default() }));
    // Writes that are refused, or change nothing, tell nothing either.
    ask!(sittings.grade_sitting(pb::GradeSittingRequest { name: name(), ..Default::default() }));
    ask!(councils.get_council(pb::GetCouncilRequest { name: bench.council.clone() }));
    told
}

/// True where the text shows marks of somebody: points, totals or remarks.
fn shows_marks(told: &str) -> bool {
    told.contains(SECRET)
        || told.contains("criterion: \"")
        || told.contains("MarkProgress")
        || told.contains("mean: \"7")
}

#[tokio::test]
async fn no_role_sees_anybodys_marks_until_all_have_locked_and_then_all_readers_see_them_all() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        for (at, total) in [(0, 78), (1, 74)] {
            let member = format!("m{}", at + 1);
            save(&office, &bench.members[at], name, &member, marks(card(), total)).await.unwrap();
            lock(&office, &bench.members[at], name, &member).await.unwrap();
        }
        save(&office, &bench.members[2], name, "m3", marks(card(), 75)).await.unwrap();
        for role in ROLES {
            let who = office.world.as_role(role, PHU_YEN);
            let told = everything(&office, &who, &bench).await;
            assert!(!shows_marks(&told), "{role}: {told}");
        }
        let events = format!("{:?}", office.events().await);
        assert!(!events.contains(SECRET));

        for (at, who) in bench.members.iter().enumerate() {
            let own = sheets(&office, who, name, 0).await.unwrap();
            assert!(own.sealed);
            let seen: Vec<&str> = own.mark_sheets.iter().map(|sheet| sheet.member.as_str()).collect();
            assert_eq!(seen, [format!("m{}", at + 1)]);
            let other = sheet(&office, who, name, &format!("m{}", (at + 1) % 3 + 1)).await;
            assert_eq!(refused(other), because(Code::FailedPrecondition, "MARKS_SEALED"));
        }

        lock(&office, &bench.members[2], name, "m3").await.unwrap();
        let readers =
            ["national_admin", "province_admin", "province_officer", "council_chair", "council_secretary", "help_team"];
        for role in readers {
            let who = office.world.as_role(role, PHU_YEN);
            let all = sheets(&office, &who, name, 0).await.unwrap();
            let totals: Vec<i32> = all.mark_sheets.iter().map(|s| s.progress.as_ref().unwrap().total).collect();
            assert_eq!((all.sealed, totals), (false, vec![78, 74, 75]), "{role}");
            assert_eq!(sheet(&office, &who, name, "m2").await.unwrap().notes[0].comment, SECRET);
        }
        let stranger = office.world.as_role("council_secretary", "units/56-20180507");
        let foreign = sheets(&office, &stranger, name, 0).await;
        assert_eq!(refused(foreign), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn a_sheet_grows_criterion_by_criterion_and_every_answer_tells_how_far_it_has_come() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let (who, name) = (&bench.members[0], &bench.sitting.name);
        let all = marks(card(), 66);
        let (first, rest) = all.split_at(10);
        let saved = save(&office, who, name, "m1", first.to_vec()).await.unwrap();
        let progress = saved.progress.clone().unwrap();
        let sum: i32 = first.iter().filter_map(|answer| answer.points).sum();
        let criteria = i32::try_from(all.len()).unwrap();
        assert_eq!((progress.total, progress.answered, progress.criteria), (sum, 10, criteria));
        assert_eq!(progress.missing.len(), rest.len());
        assert_eq!(progress.part_a + progress.part_b + progress.part_c, sum);
        assert_eq!(saved.state(), pb::MarkSheetState::Draft);
        assert_eq!(saved.notes[0].evidence.len(), 1);
        let early = lock(&office, who, name, "m1").await;
        assert_eq!(refused(early), invalid(&[("answers", "ANSWER_MISSING")]));
        assert!(!office.sitting(name).await.members[0].handed_in, "a draft is not handed in");

        let whole = save(&office, who, name, "m1", rest.to_vec()).await.unwrap();
        assert_eq!(whole.progress.as_ref().unwrap().total, 66);
        assert_eq!((whole.progress.as_ref().unwrap().band_stars, whole.answers.len()), (3, all.len()));
        let locked = lock(&office, who, name, "m1").await.unwrap();
        assert_eq!(locked.state(), pb::MarkSheetState::Locked);
        let seen = office.sitting(name).await.members;
        assert_eq!((seen[0].handed_in, seen[0].locked, seen[1].handed_in), (true, true, false));
        for again in [
            save(&office, who, name, "m1", all.clone()).await.map(|_| ()),
            lock(&office, who, name, "m1").await.map(|_| ()),
            office.mark(name, "m1", all.clone()).await.map(|_| ()),
        ] {
            assert_eq!(refused(again), because(Code::FailedPrecondition, "MARKS_LOCKED"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_bad_sheet_is_refused_with_every_violation_and_nothing_is_stored() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let before = office.rows().await;
        let first = card().criteria().next().unwrap().id.clone();
        let request = pb::SaveMarksRequest {
            name: bench.sitting.name.clone(),
            member: "m1".to_owned(),
            answers: vec![answer(&first, 77), answer("Z9", 1)],
            notes: vec![pb::MarkNote { criterion: "Z8".to_owned(), ..Default::default() }],
            ..Default::default()
        };
        let found = office.marks().save_marks(bench.members[0].say(request.clone())).await;
        let expected = invalid(&[
            ("answers[0].points", "POINTS_UNKNOWN"),
            ("answers[1].criterion", "CRITERION_UNKNOWN"),
            ("notes[0].criterion", "CRITERION_UNKNOWN"),
        ]);
        assert_eq!(refused(found), expected);
        let unknown = pb::SaveMarksRequest { member: "m9".to_owned(), answers: vec![], notes: vec![], ..request };
        let found = office.marks().save_marks(bench.members[0].say(unknown)).await;
        assert_eq!(refused(found), invalid(&[("member", "MEMBER_UNKNOWN")]));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_save_answers_the_same_and_is_done_once() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let request = pb::SaveMarksRequest {
            name: bench.sitting.name.clone(),
            member: "m1".to_owned(),
            answers: marks(card(), 60),
            request_id: "01970000-0000-7000-8000-000000000009".to_owned(),
            ..Default::default()
        };
        let first = office.marks().save_marks(bench.members[0].say(request.clone())).await.unwrap().into_inner();
        let rows = office.rows().await;
        let again = office.marks().save_marks(bench.members[0].say(request)).await.unwrap().into_inner();
        assert_eq!((first, rows), (again, office.rows().await));
    })
    .await;
}

#[tokio::test]
async fn a_locked_sheet_is_opened_again_only_while_somebody_else_has_not_locked() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        let chair = office.login("chair", "council_chair");
        let none = unlock(&office, &chair, name, "m1").await;
        assert_eq!(refused(none), because(Code::FailedPrecondition, "MARKS_NOT_LOCKED"));
        for at in 0..2 {
            let member = format!("m{}", at + 1);
            save(&office, &bench.members[at], name, &member, marks(card(), 70)).await.unwrap();
            lock(&office, &bench.members[at], name, &member).await.unwrap();
        }
        let opened = unlock(&office, &chair, name, "m1").await.unwrap();
        assert_eq!((opened.state(), opened.answers.len()), (pb::MarkSheetState::Draft, 0), "the chair sees nothing");
        save(&office, &bench.members[0], name, "m1", marks(card(), 72)).await.unwrap();
        lock(&office, &bench.members[0], name, "m1").await.unwrap();
        save(&office, &bench.members[2], name, "m3", marks(card(), 71)).await.unwrap();
        lock(&office, &bench.members[2], name, "m3").await.unwrap();
        let late = unlock(&office, &chair, name, "m1").await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "MARKS_UNSEALED"));
        let result = office.grade(name).await.unwrap().result.unwrap();
        assert_eq!(result.mean, "71.00");
    })
    .await;
}

#[tokio::test]
async fn only_those_too_far_apart_mark_again_and_the_first_marks_stay_on_record() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        for (at, total) in [(0, 60), (1, 65), (2, 74)] {
            let member = format!("m{}", at + 1);
            save(&office, &bench.members[at], name, &member, marks(card(), total)).await.unwrap();
            lock(&office, &bench.members[at], name, &member).await.unwrap();
        }
        let first = office.grade(name).await.unwrap();
        assert_eq!((first.state(), first.attempt), (pb::SittingState::Rescore, 2));
        let waited: Vec<bool> = first.members.iter().map(|member| member.handed_in).collect();
        assert_eq!(waited, [false, true, false], "65 lies within ten of both");
        let early = office.grade(name).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "MARKS_MISSING"));
        assert!(office.verify(name).await.unwrap().equal);

        let kept = sheet(&office, &bench.members[1], name, "m2").await.unwrap();
        assert_eq!((kept.kept, kept.attempt, kept.progress.unwrap().total), (true, 2, 65));
        save(&office, &bench.members[0], name, "m1", marks(card(), 64)).await.unwrap();
        // The second marking is sealed as the first one was; the first one is open.
        let sealed = sheet(&office, &bench.members[2], name, "m1").await;
        assert_eq!(refused(sealed), because(Code::FailedPrecondition, "MARKS_SEALED"));
        let history = sheets(&office, &bench.members[2], name, 1).await.unwrap();
        let totals: Vec<i32> = history.mark_sheets.iter().map(|s| s.progress.as_ref().unwrap().total).collect();
        assert_eq!(totals, [60, 65, 74]);
        lock(&office, &bench.members[0], name, "m1").await.unwrap();
        save(&office, &bench.members[2], name, "m3", marks(card(), 72)).await.unwrap();
        lock(&office, &bench.members[2], name, "m3").await.unwrap();
        let result = office.grade(name).await.unwrap().result.unwrap();
        assert_eq!((result.mean.as_str(), result.spread, result.attempt), ("67.00", 8, 2));
        assert!(office.verify(name).await.unwrap().equal);
    })
    .await;
}

#[tokio::test]
async fn the_help_teams_pre_score_stands_beside_the_councils_and_counts_for_nothing() {
    everywhere(async |office| {
        let bench = bench(&office).await;
        let name = &bench.sitting.name;
        let help = office.login("help", "help_team");
        let get = || pb::GetPreScoreRequest { name: name.clone() };
        let none = office.marks().get_pre_score(help.say(get())).await;
        assert_eq!(refused(none), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let request =
            pb::RecordPreScoreRequest { name: name.clone(), answers: marks(card(), 90), ..Default::default() };
        let score = office.marks().record_pre_score(help.say(request)).await.unwrap().into_inner();
        assert_eq!(score.progress.unwrap().total, 90);
        let half = pb::RecordPreScoreRequest { name: name.clone(), answers: marks(card(), 40), ..Default::default() };
        office.marks().record_pre_score(help.say(half)).await.unwrap();
        office.mark_all(&bench.sitting, &[70, 71, 72]).await;
        let graded = office.grade(name).await.unwrap();
        assert_eq!(graded.result.unwrap().mean, "71.00");
        let score = office.marks().get_pre_score(bench.members[0].say(get())).await.unwrap().into_inner();
        assert_eq!((score.progress.unwrap().total, score.council_mean.as_str()), (40, "71.00"));
        let bad =
            pb::RecordPreScoreRequest { name: name.clone(), answers: vec![answer("Z9", 1)], ..Default::default() };
        let late = office.marks().record_pre_score(help.say(bad)).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "SITTING_STATE"));
    })
    .await;
}
