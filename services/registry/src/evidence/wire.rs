//! Evidence between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::text::nfc;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Announced, Change, NewEvidence, Said, Span, Status};
use super::store::{Evidence, Filter, Version};
use crate::shared::wire::{display_name, within};

/// What an upload is to become.
pub(super) enum Target {
    New(NewEvidence),
    Version { id: Uuid, etag: String },
}

pub(super) struct Upload {
    pub(super) target: Target,
    pub(super) said: Said,
    pub(super) file_name: String,
    pub(super) announced: Announced,
}

pub(super) struct UpdateWanted {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

pub(super) struct Withdrawal {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) reason: String,
}

fn text(typed: &str) -> String {
    nfc(typed.trim())
}

fn span(v: &mut Violations, at: &str, from: Option<&PbDate>, to: Option<&PbDate>) -> Option<Span> {
    let last = format!("{at}.valid_to");
    let from = v.opt_date(&format!("{at}.valid_from"), from);
    let to = v.opt_date(&last, to);
    let span = Span::new(from?, to?);
    if span.is_none() {
        v.add(last, Common::DateOrder, &[("detail", "valid_from, valid_to")]);
    }
    span
}

fn new_evidence(v: &mut Violations, e: &pb::Evidence) -> Option<(Target, Said)> {
    let producer_id = v.name("evidence.producer", &e.producer, "producers");
    let product_id = v.opt_name("evidence.product", &e.product, "products");
    let title = display_name(v, "evidence.title", &e.title);
    let span = span(v, "evidence", e.valid_from.as_ref(), e.valid_to.as_ref());
    let new = NewEvidence {
        producer_id: producer_id?,
        product_id: product_id?,
        kind: e.kind,
        title: title?,
        sample: e.sample,
    };
    let said = Said { issuing_body: text(&e.issuing_body), document_number: text(&e.document_number), span: span? };
    Some((Target::New(new), said))
}

fn new_version(v: &mut Violations, n: &pb::NewEvidenceVersion) -> Option<(Target, Said)> {
    let id = v.name("new_version.evidence", &n.evidence, "evidence");
    let span = span(v, "new_version", n.valid_from.as_ref(), n.valid_to.as_ref());
    let said = Said { issuing_body: text(&n.issuing_body), document_number: text(&n.document_number), span: span? };
    Some((Target::Version { id: id?, etag: n.etag.clone() }, said))
}

pub(super) fn upload_evidence(req: &pb::UploadEvidenceRequest, v: &mut Violations) -> Option<Upload> {
    if !req.chunk.is_empty() {
        v.add("chunk", Common::FieldLength, &[("expected", "0")]);
    }
    if !matches!(req.sha256.len(), 0 | 64..) {
        v.add("sha256", Common::FieldLength, &[("expected", "64")]);
    }
    let read = match (&req.evidence, &req.new_version) {
        (Some(evidence), None) => new_evidence(v, evidence),
        (None, Some(version)) => new_version(v, version),
        (None, None) => {
            v.add("evidence", Common::FieldRequired, &[]);
            None
        }
        (Some(_), Some(_)) => {
            v.add("new_version", Common::FieldFormat, &[("expected", "evidence | new_version")]);
            None
        }
    };
    let (target, said) = read?;
    let announced = Announced {
        size: u64::try_from(req.size_bytes).ok().filter(|size| *size > 0),
        sha256: Some(req.sha256.clone()).filter(|hash| !hash.is_empty()),
    };
    Some(Upload { target, said, file_name: req.file_name.clone(), announced })
}

pub(super) fn download_evidence(req: &pb::DownloadEvidenceRequest, v: &mut Violations) -> Option<(Uuid, i32)> {
    Some((v.name("name", &req.name, "evidence")?, req.version))
}

pub(super) fn get_evidence(req: &pb::GetEvidenceRequest, v: &mut Violations) -> Option<(Uuid, Date)> {
    let id = v.name("name", &req.name, "evidence");
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    Some((id?, as_of?))
}

fn status_wanted(status: i32) -> Option<Status> {
    match pb::EvidenceStatus::try_from(status).unwrap_or_default() {
        pb::EvidenceStatus::Unspecified => None,
        pb::EvidenceStatus::Valid => Some(Status::Valid),
        pb::EvidenceStatus::Expiring => Some(Status::Expiring),
        pb::EvidenceStatus::Expired => Some(Status::Expired),
        pb::EvidenceStatus::NotYetValid => Some(Status::NotYetValid),
        pb::EvidenceStatus::Undated => Some(Status::Undated),
    }
}

pub(crate) fn list_evidence(req: &pb::ListEvidenceRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit, None);
    let producer = v.opt_name("producer", &req.producer, "producers");
    let product = v.opt_name("product", &req.product, "products");
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let day = as_of.map(day::iso).unwrap_or_default();
    let (kind, status) = (req.kind.to_string(), req.status.to_string());
    let withdrawn = if req.show_withdrawn { "withdrawn" } else { "" };
    let print = [&*req.unit, &*req.producer, &*req.product, &*kind, &*status, &*day, withdrawn];
    let page = v.page(req.page_size, &req.page_token, &print);
    let filter = Filter {
        within: within?,
        producer: producer?,
        product: product?,
        kind: req.kind,
        status: status_wanted(req.status),
        as_of: as_of?,
        show_withdrawn: req.show_withdrawn,
    };
    Some((filter, page?))
}

