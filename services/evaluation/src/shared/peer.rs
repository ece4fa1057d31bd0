//! The registry, asked for products and producers in the caller's name.

use kit::{Call, Error, Link, PeerExt, Result};
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{GetProducerRequest, GetProductRequest};
use tonic::Code;

pub use proto::registry::v1::{Producer, Product};

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    products: ProductServiceClient<Link>,
    producers: ProducerServiceClient<Link>,
}

impl Registry {
    /// The registry over a link.
    #[must_use]
    pub fn new(link: Link) -> Self {
        Self { products: ProductServiceClient::new(link.clone()), producers: ProducerServiceClient::new(link) }
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
