//! Rules between the wire and the domain.

mod cards;
mod regimes;

pub use cards::{card, card_summary};
pub use regimes::regime;

use kit::{Error, Page, Result, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use reference::cards::{Card, KnockoutEffect};
use reference::regimes::{Regime, RegimeFault};
use time::Date;

use super::domain::{
    Answer, FailedMinimum, GradeInput, GradeViolation, Graded, MAX_MEMBERS, MemberMarks, MemberTotal, Outcome,
    RaisedKnockout, ViolationKind,
};
use crate::shared::domain::{Found, card as find};
use crate::shared::wire as shared;

/// A page of cards.
pub struct ListCards {
    /// Of this regime.
    pub regime: Option<&'static Regime>,
    /// The page.
    pub page: Page,
}

/// Which regime rules a dossier.
pub struct Ruled {
    /// The regime.
    pub regime: &'static Regime,
    /// Last day to finish under it, where a transition rule says so.
    pub finish_by: Option<Date>,
}

/// Reads a request.
pub fn list_regimes(req: &pb::ListRegimesRequest, v: &mut Violations) -> Option<Page> {
    v.page(req.page_size, &req.page_token, &[])
}

/// Reads a request.
pub fn get_regime(req: &pb::GetRegimeRequest, _: &mut Violations) -> Option<String> {
    Some(req.name.clone())
}

/// Reads a request and finds the regime.
pub fn resolve_regime(req: &pb::ResolveRegimeRequest, v: &mut Violations) -> Option<Ruled> {
    let date = v.date("date", req.date.as_ref());
    let kind = shared::kind_of(req.kind);
    let (date, kind) = (date?, kind?);
    match reference::regimes::resolve(date, kind) {
        Ok(regime) => Some(Ruled { regime, finish_by: reference::regimes::finish_by(date, kind) }),
        Err(RegimeFault::BeforeFirst { first }) => {
            v.add("date", ErrorReason::RegimeBeforeFirst, &[("date", &day::text(first))]);
            None
        }
    }
}

/// Reads a request.
pub fn list_scorecards(req: &pb::ListScorecardsRequest, v: &mut Violations) -> Option<ListCards> {
    let regime = if req.regime.is_empty() { Some(None) } else { shared::regime(v, "regime", &req.regime).map(Some) };
    let page = v.page(req.page_size, &req.page_token, &[&req.regime]);
    Some(ListCards { regime: regime?, page: page? })
}

/// Reads a request.
pub fn get_scorecard(req: &pb::GetScorecardRequest, _: &mut Violations) -> Option<String> {
    Some(req.name.clone())
}

/// The card of a name.
///
/// # Errors
/// FAILED_PRECONDITION SCORECARD_UNAVAILABLE for a card whose text no source has, NOT_FOUND for any other.
pub fn card_named(name: &str) -> Result<&'static Card> {
    match find(name.strip_prefix("scorecards/").unwrap_or_default()) {
        Found::Card(card) => Ok(card),
        Found::Unavailable => Err(unavailable(name)),
        Found::Unknown => Err(Error::not_found(name)),
    }
}

/// The refusal of a card whose text no source has.
#[must_use]
pub fn unavailable(name: &str) -> Error {
    Error::refused(ErrorReason::ScorecardUnavailable).with("name", name)
}

/// Reads a request and grades it: what is wrong with the marks is a violation like any other. A card that cannot be
/// graded by is refused once the rest of the request is in order.
pub fn grade(req: &pb::GradeRequest, v: &mut Violations) -> Option<Result<Graded>> {
    let card = match card_named(&req.scorecard) {
        Ok(card) => card,
        // An empty name was found by the contract's own check.
        Err(refused) => return Some(Err(refused)),
    };
    let input = GradeInput {
        members: req.marks.iter().map(member_marks).collect(),
        agreed: req.agreed_answers.iter().map(answer_of).collect(),
        knockouts: req.knockouts.iter().filter_map(knockout_of).collect(),
        spread_limit: req.spread_limit,
    };
    match super::domain::grade(card, &input) {
        Ok(graded) => Some(Ok(graded)),
        Err(violations) => {
            add_violations(v, &violations, |field| knockout_field(req, field));
            None
        }
    }
}

