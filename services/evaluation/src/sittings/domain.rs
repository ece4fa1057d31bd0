//! Where a sitting stands, what freezes with it, and how marks are put in order. Pure.

pub mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use reference::cards::{self, Card, KnockoutEffect};
use reference::products;
use reference::regimes::{self, DossierKind, Regime, RegimeFault, band_of};
use serde::{Deserialize, Serialize};
use time::Date;

use crate::councils::domain::Member;
use crate::rules::domain::{Answer, GradeInput, GradeViolation, MemberMarks, Outcome, RaisedKnockout, grade};
use crate::shared::domain::stored;

/// State of a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The members mark for the first time.
    Open,
    /// The members mark again.
    Rescore,
    /// Graded; final.
    Graded,
    /// A decision recognised the product.
    Decided,
}

stored!(State { Open = "open", Rescore = "rescore", Graded = "graded", Decided = "decided" });

/// What is done with a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A member hands in marks.
    RecordMarks,
    /// A knock-out is raised.
    RaiseKnockout,
    /// Agreed answers are set.
    SetAgreedAnswers,
    /// It is graded for good.
    Grade,
    /// It is graded, and the members must mark again.
    Rescore,
    /// A decision recognises the product.
    Decide,
    /// Who judges it changes: attendance, conflicts, the check on site.
    ChangePanel,
    /// Written opinions give way to a meeting, for which the members mark again.
    CallMeeting,
}

/// What is possible.
pub const TRANSITIONS: &[(State, Verb, State)] = &[
    (State::Open, Verb::RecordMarks, State::Open),
    (State::Open, Verb::RaiseKnockout, State::Open),
    (State::Open, Verb::SetAgreedAnswers, State::Open),
    (State::Open, Verb::ChangePanel, State::Open),
    (State::Open, Verb::CallMeeting, State::Rescore),
    (State::Open, Verb::Grade, State::Graded),
    (State::Open, Verb::Rescore, State::Rescore),
    (State::Rescore, Verb::RecordMarks, State::Rescore),
    (State::Rescore, Verb::RaiseKnockout, State::Rescore),
    (State::Rescore, Verb::SetAgreedAnswers, State::Rescore),
    (State::Rescore, Verb::ChangePanel, State::Rescore),
    (State::Rescore, Verb::CallMeeting, State::Rescore),
    (State::Rescore, Verb::Grade, State::Graded),
    (State::Rescore, Verb::Rescore, State::Rescore),
    (State::Graded, Verb::Decide, State::Decided),
];

/// The state after a verb; none where it is not possible.
#[must_use]
pub fn next(state: State, verb: Verb) -> Option<State> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == verb).map(|(_, _, to)| *to)
}

stored!(Outcome {
    Graded = "graded",
    RescoreRequired = "rescore_required",
    Disqualified = "disqualified",
    Stopped = "stopped",
    NotAssessed = "not_assessed",
});

/// As kinds of dossier are stored.
#[must_use]
pub fn kind_text(kind: DossierKind) -> &'static str {
    match kind {
        DossierKind::First => "first",
        DossierKind::Upgrade => "upgrade",
        DossierKind::ReEvaluation => "re_evaluation",
    }
}

/// As kinds of dossier were stored.
#[must_use]
pub fn kind_of(text: &str) -> Option<DossierKind> {
    [DossierKind::First, DossierKind::Upgrade, DossierKind::ReEvaluation].into_iter().find(|k| kind_text(*k) == text)
}

/// One answer as it is stored: valid, with points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Criterion id.
    pub criterion: String,
    /// Points.
    pub points: i32,
    /// Position of the option; 0 when not told.
    pub option: i32,
}

impl Mark {
    /// As grading takes it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer { criterion: self.criterion.clone(), points: Some(self.points), option: self.option }
    }
}

/// State of a sheet of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetState {
    /// Being filled in; not graded.
    Draft,
    /// Recorded whole; may be replaced.
    HandedIn,
    /// Final for its marking.
    Locked,
}

stored!(SheetState { Draft = "draft", HandedIn = "handed_in", Locked = "locked" });

/// What a member remarked on a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Criterion id.
    pub criterion: String,
    /// Why these points.
    pub comment: String,
    /// Evidence that was looked at.
    pub evidence: Vec<String>,
}

/// Members whose totals lie further than the limit from somebody else's: those who mark again. Nobody within the limit of
/// everybody else is among them.
#[must_use]
pub fn apart(totals: &[(String, i32)], limit: i32) -> Vec<&str> {
    let highest = totals.iter().map(|(_, total)| *total).max().unwrap_or(0);
    let lowest = totals.iter().map(|(_, total)| *total).min().unwrap_or(0);
    let far = |total: i32| highest - total > limit || total - lowest > limit;
    totals.iter().filter(|(_, total)| far(*total)).map(|(member, _)| member.as_str()).collect()
}

/// True where members who wrote their opinions do not come to the same stars, so that the council must meet.
#[must_use]
pub fn opinions_differ(card: &Card, totals: &[(String, i32)]) -> bool {
    let mut bands = totals.iter().map(|(_, total)| band_of(&card.bands, i64::from(*total), 1));
    let first = bands.next();
    bands.any(|band| Some(band) != first)
}

/// A knock-out that was raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// Criterion id.
    pub criterion: String,
    /// Its effect.
    pub effect: Effect,
    /// Why.
    pub ground: String,
}

/// Effect of a knock-out, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The product is out.
    Disqualify,
    /// A condition of entry is not met.
    Precondition,
    /// Scoring stops.
    StopScoring,
    /// The product is not assessed.
    NotAssessed,
}

