//! Changes between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::{ChangeState, ChangeStep, KeyData, NewManager, Proposal, needs_document};
use super::store::Change;
use crate::eligibility::domain as eligibility;
use crate::producers::domain::TaxCode;
use crate::shared::records::Filter;
use crate::shared::states::Forbidden;
use crate::shared::wire::{commune_on, display_name, forbids, of_producers, opt_title};

pub(super) struct Wanted {
    pub(super) producer: Uuid,
    pub(super) proposal: Proposal,
    pub(super) effective_date: Date,
    pub(super) document_number: String,
    pub(super) document_date: Option<Date>,
    pub(super) reason: String,
    pub(super) producer_etag: String,
    pub(super) sample: bool,
}

/// A decision or a withdrawal.
pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) step: ChangeStep,
    pub(super) on: Date,
    pub(super) reason: String,
    pub(super) etag: String,
}

/// What of the key data can change.
const FIELDS: [&str; 5] = ["display_name", "legal_form", "tax_code", "unit", "owner"];

fn tax_code(v: &mut Violations, typed: &str) -> Option<String> {
    if typed.trim().is_empty() {
        return Some(String::new());
    }
    let code = TaxCode::new(typed);
    if code.is_none() {
        v.add("producer_change.after.tax_code", ErrorReason::TaxCodeInvalid, &[]);
    }
    code.map(|code| code.as_str().to_owned())
}

fn legal_form(v: &mut Violations, sent: i32) -> Option<i32> {
    if sent == 0 {
        v.add("producer_change.after.legal_form", Common::FieldRequired, &[]);
    }
    (sent != 0).then_some(sent)
}

/// Reads what changes; a fault leaves its field empty, and the request is refused once all are found.
fn key_data(v: &mut Violations, change: &pb::ProducerChange, on: Option<Date>) -> Proposal {
    let empty = pb::KeyData::default();
    let after = change.after.as_ref().unwrap_or(&empty);
    let mut proposal = Proposal::default();
    for (at, field) in change.changed_fields.iter().enumerate() {
        match field.as_str() {
            "display_name" => {
                let name = display_name(v, "producer_change.after.display_name", &after.display_name);
                proposal.display_name = name.map(crate::shared::domain::DisplayName::into_string);
            }
            "legal_form" => proposal.legal_form = legal_form(v, after.legal_form),
            "tax_code" => proposal.tax_code = tax_code(v, &after.tax_code),
            "unit" => {
                let dated = ("producer_change.effective_date", on);
                let unit = commune_on(v, "producer_change.after.unit", &after.unit, dated);
                proposal.unit = unit.map(|unit| unit.name.clone());
            }
            "owner" => proposal.owner = v.name("producer_change.after.owner", &after.owner, "persons"),
            _ => {
                let field = format!("producer_change.changed_fields[{at}]");
                v.add(field, Common::FieldFormat, &[("expected", &FIELDS.join(" | "))]);
            }
        }
    }
    proposal
}

fn managers(v: &mut Violations, change: &pb::ProducerChange, proposal: &mut Proposal) {
    for (at, new) in change.begin_managers.iter().enumerate() {
        let person = v.name(&format!("producer_change.begin_managers[{at}].person"), &new.person, "persons");
        let title = title(v, &format!("producer_change.begin_managers[{at}].title"), &new.title);
        proposal.begin.extend(person.zip(title).map(|(person, title)| NewManager { person, title }));
    }
    for (at, ended) in change.end_managers.iter().enumerate() {
        proposal.end.extend(v.name(&format!("producer_change.end_managers[{at}]"), ended, "managers"));
    }
}

/// The document: its number and day stand together, and where it is needed they are there.
fn document(v: &mut Violations, change: &pb::ProducerChange, needed: bool) -> Option<(String, Option<Date>)> {
    let number = opt_title(v, "producer_change.document_number", &change.document_number)?;
    if needed && number.is_empty() {
        v.add("producer_change.document_number", Common::FieldRequired, &[]);
    }
    if number.is_empty() {
        return Some((number, None));
    }
    let date = v.act_date("producer_change.document_date", change.document_date.as_ref())?;
    Some((number, Some(date)))
}

