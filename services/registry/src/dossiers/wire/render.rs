//! Dossiers as they are answered, told and sealed. Rendering never fails but on stored rows that nothing wrote.

use kit::{Error, Result, day, etag, instant, name};
use proto::registry::v1 as pb;
use reference::calendar::parse_iso;
use reference::regimes::{self, DossierKind};
use time::Date;
use uuid::Uuid;

use super::super::domain::check::Pinned;
use super::super::domain::snapshot::{FORM, FORM_OF_BUNDLE, Goods, Maker, SealedPaper, Snapshot};
use super::super::domain::{self, Assessment, Attached, DossierStep, Remark, Sheet, set_id};
use super::super::load::Around;
use super::super::store::{self, Dossier, Entry, Row, Sum};
use crate::evidence::domain::Span;
use crate::products::store::Product;
use crate::recognitions::domain::Held;

/// The kind of a dossier by its number.
pub(crate) fn kind_read(kind: i32) -> Option<DossierKind> {
    match pb::DossierKind::try_from(kind) {
        Ok(pb::DossierKind::First) => Some(DossierKind::First),
        Ok(pb::DossierKind::Upgrade) => Some(DossierKind::Upgrade),
        Ok(pb::DossierKind::ReEvaluation) => Some(DossierKind::ReEvaluation),
        Ok(pb::DossierKind::Unspecified) | Err(_) => None,
    }
}

/// The kind of a stored dossier.
pub(crate) fn kind_of(kind: i32) -> Result<DossierKind> {
    kind_read(kind).ok_or_else(|| Error::internal("a dossier of no kind"))
}

fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}

/// The short name of a legal form, as checklists have it.
pub(crate) fn legal_form(number: i32) -> String {
    word(pb::LegalForm::try_from(number).unwrap_or_default().as_str_name(), "LEGAL_FORM_")
}

/// The short name of a kind of evidence, as checklists have it.
fn evidence_kind(number: i32) -> String {
    word(pb::EvidenceKind::try_from(number).unwrap_or_default().as_str_name(), "EVIDENCE_KIND_")
}

/// To whom the commune forwards.
pub(crate) fn level(district: bool) -> i32 {
    if district { pb::DossierLevel::District.into() } else { pb::DossierLevel::Province.into() }
}

/// The evidence of the papers as checks see it.
pub(crate) fn pinned(dossier: &Dossier, around: &Around) -> Vec<Pinned> {
    let members = around.members();
    let of = |attached: &Attached| {
        let found = around.evidence.iter().find(|e| Some(e.id) == attached.evidence && e.place == attached.version)?;
        let about = found.product_id.is_none_or(|product| members.contains(&product));
        Some(Pinned {
            evidence: found.id,
            version: found.place,
            latest: found.latest,
            kind: evidence_kind(found.kind),
            span: Span { from: found.valid_from, to: found.valid_to },
            withdrawn: found.withdraw_us.is_some(),
            own: about && found.producer_id == around.producer.id,
        })
    };
    dossier.content.papers.iter().filter_map(of).collect()
}

fn reference_name(collection: &str, id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
}

fn sheet(s: Sheet) -> pb::FormAnswers {
    let mark =
        |m: domain::SelfMark| pb::SelfMark { criterion: m.criterion, points: Some(m.points), evidence: m.evidence };
    pb::FormAnswers {
        form: s.form,
        answers: s.answers.into_iter().map(|a| pb::FieldAnswer { field: a.field, values: a.values }).collect(),
        self_marks: s.marks.into_iter().map(mark).collect(),
    }
}

fn paper(p: Attached) -> pb::DossierPaper {
    pb::DossierPaper {
        paper: p.paper,
        evidence: p.evidence.map(|id| name::of("evidence", id)).unwrap_or_default(),
        version: p.version,
        waive_reason: p.waive_reason,
    }
}

fn remark(r: Remark) -> pb::PaperRemark {
    pb::PaperRemark { subject: r.subject, text: r.text }
}

fn assessment(a: Assessment) -> pb::CommuneAssessment {
    let content = |c: domain::ContentFinding| pb::ContentAssessment {
        content: c.content,
        fulfilled: c.fulfilled,
        finding: c.finding,
    };
    pb::CommuneAssessment {
        assess_date: parse_iso(&a.date).map(day::pb),
        contents: a.contents.into_iter().map(content).collect(),
        proposal: a.proposal,
        letter_number: a.letter_number,
    }
}

