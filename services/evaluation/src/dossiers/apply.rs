//! What each event means for the copy. Applying an event twice leaves what applying it once leaves.

use kit::follow::{Applied, Told, date};
use kit::{Error, Result, name};
use proto::common::v1::Event;
use proto::registry::v1::{DossierKind as Named, DossierSealed};
use reference::regimes::DossierKind;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::domain::{Judged, Sealed};
use super::store;

/// Applies one event; what seals no dossier is passed over.
///
/// # Errors
/// INTERNAL for an event of a known type that cannot be read, or what the database says.
pub(super) fn event(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(put(tx, event))
}

async fn put(tx: &impl ConnectionTrait, event: Event) -> Result<()> {
    let told = Told::of(&event);
    if !told.is::<DossierSealed>() {
        return Ok(());
    }
    let of: DossierSealed = told.read()?;
    let kind = match Named::from_str_name(&of.kind) {
        Some(Named::First) => DossierKind::First,
        Some(Named::Upgrade) => DossierKind::Upgrade,
        Some(Named::ReEvaluation) => DossierKind::ReEvaluation,
        Some(Named::Unspecified) | None => return Err(Error::internal(format!("an event names the kind {}", of.kind))),
    };
    let products = of.products.iter().map(|product| id(product, "products")).collect::<Result<Vec<_>>>()?;
    let judged = match (of.bundle.as_str(), products.is_empty()) {
        (_, true) => Judged::Untold,
        ("", _) => Judged::Alone,
        (bundle, _) => Judged::Bundle(id(bundle, "bundles")?, products),
    };
    let sealed = Sealed {
        dossier: id(&of.dossier, "dossiers")?,
        product: id(&of.product, "products")?,
        kind,
        filing_date: date(of.filing_date.as_ref())?,
        digest: of.digest,
        judged,
    };
    store::put(tx, &sealed).await
}

fn id(text: &str, collection: &'static str) -> Result<Uuid> {
    name::parse(text, collection).ok_or_else(|| Error::internal(format!("an event names {text}")))
}
