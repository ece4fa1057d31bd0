//! Candidates between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::{Level, Unit};
use reference::wire::{title, unit_on};
use time::Date;
use uuid::Uuid;

use super::domain::{CandidateState, CandidateStep, Change, FIRST, Tally, carries_from};
use super::store::{Candidate, Filter};
use crate::products::wire::product_set;
use crate::shared::states::Forbidden;
use crate::shared::wire::{commune_on, too_early, within};
use crate::units;

/// What an idea is.
pub(super) struct Idea {
    pub(super) unit: &'static Unit,
    pub(super) producer: Option<Uuid>,
    pub(super) display_name: String,
    pub(super) product_set: String,
}

/// A product that is there, or an idea.
pub(super) enum Subject {
    Product(Uuid),
    Idea(Idea),
}

pub(super) struct NewCandidate {
    pub(super) subject: Subject,
    pub(super) year: i32,
    pub(super) target_stars: i32,
    pub(super) kind: i32,
    pub(super) propose_date: Date,
    pub(super) visit: Option<Uuid>,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

/// A step with its own day; `text` is the dossier or the reason.
pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) step: CandidateStep,
    pub(super) on: Date,
    pub(super) text: String,
    pub(super) etag: String,
}

pub(super) struct Register {
    pub(super) id: Uuid,
    pub(super) product: Uuid,
    pub(super) etag: String,
}

pub(super) struct FromVisit {
    pub(super) visit: Uuid,
    pub(super) year: i32,
    pub(super) target_stars: i32,
    pub(super) kind: i32,
    pub(super) propose_date: Date,
}

pub(super) struct CarryOver {
    pub(super) unit: &'static Unit,
    pub(super) year: i32,
    pub(super) on: Date,
}

pub(super) struct Totals {
    pub(super) unit: &'static Unit,
    pub(super) year: i32,
    pub(super) level: Level,
    pub(super) as_of: Date,
}

/// A list of a year that is over when it is proposed is nobody's plan.
fn year_holds(v: &mut Violations, field: &str, year: i32, proposed: Option<Date>) {
    if let Some(first) = proposed.map(Date::year).filter(|first| year < *first)
        && !v.has(field)
    {
        v.add(field, Common::FieldRange, &[("expected", &format!(">= {first}"))]);
    }
}

fn opt_set(v: &mut Violations, field: &str, name: &str) -> Option<String> {
    if name.is_empty() { Some(String::new()) } else { product_set(v, field, name) }
}

fn idea(v: &mut Violations, new: &pb::ProductCandidate, proposed: Option<Date>) -> Option<Idea> {
    let unit = commune_on(v, "candidate.unit", &new.unit, ("candidate.propose_date", proposed));
    let display_name = title(v, "candidate.display_name", &new.display_name);
    let producer = v.opt_name("candidate.producer", &new.producer, "producers");
    let product_set = opt_set(v, "candidate.product_set", &new.product_set);
    if new.kind > FIRST && !v.has("candidate.kind") {
        v.add("candidate.kind", Common::FieldRange, &[("expected", "CANDIDATE_KIND_FIRST")]);
    }
    Some(Idea { unit: unit?, producer: producer?, display_name: display_name?, product_set: product_set? })
}

pub(super) fn create(req: &pb::CreateProductCandidateRequest, v: &mut Violations) -> Option<NewCandidate> {
    let new = req.candidate.as_ref()?;
    let propose_date = v.act_date("candidate.propose_date", new.propose_date.as_ref());
    let subject = match v.opt_name("candidate.product", &new.product, "products") {
        Some(Some(product)) => Some(Subject::Product(product)),
        Some(None) => idea(v, new, propose_date).map(Subject::Idea),
        None => None,
    };
    let visit = v.opt_name("candidate.visit", &new.visit, "visits");
    year_holds(v, "candidate.year", new.year, propose_date);
    Some(NewCandidate {
        subject: subject?,
        year: new.year,
        target_stars: new.target_stars,
        kind: new.kind,
        propose_date: propose_date?,
        visit: visit?,
        sample: new.sample,
    })
}

