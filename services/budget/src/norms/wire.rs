//! Norms between the wire and the reference data.

use kit::{Page, Violations, day};
use proto::budget::v1 as pb;
use reference::norms::{Norm, NormUnit};
use time::Date;

/// Reads a request.
pub fn list_norms(req: &pb::ListNormsRequest, v: &mut Violations) -> Option<(Date, Page)> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let page = v.page(req.page_size, &req.page_token, &[&as_of.map(day::iso).unwrap_or_default()]);
    Some((as_of?, page?))
}

/// The name of a norm.
#[must_use]
pub fn name_of(id: &str) -> String {
    format!("norms/{id}")
}

/// A norm as it is answered.
#[must_use]
pub fn norm(norm: &Norm) -> pb::Norm {
    let unit = match norm.unit {
        NormUnit::PersonDay => pb::NormUnit::PersonDay,
        NormUnit::PersonNight => pb::NormUnit::PersonNight,
        NormUnit::PersonHalfDay => pb::NormUnit::PersonHalfDay,
        NormUnit::Session => pb::NormUnit::Session,
    };
    pb::Norm {
        name: name_of(&norm.id),
        display_name_vi: norm.name_vi.clone(),
        display_name_en: norm.name_en.clone(),
        amount_vnd: norm.amount_vnd,
        ceiling: norm.ceiling,
        unit: unit.into(),
        legal_reference: norm.legal_reference.clone(),
        verified: norm.verified,
        valid_from: Some(day::pb(norm.valid_from)),
    }
}
