//! People on the wire.

use kit::{Error, Page, Scope, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::store::Person;
use crate::shared::domain::DisplayName;
use crate::shared::wire::{display_name, names, within};
use reference::wire::unit_on;

pub(super) struct NewPerson {
    pub(super) display_name: DisplayName,
    pub(super) unit: &'static Unit,
    pub(super) registration_date: Date,
    pub(super) sample: bool,
}

pub(super) fn create_person(req: &pb::CreatePersonRequest, v: &mut Violations) -> Option<NewPerson> {
    let person = req.person.as_ref()?;
    let registration_date = v.act_date("person.registration_date", person.registration_date.as_ref());
    let unit = unit_on(v, "person.unit", &person.unit, ("person.registration_date", registration_date));
    let display_name = display_name(v, "person.display_name", &person.display_name);
    Some(NewPerson {
        display_name: display_name?,
        unit: unit?,
        registration_date: registration_date?,
        sample: person.sample,
    })
}

pub(super) fn get_person(req: &pb::GetPersonRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "persons")
}

pub(super) fn batch_get_persons(req: &pb::BatchGetPersonsRequest, v: &mut Violations) -> Option<Vec<Uuid>> {
    names(v, &req.names, "persons")
}

pub(crate) fn list_persons(req: &pb::ListPersonsRequest, v: &mut Violations) -> Option<(Scope, String, Page)> {
    let within = within(v, &req.unit, None);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.query]);
    Some((within?, req.query.clone(), page?))
}

/// Nobody has this name.
pub(super) fn unknown(field: &str, id: Uuid) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", &name::of("persons", id))])
}

/// Nothing new is recorded of an erased person.
pub(crate) fn erased(id: Uuid) -> Error {
    Error::refused(ErrorReason::PersonErased).with("person", name::of("persons", id))
}

/// A merged record is acted on no more.
pub(crate) fn merged(id: Uuid, into: Uuid) -> Error {
    let refusal = Error::refused(ErrorReason::PersonMerged).with("person", name::of("persons", id));
    refusal.with("into", name::of("persons", into))
}

pub(crate) fn person(p: Person) -> pb::Person {
    pb::Person {
        name: name::of("persons", p.id),
        display_name: p.display_name,
        unit: p.unit,
        registration_date: Some(day::pb(p.registration_date)),
        sample: p.sample,
        create_time: Some(instant::pb(p.create_us)),
        erase_time: p.erase_us.map(instant::pb),
        merged_into: p.merged_into.map(|id| name::of("persons", id)).unwrap_or_default(),
    }
}

/// The event names the person and tells nothing about it.
pub(crate) fn recorded(p: &Person) -> pb::PersonRecorded {
    pb::PersonRecorded { person: name::of("persons", p.id) }
}
