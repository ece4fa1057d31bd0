//! Which products a sitting judges: asked for before it is written.

use kit::{Call, Kit, Result, day, name as names};
use proto::evaluation::v1 as pb;
use proto::registry::v1::Product;

use crate::dossiers;
use crate::dossiers::domain::{Judged, of_filing};
use crate::shared::bundles::{Whole, id_of};
use crate::shared::peer::Registry;
use crate::shared::wire as shared;

/// What is judged as a whole with a product: the bundle of the sealed dossier of the filing, else the registry's, where it was formed by
/// then. A request that cannot be read is judged with nothing; its reader says why it is refused.
///
/// # Errors
/// UNAVAILABLE where the registry does not answer, or what the database says.
pub(super) async fn judged(
    kit: &Kit,
    registry: &Registry,
    call: &Call,
    asked: Option<&pb::Sitting>,
    product: Option<&Product>,
) -> Result<Whole> {
    let filed = asked.and_then(|sitting| day::of(sitting.filing_date.as_ref()?));
    let kind = asked.and_then(|sitting| shared::kind_of(sitting.kind));
    let (Some(asked), Some(product), Some(filed), Some(kind)) = (asked, product, filed, kind) else {
        return Ok(Whole::default());
    };
    let id = id_of(&product.name, "products")?;
    let sealed = dossiers::store::of_product(kit.database()?.reader(), id).await?;
    let with = (kit, registry, call);
    match of_filing(&sealed, (kind, filed), &asked.dossier_digest).map(|dossier| &dossier.judged) {
        Some(Judged::Bundle(bundle, products)) => {
            let known = registry.bundle(kit, call, &names::of("bundles", *bundle)).await?;
            Whole::of(with, known, id, shared::products(products)).await
        }
        Some(Judged::Untold) | None if !product.bundle.is_empty() => {
            let known = registry.bundle(kit, call, &product.bundle).await?;
            if known.form_date.as_ref().and_then(day::of).is_none_or(|formed| formed > filed) {
                return Ok(Whole::default());
            }
            let (lead, products) = (id_of(&known.lead, "products")?, known.products.clone());
            Whole::of(with, known, lead, products).await
        }
        Some(_) | None => Ok(Whole::default()),
    }
}
