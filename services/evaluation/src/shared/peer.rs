//! The registry. One product, producer or bundle that a request names is asked for in the caller's name; all else in this service's own
//! name, for callers who need not be readers of the register: what may concern a member of a panel, and rows that were judged here.

use std::collections::{BTreeSet, HashMap};

use kit::{Call, Error, Kit, Link, PeerExt, Result, day};
use proto::registry::v1::bundle_service_client::BundleServiceClient;
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::dossier_service_client::DossierServiceClient;
use proto::registry::v1::guidance_service_client::GuidanceServiceClient;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::site_service_client::SiteServiceClient;
use proto::registry::v1::{
    BatchGetPersonsRequest, BatchGetProducersRequest, BatchGetProductsRequest, ContactKind, GetBundleRequest,
    GetPostRequest, GetProducerRequest, GetProductRequest, ListContactsRequest, ListDossiersRequest,
    ListGuidanceRequest, ListManagersRequest, ListSitesRequest,
};
use time::Date;
use tonic::Code;

use crate::panels::domain::{Address, Advising, Managing};

pub use proto::registry::v1::{Bundle, Producer, Product};

/// The most people and dossiers that one search looks at.
const PAGE: i32 = 1000;

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    bundles: BundleServiceClient<Link>,
    products: ProductServiceClient<Link>,
    managers: ManagerServiceClient<Link>,
    persons: PersonServiceClient<Link>,
    producers: ProducerServiceClient<Link>,
    sites: SiteServiceClient<Link>,
    contacts: ContactServiceClient<Link>,
    dossiers: DossierServiceClient<Link>,
    guidance: GuidanceServiceClient<Link>,
    posts: PostServiceClient<Link>,
}

impl Registry {
    /// The registry over a link.
    #[must_use]
    pub fn new(link: Link) -> Self {
        Self {
            bundles: BundleServiceClient::new(link.clone()),
            products: ProductServiceClient::new(link.clone()),
            managers: ManagerServiceClient::new(link.clone()),
            persons: PersonServiceClient::new(link.clone()),
            producers: ProducerServiceClient::new(link.clone()),
            sites: SiteServiceClient::new(link.clone()),
            contacts: ContactServiceClient::new(link.clone()),
            dossiers: DossierServiceClient::new(link.clone()),
            guidance: GuidanceServiceClient::new(link.clone()),
            posts: PostServiceClient::new(link),
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

    /// The bundle that a product lies in. Asked in this service's own name: the product was asked for in the caller's.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn bundle(&self, kit: &Kit, call: &Call, name: &str) -> Result<Bundle> {
        let request = call.to_peer_as_service(kit, GetBundleRequest { name: name.to_owned() })?;
        self.bundles.clone().get_bundle(request).await.or_refuse("registry", |_| None::<Error>)
    }

    /// The bundle of a name; none as for [`Registry::product`].
    ///
    /// # Errors
    /// As for [`Registry::product`].
    pub async fn bundle_named(&self, call: &Call, name: &str) -> Result<Option<Bundle>> {
        if kit::name::parse(name, "bundles").is_none() {
            return Ok(None);
        }
        match self.bundles.clone().get_bundle(call.to_peer(GetBundleRequest { name: name.to_owned() })).await {
            Err(status) if status.code() == Code::NotFound => Ok(None),
            answer => answer.or_refuse("registry", |_| None::<Error>).map(Some),
        }
    }

    /// The producer of a product. Asked in this service's own name, as all that a search for conflicts reads: who leads a council
    /// need not be somebody who reads the register, and is told no more than which member is concerned.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn producer_of(&self, kit: &Kit, call: &Call, product: &str) -> Result<String> {
        let request = call.to_peer_as_service(kit, GetProductRequest { name: product.to_owned() })?;
        let product = self.products.clone().get_product(request).await.or_refuse("registry", |_| None::<Error>)?;
        Ok(product.producer)
    }

