//! Dossiers between the wire and the domain: what is read of requests.

mod findings;
mod refusals;
mod render;

use kit::{Page, Scope, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::forms::{self, Filler, Form};
use reference::products;
use reference::regimes::{self, DossierKind};
use reference::wire::{clean, line, title};
use time::{Date, Month};
use uuid::Uuid;

use super::domain::{Assessment, ContentFinding, DossierStep, Remark, SelfMark, set_id};
use super::store::Filter;
use crate::shared::wire::within;

pub(crate) use findings::report;
pub(crate) use refusals::{
    answer_faults, attached, certificate_fits, contents_fit, evidence_withdrawn, forbids, holidays_unknown, incomplete,
    no_evidence, not_assessed, not_attached, not_before, open, other_producer, paper_is_of, people_exist, remarks_fit,
    rules_fault, unknown, unknown_form,
};
pub(crate) use render::{
    certified, dossier, entry, kind_of, kind_read, legal_form, level, pinned, recorded, sealed, sealed_bytes, snapshot,
    totals,
};

/// Longest remark, in characters.
const LONGEST_REMARK: usize = 1000;

/// What a dossier is of.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    Product(Uuid),
    Bundle(Uuid),
}

pub(super) struct NewDossier {
    pub(super) subject: Subject,
    pub(super) product_set: Option<String>,
    pub(super) kind: i32,
    pub(super) certificate: String,
    pub(super) certificate_end: Option<Date>,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) product_set: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) certificate_end: Option<Option<Date>>,
}

pub(super) struct SheetAct {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) form: &'static Form,
    pub(super) form_regime: &'static str,
    pub(super) answers: Vec<(String, Vec<String>)>,
    pub(super) marks: Vec<SelfMark>,
}

pub(super) struct PaperAct {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) paper: String,
    pub(super) evidence: Option<Uuid>,
    pub(super) version: i32,
    pub(super) reason: String,
}

pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) on: Date,
    pub(super) reason: String,
    pub(super) remarks: Vec<Remark>,
}

pub(super) struct Findings {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) on: Date,
    pub(super) assessment: Assessment,
}

/// A product set that some regime has.
pub(crate) fn product_set(v: &mut Violations, field: &str, name: &str) -> Option<String> {
    if name.starts_with("productSets/") && products::set(set_id(name)).is_some() {
        return Some(name.to_owned());
    }
    v.add(field, Common::ReferenceUnknown, &[("name", name)]);
    None
}

/// The certificate that a dossier names: one line, or nothing.
fn certificate(v: &mut Violations, typed: &str) -> Option<String> {
    if typed.trim().is_empty() { Some(String::new()) } else { line(v, "dossier.certificate", typed) }
}

/// Either a product or a bundle.
fn subject(v: &mut Violations, d: &pb::Dossier) -> Option<Subject> {
    if d.bundle.is_empty() {
        return v.name("dossier.product", &d.product, "products").map(Subject::Product);
    }
    let bundle = v.name("dossier.bundle", &d.bundle, "bundles");
    if !d.product.is_empty() {
        v.add("dossier.product", Common::FieldFormat, &[("expected", "product | bundle")]);
        return None;
    }
    bundle.map(Subject::Bundle)
}

pub(super) fn create(req: &pb::CreateDossierRequest, v: &mut Violations) -> Option<NewDossier> {
    let d = req.dossier.as_ref()?;
    let subject = subject(v, d);
    let set = if d.product_set.is_empty() {
        Some(None)
    } else {
        product_set(v, "dossier.product_set", &d.product_set).map(Some)
    };
    let certificate = certificate(v, &d.certificate);
    let certificate_end = v.opt_date("dossier.certificate_end_date", d.certificate_end_date.as_ref());
    Some(NewDossier {
        subject: subject?,
        product_set: set?,
        kind: d.kind,
        certificate: certificate?,
        certificate_end: certificate_end?,
        sample: d.sample,
    })
}

