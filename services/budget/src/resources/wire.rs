//! Pledges and receipts between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Error, Page, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Figures, NewPledge, Pledger, State, Verb};
use super::store::{self, Filter, Pledge, Receipt};
use crate::estimates::lines::Source;
use crate::estimates::wire::source;
use crate::plans::wire::name_of as plan_name;
use crate::shared::share::percent;
use reference::wire::{line, title, unit_on, within};

/// A receipt to be recorded.
pub struct NewReceipt {
    /// The pledge.
    pub pledge: Uuid,
    /// The amount in đồng.
    pub amount_vnd: i64,
    /// Day of the receipt.
    pub receive_date: Date,
    /// Its document.
    pub document_number: String,
    /// The receipt that it corrects.
    pub reverses: Option<Uuid>,
    /// An invented sample.
    pub sample: bool,
}

/// A pledge to be withdrawn.
pub struct Withdraw {
    /// The pledge.
    pub id: Uuid,
    /// Day of the act.
    pub act_date: Date,
    /// Why.
    pub reason: String,
}

/// Reads a request.
pub fn create_pledge(req: &pb::CreatePledgeRequest, v: &mut Violations) -> Option<NewPledge> {
    let pledge = req.pledge.as_ref()?;
    let plan = v.name("pledge.plan", &pledge.plan, "plans");
    let pledge_date = v.act_date("pledge.pledge_date", pledge.pledge_date.as_ref());
    let unit = match pledge.unit.is_empty() {
        true => Some(None),
        false => unit_on(v, "pledge.unit", &pledge.unit, ("pledge.pledge_date", pledge_date)).map(Some),
    };
    let kind = Pledger::of_number(pledge.pledger_kind);
    let pledger = title(v, "pledge.pledger", &pledge.pledger);
    let producer = v.opt_name("pledge.producer", &pledge.producer, "producers");
    if !pledge.producer.is_empty() && kind.is_some_and(|kind| kind != Pledger::Producer) {
        v.add("pledge.producer", ErrorReason::ProducerMisplaced, &[]);
    }
    let told = Source::of_number(pledge.source);
    if let Some(kind) = kind
        && told.is_some_and(|told| told != kind.source())
    {
        let expected = source_name(kind.source().word());
        v.add("pledge.source", ErrorReason::SourceMismatch, &[("expected", &expected)]);
    }
    let document_number = title(v, "pledge.document_number", &pledge.document_number);
    let due_date = v.opt_date("pledge.due_date", pledge.due_date.as_ref());
    if let (Some(pledged), Some(Some(due))) = (pledge_date, due_date)
        && due < pledged
    {
        let detail = format!("{} > {}", day::text(pledged), day::text(due));
        v.add("pledge.due_date", Common::DateOrder, &[("detail", &detail)]);
    }
    Some(NewPledge {
        plan: plan?,
        unit: unit?,
        kind: kind?,
        pledger: pledger?,
        producer: producer?.map(|id| name::of("producers", id)).unwrap_or_default(),
        amount_vnd: pledge.amount_vnd,
        pledge_date: pledge_date?,
        document_number: document_number?,
        due_date: due_date?,
        sample: pledge.sample,
    })
}

/// Reads a request.
pub fn get_pledge(req: &pb::GetPledgeRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "pledges")
}

/// Reads a request.
pub fn list_pledges(req: &pb::ListPledgesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let within = within(v, &req.unit);
    let producer = v.opt_name("producer", &req.producer, "producers");
    let (source, state) = (req.source.to_string(), req.state.to_string());
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.unit, &source, &state, &req.producer]);
    Some((
        Filter {
            plan: plan?,
            within: within?,
            source: Source::of_number(req.source),
            state: State::of_number(req.state),
            producer: producer?.map(|id| name::of("producers", id)).unwrap_or_default(),
        },
        page?,
    ))
}

