//! Steps of a dossier from hand to hand: submission, the commune's assessment, return, forwarding, and its ends.

use kit::{Error, Kit, Result, Write};
use proto::registry::v1 as pb;

use super::domain::check::{Holds, check};
use super::domain::{Assessment, DossierStep, commune_on, slip};
use super::edits::{Said, card_of, note, opened, tell};
use super::load::{self, Around};
use super::store::{self, Dossier};
use super::wire::{self, Act, Findings};
use crate::{bundles, candidates};

/// Stores a dossier after a step, with what it leaves in the history.
async fn keep<P>(kit: &Kit, w: &Write<P>, mut dossier: Dossier, said: Said<'_>) -> Result<pb::Dossier> {
    dossier.row.last_date = said.on;
    store::dossier_update(w.tx(), &dossier).await?;
    tell(w, &dossier, said.on);
    note(w, kit.new_id(), &dossier, said).await?;
    wire::dossier(dossier, w.call.today)
}

/// The dossier after a step that is dated like the act.
async fn dated(w: &Write<Act>, verb: DossierStep) -> Result<Dossier> {
    let dossier = opened(w, w.want.id, &w.want.etag, verb).await?;
    wire::not_before(wire::day_of(verb), w.want.on, dossier.row.last_date)?;
    Ok(dossier)
}

/// The number of a registration slip, where the regime has such numbers and the commune of the day is known.
async fn slip_number(w: &Write<Act>, dossier: &Dossier, upper: bool) -> Result<String> {
    let rules = load::frozen(dossier)?;
    let commune = commune_on(&dossier.row.unit, w.want.on);
    let place = rules.intake.slip.as_deref().zip(commune);
    let Some((key, rest)) = place.and_then(|(word, commune)| slip(word, commune, w.want.on, upper)) else {
        return Ok(String::new());
    };
    Ok(format!("{}{rest}", store::slip_next(w.tx(), &key).await?))
}

/// Fixes which products are judged: those that the bundle has now. Each of them has one open dossier.
async fn judges(w: &Write<Act>, dossier: &mut Dossier, around: &Around) -> Result<()> {
    let members = around.members();
    if members == dossier.members && around.product.id == dossier.row.product_id {
        return Ok(());
    }
    bundles::store::products_lock(w.tx(), &members).await?;
    if let Some(open) = store::covered::open_of(w.tx(), dossier.row.id, &members).await? {
        return Err(wire::open(open));
    }
    store::covered::cover(w.tx(), dossier.row.id, &members).await?;
    let row = &mut dossier.row;
    row.product_id = around.product.id;
    row.unit.clone_from(&around.product.unit);
    row.unit_path.clone_from(&around.product.unit_path);
    row.sample |= around.goods.iter().any(|product| product.sample);
    dossier.members = members;
    Ok(())
}

/// Hands a dossier in: the first submission freezes what judges it, each one begins a round.
pub(super) async fn submit(kit: &Kit, w: &Write<Act>) -> Result<pb::Dossier> {
    let on = w.want.on;
    let mut dossier = dated(w, DossierStep::Submit).await?;
    if let Some(bundle) = dossier.row.bundle_id.filter(|_| dossier.row.round == 0) {
        bundles::store::bundle_lock(w.tx(), bundle).await?;
    }
    let around = load::around(w.tx(), &dossier, on).await?;
    let facts = load::facts(&dossier, &around, on)?;
    let findings = check(&facts);
    if findings.iter().any(|finding| finding.holds == Holds::Submission) {
        return Err(wire::incomplete(dossier.row.id, &findings, Holds::Submission));
    }
    let rules = facts.rules.map_err(|fault| Error::internal(format!("a complete dossier without rules: {fault:?}")))?;
    let first = dossier.row.round == 0;
    let row = &mut dossier.row;
    if first {
        row.filing_date = Some(on);
        row.regime.clone_from(&rules.regime.id);
        (row.scorecard, row.card_digest) = card_of(rules.card);
        (row.certificate, row.certificate_end) = (facts.certificate.clone(), facts.certificate_end);
    }
    let due = rules.due(facts.filed, on).map_err(wire::holidays_unknown)?;
    row.due_date = due.map(|due| due.date);
    row.due_provisional = due.is_some_and(|due| due.provisional);
    row.round += 1;
    row.submit_date = Some(on);
    row.sample |= around.producer.new.sample;
    dossier.content.assessment = None;
    if first {
        judges(w, &mut dossier, &around).await?;
        dossier.row.commune_slip = slip_number(w, &dossier, false).await?;
        candidates::acts::filed(w, &dossier.members, dossier.row.id, on).await?;
    }
    keep(kit, w, dossier, Said { step: DossierStep::Submit, on, text: "", remarks: &[] }).await
}

