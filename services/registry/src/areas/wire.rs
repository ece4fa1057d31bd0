//! Raw-material areas between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Content};
use super::store::Area;
use crate::shared::records::Filter;
use crate::shared::wire::{Ending, commune_on, of_producers, opt_title};

pub(super) struct NewArea {
    pub(super) producer: Uuid,
    pub(super) commune: String,
    pub(super) content: Content,
    pub(super) begin_date: Date,
    pub(super) sample: bool,
}

#[derive(Clone, Default)]
pub(super) struct Change {
    pub(super) material: Option<String>,
    pub(super) address: Option<String>,
    pub(super) area_m2: Option<i64>,
    pub(super) certificate: Option<i32>,
    pub(super) certificate_number: Option<String>,
    pub(super) certificate_end_date: Option<Option<Date>>,
    pub(super) evidence: Option<String>,
    pub(super) local_percent: Option<i32>,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

pub(super) fn create(req: &pb::CreateMaterialAreaRequest, v: &mut Violations) -> Option<NewArea> {
    let area = req.material_area.as_ref()?;
    let producer = v.name("material_area.producer", &area.producer, "producers");
    let begin_date = v.act_date("material_area.begin_date", area.begin_date.as_ref());
    let commune = commune_on(v, "material_area.unit", &area.unit, ("material_area.begin_date", begin_date));
    let material = title(v, "material_area.material", &area.material);
    let address = opt_title(v, "material_area.address", &area.address);
    let number = opt_title(v, "material_area.certificate_number", &area.certificate_number);
    let last = v.opt_date("material_area.certificate_end_date", area.certificate_end_date.as_ref());
    let evidence = opt_title(v, "material_area.evidence", &area.evidence);
    if evidence.as_ref().is_some_and(|evidence| !domain::proven(area.certificate, evidence)) {
        v.add("material_area.evidence", Common::FieldRequired, &[]);
    }
    let content = Content {
        material: material?,
        address: address?,
        area_m2: area.area_m2,
        certificate: area.certificate,
        certificate_number: number?,
        certificate_end_date: last?,
        evidence: evidence?,
        local_percent: area.local_percent,
    };
    Some(NewArea {
        producer: producer?,
        commune: commune?.name.clone(),
        content,
        begin_date: begin_date?,
        sample: area.sample,
    })
}

pub(crate) fn list(req: &pb::ListMaterialAreasRequest, v: &mut Violations) -> Option<(Filter, Option<Date>, Page)> {
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    let more = as_of.flatten().map(day::iso).unwrap_or_default();
    let (filter, page) = of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), &more)?;
    Some((filter, as_of?, page))
}

pub(super) fn update(req: &pb::UpdateMaterialAreaRequest, v: &mut Violations) -> Option<Update> {
    let area = req.material_area.as_ref()?;
    let id = v.name("material_area.name", &area.name, "materialAreas");
    let set = [
        ("material", !area.material.is_empty()),
        ("address", !area.address.is_empty()),
        ("area_m2", area.area_m2 != 0),
        ("certificate", area.certificate != 0),
        ("certificate_number", !area.certificate_number.is_empty()),
        ("certificate_end_date", area.certificate_end_date.is_some()),
        ("evidence", !area.evidence.is_empty()),
        ("local_percent", area.local_percent != 0),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    let mut text = |field: &'static str, typed: &str| {
        asked(field).then(|| opt_title(v, &format!("material_area.{field}"), typed)).flatten()
    };
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let mut change = Change {
        address: text("address", &area.address),
        certificate_number: text("certificate_number", &area.certificate_number),
        evidence: text("evidence", &area.evidence),
        area_m2: asked("area_m2").then_some(area.area_m2),
        certificate: asked("certificate").then_some(area.certificate),
        local_percent: asked("local_percent").then_some(area.local_percent),
        ..Change::default()
    };
    change.material = asked("material").then(|| title(v, "material_area.material", &area.material)).flatten();
    if asked("certificate_end_date") {
        let last = area.certificate_end_date.as_ref();
        change.certificate_end_date = v.opt_date("material_area.certificate_end_date", last);
    }
    Some(Update { id: id?, etag: area.etag.clone(), change })
}

pub(super) fn end(req: &pb::EndMaterialAreaRequest, v: &mut Violations) -> Option<Ending> {
    let id = v.name("name", &req.name, "materialAreas");
    let on = v.act_date("end_date", req.end_date.as_ref());
    Some(Ending { id: id?, on: on?, etag: req.etag.clone() })
}

/// A corrected certificate has its evidence still.
pub(super) fn proven(certificate: i32, evidence: &str) -> Result<()> {
    if domain::proven(certificate, evidence) {
        Ok(())
    } else {
        Err(Error::violation("material_area.evidence", Common::FieldRequired, &[]))
    }
}

pub(crate) fn shown(a: Area) -> pb::MaterialArea {
    pb::MaterialArea {
        name: name::of("materialAreas", a.id),
        producer: name::of("producers", a.producer_id),
        material: a.material,
        unit: a.commune,
        address: a.address,
        area_m2: a.area_m2,
        certificate: a.certificate,
        certificate_number: a.certificate_number,
        certificate_end_date: a.certificate_end_date.map(day::pb),
        evidence: a.evidence,
        local_percent: a.local_percent,
        begin_date: Some(day::pb(a.begin_date)),
        end_date: a.end_date.map(day::pb),
        sample: a.sample,
        etag: etag(a.version),
        create_time: Some(instant::pb(a.create_us)),
        update_time: Some(instant::pb(a.update_us)),
    }
}

pub(super) fn recorded(a: &Area) -> pb::MaterialAreaRecorded {
    pb::MaterialAreaRecorded {
        material_area: name::of("materialAreas", a.id),
        producer: name::of("producers", a.producer_id),
        area_m2: a.area_m2,
        end_date: a.end_date.map(day::pb),
    }
}
