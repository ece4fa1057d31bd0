//! The three workloads: how a call is made, and what its answer must be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kit::auth::Keys;
use kit::stack::{COUNT, STATEMENTS};
use kit::{BoxError, Clock, Held, name};
use proto::common::v1::Role;
use proto::google::r#type::Date;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use proto::registry::v1::{self as pb, LegalForm};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::children::Server;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// GetUnit, answered from reference data.
    Unit,
    /// GetProduct.
    Product,
    /// CreateProducer.
    Producer,
}

impl Workload {
    /// Its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Product => "product",
            Self::Producer => "producer",
        }
    }

    /// The part of the limit that the suite aims at.
    pub(super) fn aim(self) -> f64 {
        match self {
            Self::Unit => 0.80,
            Self::Product => 0.70,
            Self::Producer => 0.60,
        }
    }
}

/// The commune of all rows: Phường 8 of Tuy Hòa as it was in 2021.
pub(super) const UNIT: &str = "units/22018-20180507";
/// The name of every producer that a run creates.
pub(super) const PRODUCER: &str = "Nhà sản xuất mẫu đo tốc độ";
/// Producers and products that a run reads.
const PRODUCERS: usize = 100;
const PRODUCTS: usize = 1000;
const PRODUCT_SET: &str = "productSets/q1048-ruou-trang";
/// The day on which everything was registered.
const DAY: Date = Date { year: 2021, month: 6, day: 30 };

/// What callers of both sides know: who they are, and the right answers.
pub(super) struct Known {
    authorization: MetadataValue<Ascii>,
    pub(super) unit: pb::Unit,
    pub(super) products: Vec<pb::Product>,
}

fn authorization(keys: &Keys) -> Result<MetadataValue<Ascii>, BoxError> {
    let signer = keys.signer().ok_or("the suite's folder holds no signing key")?;
    let held = [Held { role: Role::NationalAdmin, unit: "units/vn".to_owned() }];
    let token = signer.mint("bench", &held, Duration::from_secs(86_400), Clock::System.now_us())?;
    Ok(format!("Bearer {token}").parse()?)
}

/// A request of somebody who may do everything.
pub(super) fn authorized<T>(keys: &Keys, message: T) -> Result<Request<T>, BoxError> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", authorization(keys)?);
    Ok(request)
}

impl Known {
    /// Registers what the run reads, and asks once for the unit.
    pub(super) async fn seed(suite: &Server, keys: &Keys) -> Result<Self, BoxError> {
        let known = Self { authorization: authorization(keys)?, unit: pb::Unit::default(), products: Vec::new() };
        let channel = connect(&suite.url).await?;
        let mut producers = Vec::with_capacity(PRODUCERS);
        for _ in 0..PRODUCERS {
            let request = known.say(create_producer());
            producers.push(ProducerServiceClient::new(channel.clone()).create_producer(request).await?.into_inner());
        }
        let mut products = Vec::with_capacity(PRODUCTS);
        for (number, producer) in producers.iter().cycle().take(PRODUCTS).enumerate() {
            let request = known.say(create_product(&producer.name, number));
            products.push(ProductServiceClient::new(channel.clone()).create_product(request).await?.into_inner());
        }
        let request = known.say(pb::GetUnitRequest { name: UNIT.to_owned(), as_of: None });
        let unit = UnitServiceClient::new(channel).get_unit(request).await?.into_inner();
        Ok(Self { unit, products, ..known })
    }

    fn say<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }
}

fn create_producer() -> pb::CreateProducerRequest {
    let producer = pb::Producer {
        display_name: PRODUCER.to_owned(),
        legal_form: LegalForm::Cooperative.into(),
        unit: UNIT.to_owned(),
        registration_date: Some(DAY),
        sample: true,
        ..pb::Producer::default()
    };
    pb::CreateProducerRequest { producer: Some(producer), request_id: request_id(), ..Default::default() }
}

fn create_product(producer: &str, number: usize) -> pb::CreateProductRequest {
    let product = pb::Product {
        producer: producer.to_owned(),
        product_set: PRODUCT_SET.to_owned(),
        display_name: format!("Sản phẩm mẫu đo tốc độ {number}"),
        registration_date: Some(DAY),
        sample: true,
        ..pb::Product::default()
    };
    pb::CreateProductRequest { product: Some(product), request_id: request_id(), ..Default::default() }
}

/// A request id as clients make them.
fn request_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}

/// Connects, without waiting for Nagle's algorithm.
async fn connect(url: &str) -> Result<Channel, BoxError> {
    let endpoint = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true).connect_timeout(Duration::from_secs(5));
    Ok(endpoint.connect().await?)
}

/// A caller of one server over one connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Caller {
    workload: Workload,
    known: Arc<Known>,
    units: UnitServiceClient<Channel>,
    products: ProductServiceClient<Channel>,
    producers: ProducerServiceClient<Channel>,
    acknowledged: Arc<AtomicU64>,
}

/// A call that failed, or whose answer is not the right one.
pub(super) type Fault = String;

