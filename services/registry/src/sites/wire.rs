//! Sites between the wire and the domain.

use kit::{Page, Violations, day, etag, instant, name};
use proto::registry::v1 as pb;
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::store::Site;
use crate::shared::records::Filter;
use crate::shared::wire::{Ending, commune_on, of_producers, opt_title};

pub(super) struct NewSite {
    pub(super) producer: Uuid,
    pub(super) kind: i32,
    pub(super) display_name: String,
    pub(super) commune: String,
    pub(super) address: String,
    pub(super) begin_date: Date,
    pub(super) sample: bool,
}

#[derive(Clone, Default)]
pub(super) struct Change {
    pub(super) kind: Option<i32>,
    pub(super) display_name: Option<String>,
    pub(super) address: Option<String>,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

pub(super) fn create(req: &pb::CreateSiteRequest, v: &mut Violations) -> Option<NewSite> {
    let site = req.site.as_ref()?;
    let producer = v.name("site.producer", &site.producer, "producers");
    let display_name = title(v, "site.display_name", &site.display_name);
    let begin_date = v.act_date("site.begin_date", site.begin_date.as_ref());
    let commune = commune_on(v, "site.unit", &site.unit, ("site.begin_date", begin_date));
    let address = opt_title(v, "site.address", &site.address);
    Some(NewSite {
        producer: producer?,
        kind: site.kind,
        display_name: display_name?,
        commune: commune?.name.clone(),
        address: address?,
        begin_date: begin_date?,
        sample: site.sample,
    })
}

pub(crate) fn list(req: &pb::ListSitesRequest, v: &mut Violations) -> Option<(Filter, Option<Date>, Page)> {
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    let more = as_of.flatten().map(day::iso).unwrap_or_default();
    let (filter, page) = of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), &more)?;
    Some((filter, as_of?, page))
}

pub(super) fn update(req: &pb::UpdateSiteRequest, v: &mut Violations) -> Option<Update> {
    let site = req.site.as_ref()?;
    let id = v.name("site.name", &site.name, "sites");
    let set = [
        ("kind", site.kind != 0),
        ("display_name", !site.display_name.is_empty()),
        ("address", !site.address.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let change = Change {
        kind: asked("kind").then_some(site.kind),
        display_name: asked("display_name").then(|| title(v, "site.display_name", &site.display_name)).flatten(),
        address: asked("address").then(|| opt_title(v, "site.address", &site.address)).flatten(),
    };
    Some(Update { id: id?, etag: site.etag.clone(), change })
}

pub(super) fn end(req: &pb::EndSiteRequest, v: &mut Violations) -> Option<Ending> {
    let id = v.name("name", &req.name, "sites");
    let on = v.act_date("end_date", req.end_date.as_ref());
    Some(Ending { id: id?, on: on?, etag: req.etag.clone() })
}

pub(crate) fn shown(s: Site) -> pb::Site {
    pb::Site {
        name: name::of("sites", s.id),
        producer: name::of("producers", s.producer_id),
        kind: s.kind,
        display_name: s.display_name,
        unit: s.commune,
        address: s.address,
        begin_date: Some(day::pb(s.begin_date)),
        end_date: s.end_date.map(day::pb),
        sample: s.sample,
        etag: etag(s.version),
        create_time: Some(instant::pb(s.create_us)),
        update_time: Some(instant::pb(s.update_us)),
    }
}

pub(super) fn recorded(s: &Site) -> pb::SiteRecorded {
    let kind = pb::SiteKind::try_from(s.kind).unwrap_or_default();
    pb::SiteRecorded {
        site: name::of("sites", s.id),
        producer: name::of("producers", s.producer_id),
        kind: kind.as_str_name().to_owned(),
        end_date: s.end_date.map(day::pb),
    }
}
