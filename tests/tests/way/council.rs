//! The province's council: members who mark with their own logins, the secretary who grades, the leader who decides.

use kit::testing::{As, reason};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::council_service_client::CouncilServiceClient;
use proto::evaluation::v1::decision_service_client::DecisionServiceClient;
use proto::evaluation::v1::handover_service_client::HandoverServiceClient;
use proto::evaluation::v1::mark_service_client::MarkServiceClient;
use proto::evaluation::v1::round_service_client::RoundServiceClient;
use proto::evaluation::v1::rule_service_client::RuleServiceClient;
use proto::evaluation::v1::sitting_service_client::SittingServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use crate::house::House;
use crate::office::{Office, on, until};

/// Members that mark.
const MEMBERS: [&str; 3] = ["m1", "m2", "m3"];

/// A council that judges only what was sealed.
pub struct Council {
    name: String,
}

/// The criteria of the year's card, in its order.
pub async fn scorecard(office: &Office) -> Vec<pb::Criterion> {
    let request = pb::GetScorecardRequest { name: format!("scorecards/{}", office.year.set) };
    let mut rules = RuleServiceClient::new(office.suite.gateway());
    let card = rules.get_scorecard(office.province("council_member").say(request)).await.unwrap().into_inner();
    card.parts.into_iter().flat_map(|part| part.sections).flat_map(|section| section.criteria).collect()
}

/// The best marks, but for criteria without a minimum mark, which get nothing until the total is below ninety: four stars.
async fn four_stars(office: &Office) -> Vec<pb::Answer> {
    let criteria = scorecard(office).await;
    let mut total: i32 = criteria.iter().map(|criterion| criterion.max_points).sum();
    let mut answers = Vec::new();
    for criterion in criteria {
        let mut options = criterion.ladders.iter().flat_map(|ladder| &ladder.options);
        let gives_nothing = criterion.none_applies_points == Some(0) || options.any(|option| option.points == 0);
        let drop = criterion.star_minimums.is_empty() && gives_nothing && total >= 90;
        total -= if drop { criterion.max_points } else { 0 };
        let points = if drop { 0 } else { criterion.max_points };
        answers.push(pb::Answer { criterion: criterion.criterion, points: Some(points), option: 0 });
    }
    assert!((70..90).contains(&total), "{total}");
    answers
}

fn sittings(office: &Office) -> SittingServiceClient<Channel> {
    SittingServiceClient::new(office.suite.gateway())
}

fn councils(office: &Office) -> CouncilServiceClient<Channel> {
    CouncilServiceClient::new(office.suite.gateway())
}

fn secretary(office: &Office) -> As {
    office.province("council_secretary")
}

/// The login of a member.
fn member(office: &Office, member: &str) -> As {
    let held = format!("council_member@{}", office.year.province).parse().unwrap();
    office.world().as_subject(&format!("login-{member}"), &[held])
}

impl Council {
    /// The province sets it up, seats its members, and has it judge nothing that is not sealed.
    pub async fn set_up(office: &Office) -> Self {
        let day = on(office.year.filed);
        let post = |at: usize| pb::CouncilMember {
            display_name: format!("Ủy viên {at} (mẫu)"),
            role: if at == 1 { pb::CouncilRole::Chair } else { pb::CouncilRole::Member }.into(),
            counted: true,
            ..Default::default()
        };
        let council = pb::Council {
            unit: office.year.province.to_owned(),
            level: pb::CouncilLevel::Province.into(),
            decision_number: "15/QĐ-UBND".to_owned(),
            decision_date: day,
            title: "Hội đồng OCOP cấp tỉnh (mẫu)".to_owned(),
            members: (1..=MEMBERS.len()).map(post).collect(),
            sample: true,
            ..Default::default()
        };
        let officer = || office.province("province_officer");
        let request = pb::CreateCouncilRequest { council: Some(council), ..Default::default() };
        let name = councils(office).create_council(officer().say(request)).await.unwrap().into_inner().name;
        let rules = pb::CouncilRules { from_date: day, dossier_required: true, ..Default::default() };
        let request = pb::SetCouncilRulesRequest { name: name.clone(), rules: Some(rules), ..Default::default() };
        councils(office).set_council_rules(officer().say(request)).await.unwrap();
        for member in MEMBERS {
            let request = pb::AssignSeatRequest {
                name: name.clone(),
                member: member.to_owned(),
                subject: format!("login-{member}"),
                begin_date: day,
                ..Default::default()
            };
            councils(office).assign_seat(officer().say(request)).await.unwrap();
        }
        Self { name }
    }

    /// Opens the round of the year.
    pub async fn open(&self, office: &Office) {
        let round = pb::Round {
            council: self.name.clone(),
            year: office.year.listed.year(),
            title: "Đợt 1 (mẫu)".to_owned(),
            regime: office.year.regime.to_owned(),
            open_date: on(office.year.forwarded),
            ..Default::default()
        };
        let request = pb::CreateRoundRequest { round: Some(round), ..Default::default() };
        let mut rounds = RoundServiceClient::new(office.suite.gateway());
        let made = rounds.create_round(secretary(office).say(request)).await.unwrap().into_inner();
        assert!(made.sample, "its council is one");
    }

