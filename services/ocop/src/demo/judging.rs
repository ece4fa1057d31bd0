//! The sample council's year: two rounds, every candidate marked by every counted member, graded, decided.

use kit::BoxError;
use proto::evaluation::v1::council_service_client::CouncilServiceClient;
use proto::evaluation::v1::decision_service_client::DecisionServiceClient;
use proto::evaluation::v1::round_service_client::RoundServiceClient;
use proto::evaluation::v1::rule_service_client::RuleServiceClient;
use proto::evaluation::v1::sitting_service_client::SittingServiceClient;
use proto::evaluation::v1::{
    Answer, CloseRoundRequest, Council, CouncilLevel, CouncilMember, CouncilRole, CreateCouncilRequest,
    CreateRoundRequest, CreateSittingRequest, Decision, DossierKind, GetScorecardRequest, GradeSittingRequest,
    IssueDecisionRequest, RaiseKnockoutRequest, RecordMarksRequest, Round, Scorecard, Sitting, SittingState,
    VerifySittingRequest,
};
use proto::google::r#type::Date;

use super::PROVINCE;
use super::samples::{Course, Sample};
use super::steps::{Steps, date, done, request_id};

/// How far each counted member lies from the middle, in points; and how far while they disagree.
const AGREED: [i32; 7] = [0, 2, -2, 1, -1, 3, -3];
const APART: [i32; 7] = [0, 7, -7, 2, -2, 3, -3];

/// The days of a round.
struct Days {
    open: Option<Date>,
    filed: Option<Date>,
    sits: Option<Date>,
    decided: Option<Date>,
}

/// The day by which the dossiers of a round were filed.
#[must_use]
pub fn filed(round: u32) -> Option<Date> {
    days(round).filed
}

fn days(round: u32) -> Days {
    if round == 1 {
        let (filed, sits) = (date(2021, 5, 20), date(2021, 6, 22));
        Days { open: date(2021, 6, 1), filed, sits, decided: date(2021, 7, 15) }
    } else {
        let (filed, sits) = (date(2021, 9, 20), date(2021, 11, 16));
        Days { open: date(2021, 10, 1), filed, sits, decided: date(2021, 12, 10) }
    }
}

/// What came of the year.
#[derive(Default)]
struct Tally {
    recognised: usize,
    sent_up: usize,
    not_ranked: usize,
    knocked_out: usize,
}

/// Judges every sample and recognises those that the province may recognise.
///
/// # Errors
/// The evaluation service refuses.
pub async fn year(steps: &mut Steps<'_>, samples: &[Sample]) -> Result<(), BoxError> {
    steps.begin("hội đồng, chấm điểm, quyết định (council, marks, decisions; samples)");
    let council = council(steps).await?;
    let mut tally = Tally::default();
    for number in [1, 2] {
        let of_round: Vec<&Sample> = samples.iter().filter(|sample| sample.row.round == number).collect();
        round(steps, &council, number, &of_round, &mut tally).await?;
    }
    let Tally { recognised, sent_up, not_ranked, knocked_out } = tally;
    steps.end(&format!(
        "{recognised} sản phẩm mẫu được công nhận; {sent_up} đạt tiềm năng 5 sao, chuyển trung ương; \
         {not_ranked} chưa đạt 3 sao; {knocked_out} bị loại"
    ));
    Ok(())
}

async fn council(steps: &Steps<'_>) -> Result<Council, BoxError> {
    let member = |display_name: &str, role: CouncilRole, counted| CouncilMember {
        display_name: format!("{display_name} (mẫu)"),
        role: role.into(),
        counted,
        ..Default::default()
    };
    let council = Council {
        unit: PROVINCE.to_owned(),
        level: CouncilLevel::Province.into(),
        decision_number: "01/QĐ-UBND (mẫu)".to_owned(),
        decision_date: date(2021, 5, 5),
        title: "Hội đồng đánh giá, phân hạng sản phẩm OCOP tỉnh Phú Yên năm 2021 (mẫu)".to_owned(),
        members: vec![
            member("Phó Chủ tịch UBND tỉnh", CouncilRole::Chair, true),
            member("Giám đốc Sở Nông nghiệp và Phát triển nông thôn", CouncilRole::Deputy, true),
            member("Đại diện Sở Công Thương", CouncilRole::Member, true),
            member("Đại diện Sở Khoa học và Công nghệ", CouncilRole::Member, true),
            member("Đại diện Sở Y tế", CouncilRole::Member, true),
            member("Đại diện Sở Văn hóa, Thể thao và Du lịch", CouncilRole::Member, true),
            member("Đại diện Liên minh Hợp tác xã tỉnh", CouncilRole::Member, true),
            member("Thư ký hội đồng", CouncilRole::Secretary, false),
        ],
        sample: true,
        ..Default::default()
    };
    let request =
        CreateCouncilRequest { council: Some(council), request_id: request_id("council"), validate_only: false };
    let mut councils = CouncilServiceClient::new(steps.client.channel.clone());
    done("the council", councils.create_council(steps.client.request(request)).await)
}