pub(super) fn update_evidence(req: &pb::UpdateEvidenceRequest, v: &mut Violations) -> Option<UpdateWanted> {
    let e = req.evidence.as_ref()?;
    let id = v.name("evidence.name", &e.name, "evidence");
    let dated = |date: &Option<PbDate>| date.as_ref().is_some_and(|d| !day::is_unset(d));
    let set = [
        ("product", !e.product.is_empty()),
        ("kind", e.kind != 0),
        ("title", !e.title.is_empty()),
        ("issuing_body", !e.issuing_body.is_empty()),
        ("document_number", !e.document_number.is_empty()),
        ("valid_from", dated(&e.valid_from)),
        ("valid_to", dated(&e.valid_to)),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let wanted = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let mut change = Change::default();
    if wanted("product") {
        change.product_id = v.opt_name("evidence.product", &e.product, "products");
    }
    if wanted("title") {
        change.title = display_name(v, "evidence.title", &e.title);
    }
    if wanted("valid_from") {
        change.from = v.opt_date("evidence.valid_from", e.valid_from.as_ref());
    }
    if wanted("valid_to") {
        change.to = v.opt_date("evidence.valid_to", e.valid_to.as_ref());
    }
    change.kind = wanted("kind").then_some(e.kind);
    change.issuing_body = wanted("issuing_body").then(|| text(&e.issuing_body));
    change.document_number = wanted("document_number").then(|| text(&e.document_number));
    Some(UpdateWanted { id: id?, etag: e.etag.clone(), change })
}

pub(super) fn withdraw_evidence(req: &pb::WithdrawEvidenceRequest, v: &mut Violations) -> Option<Withdrawal> {
    let id = v.name("name", &req.name, "evidence");
    let reason = display_name(v, "reason", &req.reason);
    Some(Withdrawal { id: id?, etag: req.etag.clone(), reason: reason?.into_string() })
}

pub(crate) fn list_versions(req: &pb::ListEvidenceVersionsRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let id = v.name("name", &req.name, "evidence");
    let page = v.page(req.page_size, &req.page_token, &[&*req.name]);
    Some((id?, page?))
}

pub(super) fn unknown_producer(id: Uuid) -> Error {
    Error::violation("evidence.producer", Common::ReferenceUnknown, &[("name", &name::of("producers", id))])
}

pub(super) fn unknown_product(id: Uuid) -> Error {
    Error::violation("evidence.product", Common::ReferenceUnknown, &[("name", &name::of("products", id))])
}

pub(super) fn foreign_product(id: Uuid) -> Error {
    let product = name::of("products", id);
    Error::violation("evidence.product", ErrorReason::EvidenceProductForeign, &[("product", &product)])
}

pub(super) fn out_of_order() -> Error {
    Error::violation("evidence.valid_to", Common::DateOrder, &[("detail", "valid_from, valid_to")])
}

pub(super) fn withdrawn(id: Uuid) -> Error {
    Error::refused(ErrorReason::EvidenceWithdrawn).with("name", name::of("evidence", id))
}

fn status(status: Status) -> pb::EvidenceStatus {
    match status {
        Status::Valid => pb::EvidenceStatus::Valid,
        Status::Expiring => pb::EvidenceStatus::Expiring,
        Status::Expired => pb::EvidenceStatus::Expired,
        Status::NotYetValid => pb::EvidenceStatus::NotYetValid,
        Status::Undated => pb::EvidenceStatus::Undated,
    }
}

pub(crate) fn version(v: Version, sample: bool) -> pb::EvidenceVersion {
    pb::EvidenceVersion {
        version: v.place,
        file_name: v.file_name,
        media_type: v.media_type,
        size_bytes: v.size_bytes,
        sha256: v.sha256,
        issuing_body: v.issuing_body,
        document_number: v.document_number,
        valid_from: v.valid_from.map(day::pb),
        valid_to: v.valid_to.map(day::pb),
        create_time: Some(instant::pb(v.create_us)),
        sample,
    }
}

pub(crate) fn evidence(e: Evidence, on: Date) -> pb::Evidence {
    let latest_version = Some(version(e.latest(), e.sample));
    pb::Evidence {
        name: name::of("evidence", e.id),
        producer: name::of("producers", e.producer_id),
        product: e.product_id.map(|id| name::of("products", id)).unwrap_or_default(),
        kind: e.kind,
        status: status(domain::status(e.span(), on)).into(),
        status_date: Some(day::pb(on)),
        title: e.title,
        issuing_body: e.issuing_body,
        document_number: e.document_number,
        valid_from: e.valid_from.map(day::pb),
        valid_to: e.valid_to.map(day::pb),
        latest_version,
        unit: e.unit,
        sample: e.sample,
        withdraw_reason: e.withdraw_reason,
        withdraw_time: e.withdraw_us.map(instant::pb),
        etag: etag(e.version),
        create_time: Some(instant::pb(e.create_us)),
        update_time: Some(instant::pb(e.update_us)),
    }
}

pub(super) fn recorded(e: &Evidence) -> pb::EvidenceRecorded {
    let kind = pb::EvidenceKind::try_from(e.kind).unwrap_or_default();
    pb::EvidenceRecorded {
        evidence: name::of("evidence", e.id),
        producer: name::of("producers", e.producer_id),
        product: e.product_id.map(|id| name::of("products", id)).unwrap_or_default(),
        kind: kind.as_str_name().to_owned(),
        version: e.latest,
        sha256: e.sha256.clone(),
        withdrawn: e.withdraw_us.is_some(),
    }
}
