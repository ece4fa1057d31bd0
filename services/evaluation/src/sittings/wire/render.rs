//! Sittings as they are answered.

use kit::{Result, day, instant, name as names};
use proto::evaluation::v1 as pb;
use reference::regimes;

use super::name;
use crate::rules::domain::Outcome;
use crate::rules::wire::{effect, outcome};
use crate::shared::store::{of_text, stored};
use crate::shared::wire::{self as shared, card_name, kind, regime_name};
use crate::sittings::domain::record::{Excluded, Failed, Input, Knockout, Output, Part, Sheet, Total, Verdict};
use crate::sittings::domain::{Mark, Raised, State};
use crate::sittings::store::{Grading, Sitting, Whole};
use crate::{councils, panels, rounds};

/// A sitting with its last result.
///
/// # Errors
/// INTERNAL where a stored result is not one that a release wrote.
pub fn sitting(whole: &Whole) -> Result<pb::Sitting> {
    let s = &whole.sitting;
    let members = s.members.iter().map(|member| pb::SittingMember {
        member: member.member.clone(),
        display_name: member.display_name.clone(),
        counted: member.counted,
        handed_in: whole.handed_in.contains(&member.member),
        locked: whole.locked.contains(&member.member),
        in_panel: s.panel.judges(member),
    });
    Ok(pb::Sitting {
        name: name(s.id),
        round: rounds::wire::name(s.round),
        product: names::of("products", s.product),
        product_set: format!("productSets/{}", s.product_set),
        kind: kind(s.kind).into(),
        filing_date: Some(day::pb(s.filing_date)),
        sitting_date: Some(day::pb(s.sitting_date)),
        dossier_digest: s.dossier_digest.clone(),
        sample: s.sample,
        council: councils::wire::name(s.council),
        unit: s.unit.clone(),
        product_display_name: s.product_display_name.clone(),
        product_code: s.product_code.clone(),
        product_unit: s.product_unit.clone(),
        regime: regime_name(&s.regime),
        scorecard: card_name(&s.scorecard),
        scorecard_digest: s.scorecard_digest.clone(),
        finish_by: regimes::finish_by(s.filing_date, s.kind).map(day::pb),
        spread_limit: s.spread_limit,
        state: state(s.state).into(),
        attempt: s.attempt,
        members: members.collect(),
        knockouts: s.knockouts.iter().map(sitting_knockout).collect(),
        agreed_answers: s.agreed.iter().map(answer).collect(),
        result: whole.grading.as_ref().map(|grading| result(s, grading)).transpose()?,
        decision: s.decision.map(|id| names::of("decisions", id)).unwrap_or_default(),
        create_time: Some(instant::pb(s.create_us)),
        update_time: Some(instant::pb(s.update_us)),
        method: panels::wire::method(s.panel.method).into(),
        filed_late_days: s.filed_late_days,
        bundle: s.bundle.as_ref().map(shared::bundle),
    })
}

fn result(s: &Sitting, grading: &Grading) -> Result<pb::SittingResult> {
    let output: Output = of_text(&grading.record.result)?;
    // Lists do not read what was graded.
    let input: Option<Input> = match grading.record.input.as_str() {
        "" => None,
        input => Some(of_text(input)?),
    };
    let input = input.as_ref();
    Ok(pb::SittingResult {
        attempt: s.graded_attempt,
        regime: regime_name(&s.regime),
        scorecard: card_name(&s.scorecard),
        scorecard_digest: s.scorecard_digest.clone(),
        scorecard_incomplete: output.scorecard_incomplete,
        dossier_digest: s.dossier_digest.clone(),
        spread_limit: s.spread_limit,
        marks: input.map(|input| input.marks.iter().map(sheet).collect()).unwrap_or_default(),
        agreed_answers: input.map(|input| input.agreed.iter().map(answer).collect()).unwrap_or_default(),
        knockouts: input.map(|input| input.knockouts.iter().map(knockout).collect()).unwrap_or_default(),
        member_totals: output.member_totals.into_iter().map(total).collect(),
        mean: output.mean,
        mean_numerator: output.mean_numerator,
        mean_denominator: output.mean_denominator,
        spread: output.spread,
        outcome: outcome(stored(&output.outcome, Outcome::of)?).into(),
        band_stars: output.band_stars,
        stars: output.stars,
        failed_minimums: output.failed_minimums.into_iter().map(failed).collect(),
        input_digest: grading.record.input_digest.clone(),
        result_digest: grading.record.result_digest.clone(),
        program_version: grading.program_version.clone(),
        grade_time: Some(instant::pb(grading.grade_us)),
        excluded: input.map(|input| input.excluded.iter().map(excluded).collect()).unwrap_or_default(),
    })
}