pub(super) fn update(req: &pb::UpdateDossierRequest, v: &mut Violations) -> Option<Update> {
    let d = req.dossier.as_ref()?;
    let id = v.name("dossier.name", &d.name, "dossiers");
    let ends = d.certificate_end_date.as_ref().is_some_and(|date| !day::is_unset(date));
    let set = [
        ("product_set", !d.product_set.is_empty()),
        ("certificate", !d.certificate.is_empty()),
        ("certificate_end_date", ends),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let new_set = asked("product_set").then(|| product_set(v, "dossier.product_set", &d.product_set)).flatten();
    let new_certificate = asked("certificate").then(|| certificate(v, &d.certificate)).flatten();
    let new_end = asked("certificate_end_date")
        .then(|| v.opt_date("dossier.certificate_end_date", d.certificate_end_date.as_ref()))
        .flatten();
    Some(Update {
        id: id?,
        etag: d.etag.clone(),
        product_set: new_set,
        certificate: new_certificate,
        certificate_end: new_end,
    })
}

pub(super) fn get(req: &pb::GetDossierRequest, v: &mut Violations) -> Option<(Uuid, Date)> {
    let id = v.name("name", &req.name, "dossiers");
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    Some((id?, as_of?))
}

pub(super) fn check_completeness(req: &pb::CheckCompletenessRequest, v: &mut Violations) -> Option<(Uuid, Date)> {
    let id = v.name("name", &req.name, "dossiers");
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    Some((id?, as_of?))
}

/// The id of the regime that a list is cut by; empty for all.
fn regime(v: &mut Violations, name: &str) -> Option<String> {
    let id = name.strip_prefix("regimes/").unwrap_or_default();
    if name.is_empty() || regimes::get(id).is_some() {
        return Some(id.to_owned());
    }
    v.add("regime", Common::ReferenceUnknown, &[("name", name)]);
    None
}

fn year(year: i32) -> Option<(Date, Date)> {
    let day = |month, day| Date::from_calendar_date(year, month, day).ok();
    if year == 0 { None } else { day(Month::January, 1).zip(day(Month::December, 31)) }
}

pub(crate) fn list(req: &pb::ListDossiersRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit, None);
    let regime = regime(v, &req.regime);
    let producer = v.opt_name("producer", &req.producer, "producers");
    let product = v.opt_name("product", &req.product, "products");
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let numbers = format!("{} {} {}", req.state, req.year, req.overdue);
    let day = as_of.filter(|_| req.overdue).map(day::iso).unwrap_or_default();
    let print = [&*req.unit, &*req.regime, &*req.producer, &*req.product, &*numbers, &*day];
    let page = v.page(req.page_size, &req.page_token, &print);
    let filter = Filter {
        within: within?,
        state: req.state,
        filed: year(req.year),
        regime: regime?,
        producer: producer?,
        product: product?,
        overdue: req.overdue,
        as_of: as_of?,
    };
    Some((filter, page?))
}

pub(super) fn get_totals(req: &pb::GetDossierTotalsRequest, v: &mut Violations) -> Option<Filter> {
    let within: Option<Scope> = within(v, &req.unit, None);
    let regime = regime(v, &req.regime);
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    Some(Filter {
        within: within?,
        state: 0,
        filed: year(req.year),
        regime: regime?,
        producer: None,
        product: None,
        overdue: false,
        as_of: as_of?,
    })
}

pub(super) fn answers(req: &pb::SetFormAnswersRequest, v: &mut Violations) -> Option<SheetAct> {
    let id = v.name("name", &req.name, "dossiers");
    let sent = req.answers.as_ref()?;
    let producers = |form: &&Form| form.filled_by == Filler::Producer;
    let known = forms::all()
        .iter()
        .find_map(|intake| Some((intake.form(&sent.form).filter(producers)?, intake.regime_id.as_str())));
    if known.is_none() {
        v.add("answers.form", ErrorReason::DossierFormUnknown, &[("form", &sent.form)]);
    }
    let mark = |mark: &pb::SelfMark| SelfMark {
        criterion: mark.criterion.clone(),
        points: mark.points.unwrap_or_default(),
        evidence: clean(&mark.evidence),
    };
    let (form, form_regime) = known?;
    Some(SheetAct {
        id: id?,
        etag: req.etag.clone(),
        form,
        form_regime,
        answers: sent.answers.iter().map(|answer| (answer.field.clone(), answer.values.clone())).collect(),
        marks: sent.self_marks.iter().map(mark).collect(),
    })
}

/// A paper that the checklist of some regime has.
fn paper(v: &mut Violations, id: &str) -> Option<String> {
    let known = forms::all().iter().flat_map(|intake| &intake.papers).any(|paper| paper.id == id);
    if known {
        return Some(id.to_owned());
    }
    v.add("paper", ErrorReason::DossierPaperUnknown, &[("paper", id)]);
    None
}

pub(super) fn attach(req: &pb::AttachPaperRequest, v: &mut Violations) -> Option<PaperAct> {
    let id = v.name("name", &req.name, "dossiers");
    let paper = paper(v, &req.paper);
    let evidence = v.name("evidence", &req.evidence, "evidence");
    Some(PaperAct {
        id: id?,
        etag: req.etag.clone(),
        paper: paper?,
        evidence: Some(evidence?),
        version: req.version,
        reason: String::new(),
    })
}

pub(super) fn waive(req: &pb::WaivePaperRequest, v: &mut Violations) -> Option<PaperAct> {
    let id = v.name("name", &req.name, "dossiers");
    let paper = paper(v, &req.paper);
    let reason = title(v, "reason", &req.reason);
    Some(PaperAct { id: id?, etag: req.etag.clone(), paper: paper?, evidence: None, version: 0, reason: reason? })
}

