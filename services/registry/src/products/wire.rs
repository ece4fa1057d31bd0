//! Products between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use reference::products::ProductCode;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Change, Content};
use super::store::{Copied, Filter, Product, Shown};
use crate::assignments::wire::{map_or_within, shown as shown_on};
use crate::recognitions::domain::{End, Held, Standing, standing};
use crate::shared::maps::MapCut;
use crate::shared::wire::{display_name, names};

pub(super) struct NewProduct {
    pub(super) producer_id: Uuid,
    pub(super) product_set: String,
    pub(super) content: Content,
    pub(super) registration_date: Date,
    pub(super) sample: bool,
}

pub(super) struct UpdateWanted {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

pub(crate) fn product_set(v: &mut Violations, field: &str, name: &str) -> Option<String> {
    let known = name.strip_prefix("productSets/").and_then(reference::products::set);
    if known.is_none() && !name.is_empty() {
        v.add(field, Common::ReferenceUnknown, &[("name", name)]);
    }
    known.map(|_| name.to_owned())
}

/// Which stars may be aimed at.
const TARGET: &str = "0; 3..5 (target_year > 0)";

fn target(v: &mut Violations, year: i32, stars: i32) -> bool {
    let holds = domain::target_holds(year, stars);
    if !holds {
        v.add("product.target_stars", Common::FieldRange, &[("expected", TARGET)]);
    }
    holds
}

pub(super) fn create_product(req: &pb::CreateProductRequest, v: &mut Violations) -> Option<NewProduct> {
    let product = req.product.as_ref()?;
    let producer_id = v.name("product.producer", &product.producer, "producers");
    let product_set = product_set(v, "product.product_set", &product.product_set);
    let display_name = display_name(v, "product.display_name", &product.display_name);
    let registration_date = v.act_date("product.registration_date", product.registration_date.as_ref());
    target(v, product.target_year, product.target_stars);
    let content =
        Content { display_name: display_name?, target_year: product.target_year, target_stars: product.target_stars };
    Some(NewProduct {
        producer_id: producer_id?,
        product_set: product_set?,
        content,
        registration_date: registration_date?,
        sample: product.sample,
    })
}

pub(super) fn get_product(req: &pb::GetProductRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "products")
}

pub(super) fn batch_get_products(req: &pb::BatchGetProductsRequest, v: &mut Violations) -> Option<Vec<Uuid>> {
    names(v, &req.names, "products")
}

/// A whole code as it is kept; empty where none is asked for.
fn code(v: &mut Violations, typed: &str) -> Option<String> {
    if typed.trim().is_empty() {
        return Some(String::new());
    }
    let parts: Vec<&str> = typed.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let read = parts.join("-").parse::<ProductCode>().ok();
    if read.is_none() {
        v.add("code", Common::FieldFormat, &[("expected", "54-555-22018-3-2021; 66-22015-3-2026")]);
    }
    read.map(|code| code.to_string())
}

pub(crate) fn list_products(req: &pb::ListProductsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let cut = map_or_within(v, &req.unit, req.map_date.as_ref());
    let producer = v.opt_name("producer", &req.producer, "producers");
    let holder = v.opt_name("holder", &req.holder, "producers");
    let set = match req.product_set.as_str() {
        "" => Some(String::new()),
        name => product_set(v, "product_set", name),
    };
    let code = code(v, &req.code);
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    // Left out it stays today: a walk over midnight goes on.
    let day = req.as_of.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
    let standing = [req.stars, req.recognition_state].map(|n| n.to_string()).join(" ");
    let map = req.map_date.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
    let year = req.target_year.to_string();
    let of = [&*req.unit, &*req.producer, &*req.product_set, &*req.code, &*req.holder];
    let print = [&*day, &*standing, &*map, &*of.join(" "), &*year, &*req.query];
    let page = v.page(req.page_size, &req.page_token, &print);
    let (within, map) = cut?;
    let filter = Filter {
        within,
        map,
        producer: producer?,
        product_set: set?,
        target_year: req.target_year,
        code: code?,
        query: req.query.clone(),
        standing: Standing::of_number(req.recognition_state),
        stars: req.stars,
        holder: holder?,
        as_of: as_of?,
    };
    Some((filter, page?))
}