/// The path of a raised knock-out in the request: those without a known effect are not graded and shift the others.
fn knockout_field(req: &pb::GradeRequest, field: &str) -> String {
    let place = field.strip_prefix("knockouts[").and_then(|rest| rest.split_once(']'));
    let Some((at, rest)) = place.and_then(|(at, rest)| Some((at.parse::<usize>().ok()?, rest))) else {
        return field.to_owned();
    };
    let known = req.knockouts.iter().enumerate().filter(|(_, raised)| effect_of(raised.effect).is_some());
    let at = known.map(|(at, _)| at).nth(at).unwrap_or(at);
    format!("knockouts[{at}]{rest}")
}

fn member_marks(marks: &pb::MemberMarks) -> MemberMarks {
    MemberMarks { member: marks.member.clone(), answers: marks.answers.iter().map(answer_of).collect() }
}

/// An answer as the domain has it.
#[must_use]
pub fn answer_of(answer: &pb::Answer) -> Answer {
    Answer { criterion: answer.criterion.clone(), points: answer.points, option: answer.option }
}

/// A knock-out; one without a known effect was found by the contract's own check.
fn knockout_of(raised: &pb::RaisedKnockout) -> Option<RaisedKnockout> {
    Some(RaisedKnockout { criterion: raised.criterion.clone(), effect: effect_of(raised.effect)? })
}

/// An effect; none for what the contract's own check has refused.
#[must_use]
pub fn effect_of(number: i32) -> Option<KnockoutEffect> {
    match pb::KnockoutEffect::try_from(number) {
        Ok(pb::KnockoutEffect::Disqualify) => Some(KnockoutEffect::Disqualify),
        Ok(pb::KnockoutEffect::StopScoring) => Some(KnockoutEffect::StopScoring),
        Ok(pb::KnockoutEffect::Precondition) => Some(KnockoutEffect::Precondition),
        Ok(pb::KnockoutEffect::NotAssessed) => Some(KnockoutEffect::NotAssessed),
        Ok(pb::KnockoutEffect::Unspecified) | Err(_) => None,
    }
}

/// An effect as it is answered.
#[must_use]
pub fn effect(effect: KnockoutEffect) -> pb::KnockoutEffect {
    match effect {
        KnockoutEffect::Disqualify => pb::KnockoutEffect::Disqualify,
        KnockoutEffect::StopScoring => pb::KnockoutEffect::StopScoring,
        KnockoutEffect::Precondition => pb::KnockoutEffect::Precondition,
        KnockoutEffect::NotAssessed => pb::KnockoutEffect::NotAssessed,
    }
}

/// An outcome as it is answered.
#[must_use]
pub fn outcome(outcome: Outcome) -> pb::Outcome {
    match outcome {
        Outcome::Graded => pb::Outcome::Graded,
        Outcome::RescoreRequired => pb::Outcome::RescoreRequired,
        Outcome::Disqualified => pb::Outcome::Disqualified,
        Outcome::Stopped => pb::Outcome::Stopped,
        Outcome::NotAssessed => pb::Outcome::NotAssessed,
    }
}

/// A result as it is answered.
#[must_use]
pub fn graded(graded: &Graded) -> pb::GradeResponse {
    pb::GradeResponse {
        member_totals: graded.member_totals.iter().map(member_total).collect(),
        mean: graded.mean.clone(),
        spread: graded.spread,
        outcome: outcome(graded.outcome).into(),
        band_stars: graded.band_stars.into(),
        stars: graded.stars.into(),
        failed_minimums: graded.failed_minimums.iter().map(failed_minimum).collect(),
        scorecard_digest: graded.scorecard_digest.clone(),
        scorecard_incomplete: graded.scorecard_incomplete,
    }
}

