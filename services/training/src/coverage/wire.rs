//! Coverage between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Page, Scope, Violations, day, instant};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1 as pb;
use reference::units::{self, Unit};
use time::{Date, Month};
use uuid::Uuid;

use super::domain::{Count, Figures, Missing, Reason, percent};
use super::store::Counts;
use crate::courses::wire::{topic, topic_of};
use crate::sessions::wire::{name_of as session_name, person_name};
use crate::shared::wire::{audience, audience_of, in_order, unit_of_report};

/// What was asked for.
pub struct Asked {
    /// The unit.
    pub unit: &'static Unit,
    /// What is counted.
    pub counts: Counts,
    /// The map of units that rows are cut by.
    pub map_date: Date,
    /// Which of the missing persons.
    pub page: Page,
    /// Those behind this one.
    pub after: Option<Uuid>,
}

/// Reads a request.
pub fn get_coverage(req: &pb::GetCoverageRequest, v: &mut Violations) -> Option<Asked> {
    let as_of = v.act_date("as_of", req.as_of.as_ref());
    let unit = unit_of_report(v, "unit", &req.unit, ("as_of", as_of));
    let map_date = v.opt_date("unit_map_date", req.unit_map_date.as_ref());
    if let Some(Some(day)) = map_date
        && day < units::FIRST_KNOWN_DAY
    {
        v.add("unit_map_date", Common::DateBeforeKnown, &[("date", &day::text(units::FIRST_KNOWN_DAY))]);
    }
    let from = as_of.and_then(|as_of| {
        let year = if req.plan_year == 0 { as_of.year() } else { req.plan_year };
        let from = Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MAX);
        in_order(v, "plan_year", from, as_of);
        (from <= as_of).then_some(from)
    });
    let page = v.page(req.page_size, &req.page_token, &[&fingerprint(req, as_of, from)]);
    let (unit, as_of) = (unit?, as_of?);
    let counts = Counts {
        within: Scope::Within(units::prefixes(&unit.name)),
        audience: audience_of(req.audience)?,
        topics: req.topics.iter().filter_map(|topic| topic_of(*topic)).collect(),
        from: from?,
        as_of,
        known_at: req.known_at.as_ref().map(instant::of),
        level: (req.level != 0).then_some(req.level),
        legal_form: (req.legal_form != 0).then_some(req.legal_form),
    };
    let page = page?;
    let last = page.after.as_deref().and_then(<[String]>::first);
    let after = last.map(|id| Uuid::try_parse(id).unwrap_or(Uuid::max()));
    Some(Asked { unit, counts, map_date: map_date?.unwrap_or(as_of), page, after })
}

/// Everything that says who is missing: a page goes on only for the same question.
fn fingerprint(req: &pb::GetCoverageRequest, as_of: Option<Date>, from: Option<Date>) -> String {
    let told = |date: Option<Date>| date.map(day::iso).unwrap_or_default();
    let known = req.known_at.as_ref().map(instant::of);
    let numbers = [req.audience, req.level, req.legal_form];
    format!("{} {} {} {numbers:?} {:?} {known:?}", req.unit, told(as_of), told(from), req.topics)
}

/// A coverage as it is answered, without the page of missing persons.
#[must_use]
pub fn coverage(asked: &Asked, rows: &[&'static Unit], figures: Figures, without_manager: u64) -> pb::Coverage {
    let counts = &asked.counts;
    let managers = counts.audience == crate::courses::domain::Audience::ProducerManagers;
    pb::Coverage {
        unit: asked.unit.name.clone(),
        audience: audience(counts.audience).into(),
        as_of: Some(day::pb(counts.as_of)),
        plan_year: counts.from.year(),
        topics: counts.topics.iter().map(|t| topic(*t).into()).collect(),
        unit_map_date: Some(day::pb(asked.map_date)),
        known_at: counts.known_at.map(instant::pb),
        trained: number(figures.count.trained),
        total: number(figures.count.total),
        percent: percent(figures.count.trained, figures.count.total),
        total_samples: number(figures.count.samples),
        sample: figures.sample,
        producers_without_manager: i32::try_from(without_manager).unwrap_or(i32::MAX),
        levels: figures.by_level.into_iter().filter(|_| !managers).map(level).collect(),
        legal_forms: figures.by_legal_form.into_iter().filter(|_| managers).map(legal_form).collect(),
        rows: all_rows(asked.unit, rows, figures.by_unit),
        ..Default::default()
    }
}

fn level((level, count): (i32, Count)) -> pb::LevelCoverage {
    let (trained, total, total_samples) = numbers(count);
    pb::LevelCoverage { level, trained, total, total_samples }
}

fn legal_form((legal_form, count): (i32, Count)) -> pb::LegalFormCoverage {
    let (trained, total, total_samples) = numbers(count);
    pb::LegalFormCoverage { legal_form, trained, total, total_samples }
}

fn numbers(count: Count) -> (i32, i32, i32) {
    (number(count.trained), number(count.total), number(count.samples))
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

/// Somebody who is missing, as answered.
#[must_use]
pub fn missing_person(missing: Missing) -> pb::MissingPerson {
    pb::MissingPerson {
        person: person_name(missing.person),
        units: missing.units.into_iter().collect(),
        sample: missing.sample,
        begin_date: Some(day::pb(missing.begin_date)),
        reason: reason(missing.reason).into(),
        session: missing.session.map(session_name).unwrap_or_default(),
    }
}

fn reason(reason: Reason) -> pb::MissingReason {
    match reason {
        Reason::NoSession => pb::MissingReason::NoSession,
        Reason::OtherTopic => pb::MissingReason::OtherTopic,
        Reason::BeforeWindow => pb::MissingReason::BeforeWindow,
        Reason::AfterDay => pb::MissingReason::AfterDay,
        Reason::Absent => pb::MissingReason::Absent,
        Reason::TooLittleAttended => pb::MissingReason::TooLittleAttended,
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
