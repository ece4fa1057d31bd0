//! Aggregations between the wire and the domain.

use kit::states::Forbidden;
use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use time::Date;
use uuid::Uuid;

use super::domain::{Level, NewAggregation, State, Sums, Verb, sums_to};
use super::store::{Aggregation, Filter, Frozen};
use crate::estimates::wire::{category, name_of as estimate_name, opt_line, source};
use reference::wire::{title, unit_on, within};

/// An aggregation to be approved.
pub struct Approve {
    /// The aggregation.
    pub id: Uuid,
    /// Number of the document.
    pub document_number: String,
    /// Its day.
    pub act_date: Date,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
}

/// Reads a request.
pub fn create_aggregation(req: &pb::CreateAggregationRequest, v: &mut Violations) -> Option<NewAggregation> {
    let sent = req.aggregation.as_ref()?;
    if sent.year == 0 {
        v.add("aggregation.year", Common::FieldRequired, &[]);
    }
    let act_date = v.act_date("aggregation.act_date", sent.act_date.as_ref());
    let unit = unit_on(v, "aggregation.unit", &sent.unit, ("aggregation.act_date", act_date));
    let title = title(v, "aggregation.title", &sent.title);
    let document_number = opt_line(v, "aggregation.document_number", &sent.document_number);
    Some(NewAggregation {
        year: sent.year,
        unit: unit?,
        level: Level::of_number(sent.level).unwrap_or(Level::District),
        title: title?,
        document_number: document_number?,
        act_date: act_date?,
    })
}

/// Reads a request.
pub fn get_aggregation(req: &pb::GetAggregationRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "aggregations")
}

/// Reads a request.
pub fn list_aggregations(req: &pb::ListAggregationsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.year.to_string()]);
    Some((Filter { within: within?, year: req.year }, page?))
}

/// Reads a request.
pub fn approve_aggregation(req: &pb::ApproveAggregationRequest, v: &mut Violations) -> Option<Approve> {
    let id = v.name("name", &req.name, "aggregations");
    let document_number = title(v, "document_number", &req.document_number);
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    Some(Approve { id: id?, document_number: document_number?, act_date: act_date?, etag: req.etag.clone() })
}

/// There is nothing to put together.
#[must_use]
pub fn nothing(new: &NewAggregation) -> Error {
    Error::refused(ErrorReason::NothingToAggregate).with("unit", &new.unit.name).with("year", new.year)
}

/// Most estimates that a refusal names: it travels in the head of an answer, which has little room.
const NAMED: usize = 10;

/// Estimates moved since they were put together.
#[must_use]
pub fn stale(id: Uuid, moved: &[Uuid]) -> Error {
    let named: Vec<String> = moved.iter().take(NAMED).map(|id| estimate_name(*id)).collect();
    let more = if moved.len() > NAMED { ", …" } else { "" };
    Error::refused(ErrorReason::AggregationStale)
        .with("name", name_of(id))
        .with("count", moved.len())
        .with("estimates", named.join(", ") + more)
}

/// The state does not allow a step.
#[must_use]
pub fn forbidden(id: Uuid, refusal: &Forbidden<State, Verb>) -> Error {
    let allowed: Vec<&str> = refusal.allowed.iter().map(|verb| verb.word()).collect();
    Error::refused(ErrorReason::AggregationStateForbids)
        .with("name", name_of(id))
        .with("state", refusal.state.word())
        .with("step", refusal.step.word())
        .with("allowed", if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") })
}

/// The name of an aggregation.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("aggregations", id)
}

/// An aggregation as lists answer it.
#[must_use]
pub fn aggregation(of: Aggregation) -> pb::Aggregation {
    pb::Aggregation {
        name: name_of(of.id),
        year: of.year,
        unit: of.unit,
        level: of.level,
        title: of.title,
        document_number: of.document_number,
        act_date: Some(day::pb(of.act_date)),
        state: of.state,
        approve_document_number: of.approve_document_number,
        approve_date: of.approve_date.map(day::pb),
        amount_vnd: of.amount_vnd,
        appraised_vnd: of.appraised_vnd,
        estimate_count: of.estimate_count,
        line_count: of.line_count,
        sample: of.sample,
        etag: kit::etag(of.version),
        create_time: Some(instant::pb(of.create_us)),
        update_time: Some(instant::pb(of.update_us)),
        ..Default::default()
    }
}

/// The tables of an aggregation.
pub struct Tables {
    /// By unit.
    pub unit: Vec<(String, Sums)>,
    /// By department or body.
    pub agency: Vec<(String, Sums)>,
    /// By source.
    pub source: Vec<(String, Sums)>,
    /// By category.
    pub category: Vec<(String, Sums)>,
    /// By quarter.
    pub quarter: Vec<(i32, Sums)>,
}

