//! The registry, asked for products and producers in the caller's name.

use std::collections::{BTreeSet, HashMap};

use kit::{Call, Error, Kit, Link, PeerExt, Result, day};
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{
    BatchGetProducersRequest, BatchGetProductsRequest, GetProducerRequest, GetProductRequest, ListManagersRequest,
};
use tonic::Code;

use crate::panels::domain::Managing;

pub use proto::registry::v1::{Producer, Product};

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    products: ProductServiceClient<Link>,
    managers: ManagerServiceClient<Link>,
    producers: ProducerServiceClient<Link>,
}

impl Registry {
    /// The registry over a link.
    #[must_use]
    pub fn new(link: Link) -> Self {
        Self {
            products: ProductServiceClient::new(link.clone()),
            managers: ManagerServiceClient::new(link.clone()),
            producers: ProducerServiceClient::new(link),
        }
    }

    /// The product of a name; none where there is no such product, or where the name has not the form of one (which the
    /// reader of the request says better).
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer, PERMISSION_DENIED where the product lies outside the caller's units.
    pub async fn product(&self, call: &Call, name: &str) -> Result<Option<Product>> {
        if kit::name::parse(name, "products").is_none() {
            return Ok(None);
        }
        let request = call.to_peer(GetProductRequest { name: name.to_owned() });
        match self.products.clone().get_product(request).await {
            Err(status) if status.code() == Code::NotFound => Ok(None),
            answer => answer.or_refuse("registry", |_| None::<Error>).map(Some),
        }
    }

    /// Who manages or managed the producer of a product. Asked in this service's own name: who leads a council need not be
    /// somebody who reads managers, and is told no more than which member is concerned.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn managing(&self, kit: &Kit, call: &Call, product: &str) -> Result<Vec<Managing>> {
        let request = call.to_peer_as_service(kit, GetProductRequest { name: product.to_owned() })?;
        let product = self.products.clone().get_product(request).await.or_refuse("registry", |_| None::<Error>)?;
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let producer = product.producer.clone();
            let list = ListManagersRequest { producer, page_size: 1000, page_token, ..Default::default() };
            let request = call.to_peer_as_service(kit, list)?;
            let page = self.managers.clone().list_managers(request).await.or_refuse("registry", |_| None::<Error>)?;
            found.extend(page.managers.into_iter().map(|manager| Managing {
                manager: manager.name,
                person: manager.person,
                begins: manager.begin_date.as_ref().and_then(day::of),
                ends: manager.end_date.as_ref().and_then(day::of),
            }));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(found);
            }
        }
    }

    /// Products by name, asked in this service's own name: for rows that were judged here.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer, NOT_FOUND where it has lost one.
    pub async fn products_named(
        &self,
        kit: &Kit,
        call: &Call,
        names: BTreeSet<String>,
    ) -> Result<HashMap<String, Product>> {
        let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(kit::rows::CHUNK) {
            let request = call.to_peer_as_service(kit, BatchGetProductsRequest { names: names.to_vec() })?;
            let answer = self.products.clone().batch_get_products(request).await;
            let answer = answer.or_refuse("registry", |_| None::<Error>)?;
            found.extend(answer.products.into_iter().map(|product| (product.name.clone(), product)));
        }
        Ok(found)
    }

    /// Producers by name, as [`Registry::products_named`].
    ///
    /// # Errors
    /// As there.
    pub async fn producers_named(
        &self,
        kit: &Kit,
        call: &Call,
        names: BTreeSet<String>,
    ) -> Result<HashMap<String, Producer>> {
        let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(kit::rows::CHUNK) {
            let request = call.to_peer_as_service(kit, BatchGetProducersRequest { names: names.to_vec() })?;
            let answer = self.producers.clone().batch_get_producers(request).await;
            let answer = answer.or_refuse("registry", |_| None::<Error>)?;
            found.extend(answer.producers.into_iter().map(|producer| (producer.name.clone(), producer)));
        }
        Ok(found)
    }

    /// The producer of a name; none as for [`Registry::product`].
    ///
    /// # Errors
    /// As for [`Registry::product`].
    pub async fn producer(&self, call: &Call, name: &str) -> Result<Option<Producer>> {
        if kit::name::parse(name, "producers").is_none() {
            return Ok(None);
        }
        let request = call.to_peer(GetProducerRequest { name: name.to_owned() });
        match self.producers.clone().get_producer(request).await {
            Err(status) if status.code() == Code::NotFound => Ok(None),
            answer => answer.or_refuse("registry", |_| None::<Error>).map(Some),
        }
    }
}