/// The commune takes a dossier up.
pub(super) async fn begin(kit: &Kit, w: &Write<Act>) -> Result<pb::Dossier> {
    let dossier = dated(w, DossierStep::Begin).await?;
    keep(kit, w, dossier, Said { step: DossierStep::Begin, on: w.want.on, text: "", remarks: &[] }).await
}

/// The commune writes down what it finds.
pub(super) async fn assess(kit: &Kit, w: &Write<Findings>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Assess).await?;
    wire::not_before("assessment.assess_date", want.on, dossier.row.last_date)?;
    let rules = load::frozen(&dossier)?;
    wire::contents_fit(&rules, &want.assessment.contents)?;
    let place = |id: &str| rules.intake.contents.iter().position(|content| content.id == id);
    let mut contents = want.assessment.contents.clone();
    contents.sort_by_key(|finding| place(&finding.content));
    let text = want.assessment.proposal.clone();
    dossier.content.assessment = Some(Assessment { contents, ..want.assessment.clone() });
    keep(kit, w, dossier, Said { step: DossierStep::Assess, on: want.on, text: &text, remarks: &[] }).await
}

/// Gives a dossier back.
pub(super) async fn give_back(kit: &Kit, w: &Write<Act>) -> Result<pb::Dossier> {
    let mut dossier = dated(w, DossierStep::Return).await?;
    let remarks = w.want.remarks.clone();
    wire::remarks_fit(&load::frozen(&dossier)?, &remarks)?;
    dossier.content.remarks.clone_from(&remarks);
    let row = &mut dossier.row;
    (row.due_date, row.due_provisional) = (None, false);
    (row.forward_date, row.forwarded_to) = (None, 0);
    keep(kit, w, dossier, Said { step: DossierStep::Return, on: w.want.on, text: "", remarks: &remarks }).await
}

/// Sends a dossier on.
pub(super) async fn forward(kit: &Kit, w: &Write<Act>) -> Result<pb::Dossier> {
    let on = w.want.on;
    let mut dossier = dated(w, DossierStep::Forward).await?;
    let rules = load::frozen(&dossier)?;
    if dossier.content.assessment.is_none() && !rules.intake.contents.is_empty() {
        return Err(wire::not_assessed(dossier.row.id));
    }
    let filed = dossier.row.filing_date.unwrap_or(on);
    dossier.row.forward_date = Some(on);
    dossier.row.forwarded_to = wire::level(rules.over_district(filed, on));
    if dossier.row.upper_slip.is_empty() {
        dossier.row.upper_slip = slip_number(w, &dossier, true).await?;
    }
    keep(kit, w, dossier, Said { step: DossierStep::Forward, on, text: "", remarks: &[] }).await
}

/// Refuses a dossier, or takes it back.
pub(super) async fn end(kit: &Kit, w: &Write<Act>, verb: DossierStep) -> Result<pb::Dossier> {
    let mut dossier = dated(w, verb).await?;
    let reason = w.want.reason.clone();
    dossier.row.end_date = Some(w.want.on);
    dossier.row.reason.clone_from(&reason);
    if dossier.row.round > 0 {
        candidates::acts::reopened(w, &dossier.members, dossier.row.id, w.want.on).await?;
    }
    keep(kit, w, dossier, Said { step: verb, on: w.want.on, text: &reason, remarks: &[] }).await
}