fn excluded(excluded: &Excluded) -> pb::ExcludedMember {
    pb::ExcludedMember { member: excluded.member.clone(), absent: excluded.absent }
}

/// An answer as it is answered.
#[must_use]
pub fn answer(mark: &Mark) -> pb::Answer {
    pb::Answer { criterion: mark.criterion.clone(), points: Some(mark.points), option: mark.option }
}

fn sheet(sheet: &Sheet) -> pb::MemberMarks {
    pb::MemberMarks { member: sheet.member.clone(), answers: sheet.answers.iter().map(answer).collect() }
}

fn knockout(knockout: &Knockout) -> pb::RaisedKnockout {
    pb::RaisedKnockout { criterion: knockout.criterion.clone(), effect: effect(knockout.effect.on_card()).into() }
}

fn sitting_knockout(raised: &Raised) -> pb::SittingKnockout {
    pb::SittingKnockout {
        criterion: raised.criterion.clone(),
        effect: effect(raised.effect.on_card()).into(),
        ground: raised.ground.clone(),
    }
}

fn total(total: Total) -> pb::MemberTotal {
    pb::MemberTotal {
        member: total.member,
        total: total.total,
        part_a: total.part_a,
        part_b: total.part_b,
        part_c: total.part_c,
    }
}

fn failed(failed: Failed) -> pb::FailedMinimum {
    pb::FailedMinimum {
        stars: failed.stars,
        criterion: failed.criterion,
        required_points: failed.required_points,
        got: failed.got,
    }
}

/// A state as it is answered.
#[must_use]
pub fn state(state: State) -> pb::SittingState {
    match state {
        State::Open => pb::SittingState::Open,
        State::Rescore => pb::SittingState::Rescore,
        State::Graded => pb::SittingState::Graded,
        State::Decided => pb::SittingState::Decided,
    }
}

/// The event of a change.
#[must_use]
pub fn changed(s: &Sitting) -> pb::SittingChanged {
    pb::SittingChanged { resource: name(s.id), state: state(s.state).as_str_name().to_owned() }
}

/// The event of a grading.
#[must_use]
pub fn graded(s: &Sitting, mean: &str, how: Outcome) -> pb::SittingGraded {
    pb::SittingGraded {
        sitting: name(s.id),
        product: names::of("products", s.product),
        mean: mean.to_owned(),
        outcome: outcome(how).as_str_name().to_owned(),
        stars: s.stars,
        products: shared::products(&s.products()),
    }
}

/// What a recomputation found.
#[must_use]
pub fn verdict(verdict: Verdict, stored: &Grading, program_version: &str) -> pb::VerifySittingResponse {
    let part = |part: &Part| match part {
        Part::Input => pb::ResultPart::Input,
        Part::Result => pb::ResultPart::Result,
        Part::Digest => pb::ResultPart::Digest,
        Part::Summary => pb::ResultPart::Summary,
        Part::Scorecard => pb::ResultPart::Scorecard,
    };
    pb::VerifySittingResponse {
        equal: verdict.differences.is_empty(),
        stored_digest: stored.record.result_digest.clone(),
        differences: verdict.differences.iter().map(|found| part(found).into()).collect(),
        recomputed_digest: verdict.recomputed_digest,
        recomputed_result: verdict.recomputed_result,
        stored_program_version: stored.program_version.clone(),
        program_version: program_version.to_owned(),
    }
}