fn member_total(total: &MemberTotal) -> pb::MemberTotal {
    pb::MemberTotal {
        member: total.member.clone(),
        total: total.total,
        part_a: total.part_a,
        part_b: total.part_b,
        part_c: total.part_c,
    }
}

/// A failed minimum mark as it is answered.
#[must_use]
pub fn failed_minimum(failed: &FailedMinimum) -> pb::FailedMinimum {
    pb::FailedMinimum {
        stars: failed.stars.into(),
        criterion: failed.criterion.clone(),
        required_points: failed.required_points,
        got: failed.got.clone(),
    }
}

/// Tells what is wrong with marks; `field` makes the request's path of the one in a `GradeRequest`. Missing answers of one
/// list are told as one violation.
pub fn add_violations(v: &mut Violations, violations: &[GradeViolation], field: impl Fn(&str) -> String) {
    for violation in violations {
        if let ViolationKind::MissingAnswer { .. } = violation.kind {
            let missing = violations.iter().filter(|other| other.field == violation.field);
            let missing: Vec<&str> = missing.filter_map(|other| missing_criterion(&other.kind)).collect();
            v.add(field(&violation.field), ErrorReason::AnswerMissing, &[("criteria", &missing.join(", "))]);
        } else {
            add_violation(v, field(&violation.field), &violation.kind);
        }
    }
}

fn missing_criterion(kind: &ViolationKind) -> Option<&str> {
    match kind {
        ViolationKind::MissingAnswer { criterion } => Some(criterion),
        _ => None,
    }
}

fn add_violation(v: &mut Violations, field: String, kind: &ViolationKind) {
    use ViolationKind as K;
    match kind {
        K::TooFewMembers | K::EmptyMember => v.add(field, Common::FieldRequired, &[]),
        K::TooManyMembers { .. } => v.add(field, Common::FieldRange, &[("expected", &format!("<= {MAX_MEMBERS}"))]),
        K::DuplicateMember { member } => v.add(field, ErrorReason::MemberDuplicate, &[("member", member)]),
        // An empty criterion was found by the contract's own check.
        K::UnknownCriterion { criterion } if criterion.is_empty() => {}
        K::UnknownCriterion { criterion } => v.add(field, ErrorReason::CriterionUnknown, &[("criterion", criterion)]),
        K::DuplicateAnswer { criterion } => v.add(field, ErrorReason::AnswerDuplicate, &[("criterion", criterion)]),
        K::MissingAnswer { criterion } => v.add(field, ErrorReason::AnswerMissing, &[("criteria", criterion)]),
        K::MissingPoints { criterion } => v.add(field, ErrorReason::PointsMissing, &[("criterion", criterion)]),
        K::NoSuchPoints { criterion, points } => {
            v.add(field, ErrorReason::PointsUnknown, &[("criterion", criterion), ("points", &points.to_string())]);
        }
        K::NoSuchOption { criterion, option } => {
            v.add(field, ErrorReason::OptionUnknown, &[("criterion", criterion), ("option", &option.to_string())]);
        }
        K::OptionPointsDisagree { criterion, option, gives, points } => {
            let (option, gives, points) = (option.to_string(), gives.to_string(), points.to_string());
            let told: [(&'static str, &str); 4] =
                [("criterion", criterion), ("option", &option), ("gives", &gives), ("points", &points)];
            v.add(field, ErrorReason::OptionPointsDisagree, &told);
        }
        K::UnknownKnockout { criterion, effect: raised } => {
            let told: [(&'static str, &str); 2] = [("criterion", criterion), ("effect", effect(*raised).as_str_name())];
            v.add(field, ErrorReason::KnockoutUnknown, &told);
        }
        K::SpreadLimitRange { max, .. } => v.add(field, Common::FieldRange, &[("expected", &format!("0..{max}"))]),
    }
}

/// Which regime rules a dossier, as it is answered.
#[must_use]
pub fn ruled(ruled: &Ruled) -> pb::ResolveRegimeResponse {
    pb::ResolveRegimeResponse { regime: Some(regime(ruled.regime)), finish_by: ruled.finish_by.map(day::pb) }
}
