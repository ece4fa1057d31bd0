use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use proto::common::v1::{Role, WatchRequest};
use proto::registry::v1::GetUnitRequest;
use proto::registry::v1::feed_service_client::FeedServiceClient;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::fake::{LIMITS, World, reason};
use super::*;
use crate::link::Link;

fn units(world: &World) -> UnitServiceClient<Link> {
    UnitServiceClient::new(Link::local(world.stack.clone()))
}

fn feed(world: &World) -> FeedServiceClient<Link> {
    FeedServiceClient::new(Link::local(world.stack.clone()))
}

/// Sends bytes as they are and reads the status wherever it stands.
async fn raw(world: &World, path: &str, body: &'static [u8], headers: &[(&str, &str)]) -> Status {
    let mut request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("authorization", format!("Bearer {}", world.token(Role::NationalAdmin)));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::new(Full::new(Bytes::from_static(body)))).unwrap();
    let response = world.stack.clone().oneshot(request).await.unwrap();
    let in_headers = Status::from_header_map(response.headers());
    let trailers = response.into_body().collect().await.unwrap().trailers().cloned().unwrap_or_default();
    in_headers.or_else(|| Status::from_header_map(&trailers)).expect("every answer has a status")
}

/// Path, body, headers; code and reason.
type Case = (&'static str, &'static [u8], &'static [(&'static str, &'static str)], Code, &'static str);

const GET: &str = "/ocop.registry.v1.UnitService/GetUnit";

#[tokio::test]
async fn a_good_call_reaches_its_handler_with_its_caller() {
    let world = World::new("stack", LIMITS);
    let unit = units(&world).get_unit(world.unit("units/54")).await.unwrap().into_inner();
    assert_eq!((unit.name.as_str(), unit.code.as_str()), ("units/54", "tester"));
}

