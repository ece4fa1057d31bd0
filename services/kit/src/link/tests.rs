use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use http_body_util::Full;
use proto::registry::v1::GetUnitRequest;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;
use tonic_types::StatusExt;

use super::*;
use crate::serve::{Connections, Front, serve};
use crate::stack::fake::{LIMITS, World, reason};

const GET: &str = "/ocop.registry.v1.UnitService/GetUnit";

async fn listen(front: Front) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let limits =
        Connections { max_streams: 100, max_connections: 100, max_age: None, grace: Duration::from_millis(100) };
    tokio::spawn(serve(listener, front, limits, stop.clone()));
    (addr, stop.drop_guard())
}

fn link(addr: SocketAddr) -> Link {
    Link::remote("registry", &format!("http://{addr}")).unwrap()
}

/// A server that is UNAVAILABLE for its first calls and then answers an empty message; it counts its calls.
fn weak(failures: usize) -> (Front, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let front = Front::new(tower::service_fn(move |request: Request<Body>| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let read = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            assert!(!read.unwrap().is_empty(), "every try carries the request");
            if call < failures {
                return Ok(status_response(Error::unavailable_as(Common::ShuttingDown)));
            }
            let mut response = Response::new(Body::new(Full::new(Bytes::from_static(&[0; 5])).with_trailers(async {
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", HeaderValue::from_static("0"));
                Some(Ok(trailers))
            })));
            response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
            Ok::<_, Infallible>(response)
        }
    }));
    (front, calls)
}

async fn post(link: &Link, path: &str, body: Vec<u8>, headers: &[(HeaderName, &str)]) -> Option<Status> {
    let mut request = Request::post(format!("http://x{path}")).header("content-type", "application/grpc");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::new(Full::new(Bytes::from(body)))).unwrap();
    let response = link.clone().oneshot(request).await.unwrap();
    Status::from_header_map(response.headers())
}

#[tokio::test]
async fn a_remote_call_is_the_same_call() {
    let world = World::new("linked", LIMITS);
    let (addr, _server) = listen(Front::new(world.stack.clone())).await;
    let mut units = UnitServiceClient::new(link(addr));
    let unit = units.get_unit(world.unit("units/54")).await.unwrap().into_inner();
    assert_eq!((unit.name.as_str(), unit.code.as_str()), ("units/54", "tester"));
    let missing = units.get_unit(world.unit("units/missing")).await.unwrap_err();
    assert_eq!((missing.code(), reason(&missing).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let none = units.get_unit(GetUnitRequest::default()).await.unwrap_err();
    assert_eq!(none.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn reads_and_marked_mutations_are_tried_again_and_nothing_else() {
    let create = inventory::methods().find(|m| m.mutation && !m.streaming).map(|m| m.path.as_str()).unwrap();
    let stream = inventory::methods().find(|m| m.streaming).map(|m| m.path.as_str()).unwrap();
    let marked: &[(HeaderName, &str)] = &[(REPEATABLE, "1")];
    let small = vec![0; 5];
    let large = vec![0; KEPT + 1];
    let cases = [
        (GET, &small, &[][..], 2, 3, true),
        (GET, &small, &[][..], 9, 3, false),
        (GET, &large, &[][..], 1, 1, false),
        (create, &small, marked, 2, 3, true),
        (create, &small, &[][..], 1, 1, false),
        (stream, &small, marked, 1, 1, false),
        ("/some.other.Service/Get", &small, marked, 1, 1, false),
    ];
    for (path, body, headers, failures, tries, answered) in cases {
        let (front, calls) = weak(failures);
        let (addr, _server) = listen(front).await;
        let status = post(&link(addr), path, body.clone(), headers).await;
        assert_eq!((calls.load(Ordering::SeqCst), status.is_none()), (tries, answered), "{path}: {status:?}");
        if let Some(status) = status {
            assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"));
        }
    }
}

#[tokio::test]
async fn while_most_calls_fail_nothing_is_tried_again() {
    let (front, calls) = weak(usize::MAX);
    let (addr, _server) = listen(front).await;
    let link = link(addr);
    for _ in 0..20 {
        post(&link, GET, vec![0; 5], &[]).await.expect("it is unavailable");
    }
    let tries = calls.load(Ordering::SeqCst);
    assert!((20..=30).contains(&tries), "{tries} tries for 20 calls");
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_unavailable_by_name() {
    let addr = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for link in [link(addr), Link::absent("registry")] {
        let status = UnitServiceClient::new(link).get_unit(GetUnitRequest::default()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"));
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.metadata.get("peer").map(String::as_str), Some("registry"));
        assert!(status.get_details_retry_info().is_some());
    }
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_waited_for_until_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut request = tonic::Request::new(GetUnitRequest::default());
    request.set_timeout(Duration::from_millis(150));
    let link = link(silent.local_addr().unwrap());
    let began = Instant::now();
    let status = UnitServiceClient::new(link).get_unit(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_link_finds_its_peer_again() {
    let (front, _) = weak(0);
    let (addr, server) = listen(front).await;
    let link = link(addr);
    assert!(post(&link, GET, vec![0; 5], &[]).await.is_none());
    drop(server);
    let gone = async {
        while post(&link, GET, vec![0; 5], &[]).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the server goes");
    let listener = TcpListener::bind(addr).await.unwrap();
    let stop = CancellationToken::new();
    let limits = Connections { max_streams: 9, max_connections: 9, max_age: None, grace: Duration::from_millis(100) };
    tokio::spawn(serve(listener, weak(0).0, limits, stop.clone()));
    let back = async {
        while post(&link, GET, vec![0; 5], &[]).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), back).await.expect("and comes back");
    stop.cancel();
}

#[tokio::test]
async fn each_hop_keeps_a_little_time_for_itself() {
    let mut headers = HeaderMap::new();
    let method = inventory::method(GET).unwrap();
    let mut seed = CallSeed {
        caller: None,
        method,
        deadline: Some(Instant::now() + Duration::from_secs(1)),
        authorization: None,
        context: opentelemetry::Context::new(),
    };
    forward_headers(&seed, &mut headers).unwrap();
    let left = timeout_of(&headers).unwrap().unwrap();
    assert!(left <= Duration::from_secs(1) - RESERVE && left > Duration::from_millis(900), "{left:?}");
    seed.deadline = Some(Instant::now() + RESERVE / 2);
    let late = forward_headers(&seed, &mut headers).unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    for (time, text) in [(10, "9"), (1000, "999"), (200_000, "199999")] {
        put_timeout(Instant::now() + Duration::from_secs(time), &mut headers).unwrap();
        let written = headers.get("grpc-timeout").unwrap().to_str().unwrap();
        assert!(written.starts_with(text) && written.len() <= 9, "{time} s: {written}");
    }
}