/// A dossier; `as_of` is the day that overdue is told of.
pub(crate) fn dossier(d: Dossier, as_of: Date) -> Result<pb::Dossier> {
    let Dossier { row: r, members, content: c } = d;
    let kind = kind_of(r.kind)?;
    let finish_by = r.filing_date.and_then(|filed| regimes::finish_by(filed, kind));
    Ok(pb::Dossier {
        name: name::of("dossiers", r.id),
        product: name::of("products", r.product_id),
        producer: name::of("producers", r.producer_id),
        product_set: r.product_set,
        kind: r.kind,
        state: r.state,
        unit: r.unit,
        filing_date: r.filing_date.map(day::pb),
        round: r.round,
        regime: reference_name("regimes", &r.regime),
        scorecard: reference_name("scorecards", &r.scorecard),
        scorecard_digest: r.card_digest,
        finish_by_date: finish_by.map(day::pb),
        certificate: r.certificate,
        certificate_end_date: r.certificate_end.map(day::pb),
        commune_slip: r.commune_slip,
        upper_slip: r.upper_slip,
        submit_date: r.submit_date.map(day::pb),
        due_date: r.due_date.map(day::pb),
        due_date_provisional: r.due_provisional,
        overdue: domain::overdue(r.state, r.due_date, as_of),
        overdue_as_of_date: Some(day::pb(as_of)),
        forms: c.forms.into_iter().map(sheet).collect(),
        papers: c.papers.into_iter().map(paper).collect(),
        assessment: c.assessment.map(assessment),
        remarks: c.remarks.into_iter().map(remark).collect(),
        forwarded_to: r.forwarded_to,
        forward_date: r.forward_date.map(day::pb),
        seal_date: r.seal_date.map(day::pb),
        digest: r.digest,
        end_date: r.end_date.map(day::pb),
        reason: r.reason,
        sample: r.sample,
        etag: etag(r.version),
        create_time: Some(instant::pb(r.create_us)),
        update_time: Some(instant::pb(r.update_us)),
        bundle: bundle_name(r.bundle_id),
        products: product_names(&members),
    })
}

fn bundle_name(id: Option<Uuid>) -> String {
    id.map(|id| name::of("bundles", id)).unwrap_or_default()
}

fn product_names(members: &[Uuid]) -> Vec<String> {
    members.iter().map(|id| name::of("products", *id)).collect()
}

/// The certificate and its end: as the copy has them where it is asked, else as they were typed.
pub(crate) fn certified(row: &Row, held: Option<&Held>, on: Date) -> Result<(String, Option<Date>)> {
    let asked = kind_of(row.kind)? != DossierKind::First;
    let numbered = !row.certificate.is_empty() && name::parse(&row.certificate, "certificates").is_none();
    let Some(held) = domain::known(held, numbered, on).filter(|_| asked) else {
        // What a draft took from the copy is worth nothing once the copy does not vouch for it.
        let taken = asked && row.round == 0 && name::parse(&row.certificate, "certificates").is_some();
        return Ok(if taken { (String::new(), None) } else { (row.certificate.clone(), row.certificate_end) });
    };
    let certificate = if numbered { row.certificate.clone() } else { name::of("certificates", held.certificate) };
    Ok((certificate, Some(held.first_out)))
}

/// Counts; samples are counted too and told.
pub(crate) fn totals(sums: &[Sum], as_of: Date) -> pb::DossierTotals {
    let mut all: Vec<pb::DossierTotal> = Vec::new();
    for sum in sums {
        match all.last_mut().filter(|last| last.unit == sum.unit && last.state == sum.state) {
            Some(last) => {
                last.dossiers += sum.dossiers;
                last.overdue += sum.overdue;
            }
            None => all.push(pb::DossierTotal {
                unit: sum.unit.clone(),
                state: sum.state,
                dossiers: sum.dossiers,
                overdue: sum.overdue,
            }),
        }
    }
    pb::DossierTotals {
        dossiers: all.iter().map(|total| total.dossiers).sum(),
        overdue: all.iter().map(|total| total.overdue).sum(),
        totals: all,
        as_of: Some(day::pb(as_of)),
        sample: sums.iter().any(|sum| sum.sample),
    }
}

/// One step of a history.
pub(crate) fn entry(e: &Entry) -> Result<pb::DossierEntry> {
    Ok(pb::DossierEntry {
        step: DossierStep::of_number(e.step).map(DossierStep::word).unwrap_or_default().to_owned(),
        state: e.state,
        round: e.round,
        act_date: Some(day::pb(e.act_date)),
        text: e.text.clone(),
        remarks: store::remarks_of(e)?.into_iter().map(remark).collect(),
        create_time: Some(instant::pb(e.create_us)),
        sample: e.sample,
    })
}

/// A stored snapshot.
pub(crate) fn sealed_bytes(s: store::Snapshot) -> pb::DossierSnapshot {
    pb::DossierSnapshot {
        dossier: name::of("dossiers", s.dossier_id),
        digest: s.digest,
        content: s.content.into(),
        create_time: Some(instant::pb(s.create_us)),
    }
}

fn iso(date: Option<Date>) -> String {
    date.map(day::iso).unwrap_or_default()
}