/// Reads a request.
pub fn withdraw_pledge(req: &pb::WithdrawPledgeRequest, v: &mut Violations) -> Option<Withdraw> {
    let id = v.name("name", &req.name, "pledges");
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    let reason = line(v, "reason", &req.reason);
    Some(Withdraw { id: id?, act_date: act_date?, reason: reason? })
}

/// Reads a request.
pub fn create_receipt(req: &pb::CreateReceiptRequest, v: &mut Violations) -> Option<NewReceipt> {
    let receipt = req.receipt.as_ref()?;
    let pledge = v.name("receipt.pledge", &receipt.pledge, "pledges");
    let receive_date = v.act_date("receipt.receive_date", receipt.receive_date.as_ref());
    let document_number = title(v, "receipt.document_number", &receipt.document_number);
    let reverses = v.opt_name("receipt.reverses", &receipt.reverses, "receipts");
    Some(NewReceipt {
        pledge: pledge?,
        amount_vnd: receipt.amount_vnd,
        receive_date: receive_date?,
        document_number: document_number?,
        reverses: reverses?,
        sample: receipt.sample,
    })
}

/// The plan and the pledge whose receipts are asked for; none for all.
pub type ReceiptsOf = (Option<Uuid>, Option<Uuid>);

/// Reads a request.
pub fn list_receipts(req: &pb::ListReceiptsRequest, v: &mut Violations) -> Option<(ReceiptsOf, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let pledge = v.opt_name("pledge", &req.pledge, "pledges");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.pledge]);
    Some(((plan?, pledge?), page?))
}

/// Reads a request.
pub fn get_resource_summary(req: &pb::GetResourceSummaryRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("plan", &req.plan, "plans")
}

/// A resource that the body names does not exist.
#[must_use]
pub fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

/// The unit does not lie in the plan's.
#[must_use]
pub fn outside(unit: &str, within: &str) -> Error {
    Error::violation("pledge.unit", ErrorReason::UnitOutsidePlan, &[("unit", unit), ("within", within)])
}

/// The pledge's state does not allow the step.
#[must_use]
pub fn forbidden(refused: &kit::states::Forbidden<State, Verb>) -> Error {
    let allowed: Vec<&str> = refused.allowed.iter().map(|verb| told(*verb)).collect();
    Error::refused(ErrorReason::PledgeStateForbids)
        .with("state", refused.state.word().to_uppercase())
        .with("verb", told(refused.step))
        .with("allowed", allowed.join(", "))
}

fn told(verb: Verb) -> &'static str {
    match verb {
        Verb::Receive => "CreateReceipt",
        Verb::Correct => "CreateReceipt (reverses)",
        Verb::Withdraw => "WithdrawPledge",
    }
}

/// The receipt cannot be corrected so: it is another pledge's, or a correction.
#[must_use]
pub fn mismatch(receipt: Uuid) -> Error {
    Error::refused(ErrorReason::CorrectionMismatch).with("entry", receipt_name(receipt))
}

/// Less is left of the receipt.
#[must_use]
pub fn too_large(receipt: Uuid, left_vnd: i64) -> Error {
    Error::refused(ErrorReason::CorrectionTooLarge).with("entry", receipt_name(receipt)).with("left", left_vnd)
}

/// The name of a pledge.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("pledges", id)
}

/// The name of a receipt.
#[must_use]
pub fn receipt_name(id: Uuid) -> String {
    name::of("receipts", id)
}

fn source_name(word: &str) -> String {
    pb::FundingSource::try_from(source(word)).unwrap_or_default().as_str_name().to_owned()
}

/// How far a pledge is.
#[must_use]
pub fn state_of(pledge: &Pledge) -> State {
    domain::state(pledge.amount_vnd, pledge.received_vnd, pledge.withdraw_date.is_some())
}

