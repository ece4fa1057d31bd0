//! Readers of request fields that several rooms have: regimes, kinds, conventions.

use kit::{Violations, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::regimes::{self, DossierKind, Regime};

use crate::certificates::domain::EndConvention;
use crate::shared::domain::Bundle;

/// A regime in the body of a request, `regimes/<id>`.
pub fn regime(v: &mut Violations, field: &str, name: &str) -> Option<&'static Regime> {
    if name.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    let found = name.strip_prefix("regimes/").and_then(regimes::get);
    if found.is_none() {
        v.add(field, Common::ReferenceUnknown, &[("name", name)]);
    }
    found
}

/// The name of a regime.
#[must_use]
pub fn regime_name(id: &str) -> String {
    format!("regimes/{id}")
}

/// The name of a scorecard.
#[must_use]
pub fn card_name(id: &str) -> String {
    format!("scorecards/{id}")
}

/// A kind of dossier; none for what the contract's own check has refused.
#[must_use]
pub fn kind_of(number: i32) -> Option<DossierKind> {
    match pb::DossierKind::try_from(number) {
        Ok(pb::DossierKind::First) => Some(DossierKind::First),
        Ok(pb::DossierKind::Upgrade) => Some(DossierKind::Upgrade),
        Ok(pb::DossierKind::ReEvaluation) => Some(DossierKind::ReEvaluation),
        Ok(pb::DossierKind::Unspecified) | Err(_) => None,
    }
}

/// A kind of dossier as it is answered.
#[must_use]
pub fn kind(kind: DossierKind) -> pb::DossierKind {
    match kind {
        DossierKind::First => pb::DossierKind::First,
        DossierKind::Upgrade => pb::DossierKind::Upgrade,
        DossierKind::ReEvaluation => pb::DossierKind::ReEvaluation,
    }
}

/// The convention for a certificate's last day; exclusive where it is not set.
#[must_use]
pub fn convention_of(number: i32) -> EndConvention {
    match pb::CertificateEndConvention::try_from(number) {
        Ok(pb::CertificateEndConvention::Inclusive) => EndConvention::Inclusive,
        _ => EndConvention::Exclusive,
    }
}

/// The convention as it is answered.
#[must_use]
pub fn convention(convention: EndConvention) -> pb::CertificateEndConvention {
    match convention {
        EndConvention::Exclusive => pb::CertificateEndConvention::Exclusive,
        EndConvention::Inclusive => pb::CertificateEndConvention::Inclusive,
    }
}

/// A bundle as it is answered.
#[must_use]
pub fn bundle(bundle: &Bundle) -> pb::JudgedBundle {
    let products = bundle.products.iter().map(|of| pb::BundledProduct {
        product: names::of("products", of.product),
        display_name: of.display_name.clone(),
        code: of.code.clone(),
    });
    pb::JudgedBundle {
        bundle: names::of("bundles", bundle.id),
        display_name: bundle.display_name.clone(),
        products: products.collect(),
    }
}

/// The names of products as events carry them.
#[must_use]
pub fn products(ids: &[uuid::Uuid]) -> Vec<String> {
    ids.iter().map(|id| names::of("products", *id)).collect()
}

/// What is judged or recognised, as papers name it: the product, or the bundle with all its products.
#[must_use]
pub fn title(product: &str, bundle: Option<&pb::JudgedBundle>) -> String {
    let Some(bundle) = bundle else { return product.to_owned() };
    let products: Vec<&str> = bundle.products.iter().map(|of| of.display_name.as_str()).collect();
    format!("{} (gồm {} sản phẩm: {})", bundle.display_name, products.len(), products.join("; "))
}