fn sealed_paper(attached: &Attached, around: &Around) -> SealedPaper {
    let found = around.evidence.iter().find(|e| Some(e.id) == attached.evidence && e.place == attached.version);
    let text = |of: fn(&crate::evidence::store::Pinned) -> &String| found.map(of).cloned().unwrap_or_default();
    SealedPaper {
        paper: attached.paper.clone(),
        waive_reason: attached.waive_reason.clone(),
        evidence: attached.evidence.map(|id| name::of("evidence", id)).unwrap_or_default(),
        version: attached.version,
        kind: found.map(|e| evidence_kind(e.kind)).unwrap_or_default(),
        title: text(|e| &e.title),
        issuing_body: text(|e| &e.issuing_body),
        document_number: text(|e| &e.document_number),
        valid_from: iso(found.and_then(|e| e.valid_from)),
        valid_to: iso(found.and_then(|e| e.valid_to)),
        media_type: text(|e| &e.media_type),
        size_bytes: found.map_or(0, |e| e.size_bytes),
        sha256: text(|e| &e.sha256),
    }
}

fn goods(p: &Product) -> Goods {
    Goods { name: name::of("products", p.id), code: p.code.clone(), display_name: p.display_name.clone() }
}

/// Everything that is judged.
pub(crate) fn snapshot(dossier: &Dossier, around: &Around) -> Snapshot {
    let (row, content) = (&dossier.row, &dossier.content);
    let kind = pb::DossierKind::try_from(row.kind).unwrap_or_default();
    Snapshot {
        form: if row.bundle_id.is_some() { FORM_OF_BUNDLE } else { FORM }.to_owned(),
        dossier: name::of("dossiers", row.id),
        kind: word(kind.as_str_name(), "DOSSIER_KIND_"),
        product: goods(&around.product),
        producer: Maker {
            name: name::of("producers", around.producer.id),
            display_name: around.producer.new.content.display_name.as_str().to_owned(),
            legal_form: legal_form(around.producer.new.content.legal_form),
        },
        unit: row.unit.clone(),
        regime: row.regime.clone(),
        product_set: set_id(&row.product_set).to_owned(),
        scorecard: row.scorecard.clone(),
        scorecard_digest: row.card_digest.clone(),
        filing_date: iso(row.filing_date),
        submit_date: iso(row.submit_date),
        seal_date: iso(row.seal_date),
        round: row.round,
        commune_slip: row.commune_slip.clone(),
        upper_slip: row.upper_slip.clone(),
        certificate: row.certificate.clone(),
        certificate_end_date: iso(row.certificate_end),
        forms: content.forms.clone(),
        papers: content.papers.iter().map(|attached| sealed_paper(attached, around)).collect(),
        assessment: content.assessment.clone(),
        remarks: content.remarks.clone(),
        samples: around.samples,
        sample: row.sample,
        bundle: bundle_name(row.bundle_id),
        products: around.goods.iter().map(goods).collect(),
    }
}

fn kind_name(row: &Row) -> String {
    pb::DossierKind::try_from(row.kind).unwrap_or_default().as_str_name().to_owned()
}

/// What the feed is told of a dossier.
pub(crate) fn recorded(dossier: &Dossier) -> pb::DossierRecorded {
    let row = &dossier.row;
    pb::DossierRecorded {
        dossier: name::of("dossiers", row.id),
        product: name::of("products", row.product_id),
        producer: name::of("producers", row.producer_id),
        kind: kind_name(row),
        state: pb::DossierState::try_from(row.state).unwrap_or_default().as_str_name().to_owned(),
        round: row.round,
        regime: reference_name("regimes", &row.regime),
        filing_date: row.filing_date.map(day::pb),
        certificate: row.certificate.clone(),
        bundle: bundle_name(row.bundle_id),
        products: product_names(&dossier.members),
    }
}

/// What the feed is told of a sealed dossier.
pub(crate) fn sealed(dossier: &Dossier) -> pb::DossierSealed {
    let row = &dossier.row;
    pb::DossierSealed {
        dossier: name::of("dossiers", row.id),
        product: name::of("products", row.product_id),
        product_set: row.product_set.clone(),
        kind: kind_name(row),
        regime: reference_name("regimes", &row.regime),
        scorecard: reference_name("scorecards", &row.scorecard),
        scorecard_digest: row.card_digest.clone(),
        digest: row.digest.clone(),
        filing_date: row.filing_date.map(day::pb),
        bundle: bundle_name(row.bundle_id),
        products: product_names(&dossier.members),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::forms;

    #[test]
    fn states_have_the_contracts_numbers_and_words() {
        for state in domain::DossierState::ALL {
            let theirs = pb::DossierState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("DOSSIER_STATE_{}", state.word()));
        }
    }

    #[test]
    fn checklists_name_kinds_of_evidence_and_legal_forms_of_the_contract() {
        let kinds: Vec<String> = (1..=20).map(evidence_kind).collect();
        let legal: Vec<String> = (1..=7).map(legal_form).collect();
        for intake in forms::all() {
            for paper in &intake.papers {
                assert!(paper.fulfilled_by.iter().all(|kind| kinds.contains(kind)), "{paper:?}");
            }
            for entitled in &intake.legal_forms {
                assert!(entitled.forms.iter().all(|form| legal.contains(form)), "{entitled:?}");
            }
        }
    }
}
