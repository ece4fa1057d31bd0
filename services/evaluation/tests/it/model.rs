//! Two secretaries and eleven members act at once, in a random order that the seed tells: a small model predicts what each sheet
//! must hold, and an auditor compares it with what is stored. Nothing is lost, nothing is done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use kit::testing::As;
use proto::evaluation::v1 as pb;
use tonic::{Code, Status};

use crate::office::{Office, answer, card, council, everywhere, marks, round, sitting};

const MEMBERS: usize = 11;
const SITTINGS: usize = 3;

/// A small generator: the same seed gives the same choices of each actor (the order in which they meet is the scheduler's).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    pub fn request_id(&mut self) -> String {
        let (a, b) = (self.roll(1 << 32), self.roll(1 << 32));
        format!("{a:08x}-0000-7000-8000-0000{b:08x}")
    }
}

/// What an actor has done.
#[derive(Default)]
struct Done {
    /// Writes that were accepted, replays not counted.
    accepted: usize,
    /// Per sitting: the answers of the sheet as the model has them.
    sheets: BTreeMap<String, BTreeMap<String, i32>>,
    /// Gradings that were accepted, by sitting.
    graded: Vec<String>,
    /// Conflicts that were accepted.
    conflicts: Vec<(String, String)>,
}

/// True for a lost race: the caller asks again with the same request id.
fn again(status: &Status) -> bool {
    matches!(status.code(), Code::Aborted | Code::Unavailable)
}

/// Sends a write until it is answered for good; sometimes once more, as a caller does that lost the answer.
pub async fn send<A, Fut>(dice: &mut Dice, call: impl Fn() -> Fut) -> Result<A, Status>
where
    A: PartialEq + std::fmt::Debug,
    Fut: Future<Output = Result<A, Status>>,
{
    loop {
        match call().await {
            Err(status) if again(&status) => tokio::task::yield_now().await,
            Ok(first) if dice.roll(4) == 0 => {
                let replay = loop {
                    match call().await {
                        Err(status) if again(&status) => tokio::task::yield_now().await,
                        answer => break answer,
                    }
                };
                assert_eq!(replay.expect("a replay is answered"), first);
                return Ok(first);
            }
            answer => return answer,
        }
    }
}

/// A member fills in all sheets, in chunks and with second thoughts, and locks them.
async fn marks_all(office: Arc<Office>, who: As, member: String, sittings: Vec<String>, mut dice: Dice) -> Done {
    let mut done = Done::default();
    let criteria: Vec<_> = card().criteria().collect();
    for name in &sittings {
        let mut model: BTreeMap<String, i32> = BTreeMap::new();
        loop {
            let left: Vec<_> = criteria.iter().filter(|c| !model.contains_key(&c.id)).collect();
            let mut chunk = BTreeMap::new();
            for _ in 0..=dice.roll(12) {
                // Mostly what is still open, sometimes a second thought.
                let criterion = match left.len() {
                    0 => criteria[dice.roll(criteria.len())],
                    many if dice.roll(5) > 0 => *left[dice.roll(many)],
                    _ => criteria[dice.roll(criteria.len())],
                };
                let given: Vec<i32> = (0..=criterion.max).filter(|points| criterion.gives(*points)).collect();
                chunk.insert(criterion.id.clone(), given[dice.roll(given.len())]);
            }
            let request = pb::SaveMarksRequest {
                name: name.clone(),
                member: member.clone(),
                answers: chunk.iter().map(|(criterion, points)| answer(criterion, *points)).collect(),
                request_id: dice.request_id(),
                ..Default::default()
            };
            let save = || {
                let (mut marks, request) = (office.marks(), who.say(request.clone()));
                async move { marks.save_marks(request).await.map(tonic::Response::into_inner) }
            };
            match send(&mut dice, save).await {
                Ok(_) => done.accepted += 1,
                Err(status) => {
                    let reason = kit::testing::reason(&status);
                    assert!(["MEMBER_KEPT_OUT", "SITTING_STATE"].contains(&reason.as_str()), "{status:?}");
                    break;
                }
            }
            model.extend(chunk);
            if model.len() == criteria.len() && dice.roll(2) == 0 {
                done.accepted += usize::from(locked(&office, &who, name, &member, &mut dice).await);
                break;
            }
        }
        done.sheets.insert(name.clone(), model);
    }
    done
}