pub(super) fn update(req: &pb::UpdateProductCandidateRequest, v: &mut Violations) -> Option<Update> {
    let new = req.candidate.as_ref()?;
    let id = v.name("candidate.name", &new.name, "candidates");
    let set = [
        ("target_stars", new.target_stars != 0),
        ("kind", new.kind != 0),
        ("display_name", !new.display_name.is_empty()),
        ("producer", !new.producer.is_empty()),
        ("product_set", !new.product_set.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let change = Change {
        target_stars: asked("target_stars").then_some(new.target_stars),
        kind: asked("kind").then_some(new.kind),
        display_name: asked("display_name").then(|| title(v, "candidate.display_name", &new.display_name)).flatten(),
        producer: asked("producer").then(|| v.opt_name("candidate.producer", &new.producer, "producers")).flatten(),
        product_set: asked("product_set").then(|| opt_set(v, "candidate.product_set", &new.product_set)).flatten(),
    };
    Some(Update { id: id?, etag: new.etag.clone(), change })
}

pub(super) fn register(req: &pb::RegisterCandidateRequest, v: &mut Violations) -> Option<Register> {
    let id = v.name("name", &req.name, "candidates");
    let product = v.name("product", &req.product, "products");
    Some(Register { id: id?, product: product?, etag: req.etag.clone() })
}

/// The request's field for the day of a step.
fn day_of(step: CandidateStep) -> &'static str {
    match step {
        CandidateStep::Accept => "accept_date",
        CandidateStep::File => "file_date",
        CandidateStep::Drop => "drop_date",
        CandidateStep::CarryOver => "carry_date",
        CandidateStep::Update | CandidateStep::Register | CandidateStep::Reopen => "candidate",
    }
}

fn act(
    v: &mut Violations,
    step: CandidateStep,
    (id, on, etag): (&str, Option<&PbDate>, &str),
    text: Option<String>,
) -> Option<Act> {
    let id = v.name("name", id, "candidates");
    let on = v.act_date(day_of(step), on);
    Some(Act { id: id?, step, on: on?, text: text?, etag: etag.to_owned() })
}

pub(super) fn accept(req: &pb::AcceptCandidateRequest, v: &mut Violations) -> Option<Act> {
    act(v, CandidateStep::Accept, (&req.name, req.accept_date.as_ref(), &req.etag), Some(String::new()))
}

pub(super) fn file(req: &pb::FileCandidateRequest, v: &mut Violations) -> Option<Act> {
    let dossier = v.opt_name("dossier", &req.dossier, "dossiers").map(|_| req.dossier.clone());
    act(v, CandidateStep::File, (&req.name, req.file_date.as_ref(), &req.etag), dossier)
}

pub(super) fn drop(req: &pb::DropCandidateRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    act(v, CandidateStep::Drop, (&req.name, req.drop_date.as_ref(), &req.etag), reason)
}

pub(crate) fn list(req: &pb::ListProductCandidatesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit, None);
    let product = v.opt_name("product", &req.product, "products");
    let producer = v.opt_name("producer", &req.producer, "producers");
    let numbers = [req.year, req.target_stars, req.state, req.kind].map(|n| n.to_string()).join(" ");
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.product, &req.producer, &numbers]);
    let filter = Filter {
        within: within?,
        year: req.year,
        target_stars: req.target_stars,
        state: req.state,
        kind: req.kind,
        product: product?,
        producer: producer?,
    };
    Some((filter, page?))
}

pub(super) fn get_totals(req: &pb::GetCandidateTotalsRequest, v: &mut Violations) -> Option<Totals> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let unit = unit_on(v, "unit", &req.unit, ("as_of", as_of));
    let by_district = as_of.is_some_and(|day| day < reference::units::CHANGE_OF_2025);
    let usual = if by_district { Level::District } else { Level::Commune };
    let level = units::wire::level_of(req.level).unwrap_or(usual);
    Some(Totals { unit: unit?, year: req.year, level, as_of: as_of? })
}

pub(super) fn from_visit(req: &pb::ProposeFromVisitRequest, v: &mut Violations) -> Option<FromVisit> {
    let visit = v.name("visit", &req.visit, "visits");
    let propose_date = v.act_date("propose_date", req.propose_date.as_ref());
    year_holds(v, "year", req.year, propose_date);
    Some(FromVisit {
        visit: visit?,
        year: req.year,
        target_stars: req.target_stars,
        kind: req.kind,
        propose_date: propose_date?,
    })
}

pub(super) fn carry_over(req: &pb::CarryOverCandidatesRequest, v: &mut Violations) -> Option<CarryOver> {
    let on = v.act_date("carry_date", req.carry_date.as_ref());
    let unit = unit_on(v, "unit", &req.unit, ("carry_date", on));
    if let (Some(on), Some(first)) = (on, carries_from(req.year))
        && on < first
    {
        v.add("carry_date", Common::DateOrder, &[("detail", &format!("≥ {}", day::text(first)))]);
    }
    year_holds(v, "year", req.year.saturating_add(1), on);
    Some(CarryOver { unit: unit?, year: req.year, on: on? })
}

/// What is named in the body of a request and is not there, or not the caller's to name.
pub(super) fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

pub(super) fn exists(id: Uuid) -> Error {
    Error::exists_as(ErrorReason::CandidateExists, name::of("candidates", id))
}

