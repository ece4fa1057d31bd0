//! Support packages between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::{line, title};
use time::Date;
use uuid::Uuid;

use super::domain::{Change, SupportState, SupportStep, years_hold};
use super::store::{Filter, Sum, Support};
use crate::assignments::wire::{map_or_within, map_print, shown};
use crate::shared::maps::MapCut;
use crate::shared::states::Forbidden;
use crate::shared::wire::{too_early as early, within};

pub(super) struct NewSupport {
    pub(super) product: Uuid,
    pub(super) recognition_year: i32,
    pub(super) year: i32,
    pub(super) kind: i32,
    pub(super) description: String,
    pub(super) amount_vnd: i64,
    pub(super) propose_date: Date,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

/// A step with its own day; `text` is the decision's number, the evidence or the reason.
pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) step: SupportStep,
    pub(super) on: Date,
    pub(super) text: String,
    pub(super) etag: String,
}

fn years(v: &mut Violations, recognition_year: i32, year: i32) {
    if !years_hold(recognition_year, year) && !v.has("support_package.year") {
        v.add("support_package.recognition_year", Common::FieldRange, &[("expected", &format!("<= {year}"))]);
    }
}

pub(super) fn create(req: &pb::CreateSupportPackageRequest, v: &mut Violations) -> Option<NewSupport> {
    let new = req.support_package.as_ref()?;
    let product = v.name("support_package.product", &new.product, "products");
    let description = title(v, "support_package.description", &new.description);
    let propose_date = v.act_date("support_package.propose_date", new.propose_date.as_ref());
    years(v, new.recognition_year, new.year);
    Some(NewSupport {
        product: product?,
        recognition_year: new.recognition_year,
        year: new.year,
        kind: new.kind,
        description: description?,
        amount_vnd: new.amount_vnd,
        propose_date: propose_date?,
        sample: new.sample,
    })
}

pub(super) fn update(req: &pb::UpdateSupportPackageRequest, v: &mut Violations) -> Option<Update> {
    let new = req.support_package.as_ref()?;
    let id = v.name("support_package.name", &new.name, "supportPackages");
    let set = [
        ("year", new.year != 0),
        ("kind", new.kind != 0),
        ("description", !new.description.is_empty()),
        ("amount_vnd", new.amount_vnd != 0),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let described = asked("description").then(|| title(v, "support_package.description", &new.description)).flatten();
    let change = Change {
        year: asked("year").then_some(new.year),
        kind: asked("kind").then_some(new.kind),
        description: described,
        amount_vnd: asked("amount_vnd").then_some(new.amount_vnd),
    };
    Some(Update { id: id?, etag: new.etag.clone(), change })
}

fn act(
    v: &mut Violations,
    step: SupportStep,
    name: &str,
    on: Option<&PbDate>,
    text: Option<String>,
    etag: &str,
) -> Option<Act> {
    let id = v.name("name", name, "supportPackages");
    let on = v.act_date(day_of(step), on);
    Some(Act { id: id?, step, on: on?, text: text?, etag: etag.to_owned() })
}

pub(super) fn approve(req: &pb::ApproveSupportPackageRequest, v: &mut Violations) -> Option<Act> {
    let number = line(v, "decision_number", &req.decision_number);
    act(v, SupportStep::Approve, &req.name, req.decision_date.as_ref(), number, &req.etag)
}

pub(super) fn refuse(req: &pb::RefuseSupportPackageRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    act(v, SupportStep::Refuse, &req.name, req.refuse_date.as_ref(), reason, &req.etag)
}

pub(super) fn deliver(req: &pb::DeliverSupportPackageRequest, v: &mut Violations) -> Option<Act> {
    let evidence = title(v, "evidence", &req.evidence);
    act(v, SupportStep::Deliver, &req.name, req.deliver_date.as_ref(), evidence, &req.etag)
}

pub(super) fn cancel(req: &pb::CancelSupportPackageRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    act(v, SupportStep::Cancel, &req.name, req.cancel_date.as_ref(), reason, &req.etag)
}

pub(crate) fn list(req: &pb::ListSupportPackagesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let cut = map_or_within(v, &req.unit, req.map_date.as_ref());
    let product = v.opt_name("product", &req.product, "products");
    let map = map_print(req.map_date.as_ref());
    let numbers = [req.year, req.recognition_year, req.kind, req.state].map(|n| n.to_string()).join(" ");
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.product, &numbers, &map]);
    let (within, map) = cut?;
    let filter = Filter {
        within,
        map,
        year: req.year,
        recognition_year: req.recognition_year,
        kind: req.kind,
        state: req.state,
        product: product?,
    };
    Some((filter, page?))
}

