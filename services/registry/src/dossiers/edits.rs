//! Acts on a dossier that is still being made: its beginning, forms and papers. Every act takes the dossier's lock first.

use kit::{Error, Fact, Result, Write, name};
use proto::registry::v1 as pb;
use reference::cards::Card;
use reference::regimes::DossierKind;
use time::Date;
use uuid::Uuid;

use super::domain::answers::{people, sheet};
use super::domain::{Attached, DOSSIER, DossierState, DossierStep, Remark, rules_of};
use super::store::{self, Content, Dossier, Entry, Row};
use super::wire::{self, NewDossier, PaperAct, SheetAct, Subject, Update};
use crate::shared::states::step;
use crate::{bundles, evidence, people as persons, producers, products};

/// Tells of a dossier; `on` is the day of the act.
pub(super) fn tell<P>(w: &Write<P>, dossier: &Dossier, on: Date) {
    let row = &dossier.row;
    let fact = Fact::of(&name::of("dossiers", row.id)).at(&row.unit).on(on);
    w.record(fact.sample(row.sample).tells(&wire::recorded(dossier)));
}

/// The dossier after a step, locked, where it lies in the caller's units and was not changed since it was read.
pub(super) async fn opened<P>(w: &Write<P>, id: Uuid, etag: &str, verb: DossierStep) -> Result<Dossier> {
    let name = name::of("dossiers", id);
    let mut dossier = store::dossier_lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    let row = &mut dossier.row;
    // Whose it is stands in the row as it is shown.
    w.call.at_own(&row.unit_path, row.producer_id)?;
    kit::fresh(etag, row.version, &name)?;
    let state = DossierState::of_number(row.state).ok_or_else(|| Error::internal("a dossier in no state"))?;
    row.state = step(DOSSIER, state, verb).map_err(|f| wire::forbids(id, &f))?.number();
    row.version += 1;
    row.update_us = w.call.now_us;
    Ok(dossier)
}

/// What an act leaves in the history.
pub(super) struct Said<'a> {
    pub(super) step: DossierStep,
    pub(super) on: Date,
    pub(super) text: &'a str,
    pub(super) remarks: &'a [Remark],
}

/// Writes an act into the dossier's history.
pub(super) async fn note<P>(w: &Write<P>, id: Uuid, dossier: &Dossier, said: Said<'_>) -> Result<()> {
    let row = &dossier.row;
    let entry = Entry {
        id,
        dossier_id: row.id,
        step: said.step.number(),
        state: row.state,
        round: row.round,
        act_date: said.on,
        officer_id: None,
        text: said.text.to_owned(),
        remarks: store::remarks_text(said.remarks)?,
        sample: row.sample,
        create_us: w.call.now_us,
    };
    store::entry_insert(w.tx(), &entry).await
}

/// Stores an edited dossier.
async fn keep<P>(w: &Write<P>, dossier: Dossier) -> Result<pb::Dossier> {
    store::dossier_update(w.tx(), &dossier).await?;
    tell(w, &dossier, w.call.today);
    wire::dossier(dossier, w.call.today)
}

/// What a dossier takes from its product or bundle, locked, so that two dossiers are not begun at once.
async fn subject(w: &Write<NewDossier>, id: Uuid) -> Result<(Row, Vec<Uuid>)> {
    match w.want.subject {
        Subject::Product(product_id) => {
            let found = products::store::product_lock(w.tx(), product_id).await?;
            let product = if found { products::store::product_fetch(w.tx(), product_id).await? } else { None };
            let product = product.ok_or_else(|| wire::unknown("dossier.product", &name::of("products", product_id)))?;
            w.call.at_own(&product.unit_path, product.producer_id)?;
            let row = Row {
                product_set: product.product_set,
                unit: product.unit,
                unit_path: product.unit_path,
                sample: product.sample,
                ..store::blank((id, product.id, product.producer_id), product.registration_date)
            };
            Ok((row, vec![product_id]))
        }
        Subject::Bundle(bundle_id) => {
            let bundle = bundles::store::bundle_lock(w.tx(), bundle_id).await?;
            let bundle = bundle.ok_or_else(|| wire::unknown("dossier.bundle", &name::of("bundles", bundle_id)))?;
            let producer = producers::store::shown_id(w.tx(), bundle.producer_id).await?;
            w.call.at_own(&bundle.unit_path, producer)?;
            if bundle.dissolve_date.is_some() {
                return Err(bundles::wire::dissolved(bundle_id));
            }
            bundles::store::products_lock(w.tx(), &bundle.products).await?;
            let row = Row {
                product_set: bundle.product_set,
                unit: bundle.unit,
                unit_path: bundle.unit_path,
                sample: bundle.sample,
                bundle_id: Some(bundle_id),
                ..store::blank((id, bundle.lead_id, producer), bundle.form_date)
            };
            Ok((row, bundle.products))
        }
    }
}