#[tokio::test]
async fn whoever_has_no_good_token_or_no_role_is_refused_before_the_handler() {
    let world = World::new("stack", LIMITS);
    let none = units(&world).get_unit(GetUnitRequest::default()).await.unwrap_err();
    assert_eq!((none.code(), reason(&none).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"));
    assert_eq!(none.metadata().get("x-trace-id").map(|v| v.as_bytes().len()), Some(32));
    let mut forged = tonic::Request::new(GetUnitRequest::default());
    forged.metadata_mut().insert("authorization", "Bearer a.b.c".parse().unwrap());
    let forged = units(&world).get_unit(forged).await.unwrap_err();
    assert_eq!(reason(&forged), "TOKEN_INVALID");
    let analyst = world.request(Role::Analyst, WatchRequest::default());
    let denied = feed(&world).watch(analyst).await.unwrap_err();
    assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
    assert_eq!(world.seen.began.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_tonic_answers_by_itself_gets_the_contracts_code_and_reason() {
    let world = World::new("stack", LIMITS);
    let mut too_long = vec![0, 0, 1, 0, 0];
    too_long.resize(too_long.len() + 65_536 + 10, b'x');
    let too_long: &'static [u8] = Box::leak(too_long.into_boxed_slice());
    // Declared in the contract, served by somebody else.
    let served = ["ocop.registry.v1.UnitService", "ocop.registry.v1.FeedService"];
    let elsewhere = crate::inventory::methods()
        .find(|m| !m.streaming && !served.contains(&m.service.as_str()) && m.roles.contains(&Role::NationalAdmin))
        .map(|m| m.path.as_str())
        .unwrap();
    let cases: [Case; 8] = [
        ("/ocop.registry.v1.UnitService/Guess", b"", &[], Code::Unimplemented, "METHOD_UNKNOWN"),
        ("/index.html", b"", &[], Code::Unimplemented, "METHOD_UNKNOWN"),
        (elsewhere, b"\0\0\0\0\0", &[], Code::Unimplemented, "METHOD_UNKNOWN"),
        (GET, b"\0\0\0\0\x03\x0a\x7fx", &[], Code::InvalidArgument, "MESSAGE_UNDECODABLE"),
        (GET, b"", &[], Code::InvalidArgument, "MESSAGE_UNDECODABLE"),
        (GET, b"\0\0\0\0\0", &[("grpc-encoding", "zip")], Code::InvalidArgument, "MESSAGE_UNDECODABLE"),
        (GET, b"\0\0\0\0\0", &[("grpc-timeout", "soon")], Code::InvalidArgument, "MESSAGE_UNDECODABLE"),
        (GET, too_long, &[], Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
    ];
    for (path, body, headers, code, why) in cases {
        let status = raw(&world, path, body, headers).await;
        assert_eq!((status.code(), reason(&status).as_str()), (code, why), "{path}: {status:?}");
        assert!(status.get_details_retry_info().is_none(), "{path}: repeating does not help");
    }
    let raw = units(&world).get_unit(world.unit("units/raw")).await.unwrap_err();
    assert_eq!((raw.code(), reason(&raw).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!raw.message().contains("library"), "private words stay in the log: {raw:?}");
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_of_that_call_alone() {
    let world = World::new("stack", LIMITS);
    let fault = units(&world).get_unit(world.unit("units/panic")).await.unwrap_err();
    assert_eq!((fault.code(), reason(&fault).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!fault.message().contains("as asked"), "{fault:?}");
    let broken = world.request(Role::Service, WatchRequest { after_position: -1, until_head: false });
    let mut stream = feed(&world).watch(broken).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let fault = stream.message().await.unwrap_err();
    assert_eq!((fault.code(), reason(&fault).as_str()), (Code::Internal, "INTERNAL"));
    units(&world).get_unit(world.unit("units/54")).await.unwrap();
}

#[tokio::test]
async fn a_deadline_that_passes_drops_the_handler() {
    let limits = Limits { default_deadline: Duration::from_millis(50), ..LIMITS };
    let world = World::new("stack", limits);
    let late = units(&world).get_unit(world.unit("units/never")).await.unwrap_err();
    assert_eq!((late.code(), reason(&late).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    world.seen.left(1).await;
    let mut longer = world.unit("units/slow");
    longer.set_timeout(Duration::from_secs(5));
    units(&world).get_unit(longer).await.expect("the caller's own deadline wins over the default");
    let mut shorter = world.watch();
    shorter.set_timeout(Duration::from_millis(80));
    let mut stream = feed(&world).watch(shorter).await.unwrap().into_inner();
    let end = loop {
        match stream.message().await {
            Ok(message) => assert!(message.is_some(), "a stream is not cut without a status"),
            Err(status) => break status,
        }
    };
    assert_eq!((end.code(), reason(&end).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    world.seen.left(3).await;
}

#[tokio::test]
async fn a_stream_outlives_the_default_deadline() {
    let limits = Limits { default_deadline: Duration::from_millis(30), ..LIMITS };
    let world = World::new("stack", limits);
    let mut stream = feed(&world).watch(world.watch()).await.unwrap().into_inner();
    for _ in 0..10 {
        assert!(stream.message().await.unwrap().is_some());
    }
    let whole = world.request(Role::Service, WatchRequest { after_position: 0, until_head: true });
    let mut stream = feed(&world).watch(whole).await.unwrap().into_inner();
    let mut messages = 0;
    while stream.message().await.unwrap().is_some() {
        messages += 1;
    }
    assert_eq!(messages, 2);
}

#[tokio::test]
async fn a_caller_that_leaves_ends_its_handler() {
    let world = World::new("stack-left", LIMITS);
    let mut client = units(&world);
    let call = client.get_unit(world.unit("units/never"));
    tokio::select! {
        _ = call => panic!("it never ends"),
        () = world.seen.began(1) => {}
    }
    world.seen.left(1).await;
    let mut stream = feed(&world).watch(world.watch()).await.unwrap().into_inner();
    stream.message().await.unwrap();
    drop(stream);
    world.seen.left(2).await;
    let cancelled = |method: &str| format!("code=\"CANCELLED\",host=\"stack-left\",method=\"{method}\"");
    let metrics = telemetry::metrics_text();
    assert!(metrics.contains(&cancelled("GetUnit")) && metrics.contains(&cancelled("Watch")), "{metrics}");
}

#[tokio::test]
async fn overload_is_refused_with_a_time_to_come_back() {
    let limits = Limits { max_in_flight: 1, ..LIMITS };
    let world = World::new("stack", limits);
    let (mut first, mut second) = (units(&world), units(&world));
    let busy = first.get_unit(world.unit("units/slow"));
    let refused = async {
        world.seen.began(1).await;
        let mut stream = feed(&world).watch(world.watch()).await.expect("streams have places of their own");
        let no_place = feed(&world).watch(world.watch()).await.unwrap_err();
        assert_eq!(reason(&no_place), "OVERLOADED");
        stream.get_mut().message().await.unwrap();
        second.get_unit(world.unit("units/54")).await.unwrap_err()
    };
    let (done, refused) = tokio::join!(busy, refused);
    done.unwrap();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(refused.get_details_retry_info().is_some_and(|r| r.retry_delay.is_some()));
    units(&world).get_unit(world.unit("units/54")).await.expect("the place is free again");
    feed(&world).watch(world.watch()).await.expect("so is the stream's");
}

#[tokio::test]
async fn a_caller_with_too_many_calls_waits_for_the_next_minute() {
    let limits = Limits { calls_per_minute: 1, ..LIMITS };
    let world = World::new("stack", limits);
    let mut refused = 0;
    for _ in 0..3 {
        if let Err(status) = units(&world).get_unit(world.unit("units/54")).await {
            assert_eq!(reason(&status), "RATE_LIMITED");
            assert!(status.get_details_retry_info().is_some());
            refused += 1;
        }
    }
    assert!((1..=2).contains(&refused), "the window may change once: {refused}");
}

#[tokio::test]
async fn a_service_that_goes_down_ends_its_streams_and_not_its_calls() {
    let world = World::new("stack", LIMITS);
    let mut stream = feed(&world).watch(world.watch()).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let mut client = units(&world);
    let slow = client.get_unit(world.unit("units/slow"));
    let stop = async {
        world.seen.began(2).await;
        world.stop.cancel();
    };
    let (done, ()) = tokio::join!(slow, stop);
    done.unwrap();
    let end = loop {
        if let Err(status) = stream.message().await {
            break status;
        }
    };
    assert_eq!((end.code(), reason(&end).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert!(end.get_details_retry_info().is_some());
}

#[tokio::test]
async fn every_call_is_measured_under_the_code_that_its_trailers_tell() {
    let world = World::new("stack-measured", LIMITS);
    units(&world).get_unit(world.unit("units/54")).await.unwrap();
    let missing = units(&world).get_unit(world.unit("units/missing")).await.unwrap_err();
    assert_eq!((missing.code(), reason(&missing).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let metrics = telemetry::metrics_text();
    for code in ["OK", "NOT_FOUND"] {
        let count = format!(
            "ocop_rpc_duration_seconds_count{{code=\"{code}\",host=\"stack-measured\",method=\"GetUnit\",\
             service=\"ocop.registry.v1.UnitService\"}} 1"
        );
        assert!(metrics.contains(&count), "{count} is missing in {metrics}");
    }
    let gauge = "ocop_rpc_in_flight{host=\"stack-measured\",service=\"ocop.registry.v1.UnitService\"} 0";
    assert!(metrics.contains(gauge), "{metrics}");
}

#[test]
fn timeouts_are_read_as_grpc_writes_them() {
    let read = |text: &str| {
        let mut headers = http::HeaderMap::new();
        headers.insert("grpc-timeout", text.parse().unwrap());
        timeout_of(&headers).ok().flatten()
    };
    assert_eq!(timeout_of(&http::HeaderMap::new()).unwrap(), None);
    let good = [("2H", 7_200_000), ("3M", 180_000), ("5S", 5000), ("99999999m", 99_999_999), ("4000u", 4), ("0S", 0)];
    for (text, ms) in good {
        assert_eq!(read(text), Some(Duration::from_millis(ms)), "{text}");
    }
    assert_eq!(read("1000n"), Some(Duration::from_micros(1)));
    for bad in ["", "S", "5", "-1S", "1.5S", "123456789m", "5s", "5Sx"] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
