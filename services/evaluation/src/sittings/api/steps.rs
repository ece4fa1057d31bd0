//! Steps of the handlers: what they need between load and save, without a database.

use kit::{Error, Kit, Result, Violations, day};
use proto::evaluation::v1::ErrorReason;
use reference::cards::{self, Card, Group};
use reference::regimes::{DossierKind, Regime};
use uuid::Uuid;

use crate::certificates;
use crate::certificates::domain::renewal::{Filing, filing};
use crate::certificates::domain::{status, windows};
use crate::certificates::store::{NewFiling, Standing};
use crate::councils::store::Council;
use crate::dossiers;
use crate::dossiers::domain::{Refusal, Sealed};
use crate::panels::domain::{MarkFault, Method, Panel, QuorumFault};
use crate::rounds::store::Round;
use crate::rules::domain::{GradeInput, GradeViolation, Graded, Outcome};
use crate::rules::wire::add_violations;
use crate::shared::store::of_text;
use crate::shared::wire::card_name;
use crate::sittings::domain::record::{self, Excluded, Input, Knockout, Record, RecordFault, Sheet};
use crate::sittings::domain::{self, Frozen, SheetState, State, Verb};
use crate::sittings::store::{Grading, MarkSheet, Sitting, Whole};
use crate::sittings::wire::{self, render};

/// Version of the program, kept beside each result.
pub(super) const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What must be there.
pub(crate) fn there<T>(found: Option<T>, id: Uuid) -> Result<T> {
    found.ok_or_else(|| Error::not_found(wire::name(id)))
}

/// The state after a verb, or FAILED_PRECONDITION SITTING_STATE.
pub(crate) fn allowed(sitting: &Sitting, verb: Verb) -> Result<State> {
    domain::next(sitting.state, verb).ok_or_else(|| {
        Error::refused(ErrorReason::SittingState)
            .with("name", wire::name(sitting.id))
            .with("state", render::state(sitting.state).as_str_name())
            .with("verb", format!("{verb:?}"))
    })
}

/// The card that the sitting froze, or FAILED_PRECONDITION SCORECARD_CHANGED where the program has no such bytes.
pub(crate) fn card_of(sitting: &Sitting) -> Result<&'static Card> {
    let same = cards::get(&sitting.scorecard).filter(|card| card.digest == sitting.scorecard_digest);
    same.ok_or_else(|| Error::refused(ErrorReason::ScorecardChanged).with("name", card_name(&sitting.scorecard)))
}

/// Whether a member's marks count, or the reason of the violation.
pub(crate) fn counted<'m>(sitting: &Sitting, member: &'m str) -> std::result::Result<(), (ErrorReason, &'m str)> {
    match sitting.members.iter().find(|known| known.member == member) {
        None => Err((ErrorReason::MemberUnknown, member)),
        Some(known) if !known.counted => Err((ErrorReason::MemberNotCounted, member)),
        Some(_) => Ok(()),
    }
}

/// Refuses with all violations of the member and the answers at once.
pub(crate) fn refuse(member: std::result::Result<(), (ErrorReason, &str)>, faults: &[GradeViolation]) -> Result<()> {
    let mut violations = Violations::default();
    if let Err((reason, member)) = member {
        violations.add("member", reason, &[("member", member)]);
    }
    add_violations(&mut violations, faults, str::to_owned);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations)) }
}

/// Refuses while a member does not mark this product: kept out, absent, or before the check on site.
pub(crate) fn marking(sitting: &Sitting, member: &str) -> Result<()> {
    match sitting.panel.mark_fault(member) {
        None => Ok(()),
        Some(MarkFault::KeptOut) => Err(Error::refused(ErrorReason::MemberKeptOut).with("member", member)),
        Some(MarkFault::Absent) => Err(Error::refused(ErrorReason::MemberAbsent).with("member", member)),
        Some(MarkFault::SiteCheck) => {
            Err(Error::refused(ErrorReason::SiteCheckMissing).with("name", wire::name(sitting.id)))
        }
    }
}

/// Refuses while attendance is not enough to grade.
pub(super) fn quorum(sitting: &Sitting) -> Result<()> {
    match sitting.panel.quorum_fault(&sitting.members) {
        None => Ok(()),
        Some(QuorumFault::TooFew(found)) => Err(Error::refused(ErrorReason::QuorumMissing)
            .with("attending", found.attending)
            .with("members", found.in_all)
            .with("percent", sitting.panel.quorum_percent)),
        Some(QuorumFault::NoChair) => Err(Error::refused(ErrorReason::ChairAbsent)),
        Some(QuorumFault::Nobody) => Err(Error::refused(ErrorReason::PanelEmpty).with("name", wire::name(sitting.id))),
    }
}