pub(super) fn update_product(req: &pb::UpdateProductRequest, v: &mut Violations) -> Option<UpdateWanted> {
    let product = req.product.as_ref()?;
    let id = v.name("product.name", &product.name, "products");
    let set = [
        ("display_name", !product.display_name.is_empty()),
        ("target_year", product.target_year != 0),
        ("target_stars", product.target_stars != 0),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let mut change = Change::default();
    // A fault leaves its field empty here; the request is refused for it once all are found.
    if fields.contains(&"display_name") {
        change.display_name = display_name(v, "product.display_name", &product.display_name);
    }
    if fields.contains(&"target_year") {
        change.target_year = Some(product.target_year);
    }
    if fields.contains(&"target_stars") {
        change.target_stars = Some(product.target_stars);
    }
    Some(UpdateWanted { id: id?, etag: product.etag.clone(), change })
}

pub(super) fn unknown_producer(id: Uuid) -> Error {
    Error::violation("product.producer", Common::ReferenceUnknown, &[("name", &name::of("producers", id))])
}

pub(super) fn target_fault() -> Error {
    Error::violation("product.target_stars", Common::FieldRange, &[("expected", TARGET)])
}

/// The certificate that a product's standing is told by.
pub(crate) fn held(copied: &Copied) -> Option<Held> {
    Some(Held {
        certificate: copied.held_certificate?,
        stars: copied.held_stars?,
        decision_date: copied.held_decision_date?,
        first_out: copied.held_first_out?,
        end_date: copied.held_end_date,
        end: copied.held_end_kind.and_then(End::of_number),
        suspended_since: copied.held_suspended_since,
    })
}

/// A product with what the copy of certificates says of it.
pub(crate) fn shown(shown: Shown, as_of: Date) -> pb::Product {
    let (held, known_us) = (held(&shown.copied), shown.copied.known_us);
    let holder = shown.copied.held_by.filter(|_| held.is_some());
    let ended = held.as_ref().filter(|h| h.end_date.is_some_and(|end| end <= as_of)).and_then(|h| h.end);
    let recognition = pb::Recognition {
        state: standing(held.as_ref(), as_of).number(),
        stars: held.as_ref().map(|h| h.stars).unwrap_or_default(),
        certificate: held.as_ref().map(|h| name::of("certificates", h.certificate)).unwrap_or_default(),
        decision_date: held.as_ref().map(|h| day::pb(h.decision_date)),
        first_day_out: held.as_ref().map(|h| day::pb(h.first_out)),
        end_date: held.as_ref().and_then(|h| h.end_date).map(day::pb),
        suspend_date: held.and_then(|h| h.suspended_since).map(day::pb),
        end_reason: ended.map_or(0, End::number),
        as_of: Some(day::pb(as_of)),
        known_time: known_us.filter(|us| *us > 0).map(instant::pb),
        holder: holder.map(|id| name::of("producers", id)).unwrap_or_default(),
    };
    pb::Product { recognition: Some(recognition), ..product(shown.product) }
}

fn product(p: Product) -> pb::Product {
    pb::Product {
        name: name::of("products", p.id),
        code: p.code,
        producer: name::of("producers", p.producer_id),
        producer_display_name: p.producer_display_name,
        product_set: p.product_set,
        display_name: p.display_name,
        unit: p.unit,
        registration_date: Some(day::pb(p.registration_date)),
        target_year: p.target_year,
        target_stars: p.target_stars,
        sample: p.sample,
        etag: etag(p.version),
        create_time: Some(instant::pb(p.create_us)),
        update_time: Some(instant::pb(p.update_us)),
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
        recognition: None,
        bundle: p.bundle_id.map(|id| name::of("bundles", id)).unwrap_or_default(),
    }
}

/// A product of a list, with the place in which the list's map shows it.
pub(super) fn listed((s, chosen): (Shown, Option<String>), map: Option<&MapCut>, as_of: Date) -> pb::Product {
    let (shown_unit, map_place) = shown_on(&s.product.unit, chosen.as_deref(), map);
    pb::Product { shown_unit, map_place, ..shown(s, as_of) }
}

pub(crate) fn recorded(p: &Product) -> pb::ProductRecorded {
    pb::ProductRecorded {
        product: name::of("products", p.id),
        producer: name::of("producers", p.producer_id),
        product_set: p.product_set.clone(),
        code: p.code.clone(),
    }
}
