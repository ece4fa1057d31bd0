//! Bundles as the registry has them: which products are judged, or stand under a certificate, as a whole.

use std::collections::BTreeSet;

use kit::{Call, Error, Kit, Result, name as names};
use proto::evaluation::v1::ErrorReason;
use uuid::Uuid;

use super::domain::{Bundle, Bundled};
use super::peer::{self, Registry};

/// What is one thing with a product.
#[derive(Debug, Default)]
pub struct Whole {
    /// The bundle; none for a single product.
    bundle: Option<Bundle>,
    /// Who leads it.
    lead: Uuid,
    /// True where one of its products is an invented sample.
    pub sample: bool,
}

impl Whole {
    /// A bundle with these products, the lead first.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn of(
        (kit, registry, call): (&Kit, &Registry, &Call),
        bundle: peer::Bundle,
        lead: Uuid,
        mut products: Vec<String>,
    ) -> Result<Self> {
        let lead_name = names::of("products", lead);
        products.sort_by_key(|product| *product != lead_name);
        let known = registry.products_named(kit, call, products.iter().cloned().collect::<BTreeSet<_>>()).await?;
        let one = |product: &String| {
            let unknown = || Error::internal(format!("the registry did not answer {product}"));
            let of = known.get(product).ok_or_else(unknown)?;
            Ok(Bundled {
                product: id_of(product, "products")?,
                display_name: of.display_name.clone(),
                code: of.code.clone(),
            })
        };
        let products = products.iter().map(one).collect::<Result<_>>()?;
        let bundled = Bundle { id: id_of(&bundle.name, "bundles")?, display_name: bundle.display_name, products };
        Ok(Self { bundle: Some(bundled), lead, sample: known.values().any(|product| product.sample) })
    }

    /// The bundle that a product leads; none for a single product.
    ///
    /// # Errors
    /// FAILED_PRECONDITION PRODUCT_IN_BUNDLE where another product leads it.
    pub fn led_by(&self, product: Uuid) -> Result<Option<&Bundle>> {
        let Some(bundle) = self.bundle.as_ref().filter(|_| self.lead != product) else {
            return Ok(self.bundle.as_ref());
        };
        let refused = Error::refused(ErrorReason::ProductInBundle).with("product", names::of("products", product));
        let refused = refused.with("bundle", names::of("bundles", bundle.id));
        Err(refused.with("lead", names::of("products", self.lead)))
    }
}

/// An id in a name of the registry's.
///
/// # Errors
/// INTERNAL for a name that the registry does not write.
pub fn id_of(name: &str, collection: &'static str) -> Result<Uuid> {
    names::parse(name, collection).ok_or_else(|| Error::internal(format!("the registry names {name}")))
}