async fn round(
    steps: &Steps<'_>,
    council: &Council,
    number: u32,
    samples: &[&Sample],
    tally: &mut Tally,
) -> Result<(), BoxError> {
    let days = days(number);
    let round = Round {
        council: council.name.clone(),
        year: 2021,
        title: format!("Đợt {number} năm 2021 (mẫu)"),
        regime: "regimes/q1048".to_owned(),
        open_date: days.open,
        sample: true,
        ..Default::default()
    };
    let request_id_of = |what: &str| request_id(&format!("round/{number}/{what}"));
    let request = CreateRoundRequest { round: Some(round), request_id: request_id_of("create"), validate_only: false };
    let mut rounds = RoundServiceClient::new(steps.client.channel.clone());
    let round = done("a round", rounds.create_round(steps.client.request(request)).await)?;
    let mut recognised = Vec::new();
    for sample in samples {
        let sitting = judge(steps, council, &round, &days, sample).await?;
        let stars = sitting.result.as_ref().map_or(0, |result| result.stars);
        match stars {
            _ if !sitting.knockouts.is_empty() => tally.knocked_out += 1,
            3 | 4 => recognised.push(sitting.name),
            5 => tally.sent_up += 1,
            _ => tally.not_ranked += 1,
        }
    }
    tally.recognised += recognised.len();
    let decision = Decision {
        unit: PROVINCE.to_owned(),
        number: format!("{:02}/QĐ-UBND (mẫu)", number + 1),
        decision_date: days.decided,
        signed_by: "Chủ tịch UBND tỉnh (mẫu)".to_owned(),
        sittings: recognised,
        ..Default::default()
    };
    let request =
        IssueDecisionRequest { decision: Some(decision), request_id: request_id_of("decide"), validate_only: false };
    let mut decisions = DecisionServiceClient::new(steps.client.channel.clone());
    done("a decision", decisions.issue_decision(steps.acting("committee_leader")?.request(request)).await)?;
    let request = CloseRoundRequest { name: round.name, request_id: request_id_of("close") };
    done("a round's end", rounds.close_round(steps.client.request(request)).await)?;
    Ok(())
}

/// Puts one sample before the council and grades it, twice where the members lie too far apart.
async fn judge(
    steps: &Steps<'_>,
    council: &Council,
    round: &Round,
    days: &Days,
    sample: &Sample,
) -> Result<Sitting, BoxError> {
    let mut sittings = SittingServiceClient::new(steps.client.channel.clone());
    let (secretary, marking) = (steps.acting("council_secretary")?, steps.acting("council_member")?);
    let id = |what: &str| request_id(&format!("sitting/{}/{what}", sample.row.number));
    let sitting = Sitting {
        round: round.name.clone(),
        product: sample.product.name.clone(),
        kind: DossierKind::First.into(),
        filing_date: days.filed,
        sitting_date: days.sits,
        sample: true,
        ..Default::default()
    };
    let request = CreateSittingRequest { sitting: Some(sitting), request_id: id("create"), validate_only: false };
    let mut sitting = done("a sitting", sittings.create_sitting(secretary.request(request)).await)?;
    let card = scorecard(steps, &sitting.scorecard).await?;
    if sample.row.course == Course::Knockout {
        let (criterion, effect) = first_knockout(&card).ok_or("the sample's card has no knock-out")?;
        let (name, ground) = (sitting.name.clone(), "Căn cứ mẫu".to_owned());
        let request = RaiseKnockoutRequest { name, criterion, effect, ground, request_id: id("knockout") };
        done("a knock-out", sittings.raise_knockout(secretary.request(request)).await)?;
    }
    let apart = sample.row.course == Course::Spread;
    for (attempt, offsets) in (1..).zip([if apart { APART } else { AGREED }, AGREED]) {
        let counted = council.members.iter().filter(|member| member.counted);
        // In a second scoring the marks of members who were not too far from anybody are kept.
        let kept: Vec<&str> = sitting.members.iter().filter(|m| m.locked).map(|m| m.member.as_str()).collect();
        for (member, offset) in counted.zip(offsets).filter(|(member, _)| !kept.contains(&member.member.as_str())) {
            let request = RecordMarksRequest {
                name: sitting.name.clone(),
                member: member.member.clone(),
                answers: marks(&card, sample.row.points + offset),
                request_id: id(&format!("marks/{attempt}/{}", member.member)),
            };
            done("a member's marks", sittings.record_marks(marking.request(request)).await)?;
        }
        let request_id = id(&format!("grade/{attempt}"));
        let request = GradeSittingRequest { name: sitting.name.clone(), request_id };
        sitting = done("a grading", sittings.grade_sitting(secretary.request(request)).await)?;
        if sitting.state() != SittingState::Rescore {
            break;
        }
    }
    let request = VerifySittingRequest { name: sitting.name.clone() };
    let verdict = done("a recomputation", sittings.verify_sitting(secretary.request(request)).await)?;
    if verdict.equal { Ok(sitting) } else { Err(format!("{} recomputes to another result", sitting.name).into()) }
}