    /// The persons as whom the registry answers these: of a record that was merged into another the other one. One that it does not
    /// know is left as it is. Asked as [`Registry::producer_of`].
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn surviving(&self, kit: &Kit, call: &Call, names: BTreeSet<String>) -> Result<HashMap<String, String>> {
        let names: Vec<String> = names.into_iter().collect();
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(kit::rows::CHUNK) {
            let mut open = vec![names];
            while let Some(names) = open.pop() {
                let request = call.to_peer_as_service(kit, BatchGetPersonsRequest { names: names.to_vec() })?;
                match self.persons.clone().batch_get_persons(request).await {
                    // One of them is unknown: halves find out which.
                    Err(status) if status.code() == Code::NotFound => {
                        if names.len() > 1 {
                            let (first, rest) = names.split_at(names.len() / 2);
                            open.extend([first, rest]);
                        }
                    }
                    answer => {
                        let persons = answer.or_refuse("registry", |_| None::<Error>)?.persons;
                        let merged = persons.into_iter().filter(|person| !person.merged_into.is_empty());
                        found.extend(merged.map(|person| (person.name, person.merged_into)));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Who manages or managed a producer. Asked as [`Registry::producer_of`].
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn managing(&self, kit: &Kit, call: &Call, producer: &str) -> Result<Vec<Managing>> {
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let producer = producer.to_owned();
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

    /// Who advised on dossiers of a product, as far as the log names the post. Asked as [`Registry::producer_of`].
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn advising(&self, kit: &Kit, call: &Call, product: &str) -> Result<Vec<Advising>> {
        let list = ListDossiersRequest { product: product.to_owned(), page_size: PAGE, ..Default::default() };
        let request = call.to_peer_as_service(kit, list)?;
        let dossiers = self.dossiers.clone().list_dossiers(request).await.or_refuse("registry", |_| None::<Error>)?;
        let (mut found, mut posts) = (Vec::new(), HashMap::new());
        for dossier in dossiers.dossiers {
            let list = ListGuidanceRequest { dossier: dossier.name, page_size: PAGE, ..Default::default() };
            let request = call.to_peer_as_service(kit, list)?;
            let page = self.guidance.clone().list_guidance(request).await.or_refuse("registry", |_| None::<Error>)?;
            for advice in page.guidance.into_iter().filter(|advice| !advice.officer.is_empty()) {
                if !posts.contains_key(&advice.officer) {
                    let request = call.to_peer_as_service(kit, GetPostRequest { name: advice.officer.clone() })?;
                    let post = self.posts.clone().get_post(request).await.or_refuse("registry", |_| None::<Error>)?;
                    posts.insert(advice.officer.clone(), post.person);
                }
                let person = posts.get(&advice.officer).cloned().unwrap_or_default();
                let on = advice.guide_date.as_ref().and_then(day::of);
                found.extend(on.map(|on| Advising { guidance: advice.name, person, on }));
            }
        }
        Ok(found)
    }

    /// The addresses of a producer: of its sites that are in use on a day, and by post. Asked as [`Registry::producer_of`].
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn addresses(&self, kit: &Kit, call: &Call, producer: &str, on: Date) -> Result<Vec<Address>> {
        let (producer, as_of) = (producer.to_owned(), Some(day::pb(on)));
        let list = ListSitesRequest { producer: producer.clone(), as_of, page_size: PAGE, ..Default::default() };
        let request = call.to_peer_as_service(kit, list)?;
        let sites = self.sites.clone().list_sites(request).await.or_refuse("registry", |_| None::<Error>)?;
        let mut found = self.by_post(kit, call, ListContactsRequest { producer, ..Default::default() }).await?;
        found.extend(sites.sites.into_iter().map(|site| Address { source: site.name, text: site.address }));
        Ok(found)
    }

    /// The postal addresses of a person.
    ///
    /// # Errors
    /// UNAVAILABLE where the registry does not answer.
    pub async fn addresses_of(&self, kit: &Kit, call: &Call, person: &str) -> Result<Vec<Address>> {
        self.by_post(kit, call, ListContactsRequest { person: person.to_owned(), ..Default::default() }).await
    }

    async fn by_post(&self, kit: &Kit, call: &Call, list: ListContactsRequest) -> Result<Vec<Address>> {
        let request = call.to_peer_as_service(kit, ListContactsRequest { page_size: PAGE, ..list })?;
        let page = self.contacts.clone().list_contacts(request).await.or_refuse("registry", |_| None::<Error>)?;
        let by_post =
            page.contacts.into_iter().filter(|contact| contact.kind() == ContactKind::Post && !contact.masked);
        Ok(by_post.map(|contact| Address { source: contact.name, text: contact.value }).collect())
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
