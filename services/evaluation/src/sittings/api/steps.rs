//! Steps of the handlers: what they need between load and save, without a database.

use kit::{Error, Kit, Result, Violations};
use proto::evaluation::v1::ErrorReason;
use reference::cards::{self, Card};
use reference::regimes::DossierKind;
use uuid::Uuid;

use crate::certificates::store::NewFiling;
use crate::councils::store::Council;
use crate::rounds::store::Round;
use crate::rules::domain::{GradeViolation, Graded};
use crate::rules::wire::add_violations;
use crate::shared::store::of_text;
use crate::shared::wire::card_name;
use crate::sittings::domain::record::{self, Input, Knockout, Record, RecordFault, Sheet};
use crate::sittings::domain::{self, Frozen, Mark, State, Verb};
use crate::sittings::store::{Grading, Sitting};
use crate::sittings::wire::{self, render};

/// Version of the program, kept beside each result.
pub(super) const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What must be there.
pub(super) fn there<T>(found: Option<T>, id: Uuid) -> Result<T> {
    found.ok_or_else(|| Error::not_found(wire::name(id)))
}

/// The state after a verb, or FAILED_PRECONDITION SITTING_STATE.
pub(super) fn allowed(sitting: &Sitting, verb: Verb) -> Result<State> {
    domain::next(sitting.state, verb).ok_or_else(|| {
        Error::refused(ErrorReason::SittingState)
            .with("name", wire::name(sitting.id))
            .with("state", render::state(sitting.state).as_str_name())
            .with("verb", format!("{verb:?}"))
    })
}

/// The card that the sitting froze, or FAILED_PRECONDITION SCORECARD_CHANGED where the program has no such bytes.
pub(super) fn card_of(sitting: &Sitting) -> Result<&'static Card> {
    let same = cards::get(&sitting.scorecard).filter(|card| card.digest == sitting.scorecard_digest);
    same.ok_or_else(|| Error::refused(ErrorReason::ScorecardChanged).with("name", card_name(&sitting.scorecard)))
}

/// Whether a member's marks count, or the reason of the violation.
pub(super) fn counted<'m>(sitting: &Sitting, member: &'m str) -> std::result::Result<(), (ErrorReason, &'m str)> {
    match sitting.members.iter().find(|known| known.member == member) {
        None => Err((ErrorReason::MemberUnknown, member)),
        Some(known) if !known.counted => Err((ErrorReason::MemberNotCounted, member)),
        Some(_) => Ok(()),
    }
}

/// Refuses with all violations of the member and the answers at once.
pub(super) fn refuse(member: std::result::Result<(), (ErrorReason, &str)>, faults: &[GradeViolation]) -> Result<()> {
    let mut violations = Violations::default();
    if let Err((reason, member)) = member {
        violations.add("member", reason, &[("member", member)]);
    }
    add_violations(&mut violations, faults, str::to_owned);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations)) }
}

/// Refuses with MARKS_MISSING while a counted member has not handed in.
pub(super) fn all_handed_in(sitting: &Sitting, sheets: &[(String, Vec<Mark>)]) -> Result<()> {
    let handed_in: Vec<String> = sheets.iter().map(|(member, _)| member.clone()).collect();
    let missing = domain::missing(&sitting.members, &handed_in);
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = missing.iter().map(|m| format!("{} ({})", m.member, m.display_name)).collect();
    Err(Error::refused(ErrorReason::MarksMissing).with("members", missing.join(", ")))
}

/// Everything that grading looks at, from the marks as they are stored.
pub(super) fn input_of(sitting: &Sitting, attempt: i32, sheets: Vec<(String, Vec<Mark>)>) -> Input {
    let mut sheets = sheets;
    // The council's order is what is graded and stored; the query's order is that of texts (m1, m10, m2).
    let place = |member: &str| sitting.members.iter().position(|known| known.member == member);
    sheets.sort_by_key(|(member, _)| place(member).unwrap_or(usize::MAX));
    let knockout = |raised: &domain::Raised| Knockout { criterion: raised.criterion.clone(), effect: raised.effect };
    Input {
        sitting: wire::name(sitting.id),
        product: kit::name::of("products", sitting.product),
        attempt,
        regime: sitting.regime.clone(),
        scorecard: sitting.scorecard.clone(),
        scorecard_digest: sitting.scorecard_digest.clone(),
        dossier_digest: sitting.dossier_digest.clone(),
        spread_limit: sitting.spread_limit,
        marks: sheets.into_iter().map(|(member, answers)| Sheet { member, answers }).collect(),
        agreed: sitting.agreed.clone(),
        knockouts: sitting.knockouts.iter().map(knockout).collect(),
    }
}

/// What was graded last, from what is stored outside the result. While the members mark again, agreed answers and
/// knock-outs may have moved on; those of the attempt before stand in its result only.
pub(super) fn graded_input(sitting: &Sitting, sheets: Vec<(String, Vec<Mark>)>, stored: &Grading) -> Result<Input> {
    let mut input = input_of(sitting, sitting.graded_attempt, sheets);
    if sitting.state == State::Rescore {
        let graded: Input = of_text(&stored.record.input)?;
        (input.agreed, input.knockouts) = (graded.agreed, graded.knockouts);
    }
    Ok(input)
}

/// Grades; what was stored was checked, so that a fault is one of ours.
pub(super) fn graded(card: &Card, input: &Input) -> Result<(Graded, Record)> {
    record::make(card, input).map_err(|fault| match fault {
        RecordFault::Marks(found) => Error::internal(format!("stored marks cannot be graded: {found:?}")),
        RecordFault::Unwritable(fault) => Error::internal(fault),
    })
}

/// The sitting that a request makes.
pub(super) fn created(
    kit: &Kit,
    want: &wire::Create,
    frozen: &Frozen,
    round: &Round,
    council: &Council,
    now_us: i64,
) -> Sitting {
    Sitting {
        id: kit.new_id(),
        round: round.id,
        council: council.id,
        unit: round.unit.clone(),
        unit_path: round.unit_path.clone(),
        product: want.product,
        product_display_name: want.of.display_name.clone(),
        product_code: want.of.code.clone(),
        product_unit: want.of.unit.clone(),
        product_set: want.product_set.clone(),
        kind: want.kind,
        filing_date: want.filing_date,
        sitting_date: want.sitting_date,
        dossier_digest: want.dossier_digest.clone(),
        regime: frozen.regime.id.clone(),
        scorecard: frozen.card.id.clone(),
        scorecard_digest: frozen.card.digest.clone(),
        members: council.members.clone(),
        spread_limit: council.spread_limit,
        end_convention: council.end_convention,
        state: State::Open,
        attempt: 1,
        graded_attempt: 0,
        outcome: None,
        stars: 0,
        knockouts: Vec::new(),
        agreed: Vec::new(),
        decision: None,
        sample: want.sample || round.sample,
        create_us: now_us,
        update_us: now_us,
    }
}

/// A re-evaluation under a regime that keeps certificates in force while it is pending (26/2026/QĐ-TTg) is noted with the
/// product's certificate.
pub(super) fn filing(kit: &Kit, sitting: &Sitting) -> Option<NewFiling> {
    let regime = reference::regimes::get(&sitting.regime)?;
    let keeps = sitting.kind == DossierKind::ReEvaluation && regime.late_re_evaluation_grace_days.is_some();
    keeps.then(|| NewFiling {
        id: kit.new_id(),
        product: sitting.product,
        sitting: sitting.id,
        filed_on: sitting.filing_date,
        now_us: sitting.create_us,
    })
}