pub(super) fn visit_elsewhere(visit: Uuid) -> Error {
    Error::refused(ErrorReason::VisitElsewhere).with("visit", name::of("visits", visit))
}

pub(super) fn visit_without_candidates(visit: Uuid) -> Error {
    Error::refused(ErrorReason::VisitWithoutCandidates).with("visit", name::of("visits", visit))
}

pub(super) fn nothing_to_carry(year: i32) -> Error {
    Error::refused(ErrorReason::NothingToCarry).with("year", year)
}

pub(super) fn registered(id: Uuid, product: Uuid) -> Error {
    let refusal = Error::refused(ErrorReason::CandidateRegistered).with("name", name::of("candidates", id));
    refusal.with("product", name::of("products", product))
}

pub(super) fn unregistered(id: Uuid) -> Error {
    Error::refused(ErrorReason::CandidateUnregistered).with("name", name::of("candidates", id))
}

pub(super) fn step_too_early(step: CandidateStep, not_before: Date) -> Error {
    too_early(day_of(step), not_before)
}

pub(super) fn idea_is_first() -> Error {
    Error::violation("candidate.kind", Common::FieldRange, &[("expected", "CANDIDATE_KIND_FIRST")])
}

pub(super) fn forbids(id: Uuid, f: &Forbidden<CandidateState, CandidateStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::StepNotAllowed).with("name", name::of("candidates", id));
    refusal.with("state", f.state.word()).with("step", f.step.word()).with("allowed", allowed)
}

pub(crate) fn candidate(c: Candidate) -> pb::ProductCandidate {
    let named = |collection: &str, id: Option<Uuid>| id.map(|id| name::of(collection, id)).unwrap_or_default();
    pb::ProductCandidate {
        name: name::of("candidates", c.id),
        unit: c.unit,
        year: c.year,
        product: named("products", c.product_id),
        producer: named("producers", c.producer_id),
        display_name: c.display_name,
        product_set: c.product_set,
        target_stars: c.target_stars,
        kind: c.kind,
        state: c.state,
        propose_date: Some(day::pb(c.propose_date)),
        accept_date: c.accept_date.map(day::pb),
        file_date: c.file_date.map(day::pb),
        dossier: c.dossier,
        end_date: c.end_date.map(day::pb),
        reason: c.reason,
        visit: named("visits", c.visit_id),
        carried_from: named("candidates", c.carried_from),
        sample: c.sample,
        etag: etag(c.version),
        create_time: Some(instant::pb(c.create_us)),
        update_time: Some(instant::pb(c.update_us)),
    }
}

pub(super) fn recorded(c: &Candidate) -> pb::CandidateRecorded {
    let kind = pb::CandidateKind::try_from(c.kind).unwrap_or_default();
    let state = pb::CandidateState::try_from(c.state).unwrap_or_default();
    pb::CandidateRecorded {
        candidate: name::of("candidates", c.id),
        product: c.product_id.map(|id| name::of("products", id)).unwrap_or_default(),
        year: c.year,
        target_stars: c.target_stars,
        kind: kind.as_str_name().to_owned(),
        state: state.as_str_name().to_owned(),
    }
}

fn count(unit: Option<&Unit>, t: &Tally) -> pb::CandidateCount {
    let [proposed, accepted, filed, dropped, carried_over] = t.states;
    let [three_stars, four_stars, five_stars] = t.stars;
    pb::CandidateCount {
        unit: unit.map(|u| u.name.clone()).unwrap_or_default(),
        display_name: unit.map(|u| u.display_name.clone()).unwrap_or_default(),
        candidates: t.listed(),
        proposed,
        accepted,
        filed,
        dropped,
        carried_over,
        three_stars,
        four_stars,
        five_stars,
        first: t.first,
        ideas: t.ideas,
        samples: t.samples,
    }
}

/// Counts by unit, by code; what has no unit on the map comes last.
pub(super) fn totals(
    total: &Tally,
    by_unit: &BTreeMap<&'static str, (&'static Unit, Tally)>,
    elsewhere: &Tally,
    as_of: Date,
) -> pb::CandidateTotals {
    let mut units: Vec<pb::CandidateCount> = by_unit.values().map(|(unit, tally)| count(Some(unit), tally)).collect();
    if *elsewhere != Tally::default() {
        units.push(count(None, elsewhere));
    }
    pb::CandidateTotals { total: Some(count(None, total)), units, as_of: Some(day::pb(as_of)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_contracts_numbers_and_words() {
        for state in CandidateState::ALL {
            let theirs = pb::CandidateState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("CANDIDATE_STATE_{}", state.word()));
        }
        assert_eq!(pb::CandidateKind::First as i32, FIRST);
    }
}
