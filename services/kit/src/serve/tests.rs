use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Instant;

use proto::registry::v1::feed_service_client::FeedServiceClient;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use super::*;
use crate::link::Link;
use crate::stack::fake::{LIMITS, World, reason};

const CONNECTIONS: Connections =
    Connections { max_streams: 100, max_connections: 100, max_age: None, grace: Duration::from_secs(5) };

struct Served {
    world: World,
    addr: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

async fn served(connections: Connections) -> Served {
    let world = World::new("served", LIMITS);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, Front::new(world.stack.clone()), connections, stop.clone()));
    Served { world, addr, stop, serving }
}

impl Served {
    async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.addr)).unwrap().connect().await.unwrap()
    }

    /// Ends, and says how long it took.
    async fn end(self) -> Duration {
        self.stop.cancel();
        let began = Instant::now();
        tokio::time::timeout(Duration::from_secs(10), self.serving).await.expect("it ends").expect("without a panic");
        began.elapsed()
    }
}

/// The status that a stream ends with.
async fn ending<T>(stream: &mut tonic::Streaming<T>) -> tonic::Status {
    loop {
        match stream.message().await {
            Ok(message) => assert!(message.is_some(), "a stream never ends in silence"),
            Err(status) => return status,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_connection_finishes_its_calls_ends_its_streams_and_makes_way_for_a_new_one() {
    let served = served(Connections { max_age: Some(Duration::from_millis(300)), ..CONNECTIONS }).await;
    let channel = served.channel().await;
    let mut units = UnitServiceClient::new(channel.clone());
    let mut stream = FeedServiceClient::new(channel).watch(served.world.watch()).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let slow = units.get_unit(served.world.unit("units/slow"));
    let (slow, end) = tokio::join!(slow, ending(&mut stream));
    slow.expect("the call outlives the age of its connection");
    assert_eq!((end.code(), reason(&end).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    // Twice the age: a peer goes on by itself over new connections. A bare channel would now and then hand a call to one
    // that is just closing; the link sends it again.
    let mut units = UnitServiceClient::new(Link::remote("served", &format!("http://{}", served.addr)).unwrap());
    for _ in 0..6 {
        units.get_unit(served.world.unit("units/54")).await.expect("the next connection");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(served.end().await < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_stops_finishes_its_calls_and_ends_its_streams() {
    let served = served(CONNECTIONS).await;
    let channel = served.channel().await;
    let mut units = UnitServiceClient::new(channel.clone());
    let mut stream = FeedServiceClient::new(channel).watch(served.world.watch()).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let slow = units.get_unit(served.world.unit("units/slow"));
    let stopping = async {
        served.world.seen.began(2).await;
        served.stop.cancel();
        ending(&mut stream).await
    };
    let (slow, end) = tokio::join!(slow, stopping);
    slow.expect("the call was in flight");
    assert_eq!((end.code(), reason(&end).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    let addr = served.addr;
    assert!(served.end().await < Duration::from_secs(2), "the last call is gone, so nothing is waited for");
    assert!(TcpStream::connect(addr).await.is_err(), "the port is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_ends_what_does_not_end() {
    let served = served(Connections { grace: Duration::from_millis(200), ..CONNECTIONS }).await;
    let mut units = UnitServiceClient::new(served.channel().await);
    let seen = served.world.seen.clone();
    let request = served.world.unit("units/never");
    let call = tokio::spawn(async move { units.get_unit(request).await });
    seen.began(1).await;
    assert!(served.end().await < Duration::from_secs(2));
    assert!(call.await.unwrap().is_err(), "the caller reads a broken connection");
    seen.left(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_peers_do_not_hold_up_the_end_and_unfinished_ones_no_longer_than_the_grace() {
    let served = served(Connections { grace: Duration::from_millis(500), ..CONNECTIONS }).await;
    let idle = served.channel().await;
    UnitServiceClient::new(idle.clone()).get_unit(served.world.unit("units/54")).await.unwrap();
    // Nothing, half a preface, a preface without settings, half the head of a request.
    let mut peers = Vec::new();
    for words in ["", "PRI * HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\n"] {
        let mut peer = TcpStream::connect(served.addr).await.unwrap();
        peer.write_all(words.as_bytes()).await.unwrap();
        peers.push(peer);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let took = served.end().await;
    assert!((400..2000).contains(&took.as_millis()), "the unfinished ones get the grace and no more: {took:?}");
    let served = self::served(CONNECTIONS).await;
    let silent = TcpStream::connect(served.addr).await.unwrap();
    let idle_again = served.channel().await;
    UnitServiceClient::new(idle_again.clone()).get_unit(served.world.unit("units/54")).await.unwrap();
    let took = served.end().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    drop((idle, peers, silent, idle_again));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_ends_its_handlers() {
    let served = served(CONNECTIONS).await;
    let seen = served.world.seen.clone();
    let mut units = UnitServiceClient::new(served.channel().await);
    let request = served.world.unit("units/never");
    let call = tokio::spawn(async move { units.get_unit(request).await });
    seen.began(1).await;
    call.abort();
    seen.left(1).await;
    let channel = served.channel().await;
    let mut stream = FeedServiceClient::new(channel).watch(served.world.watch()).await.unwrap().into_inner();
    stream.message().await.unwrap();
    drop(stream);
    seen.left(2).await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_never_has_more_streams_than_it_may() {
    let served = served(Connections { max_streams: 2, ..CONNECTIONS }).await;
    let channel = served.channel().await;
    // A client knows the limit once the server's settings have come; calls sent before may be refused.
    UnitServiceClient::new(channel.clone()).get_unit(served.world.unit("units/54")).await.unwrap();
    let calls = (0..6).map(|_| {
        let mut units = UnitServiceClient::new(channel.clone());
        let request = served.world.unit("units/slow");
        async move { units.get_unit(request).await }
    });
    for answer in futures_util::future::join_all(calls).await {
        answer.expect("a client that keeps to the limit waits its turn");
    }
    assert_eq!(served.world.seen.most.load(Ordering::SeqCst), 2);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let served = served(Connections { max_connections: 1, ..CONNECTIONS }).await;
    let mut first = UnitServiceClient::new(served.channel().await);
    first.get_unit(served.world.unit("units/54")).await.unwrap();
    let mut second = UnitServiceClient::new(served.channel().await);
    let mut request = served.world.unit("units/54");
    request.set_timeout(Duration::from_millis(200));
    second.get_unit(request).await.expect_err("there is no place");
    drop(first);
    second.get_unit(served.world.unit("units/54")).await.expect("now there is");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http1_is_served_on_the_same_port() {
    let served = served(CONNECTIONS).await;
    let mut plain = TcpStream::connect(served.addr).await.unwrap();
    let request = "POST /ocop.registry.v1.UnitService/GetUnit HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("grpc-status: 16"), "{answer}");
    served.end().await;
}
