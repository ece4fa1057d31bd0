//! Fairs and applications between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::Unit;
use reference::wire::{clean, line, title, unit_on};
use time::{Date, Month};
use uuid::Uuid;

use super::domain::{ApplicationState, Change, Content, Days, FairState, FairStep, disorder};
use super::store::{Application, ApplicationFilter, Fair, FairFilter, Sum};
use crate::assignments::wire::{any_map_or_within, map_print, shown};
use crate::shared::maps::MapCut;
use crate::shared::states::Forbidden;
use crate::shared::wire::{names, within};

pub(super) struct NewFair {
    pub(super) unit: &'static Unit,
    pub(super) content: Content,
    pub(super) decision_number: String,
    pub(super) decision_date: Date,
    pub(super) sample: bool,
}

pub(super) struct FairUpdate {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

/// A step of a fair or of an application, with its own day.
pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) step: FairStep,
    pub(super) on: Date,
    pub(super) reason: String,
    pub(super) etag: String,
}

pub(super) struct NewApplication {
    pub(super) fair: Uuid,
    pub(super) product: Uuid,
    pub(super) apply_date: Date,
}

pub(super) struct Choice {
    pub(super) fair: Uuid,
    pub(super) ids: Vec<Uuid>,
    pub(super) on: Date,
}

pub(super) struct Report {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) on: Date,
    pub(super) sales_vnd: i64,
    pub(super) contracts: i32,
    pub(super) contracts_vnd: i64,
    pub(super) visitors_note: String,
}

fn order(v: &mut Violations, field: &str, not_before: Date) {
    v.add(field, Common::DateOrder, &[("detail", &format!("≥ {}", day::text(not_before)))]);
}

pub(super) fn create_fair(req: &pb::CreateFairRequest, v: &mut Violations) -> Option<NewFair> {
    let fair = req.fair.as_ref()?;
    let named = title(v, "fair.title", &fair.title);
    let organiser = title(v, "fair.organiser", &fair.organiser);
    let place = title(v, "fair.place", &fair.place);
    let decision_number = line(v, "fair.decision_number", &fair.decision_number);
    let decision_date = v.act_date("fair.decision_date", fair.decision_date.as_ref());
    let unit = unit_on(v, "fair.unit", &fair.unit, ("fair.decision_date", decision_date));
    let call_begin = v.date("fair.call_begin_date", fair.call_begin_date.as_ref());
    let call_end = v.date("fair.call_end_date", fair.call_end_date.as_ref());
    let begin = v.date("fair.begin_date", fair.begin_date.as_ref());
    let end = v.date("fair.end_date", fair.end_date.as_ref());
    for (field, not_before) in disorder(call_begin, call_end, begin, end) {
        order(v, &format!("fair.{field}"), not_before);
    }
    let days = Days { call_begin: call_begin?, call_end: call_end?, begin: begin?, end: end? };
    let content = Content {
        title: named?,
        organiser: organiser?,
        place: place?,
        location: fair.location,
        places: fair.places,
        days,
    };
    Some(NewFair {
        unit: unit?,
        content,
        decision_number: decision_number?,
        decision_date: decision_date?,
        sample: fair.sample,
    })
}

