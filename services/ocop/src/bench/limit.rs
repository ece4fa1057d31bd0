//! The limits: bare tonic with nothing around it, over nothing, one statement, or one transaction of raw inserts.
//!
//! Tonic's own server and codec, the same allocator, pool size and statement cache as the service. No token, contract,
//! deadline, measurement, validation; no sort key or hash is calculated for a row.

mod raw;

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use kit::{BoxError, Clock, Error, name};
use prost::Message;
use proto::registry::v1 as pb;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

pub(super) use self::raw::PRODUCT;
use self::raw::{NewProducer, Pool};
use super::children;

/// The file of the unit that is answered, in the folder of the limit.
pub(super) const UNIT_FILE: &str = "unit.bin";

/// Serves the limits until the driver's input ends.
pub(super) async fn serve(dir: &Path) -> Result<(), BoxError> {
    let (database_url, ended) = children::told()?;
    let pool = Pool::open(&database_url).await?;
    let unit = pb::Unit::decode(std::fs::read(dir.join(UNIT_FILE))?.as_slice())?;
    let path = reference::units::path(super::work::UNIT).ok_or("the unit is unknown")?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("ready {}", listener.local_addr()?);
    Server::builder()
        .add_service(Bare(GetUnit(Arc::new(unit))))
        .add_service(Bare(GetProduct(pool.clone())))
        .add_service(Bare(CreateProducer { pool, unit_path: path.into() }))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async {
            let _however_it_ends = ended.await;
        })
        .await?;
    Ok(())
}

/// One method of a service.
trait Method: Clone + Send + Sync + 'static {
    const SERVICE: &'static str;
    type Asked: Message + Default + 'static;
    type Given: Message + Default + 'static;
    fn answer(&self, asked: Self::Asked) -> impl Future<Output = Result<Self::Given, Status>> + Send;
}

/// What tonic generates for a service, with one method that answers for all.
#[derive(Clone)]
struct Bare<M>(M);

impl<M: Method> NamedService for Bare<M> {
    const NAME: &'static str = M::SERVICE;
}

impl<M: Method> Service<http::Request<Body>> for Bare<M> {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = Unary(self.0.clone());
        Box::pin(async move {
            let codec = ProstCodec::<M::Given, M::Asked>::default();
            Ok(Grpc::new(codec).unary(method, request).await)
        })
    }
}

struct Unary<M>(M);

impl<M: Method> UnaryService<M::Asked> for Unary<M> {
    type Response = M::Given;
    type Future = BoxFuture<Response<M::Given>, Status>;

    fn call(&mut self, request: Request<M::Asked>) -> Self::Future {
        let method = self.0.clone();
        Box::pin(async move { method.answer(request.into_inner()).await.map(Response::new) })
    }
}

#[derive(Clone)]
struct GetUnit(Arc<pb::Unit>);

impl Method for GetUnit {
    const SERVICE: &'static str = "ocop.registry.v1.UnitService";
    type Asked = pb::GetUnitRequest;
    type Given = pb::Unit;

    async fn answer(&self, _: pb::GetUnitRequest) -> Result<pb::Unit, Status> {
        Ok(pb::Unit::clone(&self.0))
    }
}

#[derive(Clone)]
struct GetProduct(Pool);

impl Method for GetProduct {
    const SERVICE: &'static str = "ocop.registry.v1.ProductService";
    type Asked = pb::GetProductRequest;
    type Given = pb::Product;

    async fn answer(&self, asked: pb::GetProductRequest) -> Result<pb::Product, Status> {
        let id = name::parse(&asked.name, "products").ok_or_else(|| Error::internal("no name of a product"))?;
        let product = self.0.product(id).await.map_err(Error::internal)?;
        Ok(product.ok_or_else(|| Error::not_found(asked.name))?)
    }
}

#[derive(Clone)]
struct CreateProducer {
    pool: Pool,
    unit_path: Arc<str>,
}

impl Method for CreateProducer {
    const SERVICE: &'static str = "ocop.registry.v1.ProducerService";
    type Asked = pb::CreateProducerRequest;
    type Given = pb::Producer;

    async fn answer(&self, asked: pb::CreateProducerRequest) -> Result<pb::Producer, Status> {
        let (unit_path, now_us) = (self.unit_path.clone(), Clock::System.now_us());
        let new = NewProducer::of(asked, unit_path, now_us).ok_or_else(|| Error::internal("no producer"))?;
        self.pool.producer(&new).await.map_err(Error::internal)?;
        Ok(new.producer)
    }
}