pub(super) fn get_totals(req: &pb::GetSupportTotalsRequest, v: &mut Violations) -> Option<Filter> {
    let within = within(v, &req.unit, None);
    let product = v.opt_name("product", &req.product, "products");
    Some(Filter {
        within: within?,
        map: None,
        year: req.year,
        recognition_year: req.recognition_year,
        kind: req.kind,
        state: req.state,
        product: product?,
    })
}

/// The request's field for the day of a step.
fn day_of(step: SupportStep) -> &'static str {
    match step {
        SupportStep::Approve => "decision_date",
        SupportStep::Refuse => "refuse_date",
        SupportStep::Deliver => "deliver_date",
        SupportStep::Cancel => "cancel_date",
        SupportStep::Update => "support_package",
    }
}

pub(super) fn unknown_product(id: Uuid) -> Error {
    let name = name::of("products", id);
    Error::violation("support_package.product", Common::ReferenceUnknown, &[("name", &name)])
}

/// The product was registered after the proposal.
pub(super) fn proposed_too_early(registered: Date) -> Error {
    early("support_package.propose_date", registered)
}

/// The day of a step lies before the act that it follows.
pub(super) fn too_early(step: SupportStep, not_before: Date) -> Error {
    early(day_of(step), not_before)
}

/// The product was recognised after the year of its support.
pub(super) fn recognised_later(year: i32) -> Error {
    Error::violation("support_package.year", Common::FieldRange, &[("expected", &format!(">= {year}"))])
}

pub(super) fn forbids(id: Uuid, f: &Forbidden<SupportState, SupportStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::StepNotAllowed).with("name", name::of("supportPackages", id));
    refusal.with("state", f.state.word()).with("step", f.step.word()).with("allowed", allowed)
}

pub(crate) fn support(s: Support) -> pb::SupportPackage {
    pb::SupportPackage {
        name: name::of("supportPackages", s.id),
        product: name::of("products", s.product_id),
        unit: s.unit,
        recognition_year: s.recognition_year,
        year: s.year,
        kind: s.kind,
        description: s.description,
        amount_vnd: s.amount_vnd,
        propose_date: Some(day::pb(s.propose_date)),
        state: s.state,
        decision_number: s.decision_number,
        decision_date: s.decision_date.map(day::pb),
        deliver_date: s.deliver_date.map(day::pb),
        evidence: s.evidence,
        end_date: s.end_date.map(day::pb),
        reason: s.reason,
        sample: s.sample,
        etag: etag(s.version),
        create_time: Some(instant::pb(s.create_us)),
        update_time: Some(instant::pb(s.update_us)),
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
    }
}

/// A package of a list, with the place in which the list's map shows it.
pub(super) fn listed((s, chosen): (Support, Option<String>), map: Option<&MapCut>) -> pb::SupportPackage {
    let (shown_unit, map_place) = shown(&s.unit, chosen.as_deref(), map);
    pb::SupportPackage { shown_unit, map_place, ..support(s) }
}

/// The sums, which come by kind, state and sample.
pub(super) fn totals(sums: &[Sum]) -> pb::SupportTotals {
    let mut totals: Vec<pb::SupportTotal> = Vec::new();
    for sum in sums {
        match totals.last_mut().filter(|t| (t.kind, t.state) == (sum.kind, sum.state)) {
            Some(total) => {
                total.packages += sum.packages;
                total.total_vnd += sum.total_vnd;
            }
            None => totals.push(pb::SupportTotal {
                kind: sum.kind,
                state: sum.state,
                packages: sum.packages,
                total_vnd: sum.total_vnd,
            }),
        }
    }
    let counts = |state: i32| SupportState::of_number(state).is_some_and(SupportState::counts);
    pb::SupportTotals {
        packages: sums.iter().map(|s| s.packages).sum(),
        total_vnd: sums.iter().filter(|s| counts(s.state)).map(|s| s.total_vnd).sum(),
        sample: sums.iter().any(|s| s.sample),
        totals,
    }
}

pub(super) fn recorded(s: &Support) -> pb::SupportPackageRecorded {
    let kind = pb::SupportKind::try_from(s.kind).unwrap_or_default();
    let state = pb::SupportState::try_from(s.state).unwrap_or_default();
    pb::SupportPackageRecorded {
        support_package: name::of("supportPackages", s.id),
        product: name::of("products", s.product_id),
        year: s.year,
        kind: kind.as_str_name().to_owned(),
        state: state.as_str_name().to_owned(),
        amount_vnd: s.amount_vnd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_contracts_numbers_and_words() {
        for state in SupportState::ALL {
            let theirs = pb::SupportState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("SUPPORT_STATE_{}", state.word()));
        }
    }
}
