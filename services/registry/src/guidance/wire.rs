//! Advice between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::clean;
use time::Date;
use uuid::Uuid;

use crate::dossiers::store::Entry;

pub(super) struct NewGuidance {
    pub(super) dossier: Uuid,
    pub(super) officer: Option<Uuid>,
    pub(super) on: Date,
    pub(super) text: String,
}

pub(super) fn create(req: &pb::CreateGuidanceRequest, v: &mut Violations) -> Option<NewGuidance> {
    let g = req.guidance.as_ref()?;
    let dossier = v.name("guidance.dossier", &g.dossier, "dossiers");
    let officer = v.opt_name("guidance.officer", &g.officer, "posts");
    let on = v.act_date("guidance.guide_date", g.guide_date.as_ref());
    let text = clean(&g.text);
    if text.is_empty() {
        v.add("guidance.text", Common::FieldRequired, &[]);
    }
    Some(NewGuidance { dossier: dossier?, officer: officer?, on: on?, text })
}

pub(crate) fn list(req: &pb::ListGuidanceRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let id = v.name("dossier", &req.dossier, "dossiers");
    let page = v.page(req.page_size, &req.page_token, &[&*req.dossier]);
    Some((id?, page?))
}

pub(super) fn not_held(post: Uuid, on: Date) -> Error {
    let post = name::of("posts", post);
    Error::violation("guidance.officer", ErrorReason::PostNotHeld, &[("post", &post), ("date", &day::text(on))])
}

pub(crate) fn guidance(e: Entry) -> pb::Guidance {
    pb::Guidance {
        name: name::of("guidance", e.id),
        dossier: name::of("dossiers", e.dossier_id),
        officer: e.officer_id.map(|id| name::of("posts", id)).unwrap_or_default(),
        guide_date: Some(day::pb(e.act_date)),
        text: e.text,
        round: e.round,
        sample: e.sample,
        create_time: Some(instant::pb(e.create_us)),
    }
}

pub(super) fn recorded(e: &Entry) -> pb::GuidanceRecorded {
    pb::GuidanceRecorded { guidance: name::of("guidance", e.id), dossier: name::of("dossiers", e.dossier_id) }
}