pub(super) fn create(req: &pb::CreateProducerChangeRequest, v: &mut Violations) -> Option<Wanted> {
    let change = req.producer_change.as_ref()?;
    let producer = v.name("producer_change.producer", &change.producer, "producers");
    let on = v.act_date("producer_change.effective_date", change.effective_date.as_ref());
    let mut proposal = key_data(v, change, on);
    managers(v, change, &mut proposal);
    let document = document(v, change, change.changed_fields.iter().any(|field| needs_document(field)));
    let reason = title(v, "producer_change.reason", &change.reason);
    let (document_number, document_date) = document?;
    Some(Wanted {
        producer: producer?,
        proposal,
        effective_date: on?,
        document_number,
        document_date,
        reason: reason?,
        producer_etag: change.producer_etag.clone(),
        sample: change.sample,
    })
}

fn decision(v: &mut Violations, step: ChangeStep, name: &str, on: Option<&PbDate>, etag: &str) -> Option<Act> {
    let id = v.name("name", name, "producerChanges");
    let on = v.act_date("decide_date", on);
    Some(Act { id: id?, step, on: on?, reason: String::new(), etag: etag.to_owned() })
}

pub(super) fn approve(req: &pb::ApproveProducerChangeRequest, v: &mut Violations) -> Option<Act> {
    decision(v, ChangeStep::Approve, &req.name, req.decide_date.as_ref(), &req.etag)
}

pub(super) fn reject(req: &pb::RejectProducerChangeRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = decision(v, ChangeStep::Reject, &req.name, req.decide_date.as_ref(), &req.etag)?;
    Some(Act { reason: reason?, ..act })
}

pub(super) fn withdraw(req: &pb::WithdrawProducerChangeRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, "producerChanges")?;
    let on = v.today();
    Some(Act { id, step: ChangeStep::Withdraw, on, reason: String::new(), etag: req.etag.clone() })
}

pub(crate) fn list(req: &pb::ListProducerChangesRequest, v: &mut Violations) -> Option<(Filter, i32, Page)> {
    let more = req.state.to_string();
    let (filter, page) = of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), &more)?;
    Some((filter, req.state, page))
}

pub(super) fn history(req: &pb::GetProducerHistoryRequest, v: &mut Violations) -> Option<(Uuid, Date)> {
    let producer = v.name("producer", &req.producer, "producers");
    let today = v.today();
    let as_of = v.date_or("as_of", req.as_of.as_ref(), today);
    Some((producer?, as_of?))
}

/// Nothing would change.
pub(super) fn empty() -> Error {
    Error::violation("producer_change.changed_fields", ErrorReason::ChangeEmpty, &[])
}

/// A manager that the producer does not have.
pub(super) fn unknown_manager(at: usize, id: Uuid) -> Error {
    let field = format!("producer_change.end_managers[{at}]");
    Error::violation(&field, Common::ReferenceUnknown, &[("name", &name::of("managers", id))])
}

/// The wrong person decides or takes back.
pub(super) fn wrong_person(step: ChangeStep, id: Uuid) -> Error {
    let name = name::of("producerChanges", id);
    if step == ChangeStep::Withdraw {
        return Error::denied(ErrorReason::ChangeNotOwn).with("name", name);
    }
    Error::refused(ErrorReason::SamePersonDecides).with("name", name)
}

pub(super) fn refused(id: Uuid, f: &Forbidden<ChangeState, ChangeStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    forbids(&name::of("producerChanges", id), f.state.word(), f.step.word(), &allowed)
}

fn person(id: Option<Uuid>) -> String {
    id.map(|id| name::of("persons", id)).unwrap_or_default()
}

fn key(data: KeyData) -> pb::KeyData {
    pb::KeyData {
        display_name: data.display_name,
        legal_form: data.legal_form,
        tax_code: data.tax_code,
        unit: data.unit,
        owner: person(data.owner),
    }
}