pub(super) fn detach(req: &pb::DetachPaperRequest, v: &mut Violations) -> Option<PaperAct> {
    let id = v.name("name", &req.name, "dossiers");
    let paper = paper(v, &req.paper);
    let evidence = v.opt_name("evidence", &req.evidence, "evidence");
    Some(PaperAct {
        id: id?,
        etag: req.etag.clone(),
        paper: paper?,
        evidence: evidence?,
        version: 0,
        reason: String::new(),
    })
}

/// The request's field for the day of a step.
pub(super) fn day_of(step: DossierStep) -> &'static str {
    match step {
        DossierStep::Begin => "begin_date",
        DossierStep::Return => "return_date",
        DossierStep::Forward => "forward_date",
        DossierStep::Reject => "reject_date",
        DossierStep::Withdraw => "withdraw_date",
        DossierStep::Seal => "seal_date",
        _ => "submit_date",
    }
}

fn act(v: &mut Violations, step: DossierStep, name: &str, on: Option<&PbDate>, etag: &str) -> Option<Act> {
    let id = v.name("name", name, "dossiers");
    let on = v.act_date(day_of(step), on);
    Some(Act { id: id?, etag: etag.to_owned(), on: on?, reason: String::new(), remarks: Vec::new() })
}

pub(super) fn submit(req: &pb::SubmitDossierRequest, v: &mut Violations) -> Option<Act> {
    act(v, DossierStep::Submit, &req.name, req.submit_date.as_ref(), &req.etag)
}

pub(super) fn begin(req: &pb::BeginAssessmentRequest, v: &mut Violations) -> Option<Act> {
    act(v, DossierStep::Begin, &req.name, req.begin_date.as_ref(), &req.etag)
}

pub(super) fn forward(req: &pb::ForwardDossierRequest, v: &mut Violations) -> Option<Act> {
    act(v, DossierStep::Forward, &req.name, req.forward_date.as_ref(), &req.etag)
}

pub(super) fn seal(req: &pb::SealDossierRequest, v: &mut Violations) -> Option<Act> {
    act(v, DossierStep::Seal, &req.name, req.seal_date.as_ref(), &req.etag)
}

pub(super) fn reject(req: &pb::RejectDossierRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = act(v, DossierStep::Reject, &req.name, req.reject_date.as_ref(), &req.etag);
    Some(Act { reason: reason?, ..act? })
}

pub(super) fn withdraw(req: &pb::WithdrawDossierRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = act(v, DossierStep::Withdraw, &req.name, req.withdraw_date.as_ref(), &req.etag);
    Some(Act { reason: reason?, ..act? })
}

/// A required text of one or several lines.
fn prose(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let text = clean(typed);
    if text.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    Some(text)
}

pub(super) fn give_back(req: &pb::ReturnDossierRequest, v: &mut Violations) -> Option<Act> {
    let mut remarks = Vec::with_capacity(req.remarks.len());
    for (at, remark) in req.remarks.iter().enumerate() {
        let field = format!("remarks[{at}].text");
        let text = prose(v, &field, &remark.text);
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_REMARK) {
            v.add(field, Common::FieldLength, &[("expected", &format!("<= {LONGEST_REMARK}"))]);
        }
        remarks.extend(text.map(|text| Remark { subject: remark.subject.clone(), text }));
    }
    let act = act(v, DossierStep::Return, &req.name, req.return_date.as_ref(), &req.etag);
    Some(Act { remarks, ..act? })
}

pub(super) fn assess(req: &pb::RecordAssessmentRequest, v: &mut Violations) -> Option<Findings> {
    let id = v.name("name", &req.name, "dossiers");
    let sent = req.assessment.as_ref()?;
    let on = v.act_date("assessment.assess_date", sent.assess_date.as_ref());
    let proposal = prose(v, "assessment.proposal", &sent.proposal);
    let letter_number = line(v, "assessment.letter_number", &sent.letter_number);
    let mut contents = Vec::with_capacity(sent.contents.len());
    for (at, content) in sent.contents.iter().enumerate() {
        let finding = prose(v, &format!("assessment.contents[{at}].finding"), &content.finding);
        contents.push(ContentFinding {
            content: content.content.clone(),
            fulfilled: content.fulfilled,
            finding: finding.unwrap_or_default(),
        });
    }
    let on = on?;
    let date = day::iso(on);
    let assessment = Assessment { date, contents, proposal: proposal?, letter_number: letter_number? };
    Some(Findings { id: id?, etag: req.etag.clone(), on, assessment })
}

pub(crate) fn list_entries(req: &pb::ListDossierEntriesRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let id = v.name("dossier", &req.dossier, "dossiers");
    let page = v.page(req.page_size, &req.page_token, &[&*req.dossier]);
    Some((id?, page?))
}

/// The kind of dossier in a request; none for what the contract's own check has refused.
pub(crate) fn kind_wanted(kind: i32) -> Option<DossierKind> {
    kind_read(kind)
}