async fn locked(office: &Arc<Office>, who: &As, name: &str, member: &str, dice: &mut Dice) -> bool {
    let request =
        pb::LockMarksRequest { name: name.to_owned(), member: member.to_owned(), request_id: dice.request_id() };
    let lock = || {
        let (mut marks, request) = (office.marks(), who.say(request.clone()));
        async move { marks.lock_marks(request).await.map(tonic::Response::into_inner) }
    };
    match send(dice, lock).await {
        Ok(sheet) => {
            assert_eq!(sheet.state(), pb::MarkSheetState::Locked);
            true
        }
        Err(status) => {
            let reason = kit::testing::reason(&status);
            assert!(["MEMBER_KEPT_OUT", "SITTING_STATE"].contains(&reason.as_str()), "{status:?}");
            false
        }
    }
}

/// A secretary keeps members out, records pre-scores, and tries to grade until everything is graded.
async fn keeps_minutes(office: Arc<Office>, who: As, sittings: Vec<String>, mut dice: Dice) -> Done {
    let mut done = Done::default();
    let mut open: BTreeSet<String> = sittings.into_iter().collect();
    while !open.is_empty() {
        let name = open.iter().nth(dice.roll(open.len())).unwrap().clone();
        match dice.roll(4) {
            0 => {
                let request = pb::DeclareConflictRequest {
                    name: name.clone(),
                    member: format!("m{}", 10 + dice.roll(2)),
                    ground: pb::ConflictGround::Other.into(),
                    request_id: dice.request_id(),
                    ..Default::default()
                };
                let declare = || {
                    let (mut panels, request) = (office.panels(), who.say(request.clone()));
                    async move { panels.declare_conflict(request).await.map(tonic::Response::into_inner) }
                };
                if send(&mut dice, declare).await.is_ok() {
                    done.accepted += 1;
                    done.conflicts.push((name, request.member));
                }
            }
            1 => {
                let request = pb::RecordPreScoreRequest {
                    name,
                    answers: marks(card(), 50),
                    request_id: dice.request_id(),
                    ..Default::default()
                };
                let score = || {
                    let (mut marks, request) = (office.marks(), who.say(request.clone()));
                    async move { marks.record_pre_score(request).await.map(tonic::Response::into_inner) }
                };
                done.accepted += usize::from(send(&mut dice, score).await.is_ok());
            }
            _ => {
                let request = pb::GradeSittingRequest { name: name.clone(), request_id: dice.request_id() };
                let grade = || {
                    let (mut sittings, request) = (office.sittings(), who.say(request.clone()));
                    async move { sittings.grade_sitting(request).await.map(tonic::Response::into_inner) }
                };
                match send(&mut dice, grade).await {
                    Ok(_) => {
                        done.accepted += 1;
                        done.graded.push(name.clone());
                        open.remove(&name);
                    }
                    Err(status) if kit::testing::reason(&status) == "SITTING_STATE" => {
                        open.remove(&name);
                    }
                    Err(status) => assert_eq!(kit::testing::reason(&status), "MARKS_MISSING", "{status:?}"),
                }
            }
        }
        tokio::task::yield_now().await;
    }
    done
}

async fn facts(office: &Office) -> usize {
    let rows = office.rows().await;
    let found = rows.iter().find(|(table, _)| *table == "journal").unwrap().1;
    usize::try_from(found).unwrap()
}