/// What to heed of a new form: that it may not take part, by the list of the day.
fn advice(proposal: &Proposal, on: Date) -> (String, String) {
    use reference::participation::Verdict;
    let judged = proposal.legal_form.and_then(|form| eligibility::judge(form, 0, on));
    match judged.filter(|j| matches!(j.entry.verdict, Verdict::MayNot | Verdict::TourismOnly)) {
        Some(judged) => (judged.entry.vi.clone(), judged.entry.en.clone()),
        None => (String::new(), String::new()),
    }
}

pub(crate) fn shown(c: &Change) -> Result<pb::ProducerChange> {
    let (before, proposal) = (c.before()?, c.after()?);
    let after = KeyData {
        display_name: proposal.display_name.clone().unwrap_or_default(),
        legal_form: proposal.legal_form.unwrap_or_default(),
        tax_code: proposal.tax_code.clone().unwrap_or_default(),
        unit: proposal.unit.clone().unwrap_or_default(),
        owner: proposal.owner,
    };
    let (advice_vi, advice_en) = advice(&proposal, c.effective_date);
    let begin = |m: NewManager| pb::NewManager { person: name::of("persons", m.person), title: m.title };
    Ok(pb::ProducerChange {
        name: name::of("producerChanges", c.id),
        producer: name::of("producers", c.producer_id),
        unit: c.unit.clone(),
        after: Some(key(after)),
        changed_fields: proposal.named().into_iter().map(str::to_owned).collect(),
        begin_managers: proposal.begin.into_iter().map(begin).collect(),
        end_managers: proposal.end.iter().map(|id| name::of("managers", *id)).collect(),
        effective_date: Some(day::pb(c.effective_date)),
        document_number: c.document_number.clone(),
        document_date: c.document_date.map(day::pb),
        reason: c.reason.clone(),
        producer_etag: etag(c.producer_version),
        before: Some(key(before)),
        state: c.state,
        proposer: c.proposer.clone(),
        decider: c.decider.clone(),
        decide_date: c.decide_date.map(day::pb),
        decide_reason: c.decide_reason.clone(),
        advice_vi,
        advice_en,
        sample: c.sample,
        etag: etag(c.version),
        create_time: Some(instant::pb(c.create_us)),
        update_time: Some(instant::pb(c.update_us)),
    })
}

pub(super) fn producer_history(producer: Uuid, as_of: Date, data: KeyData, acts: &[Change]) -> pb::ProducerHistory {
    pb::ProducerHistory {
        producer: name::of("producers", producer),
        as_of: Some(day::pb(as_of)),
        key_data: Some(key(data)),
        producer_changes: acts.iter().map(|c| name::of("producerChanges", c.id)).collect(),
    }
}

/// The event of a change that took effect.
pub(super) fn changed(c: &Change, before: &KeyData, after: &KeyData, differs: &[&str]) -> pb::ProducerChanged {
    let form = |number: i32| pb::LegalForm::try_from(number).unwrap_or_default().as_str_name().to_owned();
    pb::ProducerChanged {
        producer: name::of("producers", c.producer_id),
        producer_change: name::of("producerChanges", c.id),
        effective_date: Some(day::pb(c.effective_date)),
        changed_fields: differs.iter().map(|field| (*field).to_owned()).collect(),
        old_legal_form: form(before.legal_form),
        new_legal_form: form(after.legal_form),
        old_owner: person(before.owner),
        new_owner: person(after.owner),
        old_unit: before.unit.clone(),
        new_unit: after.unit.clone(),
        document_number: c.document_number.clone(),
        transfers_certificates: differs.contains(&"legal_form") || differs.contains(&"owner"),
    }
}

/// The event of a change that was proposed or settled without effect.
pub(super) fn recorded(c: &Change) -> pb::ProducerChangeRecorded {
    let state = pb::ChangeState::try_from(c.state).unwrap_or_default();
    pb::ProducerChangeRecorded {
        producer_change: name::of("producerChanges", c.id),
        producer: name::of("producers", c.producer_id),
        state: state.as_str_name().to_owned(),
    }
}
