//! Bundles between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::Refusal;
use super::store::{Bundle, Filter};
use crate::shared::wire::within;

/// Which products a bundle has, and which of them leads.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) lead: Uuid,
    pub(super) products: Vec<Uuid>,
}

pub(super) struct NewBundle {
    pub(super) display_name: String,
    pub(super) content: Content,
    pub(super) form_date: Date,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) display_name: Option<String>,
    pub(super) content: Option<Content>,
}

pub(super) struct Dissolve {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) on: Date,
    pub(super) reason: String,
}

fn content(v: &mut Violations, bundle: &pb::Bundle) -> Option<Content> {
    let lead = v.name("bundle.lead", &bundle.lead, "products");
    let mut products = Vec::with_capacity(bundle.products.len());
    for (at, product) in bundle.products.iter().enumerate() {
        let field = format!("bundle.products[{at}]");
        let id = v.name(&field, product, "products");
        if id.is_some() && products.contains(&id) {
            v.add(field, Common::ResourceExists, &[("name", product)]);
        }
        products.push(id);
    }
    let products: Option<Vec<Uuid>> = products.into_iter().collect();
    if let (Some(lead), Some(products)) = (lead, &products)
        && !products.contains(&lead)
    {
        v.add("bundle.lead", ErrorReason::BundleMixed, &[("product", &bundle.lead)]);
    }
    Some(Content { lead: lead?, products: products? })
}

pub(super) fn create(req: &pb::CreateBundleRequest, v: &mut Violations) -> Option<NewBundle> {
    let bundle = req.bundle.as_ref()?;
    let display_name = title(v, "bundle.display_name", &bundle.display_name);
    let content = content(v, bundle);
    let form_date = v.act_date("bundle.form_date", bundle.form_date.as_ref());
    Some(NewBundle { display_name: display_name?, content: content?, form_date: form_date? })
}

pub(super) fn update(req: &pb::UpdateBundleRequest, v: &mut Violations) -> Option<Update> {
    let bundle = req.bundle.as_ref()?;
    let id = v.name("bundle.name", &bundle.name, "bundles");
    let set = [
        ("display_name", !bundle.display_name.is_empty()),
        ("lead", !bundle.lead.is_empty()),
        ("products", !bundle.products.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let named = fields.contains(&"display_name").then(|| title(v, "bundle.display_name", &bundle.display_name));
    // Who leads and who is led are one thing: both are read, whichever is asked for.
    let asked = fields.iter().any(|field| *field != "display_name");
    let content = asked.then(|| content(v, bundle)).flatten();
    Some(Update { id: id?, etag: bundle.etag.clone(), display_name: named.flatten(), content })
}

pub(super) fn dissolve(req: &pb::DissolveBundleRequest, v: &mut Violations) -> Option<Dissolve> {
    let id = v.name("name", &req.name, "bundles");
    let on = v.act_date("dissolve_date", req.dissolve_date.as_ref());
    let reason = title(v, "reason", &req.reason);
    Some(Dissolve { id: id?, etag: req.etag.clone(), on: on?, reason: reason? })
}

pub(crate) fn list(req: &pb::ListBundlesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit, None);
    let producer = v.opt_name("producer", &req.producer, "producers");
    let all = if req.show_dissolved { "all" } else { "live" };
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.producer, all]);
    Some((Filter { within: within?, producer: producer?, show_dissolved: req.show_dissolved }, page?))
}

/// Products of a bundle that are not there, or not the caller's to name.
pub(super) fn unknown(content: &Content, missing: &[Uuid]) -> Error {
    let mut v = Violations::default();
    for (at, id) in content.products.iter().enumerate().filter(|(_, id)| missing.contains(id)) {
        v.add(format!("bundle.products[{at}]"), Common::ReferenceUnknown, &[("name", &name::of("products", *id))]);
    }
    Error::invalid(v)
}

pub(super) fn refusal(content: &Content, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Mixed(mixed) => {
            let mut v = Violations::default();
            for (at, id) in content.products.iter().enumerate().filter(|(_, id)| mixed.contains(id)) {
                let field = format!("bundle.products[{at}]");
                v.add(field, ErrorReason::BundleMixed, &[("product", &name::of("products", *id))]);
            }
            Error::invalid(v)
        }
        Refusal::Bundled { product, bundle } => Error::refused(ErrorReason::ProductBundled)
            .with("product", name::of("products", product))
            .with("bundle", name::of("bundles", bundle)),
    }
}

pub(crate) fn dissolved(id: Uuid) -> Error {
    Error::refused(ErrorReason::BundleDissolved).with("bundle", name::of("bundles", id))
}

pub(crate) fn bundle(b: Bundle) -> pb::Bundle {
    pb::Bundle {
        name: name::of("bundles", b.id),
        display_name: b.display_name,
        lead: name::of("products", b.lead_id),
        products: b.products.into_iter().map(|id| name::of("products", id)).collect(),
        producer: name::of("producers", b.producer_id),
        product_set: b.product_set,
        code: b.code,
        unit: b.unit,
        form_date: Some(day::pb(b.form_date)),
        dissolve_date: b.dissolve_date.map(day::pb),
        reason: b.reason,
        sample: b.sample,
        etag: etag(b.version),
        create_time: Some(instant::pb(b.create_us)),
        update_time: Some(instant::pb(b.update_us)),
    }
}

pub(super) fn recorded(b: &Bundle) -> pb::BundleRecorded {
    let dissolved = b.dissolve_date.is_some();
    let products = if dissolved { &[][..] } else { &b.products };
    pb::BundleRecorded {
        bundle: name::of("bundles", b.id),
        lead: name::of("products", b.lead_id),
        products: products.iter().map(|id| name::of("products", *id)).collect(),
        dissolved,
    }
}