/// A pledge as it is answered on a day.
#[must_use]
pub fn pledge(pledge: Pledge, today: Date) -> pb::Pledge {
    pb::Pledge {
        name: name_of(pledge.id),
        plan: plan_name(pledge.plan_id),
        pledger_kind: Pledger::of(&pledge.pledger_kind).map_or(0, Pledger::number),
        state: state_of(&pledge).number(),
        overdue: store::overdue(&pledge, today),
        unit: pledge.unit,
        pledger: pledge.pledger,
        producer: pledge.producer,
        source: source(&pledge.source),
        amount_vnd: pledge.amount_vnd,
        pledge_date: Some(day::pb(pledge.pledge_date)),
        document_number: pledge.document_number,
        due_date: pledge.due_date.map(day::pb),
        sample: pledge.sample,
        received_vnd: pledge.received_vnd,
        withdraw_date: pledge.withdraw_date.map(day::pb),
        withdraw_reason: pledge.withdraw_reason,
        create_time: Some(instant::pb(pledge.create_us)),
    }
}

/// What the others are told of a pledge.
#[must_use]
pub fn moved(pledge: &Pledge) -> pb::PledgeMoved {
    let state = pb::PledgeState::try_from(state_of(pledge).number()).unwrap_or_default();
    pb::PledgeMoved {
        pledge: name_of(pledge.id),
        plan: plan_name(pledge.plan_id),
        source: source_name(&pledge.source),
        amount_vnd: pledge.amount_vnd,
        received_vnd: pledge.received_vnd,
        state: state.as_str_name().to_owned(),
    }
}

/// A receipt as it is answered.
#[must_use]
pub fn receipt(receipt: Receipt) -> pb::Receipt {
    pb::Receipt {
        name: receipt_name(receipt.id),
        pledge: name_of(receipt.pledge_id),
        amount_vnd: receipt.amount_vnd,
        receive_date: Some(day::pb(receipt.receive_date)),
        document_number: receipt.document_number,
        reverses: receipt.reverses.map(receipt_name).unwrap_or_default(),
        sample: receipt.sample,
        plan: plan_name(receipt.plan_id),
        create_time: Some(instant::pb(receipt.create_us)),
    }
}

/// What a plan has, as it is answered.
#[must_use]
pub fn summary(plan: Uuid, figures: &BTreeMap<Source, Figures>, sample: bool) -> pb::ResourceSummary {
    let of = |source: Source| figures.get(&source).copied().unwrap_or_default();
    let sum = |of_all: &dyn Fn(Source) -> bool| {
        Source::ALL.iter().filter(|s| of_all(**s)).fold(Figures::default(), |sum, s| sum.plus(of(*s)))
    };
    let (state, total) = (sum(&domain::is_state), sum(&|_| true));
    let shown = |source: i32, of: Figures| pb::SourceFigures {
        source,
        assigned_vnd: of.assigned_vnd,
        pledged_vnd: of.pledged_vnd,
        received_vnd: of.received_vnd,
    };
    let had = |of: Figures| of.assigned_vnd + of.received_vnd;
    let planned = |of: Figures| of.assigned_vnd + of.pledged_vnd;
    pb::ResourceSummary {
        plan: plan_name(plan),
        sources: Source::ALL.iter().map(|source| shown(source.number(), of(*source))).collect(),
        total: Some(shown(0, total)),
        state_percent: percent(had(state), had(total)),
        planned_state_percent: percent(planned(state), planned(total)),
        sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_contracts_names_and_numbers() {
        for kind in Pledger::ALL {
            let name = pb::PledgerKind::try_from(kind.number()).unwrap().as_str_name();
            assert_eq!(name, format!("PLEDGER_KIND_{}", kind.word().to_uppercase()));
        }
        for state in State::ALL {
            let name = pb::PledgeState::try_from(state.number()).unwrap().as_str_name();
            assert_eq!(name, format!("PLEDGE_STATE_{}", state.word().to_uppercase()));
        }
    }
}
