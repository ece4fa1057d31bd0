//! Duties between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::{Audience, ErrorReason as Common};
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::{Level, Unit};
use time::Date;
use uuid::Uuid;

use super::domain::Refusal;
use super::store::{Duty, Filter};
use crate::assignments::wire::{any_map_or_within, map_or_within, map_print, shown};
use crate::shared::domain::DisplayName;
use crate::shared::maps::MapCut;
use crate::shared::wire::{display_name, within};
use reference::wire::unit_on;

pub(super) struct NewPost {
    pub(super) person_id: Uuid,
    pub(super) title: DisplayName,
    pub(super) unit: &'static Unit,
    pub(super) begin_date: Date,
    pub(super) sample: bool,
}

pub(super) struct NewManager {
    pub(super) person_id: Uuid,
    pub(super) producer_id: Uuid,
    pub(super) title: DisplayName,
    pub(super) begin_date: Date,
    pub(super) sample: bool,
}

pub(super) struct Ending {
    pub(super) id: Uuid,
    pub(super) on: Date,
    pub(super) etag: String,
}

/// The collection of a duty's name.
pub(crate) fn collection(managers: bool) -> &'static str {
    if managers { "managers" } else { "posts" }
}

pub(super) fn create_post(req: &pb::CreatePostRequest, v: &mut Violations) -> Option<NewPost> {
    let post = req.post.as_ref()?;
    let person_id = v.name("post.person", &post.person, "persons");
    let title = display_name(v, "post.title", &post.title);
    let begin_date = v.act_date("post.begin_date", post.begin_date.as_ref());
    let unit = unit_on(v, "post.unit", &post.unit, ("post.begin_date", begin_date));
    Some(NewPost { person_id: person_id?, title: title?, unit: unit?, begin_date: begin_date?, sample: post.sample })
}

pub(super) fn create_manager(req: &pb::CreateManagerRequest, v: &mut Violations) -> Option<NewManager> {
    let manager = req.manager.as_ref()?;
    let person_id = v.name("manager.person", &manager.person, "persons");
    let producer_id = v.name("manager.producer", &manager.producer, "producers");
    let title = display_name(v, "manager.title", &manager.title);
    let begin_date = v.act_date("manager.begin_date", manager.begin_date.as_ref());
    Some(NewManager {
        person_id: person_id?,
        producer_id: producer_id?,
        title: title?,
        begin_date: begin_date?,
        sample: manager.sample,
    })
}

fn ending(v: &mut Violations, name: &str, on: Option<&PbDate>, etag: &str, managers: bool) -> Option<Ending> {
    let id = v.name("name", name, collection(managers));
    let on = v.act_date("end_date", on);
    Some(Ending { id: id?, on: on?, etag: etag.to_owned() })
}

pub(super) fn end_post(req: &pb::EndPostRequest, v: &mut Violations) -> Option<Ending> {
    ending(v, &req.name, req.end_date.as_ref(), &req.etag, false)
}

pub(super) fn end_manager(req: &pb::EndManagerRequest, v: &mut Violations) -> Option<Ending> {
    ending(v, &req.name, req.end_date.as_ref(), &req.etag, true)
}

pub(crate) fn list_posts(req: &pb::ListPostsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    let cut = any_map_or_within(v, &req.unit, req.map_date.as_ref(), Some(as_of.flatten()));
    let map = map_print(req.map_date.as_ref());
    let print = [&*as_of.flatten().map(day::iso).unwrap_or_default(), &*req.unit, &*map];
    let page = v.page(req.page_size, &req.page_token, &print);
    let (within, map) = cut?;
    let filter = Filter { within, as_of: as_of?, managers: Some(false), producer: None, map };
    Some((filter, page?))
}

pub(crate) fn list_managers(req: &pb::ListManagersRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    let within = within(v, &req.unit, Some(as_of.flatten()));
    let producer = v.opt_name("producer", &req.producer, "producers");
    let print = [&*as_of.flatten().map(day::iso).unwrap_or_default(), &*req.unit, &*req.producer];
    let page = v.page(req.page_size, &req.page_token, &print);
    let filter = Filter { within: within?, as_of: as_of?, managers: Some(true), producer: producer?, map: None };
    Some((filter, page?))
}

/// The duties of a day.
pub(crate) struct Duties {
    pub(crate) filter: Filter,
    pub(crate) day: Date,
    pub(crate) map: Option<MapCut>,
    pub(crate) page: Page,
}

