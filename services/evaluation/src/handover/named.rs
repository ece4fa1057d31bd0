//! What the registry says of the products and producers in rows: asked for a page at a time, in the service's own name, since
//! the rows were judged here and whoever reads them need not read the register.

use std::collections::BTreeSet;

use kit::{Call, Kit, Result};
use proto::evaluation::v1 as pb;
use sheet::Complete;

use super::wire::set_number;
use crate::shared::peer::Registry;

/// Names rows by the registry.
#[derive(Clone)]
pub struct Named {
    kit: Kit,
    registry: Registry,
}

/// A row that begins with a product.
pub trait OfProduct: Send {
    /// The product.
    fn product(&mut self) -> Option<&mut pb::HandoverProduct>;
}

impl OfProduct for pb::ResultRow {
    fn product(&mut self) -> Option<&mut pb::HandoverProduct> {
        self.product.as_mut()
    }
}

impl OfProduct for pb::HandoverRow {
    fn product(&mut self) -> Option<&mut pb::HandoverProduct> {
        self.product.as_mut()
    }
}

impl Named {
    /// Over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { kit, registry }
    }
}

impl<R: OfProduct> Complete<R> for Named {
    async fn complete(&self, call: &Call, mut rows: Vec<R>) -> Result<Vec<R>> {
        let wanted: BTreeSet<String> = rows.iter_mut().filter_map(|row| Some(row.product()?.product.clone())).collect();
        let products = self.registry.products_named(&self.kit, call, wanted).await?;
        for row in rows.iter_mut().filter_map(OfProduct::product) {
            let Some(known) = products.get(&row.product) else { continue };
            if row.producer.is_empty() {
                row.producer.clone_from(&known.producer);
            }
            if row.product_set.is_empty() {
                row.product_set.clone_from(&known.product_set);
                row.set_number = set_number(&row.product_set);
            }
        }
        let wanted: BTreeSet<String> =
            rows.iter_mut().filter_map(|row| Some(row.product()?.producer.clone())).collect();
        let producers = self.registry.producers_named(&self.kit, call, wanted).await?;
        for row in rows.iter_mut().filter_map(OfProduct::product) {
            let Some(known) = producers.get(&row.producer) else { continue };
            row.producer_display_name.clone_from(&known.display_name);
            row.legal_form = known.legal_form;
            row.tax_code.clone_from(&known.tax_code);
        }
        Ok(rows)
    }
}