impl Effect {
    /// The card's effect as it is stored.
    #[must_use]
    pub fn of(effect: KnockoutEffect) -> Self {
        match effect {
            KnockoutEffect::Disqualify => Self::Disqualify,
            KnockoutEffect::Precondition => Self::Precondition,
            KnockoutEffect::StopScoring => Self::StopScoring,
            KnockoutEffect::NotAssessed => Self::NotAssessed,
        }
    }

    /// As the card has it.
    #[must_use]
    pub fn on_card(self) -> KnockoutEffect {
        match self {
            Self::Disqualify => KnockoutEffect::Disqualify,
            Self::Precondition => KnockoutEffect::Precondition,
            Self::StopScoring => KnockoutEffect::StopScoring,
            Self::NotAssessed => KnockoutEffect::NotAssessed,
        }
    }
}

/// What judges a dossier.
#[derive(Clone, Copy, Debug)]
pub struct Frozen {
    /// The regime.
    pub regime: &'static Regime,
    /// The scorecard.
    pub card: &'static Card,
}

/// Why nothing judges a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FreezeFault {
    /// Filed before the first regime, which began on this day.
    BeforeFirst(Date),
    /// There is no such product set.
    SetUnknown,
    /// The set belongs to another regime than this one, which rules the dossier.
    OtherRegime(String),
    /// No source has the card; the card's or regime's name.
    Unavailable(String),
}

/// The regime and card of a dossier by its filing and the set (without `productSets/`).
///
/// # Errors
/// Why there is none.
pub fn freeze(filed: Date, kind: DossierKind, set: &str) -> Result<Frozen, FreezeFault> {
    let RegimeFault::BeforeFirst { first } = match regimes::resolve(filed, kind) {
        Ok(regime) => return freeze_under(regime, set),
        Err(fault) => fault,
    };
    Err(FreezeFault::BeforeFirst(first))
}

fn freeze_under(regime: &'static Regime, set: &str) -> Result<Frozen, FreezeFault> {
    if regime.scorecards_prefix.is_none() {
        return Err(FreezeFault::Unavailable(format!("regimes/{}", regime.id)));
    }
    let set = products::set(set).ok_or(FreezeFault::SetUnknown)?;
    if set.regime_id != regime.id {
        return Err(FreezeFault::OtherRegime(regime.id.clone()));
    }
    let card = set.scorecard.as_deref().and_then(cards::get);
    let card = card.ok_or_else(|| FreezeFault::Unavailable(format!("scorecards/{}", set.id)))?;
    Ok(Frozen { regime, card })
}

/// Everything that is wrong with a member's marks; field paths begin with `answers`.
#[must_use]
pub fn marks_faults(card: &Card, answers: &[Answer]) -> Vec<GradeViolation> {
    let member = MemberMarks { member: "m".to_owned(), answers: answers.to_vec() };
    faults(card, &GradeInput { members: vec![member], ..GradeInput::default() }, "marks[0].answers", "answers")
}

/// Everything that is wrong with agreed answers; field paths begin with `answers`.
#[must_use]
pub fn agreed_faults(card: &Card, answers: &[Answer]) -> Vec<GradeViolation> {
    let input = GradeInput { agreed: answers.to_vec(), ..GradeInput::default() };
    faults(card, &input, "agreed_answers", "answers")
}

/// What is wrong with a raised knock-out; the field path is `criterion` or `effect`.
#[must_use]
pub fn knockout_faults(card: &Card, raised: &RaisedKnockout) -> Vec<GradeViolation> {
    let input = GradeInput { knockouts: vec![raised.clone()], ..GradeInput::default() };
    faults(card, &input, "knockouts[0].", "")
}

/// The violations of one part of what is graded; `with` takes the place of `part` in their paths.
fn faults(card: &Card, input: &GradeInput, part: &str, with: &str) -> Vec<GradeViolation> {
    let found = grade(card, input).err().unwrap_or_default();
    let of_part = found.into_iter().filter_map(|violation| {
        let rest = violation.field.strip_prefix(part)?;
        Some(GradeViolation { field: format!("{with}{rest}"), kind: violation.kind })
    });
    of_part.collect()
}

/// Valid answers in the card's order, which is the form they are stored in: the same marks are the same bytes in whichever
/// order they were sent.
#[must_use]
pub fn in_card_order(card: &Card, answers: &[Answer]) -> Vec<Mark> {
    let of = |criterion: &cards::Criterion| {
        let answer = answers.iter().find(|answer| answer.criterion == criterion.id)?;
        Some(Mark { criterion: answer.criterion.clone(), points: answer.points?, option: answer.option })
    };
    card.criteria().filter_map(of).collect()
}

/// Counted members who have not handed in.
#[must_use]
pub fn missing<'a>(members: &'a [Member], handed_in: &[String]) -> Vec<&'a Member> {
    let handed_in: BTreeSet<&str> = handed_in.iter().map(String::as_str).collect();
    members.iter().filter(|member| member.counted && !handed_in.contains(member.member.as_str())).collect()
}

/// Where grading leads: for good, or to marking again.
#[must_use]
pub fn verb_of(outcome: Outcome) -> Verb {
    if outcome == Outcome::RescoreRequired { Verb::Rescore } else { Verb::Grade }
}

/// Lowest stars that are recognised (domain guide, grading rule 7).
pub const FIRST_RECOGNISED: i32 = 3;

/// True where a final result leaves nothing to decide: the dossier is settled with it.
#[must_use]
pub fn settles(state: State, stars: i32) -> bool {
    state == State::Graded && stars < FIRST_RECOGNISED
}
