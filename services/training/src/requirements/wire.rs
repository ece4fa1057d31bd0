//! Requirements between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::training::v1::{self as pb, ErrorReason};
use reference::wire::{clean, title, unit_on, within};
use time::Date;
use uuid::Uuid;

use super::domain::{NewRequirement, filters_fit};
use super::store::{Filter, Requirement};
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::{topic, topic_of};
use crate::shared::wire::{audience, audience_of, in_order, not_before};

/// A requirement to be ended.
pub struct End {
    pub id: Uuid,
    pub on: Date,
    pub etag: String,
}

/// Reads a request.
pub fn create(req: &pb::CreateRequirementRequest, v: &mut Violations) -> Option<NewRequirement> {
    let new = req.requirement.as_ref()?;
    let begin = v.date("requirement.begin_date", new.begin_date.as_ref());
    let due = v.date("requirement.due_date", new.due_date.as_ref());
    if let (Some(begin), Some(due)) = (begin, due) {
        in_order(v, "requirement.due_date", begin, due);
    }
    let unit = unit_on(v, "requirement.unit", &new.unit, ("requirement.begin_date", begin));
    let title = title(v, "requirement.title", &new.title);
    let audience = audience_of(new.audience);
    if let Some(audience) = audience {
        let (level, legal_form) = filters_fit(audience, new.level, new.legal_form);
        for (fits, field) in [(level, "requirement.level"), (legal_form, "requirement.legal_form")] {
            if !fits {
                v.add(field, ErrorReason::AudienceFilter, &[]);
            }
        }
    }
    Some(NewRequirement {
        unit: unit?,
        title: title?,
        audience: audience?,
        topics: new.topics.iter().filter_map(|topic| topic_of(*topic)).collect(),
        level: new.level,
        legal_form: new.legal_form,
        begin_date: begin?,
        due_date: due?,
        basis: clean(&new.basis),
        sample: new.sample,
    })
}

/// Reads a request.
pub fn get(req: &pb::GetRequirementRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "requirements")
}

/// Reads a request.
pub fn list(req: &pb::ListRequirementsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit);
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    let day = as_of.flatten().map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.audience.to_string(), &day]);
    Some((Filter { within: within?, audience: audience_of(req.audience), as_of: as_of? }, page?))
}

/// Reads a request.
pub fn end(req: &pb::EndRequirementRequest, v: &mut Violations) -> Option<End> {
    let id = v.name("name", &req.name, "requirements");
    let on = v.date("end_date", req.end_date.as_ref());
    Some(End { id: id?, on: on?, etag: req.etag.clone() })
}

/// Whether a requirement may end on a day.
///
/// # Errors
/// FAILED_PRECONDITION REQUIREMENT_ENDED; the violation DATE_ORDER.
pub fn ends(requirement: &Requirement, on: Date) -> Result<()> {
    if let Some(last) = requirement.end_date {
        return Err(Error::refused(ErrorReason::RequirementEnded).with("date", day::text(last)));
    }
    not_before("end_date", requirement.begin_date, on)
}

/// The name of a requirement.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("requirements", id)
}

/// A requirement as it is first kept.
#[must_use]
pub fn kept(id: Uuid, new: &NewRequirement, now_us: i64) -> Requirement {
    Requirement {
        id,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        title: new.title.clone(),
        audience: new.audience.word().to_owned(),
        topics: new.topics.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(" "),
        level: new.level,
        legal_form: new.legal_form,
        begin_date: new.begin_date,
        due_date: new.due_date,
        end_date: None,
        basis: new.basis.clone(),
        sample: new.sample,
        version: 1,
        create_us: now_us,
    }
}

/// A requirement as it is answered.
#[must_use]
pub fn requirement(r: Requirement) -> pb::Requirement {
    pb::Requirement {
        name: name_of(r.id),
        unit: r.unit,
        title: r.title,
        audience: Audience::of(&r.audience).map_or(0, |a| audience(a).into()),
        topics: r.topics.split_whitespace().filter_map(Topic::of).map(|t| topic(t).into()).collect(),
        level: r.level,
        legal_form: r.legal_form,
        begin_date: Some(day::pb(r.begin_date)),
        due_date: Some(day::pb(r.due_date)),
        end_date: r.end_date.map(day::pb),
        basis: r.basis,
        sample: r.sample,
        etag: kit::etag(r.version),
        create_time: Some(instant::pb(r.create_us)),
    }
}

/// What the others are told of a requirement.
#[must_use]
pub fn recorded(r: &Requirement) -> pb::RequirementRecorded {
    pb::RequirementRecorded {
        requirement: name_of(r.id),
        audience: Audience::of(&r.audience).map_or(0, |a| audience(a).into()),
        due_date: Some(day::pb(r.due_date)),
        end_date: r.end_date.map(day::pb),
    }
}
