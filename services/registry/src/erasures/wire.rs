//! Erasures on the wire.

use kit::{Error, Page, Scope, Violations, day, instant, name};
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::Refusal;
use super::store::Erasure;
use crate::shared::wire::within;

pub(super) struct Wanted {
    pub(super) person: Uuid,
    pub(super) request_date: Date,
    pub(super) reason: String,
}

pub(super) fn erase(req: &pb::ErasePersonRequest, v: &mut Violations) -> Option<Wanted> {
    let person = v.name("person", &req.person, "persons");
    let request_date = v.act_date("request_date", req.request_date.as_ref());
    let reason = title(v, "reason", &req.reason);
    Some(Wanted { person: person?, request_date: request_date?, reason: reason? })
}

pub(crate) fn list(req: &pb::ListErasuresRequest, v: &mut Violations) -> Option<(Scope, Page)> {
    let within = within(v, &req.unit, None);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit]);
    Some((within?, page?))
}

pub(super) fn refused(person: Uuid, refusal: Refusal) -> Error {
    let person = name::of("persons", person);
    match refusal {
        Refusal::Erased => Error::refused(ErrorReason::PersonErased).with("person", person),
        Refusal::Bound(duty) => Error::refused(ErrorReason::PersonHasDuty).with("person", person).with("duty", duty),
    }
}

pub(crate) fn erasure(e: Erasure) -> pb::Erasure {
    pb::Erasure {
        name: name::of("erasures", e.id),
        person: name::of("persons", e.person_id),
        unit: e.unit,
        request_date: Some(day::pb(e.request_date)),
        reason: e.reason,
        sample: e.sample,
        create_time: Some(instant::pb(e.create_us)),
    }
}