/// Refuses where written opinions come to different stars or lie too far apart.
pub(super) fn one_opinion(sitting: &Sitting, card: &Card, graded: &Graded) -> Result<()> {
    let apart = graded.outcome == Outcome::RescoreRequired;
    let differ = apart || domain::opinions_differ(card, &totals(graded));
    if sitting.panel.method == Method::Written && differ {
        return Err(Error::refused(ErrorReason::OpinionsDiffer).with("name", wire::name(sitting.id)));
    }
    Ok(())
}

/// Member and total, in the order of the marks.
fn totals(graded: &Graded) -> Vec<(String, i32)> {
    graded.member_totals.iter().map(|total| (total.member.clone(), total.total)).collect()
}

/// The sheets of members who need not mark again, as sheets of the next marking.
pub(super) fn carried(sitting: &Sitting, graded: &Graded, sheets: Vec<MarkSheet>, now_us: i64) -> Vec<MarkSheet> {
    let totals = totals(graded);
    let again = domain::apart(&totals, sitting.spread_limit);
    let stays = |sheet: &MarkSheet| {
        totals.iter().any(|(member, _)| *member == sheet.member) && !again.contains(&sheet.member.as_str())
    };
    let next = |sheet| MarkSheet {
        attempt: sitting.attempt,
        state: SheetState::Locked,
        kept: true,
        record_us: now_us,
        ..sheet
    };
    sheets.into_iter().filter(stays).map(next).collect()
}

/// Who has handed in.
fn handed_in(sheets: &[MarkSheet]) -> Vec<String> {
    let handed_in = sheets.iter().filter(|sheet| sheet.state != SheetState::Draft);
    handed_in.map(|sheet| sheet.member.clone()).collect()
}

/// Refuses with MARKS_MISSING while a member whose marks count has not handed in.
pub(super) fn all_handed_in(sitting: &Sitting, sheets: &[MarkSheet]) -> Result<()> {
    let mut missing = domain::missing(&sitting.members, &handed_in(sheets));
    missing.retain(|member| sitting.panel.judges(member));
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = missing.iter().map(|m| format!("{} ({})", m.member, m.display_name)).collect();
    Err(Error::refused(ErrorReason::MarksMissing).with("members", missing.join(", ")))
}

/// Everything that grading looks at, from the marks as they are stored.
pub(super) fn input_of(sitting: &Sitting, attempt: i32, sheets: &[MarkSheet]) -> Input {
    let judging: Vec<&str> =
        sitting.panel.judging(&sitting.members).into_iter().map(|member| member.member.as_str()).collect();
    let excluded = sitting.panel.excluded(&sitting.members).into_iter();
    let excluded = excluded.map(|(member, absent)| Excluded { member, absent }).collect();
    Input { excluded, ..input_from(sitting, attempt, sheets, &judging) }
}

/// The same for the members named, in this order, which is the council's.
fn input_from(sitting: &Sitting, attempt: i32, sheets: &[MarkSheet], judging: &[&str]) -> Input {
    let handed_in =
        |member: &&&str| sheets.iter().find(|sheet| sheet.member == **member && sheet.state != SheetState::Draft);
    let marks = judging.iter().filter_map(|member| handed_in(&member));
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
        marks: marks.map(|sheet| Sheet { member: sheet.member.clone(), answers: sheet.answers.clone() }).collect(),
        agreed: sitting.agreed.clone(),
        knockouts: sitting.knockouts.iter().map(knockout).collect(),
        excluded: Vec::new(),
    }
}

/// What was graded last, from what is stored outside the result. While the members mark again, agreed answers, knock-outs and
/// the panel may have moved on; those of the attempt before stand in its result only.
pub(super) fn graded_input(sitting: &Sitting, sheets: &[MarkSheet], stored: &Grading) -> Result<Input> {
    if sitting.state != State::Rescore {
        return Ok(input_of(sitting, sitting.graded_attempt, sheets));
    }
    let graded: Input = of_text(&stored.record.input)?;
    let judging: Vec<&str> = graded.marks.iter().map(|sheet| sheet.member.as_str()).collect();
    let input = input_from(sitting, sitting.graded_attempt, sheets, &judging);
    Ok(Input { agreed: graded.agreed, knockouts: graded.knockouts, excluded: graded.excluded, ..input })
}

/// Grades; what was stored was checked, so that a fault is one of ours.
pub(super) fn graded(card: &Card, input: &Input) -> Result<(Graded, Record)> {
    record::make(card, input).map_err(|fault| match fault {
        RecordFault::Marks(found) => Error::internal(format!("stored marks cannot be graded: {found:?}")),
        RecordFault::Unwritable(fault) => Error::internal(fault),
    })
}

/// What was graded for good, graded again: the card, what went in, and what comes out. None while there is no final result.
pub(crate) fn regraded(whole: &Whole) -> Result<Option<(&'static Card, GradeInput, Graded)>> {
    let is_final = matches!(whole.sitting.state, State::Graded | State::Decided);
    let Some(grading) = whole.grading.as_ref().filter(|_| is_final) else { return Ok(None) };
    let card = card_of(&whole.sitting)?;
    let stored: Input = of_text(&grading.record.input)?;
    let (graded, _) = self::graded(card, &stored)?;
    Ok(Some((card, record::graded_input(&stored), graded)))
}