/// Compares what is stored of a sitting with what the model says.
async fn audit(office: &Office, name: &str, of_members: &[Done], kept_out: &BTreeSet<String>) {
    let stored = office.sitting(name).await;
    let result = stored.result.clone().unwrap();
    assert_eq!((stored.state(), result.outcome()), (pb::SittingState::Graded, pb::Outcome::Graded));
    let excluded: BTreeSet<String> = result.excluded.iter().map(|one| one.member.clone()).collect();
    assert_eq!(excluded, *kept_out, "{name}");
    let mut sum = 0;
    for (at, done) in of_members.iter().enumerate() {
        let member = format!("m{}", at + 1);
        let sheet = result.marks.iter().find(|sheet| sheet.member == member);
        assert_eq!(sheet.is_none(), kept_out.contains(&member), "{name} {member}");
        let Some(sheet) = sheet else { continue };
        let found: BTreeMap<String, i32> =
            sheet.answers.iter().map(|a| (a.criterion.clone(), a.points.unwrap())).collect();
        assert_eq!(found, done.sheets[name], "{name} {member}");
        sum += i64::from(found.values().sum::<i32>());
    }
    assert_eq!(result.mean_numerator, sum);
    assert_eq!(usize::try_from(result.mean_denominator).unwrap(), MEMBERS - kept_out.len());
    assert!(office.verify(name).await.unwrap().equal);
}

async fn year(office: Arc<Office>, seed: u64) {
    let wanted = pb::Council { spread_limit: Some(100), ..council(MEMBERS) };
    let council = office.add_council(wanted).await.unwrap().name;
    let round = office.add_round(round(&council)).await.unwrap().name;
    let mut sittings = Vec::new();
    for at in 0..SITTINGS {
        let product = office.product(&format!("Sản phẩm {seed} {at}")).await;
        sittings.push(office.add_sitting(sitting(&round, &product)).await.unwrap().name);
    }
    let mut logins = Vec::new();
    for at in 1..=MEMBERS {
        let member = format!("m{at}");
        logins.push((office.seated(&council, &member).await, member));
    }
    let before = facts(&office).await;
    let dice = |actor: usize| Dice(seed ^ (u64::try_from(actor).unwrap() << 40));
    let members: Vec<_> = logins
        .into_iter()
        .enumerate()
        .map(|(at, (who, member))| {
            let mut sittings = sittings.clone();
            sittings.rotate_left(at % SITTINGS);
            tokio::spawn(marks_all(office.clone(), who, member, sittings, dice(at)))
        })
        .collect();
    let secretaries: Vec<_> = ["minutes-a", "minutes-b"]
        .into_iter()
        .enumerate()
        .map(|(at, subject)| {
            let who = office.login(subject, "council_secretary");
            tokio::spawn(keeps_minutes(office.clone(), who, sittings.clone(), dice(100 + at)))
        })
        .collect();
    let mut of_members = Vec::new();
    for task in members {
        of_members.push(task.await.expect("no member panics"));
    }
    let mut of_secretaries = Vec::new();
    for task in secretaries {
        of_secretaries.push(task.await.expect("no secretary panics"));
    }

    let mut graded: Vec<&String> = of_secretaries.iter().flat_map(|done| &done.graded).collect();
    graded.sort();
    let mut once = sittings.clone();
    once.sort();
    assert_eq!(graded, once.iter().collect::<Vec<_>>(), "each sitting is graded by one secretary, once");
    let mut conflicts: Vec<&(String, String)> = of_secretaries.iter().flat_map(|done| &done.conflicts).collect();
    let all = conflicts.len();
    conflicts.sort();
    conflicts.dedup();
    assert_eq!(conflicts.len(), all, "each conflict is declared once");
    for name in &sittings {
        let kept_out = conflicts.iter().filter(|(of, _)| of == name).map(|(_, member)| member.clone()).collect();
        audit(&office, name, &of_members, &kept_out).await;
    }
    // Each accepted write left one fact, a grading two; replays and refusals left none.
    let accepted: usize = of_members.iter().chain(&of_secretaries).map(|done| done.accepted).sum();
    assert_eq!(facts(&office).await - before, accepted + SITTINGS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secretaries_and_eleven_members_at_once_lose_nothing_and_do_nothing_twice() {
    let seeds = [1, RandomState::new().hash_one("seed") >> 1];
    everywhere(async |office| {
        for seed in seeds {
            println!("seed {seed}");
            year(office.clone(), seed).await;
        }
    })
    .await;
}