fn row(sums: &Sums) -> pb::AggregationRow {
    pb::AggregationRow {
        line_count: i32::try_from(sums.lines).unwrap_or(i32::MAX),
        amount_vnd: sums.amount_vnd,
        appraised_vnd: sums.appraised_vnd,
        ..Default::default()
    }
}

/// An aggregation as it is answered whole.
///
/// # Errors
/// INTERNAL where a table is not all of it: that is our own fault and must not be read as a figure.
pub fn whole(of: Aggregation, estimates: Vec<(Frozen, i64)>, tables: Tables) -> Result<pb::Aggregation> {
    let (amount, appraised) = (of.amount_vnd, of.appraised_vnd);
    let complete = |rows: Vec<Sums>| sums_to(&rows, amount, appraised);
    let texts = [&tables.unit, &tables.agency, &tables.source, &tables.category];
    let all = texts.iter().all(|table| complete(table.iter().map(|(_, sums)| *sums).collect()));
    if !all || !complete(tables.quarter.iter().map(|(_, sums)| *sums).collect()) {
        return Err(Error::internal(format!("a table of {} does not sum to it", name_of(of.id))));
    }
    let draft = of.state == State::Draft.number();
    let mut shown = aggregation(of);
    shown.estimates = estimates.into_iter().map(|(frozen, now)| estimate(frozen, draft, now)).collect();
    shown.stale = shown.estimates.iter().any(|estimate| estimate.stale);
    shown.by_unit = tables.unit.iter().map(|(unit, s)| pb::AggregationRow { unit: unit.clone(), ..row(s) }).collect();
    shown.by_unit.sort_by_cached_key(|of| reference::text::sort_key(&display(&of.unit)));
    let agency = |(agency, s): &(String, Sums)| pb::AggregationRow { agency: agency.clone(), ..row(s) };
    shown.by_agency = tables.agency.iter().map(agency).collect();
    shown.by_agency.sort_by_cached_key(|of| reference::text::sort_key(&of.agency));
    let by_source = |(word, s): &(String, Sums)| pb::AggregationRow { source: source(word), ..row(s) };
    shown.by_source = tables.source.iter().map(by_source).collect();
    shown.by_source.sort_by_key(|of| of.source);
    let by_category = |(word, s): &(String, Sums)| pb::AggregationRow { category: category(word), ..row(s) };
    shown.by_category = tables.category.iter().map(by_category).collect();
    shown.by_category.sort_by_key(|of| of.category);
    shown.by_quarter = tables.quarter.iter().map(|(q, s)| pb::AggregationRow { quarter: *q, ..row(s) }).collect();
    Ok(shown)
}

/// The name of a unit as people read it.
#[must_use]
pub fn display(unit: &str) -> String {
    reference::units::by_name(unit).map_or_else(|| unit.to_owned(), |unit| unit.display_name.clone())
}

fn estimate(of: Frozen, draft: bool, version_now: i64) -> pb::AggregatedEstimate {
    pb::AggregatedEstimate {
        estimate: estimate_name(of.estimate_id),
        unit: of.unit,
        agency: of.agency,
        title: of.title,
        amount_vnd: of.amount_vnd,
        appraised_vnd: of.appraised_vnd,
        version: of.number,
        etag: kit::etag(of.version),
        stale: draft && of.version != version_now,
    }
}

/// What the others are told.
#[must_use]
pub fn moved(of: &Aggregation) -> pb::AggregationMoved {
    pb::AggregationMoved {
        aggregation: name_of(of.id),
        state: pb::AggregationState::try_from(of.state).unwrap_or_default().as_str_name().to_owned(),
        unit: of.unit.clone(),
        year: of.year,
        estimate_count: of.estimate_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_aggregation_names_ten_estimates_however_many_moved() {
        let moved: Vec<Uuid> = (0..2_000).map(Uuid::from_u128).collect();
        let names = |moved: &[Uuid]| stale(Uuid::nil(), moved).to_string().matches("estimates/").count();
        assert_eq!((names(&moved), names(&moved[..2])), (10, 2));
    }

    #[test]
    fn states_and_levels_have_the_contracts_names_and_numbers() {
        for state in State::ALL {
            let name = pb::AggregationState::try_from(state.number()).unwrap().as_str_name();
            assert_eq!(name, format!("AGGREGATION_STATE_{}", state.word()));
        }
        for level in Level::ALL {
            let name = pb::AggregationLevel::try_from(level.number()).unwrap().as_str_name();
            assert_eq!(name, format!("AGGREGATION_LEVEL_{}", level.word()));
        }
    }
}