pub(crate) fn list_duties(req: &pb::ListDutiesRequest, v: &mut Violations) -> Option<Duties> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let within = within(v, &req.unit, Some(as_of));
    let managers = match req.audience() {
        Audience::Officers => Some(false),
        Audience::ProducerManagers => Some(true),
        Audience::Unspecified => None,
        // Seats in councils are the evaluation service's.
        Audience::Councils => {
            v.add("audience", Common::FieldRange, &[("expected", "OFFICERS, PRODUCER_MANAGERS")]);
            None
        }
    };
    let map = map_or_within(v, "", req.map_date.as_ref());
    let told = req.map_date.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
    let print = [&*as_of.map(day::iso).unwrap_or_default(), &*req.unit, &*req.audience.to_string(), &*told];
    let page = v.page(req.page_size, &req.page_token, &print);
    let day = as_of?;
    let filter = Filter { within: within?, as_of: Some(day), managers, producer: None, map: None };
    Some(Duties { filter, day, map: map?.1, page: page? })
}

pub(super) fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

pub(super) fn held(name: String) -> Error {
    Error::exists_as(ErrorReason::DutyHeld, name)
}

pub(super) fn refusal(duty: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Ended(last) => Error::refused(ErrorReason::DutyEnded).with("duty", duty).with("date", day::text(last)),
        Refusal::DateOrder(begin) => {
            Error::violation("end_date", Common::DateOrder, &[("detail", &format!("≥ {}", day::text(begin)))])
        }
    }
}

/// The level of a post's unit; the country's own posts have the level of a province's.
fn level(unit: &str) -> pb::UnitLevel {
    match reference::units::by_name(unit).map(|u| u.level) {
        Some(Level::Country) => pb::UnitLevel::Country,
        Some(Level::Province) => pb::UnitLevel::Province,
        Some(Level::District) => pb::UnitLevel::District,
        Some(Level::Commune) => pb::UnitLevel::Commune,
        None => pb::UnitLevel::Unspecified,
    }
}

pub(crate) fn post(d: Duty) -> pb::Post {
    pb::Post {
        name: name::of("posts", d.id),
        person: name::of("persons", d.person_id),
        title: d.title,
        level: level(&d.unit).into(),
        unit: d.unit,
        begin_date: Some(day::pb(d.begin_date)),
        end_date: d.end_date.map(day::pb),
        sample: d.sample,
        etag: etag(d.version),
        create_time: Some(instant::pb(d.create_us)),
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
    }
}

/// A post of a list, with the place in which the list's map shows it.
pub(super) fn listed(d: Duty, map: Option<&MapCut>) -> pb::Post {
    let (shown_unit, map_place) = shown(&d.unit, None, map);
    pb::Post { shown_unit, map_place, ..post(d) }
}

pub(crate) fn manager(d: Duty) -> pb::Manager {
    pb::Manager {
        name: name::of("managers", d.id),
        person: name::of("persons", d.person_id),
        producer: d.producer_id.map(|id| name::of("producers", id)).unwrap_or_default(),
        title: d.title,
        unit: d.unit,
        begin_date: Some(day::pb(d.begin_date)),
        end_date: d.end_date.map(day::pb),
        sample: d.sample,
        etag: etag(d.version),
        create_time: Some(instant::pb(d.create_us)),
    }
}

pub(crate) fn duty((d, chosen): (Duty, Option<String>), map: Option<&MapCut>) -> pb::Duty {
    let (shown_unit, map_place) = shown(&d.unit, chosen.as_deref(), map);
    pb::Duty {
        shown_unit,
        map_place,
        name: name::of(collection(d.producer_id.is_some()), d.id),
        person: name::of("persons", d.person_id),
        audience: d.audience,
        unit: d.unit,
        begin_date: Some(day::pb(d.begin_date)),
        end_date: d.end_date.map(day::pb),
        producer: d.producer_id.map(|id| name::of("producers", id)).unwrap_or_default(),
        person_sample: d.person_sample,
        sample: d.sample,
    }
}

pub(crate) fn began(d: &Duty) -> pb::DutyBegan {
    pb::DutyBegan {
        duty: name::of(collection(d.producer_id.is_some()), d.id),
        person: name::of("persons", d.person_id),
        audience: d.audience,
        begin_date: Some(day::pb(d.begin_date)),
        producer: d.producer_id.map(|id| name::of("producers", id)).unwrap_or_default(),
    }
}

pub(crate) fn ended(d: &Duty, on: Date) -> pb::DutyEnded {
    pb::DutyEnded {
        duty: name::of(collection(d.producer_id.is_some()), d.id),
        person: name::of("persons", d.person_id),
        end_date: Some(day::pb(on)),
    }
}