/// Takes the facts of the certificate from the copy where it has them, and refuses what was typed against it. Of a dossier that
/// was submitted, what the copy says of the day of its first submission counts.
async fn certify<P>(w: &Write<P>, row: &mut Row, typed: (&str, Option<Date>)) -> Result<()> {
    if wire::kind_of(row.kind)? == DossierKind::First {
        return Ok(());
    }
    let on = row.filing_date.unwrap_or(w.call.today);
    let shown = products::store::product_shown(w.tx(), row.product_id, on).await?;
    let held = shown.and_then(|shown| products::wire::held(&shown.copied));
    wire::certificate_fits(typed.0, typed.1, held.as_ref(), on)?;
    (row.certificate, row.certificate_end) = wire::certified(row, held.as_ref(), on)?;
    Ok(())
}

/// Begins a dossier.
pub(super) async fn create(w: &Write<NewDossier>, id: Uuid, entry: Uuid) -> Result<pb::Dossier> {
    let want = &w.want;
    let (of_subject, members) = subject(w, id).await?;
    let producer = producers::store::producer_fetch(w.tx(), of_subject.producer_id).await?;
    let producer = producer.ok_or_else(|| Error::internal("a product without its producer"))?;
    producers::wire::takes_part(&producer, w.call.today)?;
    if let Some(open) = store::covered::open_of(w.tx(), id, &members).await? {
        return Err(wire::open(open));
    }
    let mut row = Row {
        certificate: want.certificate.clone(),
        certificate_end: want.certificate_end,
        kind: want.kind,
        state: DossierState::Draft.number(),
        sample: want.sample || of_subject.sample,
        create_us: w.call.now_us,
        update_us: w.call.now_us,
        ..of_subject
    };
    if let Some(set) = &want.product_set {
        row.product_set.clone_from(set);
    }
    certify(w, &mut row, (&want.certificate, want.certificate_end)).await?;
    let dossier = Dossier { row, members, content: Content::default() };
    store::dossier_insert(w.tx(), &dossier).await?;
    let said = Said { step: DossierStep::Create, on: w.call.today, text: "", remarks: &[] };
    note(w, entry, &dossier, said).await?;
    tell(w, &dossier, w.call.today);
    wire::dossier(dossier, w.call.today)
}

/// Changes set or certificate.
pub(super) async fn update(w: &Write<Update>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Update).await?;
    let row = &mut dossier.row;
    if let Some(set) = &want.product_set {
        row.product_set.clone_from(set);
        if let Some(regime) = reference::regimes::get(&row.regime) {
            let rules = rules_of(regime, set).map_err(|fault| wire::rules_fault("dossier.product_set", set, fault))?;
            let (card, digest) = card_of(rules.card);
            (row.scorecard, row.card_digest) = (card, digest);
        }
    }
    if let Some(certificate) = &want.certificate {
        row.certificate.clone_from(certificate);
    }
    row.certificate_end = want.certificate_end.unwrap_or(row.certificate_end);
    if row.round == 0 || want.certificate.is_some() || want.certificate_end.is_some() {
        // What was taken from the copy before was not typed.
        let typed = match &want.certificate {
            Some(typed) => typed.clone(),
            None if name::parse(&row.certificate, "certificates").is_some() => String::new(),
            None => row.certificate.clone(),
        };
        certify(w, row, (&typed, want.certificate_end.flatten())).await?;
    }
    keep(w, dossier).await
}