impl Caller {
    /// Callers of a server, one for each connection; they count what it acknowledged together.
    pub(super) async fn of(
        workload: Workload,
        known: &Arc<Known>,
        url: &str,
        connections: u16,
    ) -> Result<Vec<Self>, BoxError> {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut callers = Vec::new();
        for _ in 0..connections {
            let channel = connect(url).await?;
            callers.push(Self {
                workload,
                known: known.clone(),
                units: UnitServiceClient::new(channel.clone()),
                products: ProductServiceClient::new(channel.clone()),
                producers: ProducerServiceClient::new(channel),
                acknowledged: acknowledged.clone(),
            });
        }
        Ok(callers)
    }

    /// How many calls of these callers were answered rightly.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Makes one call and compares its answer.
    pub(super) async fn call(&mut self) -> Result<(), Fault> {
        self.ask(false).await.map(|_| ())
    }

    /// Makes one call that tells how many statements it cost; none where the server does not count.
    pub(super) async fn statements(&mut self) -> Result<Option<u64>, Fault> {
        self.ask(true).await
    }

    async fn ask(&mut self, counted: bool) -> Result<Option<u64>, Fault> {
        let statements = match self.workload {
            Workload::Unit => {
                let request = self.say(pb::GetUnitRequest { name: UNIT.to_owned(), as_of: None }, counted);
                let answer = self.units.get_unit(request).await;
                right(answer, |unit| *unit == self.known.unit)
            }
            Workload::Product => {
                let known = self.known.clone();
                let wanted = known.products.get(rand::random_range(0..known.products.len())).ok_or("no product")?;
                let request = self.say(pb::GetProductRequest { name: wanted.name.clone() }, counted);
                let answer = self.products.get_product(request).await;
                right(answer, |product| product == wanted)
            }
            Workload::Producer => {
                let request = self.say(create_producer(), counted);
                let answer = self.producers.create_producer(request).await;
                right(answer, created)
            }
        }?;
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        Ok(statements)
    }

    fn say<T>(&self, message: T, counted: bool) -> Request<T> {
        let mut request = self.known.say(message);
        if counted {
            request.metadata_mut().insert(COUNT, MetadataValue::from_static("statements"));
        }
        request
    }
}

/// True for the answer to [`create_producer`].
fn created(producer: &pb::Producer) -> bool {
    let id = name::parse(&producer.name, "producers");
    let stamped = producer.create_time.is_some() && producer.create_time == producer.update_time;
    let wanted = pb::Producer {
        name: producer.name.clone(),
        etag: kit::etag(1),
        create_time: producer.create_time,
        update_time: producer.update_time,
        ..create_producer().producer.unwrap_or_default()
    };
    id.is_some_and(|id| id != Uuid::nil()) && stamped && *producer == wanted
}

/// The statements of a right answer.
fn right<T: std::fmt::Debug>(
    answer: Result<Response<T>, Status>,
    is_right: impl FnOnce(&T) -> bool,
) -> Result<Option<u64>, Fault> {
    let answer = answer.map_err(|status| format!("{:?}: {}", status.code(), status.message()))?;
    if !is_right(answer.get_ref()) {
        return Err(format!("a wrong answer: {:?}", answer.get_ref()));
    }
    Ok(answer.metadata().get(STATEMENTS).and_then(|value| value.to_str().ok()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> pb::Producer {
        let now = Some(kit::instant::pb(1_600_000_000_000_000));
        pb::Producer {
            name: name::of("producers", Uuid::from_u128(7)),
            etag: kit::etag(1),
            create_time: now,
            update_time: now,
            ..create_producer().producer.unwrap()
        }
    }

    #[test]
    fn a_created_producer_is_what_was_asked_for_with_a_name_and_its_times() {
        assert!(created(&answer()));
        for wrong in [
            pb::Producer { name: "producers/7".to_owned(), ..answer() },
            pb::Producer { display_name: "HTX An Nghiệp".to_owned(), ..answer() },
            pb::Producer { create_time: None, update_time: None, ..answer() },
            pb::Producer { etag: kit::etag(2), ..answer() },
            pb::Producer { sample: false, ..answer() },
        ] {
            assert!(!created(&wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_refusal_and_a_wrong_answer_are_faults_and_statements_are_read() {
        let refused: Result<Response<u8>, Status> = Err(Status::unavailable("gone"));
        assert_eq!(right(refused, |_| true), Err("Unavailable: gone".to_owned()));
        assert_eq!(right(Ok(Response::new(7)), |n| *n == 8), Err("a wrong answer: 7".to_owned()));
        let mut counted = Response::new(7);
        counted.metadata_mut().insert(STATEMENTS, MetadataValue::from_static("3"));
        assert_eq!(right(Ok(counted), |n| *n == 7), Ok(Some(3)));
        assert_eq!(right(Ok(Response::new(7)), |n| *n == 7), Ok(None));
    }

    #[test]
    fn request_ids_are_uuids_and_differ() {
        assert!(Uuid::try_parse(&request_id()).is_ok());
        assert_ne!(request_id(), request_id());
    }
}
