//! Coverage between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Error, Page, Result, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as registry;
use proto::training::v1 as pb;
use reference::units::{self, Unit};
use time::{Date, Month};

use super::domain::{Count, Duty, Figures, Missing, percent};
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::{topic, topic_of};
use crate::sessions::wire::person_name;
use crate::shared::wire::{audience, audience_of, unit_of_report};

/// Duties on one page of the registry.
const DUTIES: i32 = 1000;

/// What was asked for.
pub struct Asked {
    /// The unit.
    pub unit: &'static Unit,
    /// Whose training.
    pub audience: Audience,
    /// The day.
    pub as_of: Date,
    /// First day of the window.
    pub from: Date,
    /// About this topic; none for all.
    pub topic: Option<Topic>,
    /// Which of the missing persons.
    pub page: Page,
}

/// Reads a request.
pub fn get_coverage(req: &pb::GetCoverageRequest, v: &mut Violations) -> Option<Asked> {
    let as_of = v.act_date("as_of", req.as_of.as_ref());
    let unit = unit_of_report(v, "unit", &req.unit, ("as_of", as_of));
    let from = as_of.and_then(|as_of| {
        let year = if req.plan_year == 0 { as_of.year() } else { req.plan_year };
        let from = Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MAX);
        if from > as_of {
            let detail = format!("{} > {}", day::text(from), day::text(as_of));
            v.add("plan_year", Common::DateOrder, &[("detail", &detail)]);
        }
        (from <= as_of).then_some(from)
    });
    let told = |date: Option<Date>| date.map(day::iso).unwrap_or_default();
    let numbers = [req.audience, req.topic].map(|n| n.to_string());
    let [to_whom, about] = numbers.each_ref().map(String::as_str);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, to_whom, about, &told(as_of), &told(from)]);
    Some(Asked {
        unit: unit?,
        audience: audience_of(req.audience)?,
        as_of: as_of?,
        from: from?,
        topic: topic_of(req.topic),
        page: page?,
    })
}

/// What the registry is asked for.
#[must_use]
pub fn list_duties(asked: &Asked, page_token: String) -> registry::ListDutiesRequest {
    registry::ListDutiesRequest {
        as_of: Some(day::pb(asked.as_of)),
        audience: audience(asked.audience).into(),
        unit: asked.unit.name.clone(),
        page_size: DUTIES,
        page_token,
        map_date: Some(day::pb(asked.as_of)),
    }
}

/// A duty as the registry answers it.
///
/// # Errors
/// INTERNAL for a person without an id of ours: the registry broke its contract.
pub fn duty(duty: registry::Duty) -> Result<Duty> {
    let person = kit::name::parse(&duty.person, "persons");
    let person = person.ok_or_else(|| Error::internal(format!("{} names no person", duty.name)))?;
    // What the map cannot place stands under its own name.
    let is_placed = !matches!(duty.map_place(), registry::MapPlace::Unspecified | registry::MapPlace::Higher);
    let shown = if is_placed { duty.shown_unit } else { duty.unit.clone() };
    Ok(Duty { person, unit: duty.unit, shown, sample: duty.sample || duty.person_sample })
}

/// A coverage as it is answered.
#[must_use]
pub fn coverage(asked: &Asked, rows: &[&'static Unit], mut figures: Figures, without_manager: i32) -> pb::Coverage {
    let missing = std::mem::take(&mut figures.missing);
    let after = asked.page.after.as_deref().and_then(<[String]>::first);
    let limit = usize::try_from(asked.page.size).unwrap_or(usize::MAX).saturating_add(1);
    let rest = missing.into_iter().filter(|m| after.is_none_or(|last| m.person.to_string() > *last));
    let (missing, next_page_token) = asked.page.cut(rest.take(limit).collect(), |m| vec![m.person.to_string()]);
    pb::Coverage {
        unit: asked.unit.name.clone(),
        audience: audience(asked.audience).into(),
        as_of: Some(day::pb(asked.as_of)),
        plan_year: asked.from.year(),
        topic: asked.topic.map_or(0, |t| topic(t).into()),
        trained: number(figures.count.trained),
        total: number(figures.count.total),
        percent: percent(figures.count.trained, figures.count.total),
        total_samples: number(figures.count.samples),
        sample: figures.sample,
        producers_without_manager: without_manager,
        rows: all_rows(asked.unit, rows, figures.by_unit),
        missing: missing.into_iter().map(missing_person).collect(),
        next_page_token,
    }
}

/// The asked unit itself where something stands at it, all units below it, and whatever else has duties.
fn all_rows(asked: &Unit, below: &[&'static Unit], mut counts: BTreeMap<String, Count>) -> Vec<pb::CoverageRow> {
    let mut rows: Vec<pb::CoverageRow> = Vec::with_capacity(below.len() + 1);
    rows.extend(counts.remove(&asked.name).map(|count| row(&asked.name, &asked.display_name, count)));
    for unit in below {
        rows.push(row(&unit.name, &unit.display_name, counts.remove(&unit.name).unwrap_or_default()));
    }
    rows.extend(counts.into_iter().map(|(name, count)| {
        let display_name = units::by_name(&name).map(|u| u.display_name.as_str()).unwrap_or_default();
        row(&name, display_name, count)
    }));
    rows
}

fn row(unit: &str, display_name: &str, count: Count) -> pb::CoverageRow {
    pb::CoverageRow {
        unit: unit.to_owned(),
        display_name: display_name.to_owned(),
        trained: number(count.trained),
        total: number(count.total),
        total_samples: number(count.samples),
    }
}

fn missing_person(missing: Missing) -> pb::MissingPerson {
    pb::MissingPerson { person: person_name(missing.person), units: missing.units, sample: missing.sample }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
