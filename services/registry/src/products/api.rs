//! ProductService.

use kit::{Answer, Error, Fact, Kit, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::product_service_server::ProductService;
use tonic::{Request, async_trait};

use super::store::{self, Copied, Maker, New, Product, Shown};
use super::{domain, wire};
use crate::assignments::api::{commune_on, moves_along};
use crate::eligibility;
use crate::producers::{self, store::producer_lock};
use crate::shared::wire::{in_order, no_link};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

fn tell<P>(w: &Write<P>, product: &Product) {
    let fact = Fact::of(&name::of("products", product.id)).at(&product.unit).on(product.registration_date);
    w.record(fact.sample(product.sample).tells(&wire::recorded(product)));
}

#[async_trait]
impl ProductService for Api {
    async fn create_product(&self, request: Request<pb::CreateProductRequest>) -> Answer<pb::Product> {
        self.kit
            .write(request, wire::create_product, move |w| async move {
                let want = &w.want;
                let on = want.registration_date;
                // Locked, so that the producer is not deleted meanwhile.
                let producer = producer_lock(w.tx(), want.producer_id).await?;
                let producer = producer.ok_or_else(|| wire::unknown_producer(want.producer_id))?;
                w.call.at(&producer.new.unit_path)?;
                producers::wire::takes_part(&producer, on)?;
                eligibility::api::may_take_part(&w, &producer, domain::tourism(&want.product_set), on).await?;
                let commune = commune_on(&w, &producer, on).await?;
                let serial = store::serial_next(w.tx(), &commune.code).await?;
                let code = domain::code(commune, serial, on).ok_or_else(|| no_link(&commune.name, on))?;
                let new = New {
                    content: want.content.clone(),
                    product_set: want.product_set.clone(),
                    registration_date: on,
                    sample: want.sample,
                };
                let of = &producer.new;
                let maker =
                    Maker { id: producer.id, display_name: of.content.display_name.as_str(), sample: of.sample };
                let product = Product::entered(self.kit.new_id(), new, &maker, commune, w.call.now_us);
                let product = Product { code: code.to_string(), ..product };
                store::product_insert(w.tx(), &product).await?;
                tell(&w, &product);
                moves_along(&w, &producer, (name::of("products", product.id), commune, on)).await?;
                Ok(wire::shown(Shown { product, copied: Copied::default() }, w.call.today))
            })
            .await
    }

    async fn get_product(&self, request: Request<pb::GetProductRequest>) -> Answer<pb::Product> {
        self.kit
            .read(request, wire::get_product, |r| async move {
                let shown = store::product_shown(r.db(), r.want, r.call.today).await?;
                let shown = shown.ok_or_else(|| Error::not_found(name::of("products", r.want)))?;
                r.call.at_own(&shown.product.unit_path, shown.product.producer_id)?;
                Ok(wire::shown(shown, r.call.today))
            })
            .await
    }

    async fn batch_get_products(
        &self,
        request: Request<pb::BatchGetProductsRequest>,
    ) -> Answer<pb::BatchGetProductsResponse> {
        self.kit
            .read(request, wire::batch_get_products, |r| async move {
                let found = store::products_shown(r.db(), &r.want, r.call.today).await?;
                let reach = r.call.reach();
                let ours = |p: &Product| reach.holds(&p.unit_path, p.producer_id);
                let find = |id| found.iter().find(|s| s.product.id == id && ours(&s.product)).cloned();
                let products = in_order(&r.want, "products", find)?;
                Ok(pb::BatchGetProductsResponse {
                    products: products.into_iter().map(|s| wire::shown(s, r.call.today)).collect(),
                })
            })
            .await
    }

    async fn list_products(&self, request: Request<pb::ListProductsRequest>) -> Answer<pb::ListProductsResponse> {
        self.kit
            .read(request, wire::list_products, |r| async move {
                let (filter, page) = &r.want;
                let products = store::product_list(r.db(), &r.call.reach(), filter, page).await?;
                let key = |(s, _): &(Shown, _)| kit::rows::cursor(&s.product.sort_key, s.product.id);
                let (products, next_page_token) = page.cut(products, key);
                let map = filter.map.as_ref();
                let products = products.into_iter().map(|p| wire::listed(p, map, filter.as_of)).collect();
                let map_date = map.map(|map| kit::day::pb(map.day));
                Ok(pb::ListProductsResponse { products, next_page_token, map_date })
            })
            .await
    }

    async fn update_product(&self, request: Request<pb::UpdateProductRequest>) -> Answer<pb::Product> {
        self.kit
            .write(request, wire::update_product, move |w| async move {
                let name = name::of("products", w.want.id);
                let there = store::product_lock(w.tx(), w.want.id).await?;
                let shown = if there { store::product_shown(w.tx(), w.want.id, w.call.today).await? } else { None };
                let Shown { mut product, copied } = shown.ok_or_else(|| Error::not_found(&name))?;
                w.call.at_own(&product.unit_path, product.producer_id)?;
                kit::fresh(&w.want.etag, product.version, &name)?;
                let change = &w.want.change;
                if let Some(new) = &change.display_name {
                    product.display_name = new.as_str().to_owned();
                    product.sort_key = reference::text::sort_key(new.as_str());
                }
                product.target_year = change.target_year.unwrap_or(product.target_year);
                product.target_stars = change.target_stars.unwrap_or(product.target_stars);
                if !domain::target_holds(product.target_year, product.target_stars) {
                    return Err(wire::target_fault());
                }
                product.version += 1;
                product.update_us = w.call.now_us;
                store::product_update(w.tx(), &product).await?;
                tell(&w, &product);
                Ok(wire::shown(Shown { product, copied }, w.call.today))
            })
            .await
    }
}