/// Id and digest of a card as a dossier freezes them.
pub(super) fn card_of(card: Option<&Card>) -> (String, String) {
    card.map(|card| (card.id.clone(), card.digest.clone())).unwrap_or_default()
}

/// Writes the answers of one form.
pub(super) async fn answer(w: &Write<SheetAct>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Answer).await?;
    let regime = reference::regimes::get(&dossier.row.regime);
    if regime.is_some_and(|regime| want.form_regime != regime.id) {
        return Err(wire::unknown_form(&want.form.id));
    }
    let kind = wire::kind_of(dossier.row.kind)?;
    let is_person = |text: &str| name::parse(text, "persons").is_some();
    let read = sheet(want.form, kind, &want.answers, want.marks.clone(), is_person);
    let sheet = read.map_err(|faults| wire::answer_faults(&want.answers, &want.marks, &faults))?;
    let named = people(want.form, &sheet.answers);
    let ids: Vec<Uuid> = named.iter().filter_map(|text| name::parse(text, "persons")).collect();
    if !ids.is_empty() {
        let known = persons::store::person_batch(w.tx(), &ids).await?;
        wire::people_exist(&want.answers, &ids, &known.iter().map(|p| p.id).collect::<Vec<_>>())?;
    }
    dossier.content.forms.retain(|before| before.form != sheet.form);
    dossier.content.forms.push(sheet);
    dossier.content.forms.sort_by(|a, b| a.form.cmp(&b.form));
    keep(w, dossier).await
}

/// Attaches a version of evidence.
pub(super) async fn attach(w: &Write<PaperAct>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Attach).await?;
    let id = want.evidence.ok_or_else(|| Error::internal("an attachment without evidence"))?;
    let versions = evidence::store::pinned(w.tx(), &[id]).await?;
    let place = if want.version == 0 { versions.first().map_or(0, |v| v.latest) } else { want.version };
    let found = versions.iter().find(|version| version.place == place);
    let found = found.ok_or_else(|| wire::no_evidence(id, !versions.is_empty()))?;
    if found.producer_id != dossier.row.producer_id {
        return Err(wire::other_producer(id));
    }
    if found.withdraw_us.is_some() {
        return Err(wire::evidence_withdrawn(id));
    }
    wire::paper_is_of(&dossier, &want.paper, false)?;
    let papers = &mut dossier.content.papers;
    let taken = |before: &Attached| before.paper == want.paper && before.evidence.is_none_or(|before| before == id);
    if papers.iter().any(taken) {
        return Err(wire::attached(&name::of("evidence", id)));
    }
    let waive_reason = String::new();
    papers.push(Attached { paper: want.paper.clone(), evidence: Some(id), version: place, waive_reason });
    papers.sort();
    keep(w, dossier).await
}

/// Says that a paper is not needed.
pub(super) async fn waive(w: &Write<PaperAct>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Waive).await?;
    wire::paper_is_of(&dossier, &want.paper, true)?;
    let papers = &mut dossier.content.papers;
    if papers.iter().any(|before| before.paper == want.paper) {
        return Err(wire::attached(&want.paper));
    }
    let paper = want.paper.clone();
    papers.push(Attached { paper, evidence: None, version: 0, waive_reason: want.reason.clone() });
    papers.sort();
    keep(w, dossier).await
}

/// Takes a paper out.
pub(super) async fn detach(w: &Write<PaperAct>) -> Result<pb::Dossier> {
    let want = &w.want;
    let mut dossier = opened(w, want.id, &want.etag, DossierStep::Detach).await?;
    let papers = &mut dossier.content.papers;
    let before = papers.len();
    let meant = |p: &Attached| p.paper == want.paper && (want.evidence.is_none() || p.evidence == want.evidence);
    papers.retain(|paper| !meant(paper));
    if papers.len() == before {
        return Err(wire::not_attached(&want.paper));
    }
    keep(w, dossier).await
}