async fn scorecard(steps: &Steps<'_>, name: &str) -> Result<Scorecard, BoxError> {
    let mut rules = RuleServiceClient::new(steps.client.channel.clone());
    let request = GetScorecardRequest { name: name.to_owned() };
    done("a scorecard", rules.get_scorecard(steps.client.request(request)).await)
}

fn first_knockout(card: &Scorecard) -> Option<(String, i32)> {
    let criteria = card.parts.iter().flat_map(|part| &part.sections).flat_map(|section| &section.criteria);
    criteria.flat_map(|c| c.knockouts.iter().map(|k| (c.criterion.clone(), k.effect))).next()
}

/// The rungs of one criterion, by points, and the one that is chosen.
struct Rungs {
    criterion: String,
    /// Points and position; the first is "none applies".
    rungs: Vec<(i32, i32)>,
    chosen: usize,
}

impl Rungs {
    fn points(&self, at: usize) -> i32 {
        self.rungs.get(at).map_or(0, |(points, _)| *points)
    }

    /// What a step up (or down) the ladder changes; none at its end.
    fn step(&self, up: bool) -> Option<(usize, i32)> {
        let to = if up { self.chosen + 1 } else { self.chosen.checked_sub(1)? };
        (to < self.rungs.len()).then(|| (to, self.points(to) - self.points(self.chosen)))
    }
}

/// Answers to a whole card that come as near to a total as its ladders let them: every criterion first near its share, then
/// one after the other moved by a rung.
#[must_use]
pub fn marks(card: &Scorecard, total: i32) -> Vec<Answer> {
    let criteria = card.parts.iter().flat_map(|part| &part.sections).flat_map(|section| &section.criteria);
    let mut chosen: Vec<Rungs> = criteria
        .map(|c| {
            let mut rungs: Vec<(i32, i32)> = vec![(0, 0)];
            let options = c.ladders.first().into_iter().flat_map(|ladder| &ladder.options);
            rungs.extend(options.filter(|o| o.points > 0).map(|option| (option.points, option.position)));
            rungs.sort_unstable();
            rungs.dedup_by_key(|(points, _)| *points);
            let share = c.max_points * total;
            let near = |(_, (points, _)): &(usize, &(i32, i32))| (points * 100 - share).abs();
            let nearest = rungs.iter().enumerate().min_by_key(near).map_or(0, |(at, _)| at);
            Rungs { criterion: c.criterion.clone(), rungs, chosen: nearest }
        })
        .collect();
    loop {
        let sum: i32 = chosen.iter().map(|c| c.points(c.chosen)).sum();
        let missing = total - sum;
        let better = |c: &mut Rungs| c.step(missing > 0).is_some_and(|(_, by)| by != 0 && by.abs() <= missing.abs());
        let Some(moved) = chosen.iter_mut().find_map(|c| better(c).then_some(c)) else { break };
        if let Some((to, _)) = moved.step(missing > 0) {
            moved.chosen = to;
        }
    }
    chosen
        .into_iter()
        .map(|c| {
            let (points, option) = c.rungs.get(c.chosen).copied().unwrap_or_default();
            Answer { criterion: c.criterion, points: Some(points), option }
        })
        .collect()
}