    /// Puts the product before the council.
    async fn put(&self, office: &Office, house: &House, digest: &str, dry: bool) -> Result<pb::Sitting, Status> {
        let mut rounds = RoundServiceClient::new(office.suite.gateway());
        let request = pb::ListRoundsRequest { year: office.year.listed.year(), ..Default::default() };
        let page = rounds.list_rounds(secretary(office).say(request)).await.unwrap().into_inner();
        let sitting = pb::Sitting {
            round: page.rounds[0].name.clone(),
            product: house.product.clone(),
            kind: pb::DossierKind::First.into(),
            filing_date: on(office.year.filed),
            sitting_date: on(office.year.sits),
            dossier_digest: digest.to_owned(),
            ..Default::default()
        };
        let request = pb::CreateSittingRequest { sitting: Some(sitting), validate_only: dry, ..Default::default() };
        Ok(sittings(office).create_sitting(secretary(office).say(request)).await?.into_inner())
    }

    /// Why the product is not judged yet.
    pub async fn refusal(&self, office: &Office, house: &House, digest: &str) -> String {
        reason(&self.put(office, house, digest, true).await.unwrap_err())
    }

    /// The sealed dossier is known, bound to the sitting and judged. Answers the sitting.
    pub async fn judge(&self, office: &Office, house: &House, digest: &str) -> String {
        office.on(office.year.sits);
        until("the sealed dossier", async || self.put(office, house, "", true).await.ok()).await;
        assert_eq!(self.refusal(office, house, &"f".repeat(64)).await, "DOSSIER_DIGEST_MISMATCH");
        let sitting = self.put(office, house, "", false).await.unwrap();
        assert_eq!((&*sitting.dossier_digest, &*sitting.regime, sitting.sample), (digest, office.year.regime, true));
        let mut marks = MarkServiceClient::new(office.suite.gateway());
        for seat in MEMBERS {
            let (name, who) = (sitting.name.clone(), member(office, seat));
            let request = pb::SaveMarksRequest {
                name: name.clone(),
                member: seat.to_owned(),
                answers: four_stars(office).await,
                ..Default::default()
            };
            marks.save_marks(who.say(request)).await.unwrap();
            let request = pb::LockMarksRequest { name, member: seat.to_owned(), ..Default::default() };
            marks.lock_marks(who.say(request)).await.unwrap();
        }
        let request = pb::GradeSittingRequest { name: sitting.name.clone(), ..Default::default() };
        let graded = sittings(office).grade_sitting(secretary(office).say(request)).await.unwrap().into_inner();
        let result = graded.result.unwrap();
        assert_eq!((result.outcome(), result.stars), (pb::Outcome::Graded, office.year.stars));
        assert!(result.failed_minimums.is_empty() && result.dossier_digest == digest);
        let request = pb::VerifySittingRequest { name: sitting.name.clone() };
        let verdict = sittings(office).verify_sitting(secretary(office).say(request)).await.unwrap().into_inner();
        assert!(verdict.equal, "the result is computed again, byte for byte");
        sitting.name
    }

    /// The province's leader recognises it. Answers the certificate.
    pub async fn decide(&self, office: &Office, sitting: &str) -> String {
        office.on(office.year.decided);
        let decision = pb::Decision {
            unit: office.year.province.to_owned(),
            number: "2919/QĐ-UBND".to_owned(),
            decision_date: on(office.year.decided),
            signed_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
            sittings: vec![sitting.to_owned()],
            ..Default::default()
        };
        let request = pb::IssueDecisionRequest { decision: Some(decision), ..Default::default() };
        let mut decisions = DecisionServiceClient::new(office.suite.gateway());
        let leader = office.province("committee_leader");
        let made = decisions.issue_decision(leader.say(request)).await.unwrap().into_inner();
        let [certificate] = &made.certificates[..] else { panic!("{made:?}") };
        let request = pb::GetCertificateRequest { name: certificate.clone(), ..Default::default() };
        let mut certificates = CertificateServiceClient::new(office.suite.gateway());
        let found = certificates.get_certificate(leader.say(request)).await.unwrap().into_inner();
        assert_eq!((found.status(), found.stars), (pb::CertificateStatus::Valid, office.year.stars));
        assert!(found.first_recognition && found.sample && found.end_date == on(office.year.first_out));
        let request = pb::ListHandoverRequest { unit: office.year.province.to_owned(), ..Default::default() };
        let mut handover = HandoverServiceClient::new(office.suite.gateway());
        let rows = handover.list_handover(office.province("analyst").say(request)).await.unwrap().into_inner().handover;
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.kind(), row.sitting_date), (pb::DossierKind::First, on(office.year.sits)));
        assert_eq!(row.certificate.as_ref().map(|c| &c.name), Some(certificate));
        made.certificates[0].clone()
    }
}