/// The sitting that a request makes.
pub(super) fn created(
    kit: &Kit,
    want: &wire::Create,
    frozen: &Frozen,
    (round, council): (&Round, &Council),
    (dossier_digest, filed_late_days): (String, i32),
    now_us: i64,
) -> Sitting {
    let rules = council.rules_on(want.sitting_date);
    let panel = Panel {
        method: want.method,
        quorum_percent: rules.quorum_percent,
        chair_required: rules.chair_required,
        site_check_required: rules.site_check && frozen.card.group == Group::Tourism,
        ..Panel::default()
    };
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
        dossier_digest,
        regime: frozen.regime.id.clone(),
        scorecard: frozen.card.id.clone(),
        scorecard_digest: frozen.card.digest.clone(),
        members: council.members.clone(),
        spread_limit: rules.spread_limit,
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
        panel,
        filed_late_days,
        bundle: None,
    }
}

/// By how many days a re-evaluation is late, by the product's newest certificate that was decided by then; refused where there is none
/// to renew. Other kinds, and regimes without terms, have no window.
pub(super) fn filed_late(want: &wire::Create, frozen: &Frozen, known: &[Standing]) -> Result<i32> {
    if !renews(want.kind, frozen.regime) {
        return Ok(0);
    }
    let decided = |standing: &&Standing| standing.certificate.term.decided.latest <= want.filing_date;
    let place = |standing: &&Standing| (standing.certificate.term.decided.latest, standing.certificate.id);
    let Some(newest) = known.iter().filter(decided).max_by_key(place) else {
        let product = kit::name::of("products", want.product);
        return Err(Error::refused(ErrorReason::RenewalWithoutCertificate).with("product", product));
    };
    let certificate = &newest.certificate;
    let name = certificates::wire::name(certificate.id);
    let status = status(&certificate.term, &newest.events, &windows(), want.filing_date);
    if status.ended_early() {
        let refused = Error::refused(ErrorReason::RenewalCertificateEnded).with("name", name);
        let refused = refused.with("status", certificates::wire::status_name(status));
        return Err(refused.with("date", day::text(want.filing_date)));
    }
    match filing(&certificate.term, want.filing_date) {
        Filing::InTime => Ok(0),
        Filing::Late(days) => Ok(i32::try_from(days).unwrap_or(i32::MAX)),
        Filing::TooEarly(window) => {
            let refused = Error::refused(ErrorReason::RenewalTooEarly).with("name", name);
            let refused = refused.with("opens", day::text(window.opens)).with("closes", day::text(window.closes));
            Err(refused.with("end", day::text(window.out)))
        }
        Filing::Over(out) => {
            Err(Error::refused(ErrorReason::RenewalTooLate).with("name", name).with("end", day::text(out)))
        }
    }
}

/// True for a re-evaluation under a regime that has terms for it.
pub(super) fn renews(kind: DossierKind, regime: &Regime) -> bool {
    kind == DossierKind::ReEvaluation && regime.re_evaluation.is_some()
}

/// The digest that a sitting carries, or why it cannot be opened so.
pub(super) fn dossier_digest(want: &wire::Create, council: &Council, sealed: &[Sealed]) -> Result<String> {
    let required = council.rules_on(want.sitting_date).dossier_required;
    let name = |of: &Sealed| kit::name::of("dossiers", of.dossier);
    let found = dossiers::domain::digest(sealed, (want.kind, want.filing_date), &want.dossier_digest, required);
    found.map_err(|refusal| match refusal {
        Refusal::Digest(of) => {
            Error::refused(ErrorReason::DossierDigestMismatch).with("name", name(&of)).with("digest", of.digest)
        }
        Refusal::OtherDay(of) => {
            Error::refused(ErrorReason::DossierOtherDay).with("name", name(&of)).with("date", day::text(of.filing_date))
        }
        Refusal::Missing => {
            Error::refused(ErrorReason::DossierMissing).with("product", kit::name::of("products", want.product))
        }
    })
}

/// A re-evaluation under a regime that keeps certificates in force while it is pending (26/2026/QĐ-TTg) is noted with the
/// product's certificate.
pub(super) fn pending(kit: &Kit, sitting: &Sitting) -> Option<NewFiling> {
    let regime = reference::regimes::get(&sitting.regime)?;
    let keeps = sitting.kind == DossierKind::ReEvaluation && regime.late_re_evaluation_grace_days.is_some();
    keeps.then(|| NewFiling {
        id: kit.new_id(),
        products: sitting.products(),
        sitting: sitting.id,
        filed_on: sitting.filing_date,
        now_us: sitting.create_us,
    })
}
