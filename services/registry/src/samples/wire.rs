//! Samples between the wire and the store.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::store::Handover;

pub(super) struct HandIn {
    pub(super) dossier: Uuid,
    pub(super) count: i32,
    pub(super) on: Date,
    pub(super) received_by: String,
}

pub(super) struct GiveBack {
    pub(super) id: Uuid,
    pub(super) count: i32,
    pub(super) on: Date,
    pub(super) etag: String,
}

pub(super) fn hand_in(req: &pb::HandInSamplesRequest, v: &mut Violations) -> Option<HandIn> {
    let dossier = v.name("dossier", &req.dossier, "dossiers");
    let on = v.act_date("hand_in_date", req.hand_in_date.as_ref());
    let received_by = title(v, "received_by", &req.received_by);
    Some(HandIn { dossier: dossier?, count: req.count, on: on?, received_by: received_by? })
}

pub(super) fn give_back(req: &pb::ReturnSamplesRequest, v: &mut Violations) -> Option<GiveBack> {
    let id = v.name("name", &req.name, "sampleHandovers");
    let on = v.act_date("return_date", req.return_date.as_ref());
    Some(GiveBack { id: id?, count: req.count, on: on?, etag: req.etag.clone() })
}

pub(crate) fn list(req: &pb::ListSamplesRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let id = v.name("dossier", &req.dossier, "dossiers");
    let page = v.page(req.page_size, &req.page_token, &[&*req.dossier]);
    Some((id?, page?))
}

pub(super) fn not_wanted(dossier: Uuid) -> Error {
    Error::refused(ErrorReason::SamplesNotWanted).with("dossier", name::of("dossiers", dossier))
}

pub(super) fn returned(id: Uuid, on: Date) -> Error {
    let refusal = Error::refused(ErrorReason::SamplesReturned).with("name", name::of("sampleHandovers", id));
    refusal.with("date", day::text(on))
}

pub(super) fn too_many(count: i32) -> Error {
    Error::violation("count", Common::FieldRange, &[("expected", &format!("<= {count}"))])
}

pub(crate) fn handover(h: Handover) -> pb::SampleHandover {
    pb::SampleHandover {
        name: name::of("sampleHandovers", h.id),
        dossier: name::of("dossiers", h.dossier_id),
        count: h.count,
        hand_in_date: Some(day::pb(h.hand_in_date)),
        received_by: h.received_by,
        return_count: h.return_count,
        return_date: h.return_date.map(day::pb),
        sample: h.sample,
        etag: etag(h.version),
        create_time: Some(instant::pb(h.create_us)),
        update_time: Some(instant::pb(h.update_us)),
    }
}

pub(super) fn recorded(h: &Handover) -> pb::SamplesRecorded {
    pb::SamplesRecorded {
        sample_handover: name::of("sampleHandovers", h.id),
        dossier: name::of("dossiers", h.dossier_id),
        count: h.count,
        return_count: h.return_count,
    }
}
