//! Trials of tonic's own transport server: what becomes of a stream and a slow call when a connection reaches its age,
//! with and without a grace; what a passed deadline is answered with; how many streams one connection may have.
//!
//! `cargo run -p kit --features testing --example transport`
//! The answers stand in the documentation of `kit::serve` and `kit::stack`, which do otherwise.

#![expect(clippy::unwrap_used, reason = "a trial that cannot go on ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{BoxStream, StreamExt};
use proto::common::v1::{WatchRequest, WatchResponse};
use proto::registry::v1::feed_service_client::FeedServiceClient;
use proto::registry::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::registry::v1::unit_service_client::UnitServiceClient;
use proto::registry::v1::unit_service_server::{UnitService, UnitServiceServer};
use proto::registry::v1::{GetUnitRequest, ListUnitsRequest, ListUnitsResponse, MapUnitRequest, MapUnitResponse, Unit};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

const SLOW: Duration = Duration::from_millis(600);
const AGE: Duration = Duration::from_millis(300);

/// Units that take 600 ms each, and an endless stream.
#[derive(Clone, Default)]
struct Slow {
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl UnitService for Slow {
    async fn get_unit(&self, _: Request<GetUnitRequest>) -> Result<Response<Unit>, Status> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        tokio::time::sleep(SLOW).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::new(Unit::default()))
    }

    async fn list_units(&self, _: Request<ListUnitsRequest>) -> Result<Response<ListUnitsResponse>, Status> {
        Ok(Response::new(ListUnitsResponse::default()))
    }

    async fn map_unit(&self, _: Request<MapUnitRequest>) -> Result<Response<MapUnitResponse>, Status> {
        Ok(Response::new(MapUnitResponse::default()))
    }
}

#[tonic::async_trait]
impl FeedService for Slow {
    type WatchStream = BoxStream<'static, Result<WatchResponse, Status>>;

    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let messages = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Ok(WatchResponse::default()), ()))
        });
        Ok(Response::new(messages.boxed()))
    }
}

/// Serves in the background until the process ends.
async fn serve(mut server: Server, slow: Slow) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = server.add_service(UnitServiceServer::new(slow.clone())).add_service(FeedServiceServer::new(slow));
    tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
    Endpoint::from_shared(url).unwrap().connect().await.unwrap()
}

fn say<T>(answer: Result<T, Status>) -> String {
    match answer {
        Ok(_) => "is answered".to_owned(),
        Err(status) => format!("reads {:?} ({})", status.code(), status.message()),
    }
}

async fn age(name: &str, server: Server) {
    let channel = serve(server, Slow::default()).await;
    let begun = Instant::now();
    let watching = async {
        let mut stream =
            FeedServiceClient::new(channel.clone()).watch(WatchRequest::default()).await.unwrap().into_inner();
        loop {
            match tokio::time::timeout(Duration::from_secs(3), stream.message()).await {
                Ok(Ok(Some(_))) if begun.elapsed() < Duration::from_secs(3) => {}
                Ok(Ok(Some(_))) => return "still goes on after 3 s".to_owned(),
                Ok(Ok(None)) => return format!("ends in silence after {:?}", begun.elapsed()),
                Ok(Err(status)) => return format!("{} after {:?}", say(Err::<(), _>(status)), begun.elapsed()),
                Err(_) => return "is silent for 3 s".to_owned(),
            }
        }
    };
    let calling = async { say(UnitServiceClient::new(channel.clone()).get_unit(GetUnitRequest::default()).await) };
    let (stream, call) = tokio::join!(watching, calling);
    println!("{name}\n  the slow call {call}\n  the stream {stream}");
}

#[tokio::main]
async fn main() {
    println!("Age 300 ms, a call of 600 ms and an endless stream in flight");
    age("no age", Server::builder()).await;
    age("without grace", Server::builder().max_connection_age(AGE)).await;
    for grace in [100, 1000] {
        let server = Server::builder().max_connection_age(AGE).max_connection_age_grace(Duration::from_millis(grace));
        age(&format!("with a grace of {grace} ms"), server).await;
    }

    println!("Deadlines of 100 ms, a call of 600 ms");
    let short = Duration::from_millis(100);
    let channel = serve(Server::builder().timeout(short), Slow::default()).await;
    println!("  server's: the call {}", say(UnitServiceClient::new(channel).get_unit(GetUnitRequest::default()).await));
    let channel = serve(Server::builder(), Slow::default()).await;
    let mut request = Request::new(GetUnitRequest::default());
    request.set_timeout(short);
    println!("  caller's: the call {}", say(UnitServiceClient::new(channel).get_unit(request).await));

    println!("A thousand calls on one connection");
    for (name, server) in
        [("as it is", Server::builder()), ("limit 200", Server::builder().max_concurrent_streams(200))]
    {
        let slow = Slow::default();
        let channel = serve(server, slow.clone()).await;
        let calls = (0..1000).map(|_| {
            let mut units = UnitServiceClient::new(channel.clone());
            async move { units.get_unit(GetUnitRequest::default()).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let answered = answers.iter().filter(|a| a.is_ok()).count();
        println!("  {name}: {} at the same time, {answered} answered", slow.most.load(Ordering::SeqCst));
    }
}