pub(super) fn update_fair(req: &pb::UpdateFairRequest, v: &mut Violations) -> Option<FairUpdate> {
    let fair = req.fair.as_ref()?;
    let id = v.name("fair.name", &fair.name, "fairs");
    let set = [
        ("title", !fair.title.is_empty()),
        ("organiser", !fair.organiser.is_empty()),
        ("place", !fair.place.is_empty()),
        ("location", fair.location != 0),
        ("places", fair.places != 0),
        ("call_begin_date", fair.call_begin_date.is_some()),
        ("call_end_date", fair.call_end_date.is_some()),
        ("begin_date", fair.begin_date.is_some()),
        ("end_date", fair.end_date.is_some()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    let text = |v: &mut Violations, field: &str, typed: &str| {
        if asked(field) { title(v, &format!("fair.{field}"), typed) } else { None }
    };
    let date = |v: &mut Violations, field: &str, date: Option<&PbDate>| {
        if asked(field) { v.date(&format!("fair.{field}"), date) } else { None }
    };
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let change = Change {
        title: text(v, "title", &fair.title),
        organiser: text(v, "organiser", &fair.organiser),
        place: text(v, "place", &fair.place),
        location: asked("location").then_some(fair.location),
        places: asked("places").then_some(fair.places),
        call_begin: date(v, "call_begin_date", fair.call_begin_date.as_ref()),
        call_end: date(v, "call_end_date", fair.call_end_date.as_ref()),
        begin: date(v, "begin_date", fair.begin_date.as_ref()),
        end: date(v, "end_date", fair.end_date.as_ref()),
    };
    Some(FairUpdate { id: id?, etag: fair.etag.clone(), change })
}

/// The days of a changed fair are in order.
pub(super) fn in_order(days: Days) -> Result<()> {
    let mut v = Violations::default();
    for (field, not_before) in disorder(Some(days.call_begin), Some(days.call_end), Some(days.begin), Some(days.end)) {
        order(&mut v, &format!("fair.{field}"), not_before);
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// The request's field for the day of a step.
fn day_of(step: FairStep) -> &'static str {
    match step {
        FairStep::Open => "open_date",
        FairStep::Close => "close_date",
        FairStep::Hold => "hold_date",
        FairStep::Cancel => "cancel_date",
        FairStep::Apply => "apply_date",
        FairStep::Withdraw => "withdraw_date",
        FairStep::Choose => "choose_date",
        FairStep::Refuse => "refuse_date",
        FairStep::Result => "result.report_date",
        FairStep::Update => "fair",
    }
}

fn act(
    v: &mut Violations,
    step: FairStep,
    (collection, name): (&'static str, &str),
    on: Option<&PbDate>,
    etag: &str,
) -> Option<Act> {
    let id = v.name("name", name, collection);
    let on = v.act_date(day_of(step), on);
    Some(Act { id: id?, step, on: on?, reason: String::new(), etag: etag.to_owned() })
}

pub(super) fn open_fair(req: &pb::OpenFairRequest, v: &mut Violations) -> Option<Act> {
    act(v, FairStep::Open, ("fairs", &req.name), req.open_date.as_ref(), &req.etag)
}

pub(super) fn close_fair(req: &pb::CloseFairRequest, v: &mut Violations) -> Option<Act> {
    act(v, FairStep::Close, ("fairs", &req.name), req.close_date.as_ref(), &req.etag)
}

pub(super) fn hold_fair(req: &pb::HoldFairRequest, v: &mut Violations) -> Option<Act> {
    act(v, FairStep::Hold, ("fairs", &req.name), req.hold_date.as_ref(), &req.etag)
}

pub(super) fn cancel_fair(req: &pb::CancelFairRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = act(v, FairStep::Cancel, ("fairs", &req.name), req.cancel_date.as_ref(), &req.etag);
    Some(Act { reason: reason?, ..act? })
}

pub(super) fn withdraw(req: &pb::WithdrawApplicationRequest, v: &mut Violations) -> Option<Act> {
    let act = act(v, FairStep::Withdraw, ("applications", &req.name), req.withdraw_date.as_ref(), &req.etag);
    Some(Act { reason: clean(&req.reason), ..act? })
}

pub(super) fn refuse(req: &pb::RefuseApplicationRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = act(v, FairStep::Refuse, ("applications", &req.name), req.refuse_date.as_ref(), &req.etag);
    Some(Act { reason: reason?, ..act? })
}

pub(super) fn apply(req: &pb::ApplyToFairRequest, v: &mut Violations) -> Option<NewApplication> {
    let fair = v.name("fair", &req.fair, "fairs");
    let product = v.name("product", &req.product, "products");
    let apply_date = v.act_date("apply_date", req.apply_date.as_ref());
    Some(NewApplication { fair: fair?, product: product?, apply_date: apply_date? })
}

pub(super) fn choose(req: &pb::ChooseApplicationsRequest, v: &mut Violations) -> Option<Choice> {
    let fair = v.name("fair", &req.fair, "fairs");
    let on = v.act_date("choose_date", req.choose_date.as_ref());
    let ids = names(v, &req.names, "applications");
    for (at, name) in req.names.iter().enumerate() {
        if req.names.iter().take(at).any(|before| before == name) {
            v.add(format!("names[{at}]"), Common::ResourceExists, &[("name", name)]);
        }
    }
    Some(Choice { fair: fair?, ids: ids?, on: on? })
}

pub(super) fn record_result(req: &pb::RecordResultRequest, v: &mut Violations) -> Option<Report> {
    let id = v.name("name", &req.name, "applications");
    let result = req.result.as_ref()?;
    let on = v.act_date("result.report_date", result.report_date.as_ref());
    if result.contracts == 0 && result.contracts_vnd > 0 {
        v.add("result.contracts_vnd", Common::FieldRange, &[("expected", "0, contracts = 0")]);
    }
    Some(Report {
        id: id?,
        etag: req.etag.clone(),
        on: on?,
        sales_vnd: result.sales_vnd,
        contracts: result.contracts,
        contracts_vnd: result.contracts_vnd,
        visitors_note: clean(&result.visitors_note),
    })
}

pub(crate) fn list_fairs(req: &pb::ListFairsRequest, v: &mut Violations) -> Option<(FairFilter, Page)> {
    let cut = any_map_or_within(v, &req.unit, req.map_date.as_ref(), None);
    let print = [&*req.unit, &*req.year.to_string(), &*req.state.to_string(), &*map_print(req.map_date.as_ref())];
    let page = v.page(req.page_size, &req.page_token, &print);
    let day = |month, day| Date::from_calendar_date(req.year, month, day).ok();
    let year = if req.year == 0 { None } else { day(Month::January, 1).zip(day(Month::December, 31)) };
    let (within, map) = cut?;
    Some((FairFilter { within, map, begins: year, state: req.state }, page?))
}

pub(crate) fn list_applications(
    req: &pb::ListApplicationsRequest,
    v: &mut Violations,
) -> Option<(ApplicationFilter, Page)> {
    let within = within(v, &req.unit, None);
    let fair = v.opt_name("fair", &req.fair, "fairs");
    let product = v.opt_name("product", &req.product, "products");
    let print = [&*req.unit, &*req.fair, &*req.product, &*req.state.to_string()];
    let page = v.page(req.page_size, &req.page_token, &print);
    Some((ApplicationFilter { within: within?, fair: fair?, product: product?, state: req.state }, page?))
}

pub(super) fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

/// The day of an act lies before the one that it follows.
pub(super) fn too_early(step: FairStep, not_before: Date) -> Error {
    let mut v = Violations::default();
    order(&mut v, day_of(step), not_before);
    Error::invalid(v)
}

/// The state does not allow the step.
pub(super) fn forbidden(name: &str, state: &str, step: FairStep, allowed: &[FairStep]) -> Error {
    let allowed: Vec<&str> = allowed.iter().map(|step| step.word()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::StepNotAllowed).with("name", name).with("state", state);
    refusal.with("step", step.word()).with("allowed", allowed)
}

pub(super) fn fair_forbids(id: Uuid, f: &Forbidden<FairState, FairStep>) -> Error {
    forbidden(&name::of("fairs", id), f.state.word(), f.step, &f.allowed)
}

pub(super) fn application_forbids(id: Uuid, f: &Forbidden<ApplicationState, FairStep>) -> Error {
    forbidden(&name::of("applications", id), f.state.word(), f.step, &f.allowed)
}

pub(super) fn places_taken(fair: &Fair, wanted: i64) -> Error {
    let refusal = Error::refused(ErrorReason::FairPlacesTaken).with("fair", name::of("fairs", fair.id));
    refusal.with("places", fair.places).with("wanted", wanted)
}

pub(super) fn outside_call(fair: &Fair, from: Date) -> Error {
    let refusal = Error::refused(ErrorReason::FairCallDates).with("fair", name::of("fairs", fair.id));
    refusal.with("from", day::text(from)).with("to", day::text(fair.call_end_date))
}

pub(super) fn applied(id: Uuid) -> Error {
    Error::exists_as(ErrorReason::ProductApplied, name::of("applications", id))
}

pub(crate) fn fair(f: Fair) -> pb::Fair {
    pb::Fair {
        name: name::of("fairs", f.id),
        title: f.title,
        organiser: f.organiser,
        unit: f.unit,
        place: f.place,
        location: f.location,
        begin_date: Some(day::pb(f.begin_date)),
        end_date: Some(day::pb(f.end_date)),
        places: f.places,
        call_begin_date: Some(day::pb(f.call_begin_date)),
        call_end_date: Some(day::pb(f.call_end_date)),
        decision_number: f.decision_number,
        decision_date: Some(day::pb(f.decision_date)),
        state: f.state,
        open_date: f.open_date.map(day::pb),
        close_date: f.close_date.map(day::pb),
        hold_date: f.hold_date.map(day::pb),
        cancel_date: f.cancel_date.map(day::pb),
        cancel_reason: f.cancel_reason,
        chosen: f.chosen,
        sample: f.sample,
        etag: etag(f.version),
        create_time: Some(instant::pb(f.create_us)),
        update_time: Some(instant::pb(f.update_us)),
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
    }
}

/// A fair of a list, with the place in which the list's map shows it.
pub(super) fn listed(f: Fair, map: Option<&MapCut>) -> pb::Fair {
    let (shown_unit, map_place) = shown(&f.unit, None, map);
    pb::Fair { shown_unit, map_place, ..fair(f) }
}

pub(crate) fn application(a: Application) -> pb::Application {
    let result = a.report_date.map(|on| pb::FairResult {
        report_date: Some(day::pb(on)),
        sales_vnd: a.sales_vnd,
        contracts: a.contracts,
        contracts_vnd: a.contracts_vnd,
        visitors_note: a.visitors_note,
    });
    pb::Application {
        name: name::of("applications", a.id),
        fair: name::of("fairs", a.fair_id),
        product: name::of("products", a.product_id),
        unit: a.unit,
        state: a.state,
        apply_date: Some(day::pb(a.apply_date)),
        decide_date: a.decide_date.map(day::pb),
        withdraw_date: a.withdraw_date.map(day::pb),
        reason: a.reason,
        result,
        sample: a.sample,
        etag: etag(a.version),
        create_time: Some(instant::pb(a.create_us)),
        update_time: Some(instant::pb(a.update_us)),
    }
}

pub(super) fn totals(fair: &Fair, sums: &[Sum]) -> pb::FairTotals {
    let of = |state: ApplicationState| {
        sums.iter().filter(|s| s.state == state.number()).map(|s| s.applications).sum::<i64>()
    };
    let all = |figure: fn(&Sum) -> i64| sums.iter().map(figure).sum::<i64>();
    pb::FairTotals {
        fair: name::of("fairs", fair.id),
        applied: of(ApplicationState::Applied),
        chosen: of(ApplicationState::Chosen),
        refused: of(ApplicationState::Refused),
        withdrawn: of(ApplicationState::Withdrawn),
        reported: all(|s| s.reported),
        sales_vnd: all(|s| s.sales_vnd),
        contracts: all(|s| s.contracts),
        contracts_vnd: all(|s| s.contracts_vnd),
        sample: fair.sample || sums.iter().any(|s| s.sample),
    }
}

pub(super) fn fair_recorded(f: &Fair) -> pb::FairRecorded {
    let state = pb::FairState::try_from(f.state).unwrap_or_default();
    let location = pb::FairLocation::try_from(f.location).unwrap_or_default();
    pb::FairRecorded {
        fair: name::of("fairs", f.id),
        state: state.as_str_name().to_owned(),
        location: location.as_str_name().to_owned(),
        begin_date: Some(day::pb(f.begin_date)),
    }
}

pub(super) fn application_recorded(a: &Application) -> pb::ApplicationRecorded {
    let state = pb::ApplicationState::try_from(a.state).unwrap_or_default();
    pb::ApplicationRecorded {
        application: name::of("applications", a.id),
        fair: name::of("fairs", a.fair_id),
        product: name::of("products", a.product_id),
        state: state.as_str_name().to_owned(),
        sales_vnd: a.sales_vnd,
        contracts_vnd: a.contracts_vnd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_contracts_numbers_and_words() {
        for state in FairState::ALL {
            let theirs = pb::FairState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("FAIR_STATE_{}", state.word()));
        }
        for state in ApplicationState::ALL {
            let theirs = pb::ApplicationState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("APPLICATION_STATE_{}", state.word()));
        }
    }
}
