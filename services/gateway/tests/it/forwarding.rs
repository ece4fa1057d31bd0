//! What the gateway does with a call on its way to a peer over the network: nothing to the bytes, little to the headers.

use std::time::Duration;

use kit::testing::reason;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::peer::{Crossing, Says};
use super::stage::{CREATE_PRODUCER, GET_UNIT, WATCH, http, refused};

/// One message with a field that the contract does not have (number 2047).
const UNKNOWN_FIELD: &[u8] = b"\0\0\0\0\x12\x0a\x08units/vn\xfa\x7f\x05after";
/// A message that says that it is compressed; the bytes are for whoever reads them.
const COMPRESSED: &[u8] = b"\x01\0\0\0\x04\x1f\x8b\xfe\xff";

#[tokio::test(flavor = "multi_thread")]
async fn bodies_go_through_byte_for_byte() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\x04\xfa\x7f\x01x\x01\0\0\0\x02\x1f\x8b")).await;
    for (body, headers) in [
        (UNKNOWN_FIELD, &[][..]),
        (COMPRESSED, &[("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip,zstd")]),
        (b"\0\0\0\0\x03\x0a\x7fx", &[]),
    ] {
        let got = crossing.send(GET_UNIT, headers, body).await;
        let came = crossing.came_once();
        assert_eq!((came.path.as_str(), &came.body[..]), (GET_UNIT, body));
        for (name, value) in headers {
            assert_eq!(came.headers.get(*name).unwrap(), value, "{name}");
        }
        assert_eq!(&got.body[..], b"\0\0\0\0\x04\xfa\x7f\x01x\x01\0\0\0\x02\x1f\x8b");
        assert_eq!(got.trailers.get("grpc-status").unwrap(), "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_peer_says_around_its_answer_is_kept() {
    let mut says = Says::frames(b"\0\0\0\0\0");
    says.headers.extend([("grpc-encoding", "gzip"), ("x-leading", "first")]);
    says.trailers = vec![
        ("grpc-status", "9"),
        ("grpc-message", "kh%C3%B4ng%20%C4%91%C6%B0%E1%BB%A3c"),
        ("grpc-status-details-bin", "CAk"),
        ("x-trailing", "last"),
    ];
    let crossing = Crossing::to(says).await;
    let got = crossing.send(GET_UNIT, &[], UNKNOWN_FIELD).await;
    assert_eq!(got.headers.get("grpc-encoding").unwrap(), "gzip");
    assert_eq!(got.headers.get("x-leading").unwrap(), "first");
    assert_eq!(got.trailers.get("x-trailing").unwrap(), "last");
    assert_eq!(got.trailers.get("grpc-status-details-bin").unwrap(), "CAk");
    let status = Status::from_header_map(&got.trailers).unwrap();
    assert_eq!((status.code(), status.message()), (Code::FailedPrecondition, "không được"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_goes_on_and_the_time_gets_shorter() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\0")).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [("traceparent", parent), ("tracestate", "a=b"), ("grpc-timeout", "5S")];
    crossing.send(GET_UNIT, &headers, UNKNOWN_FIELD).await;
    let came = crossing.came_once();
    let text = |name: &str| came.headers.get(name).unwrap_or_else(|| panic!("{name}")).to_str().unwrap();
    let parts: Vec<&str> = text("traceparent").split('-').collect();
    assert_eq!((parts[1], parts[3]), (trace, "01"), "the same trace, recorded as the caller decided");
    assert_ne!(parts[2], "00f067aa0ba902b7", "below the gateway's own span");
    assert_eq!(text("tracestate"), "a=b");
    let left = kit::stack::timeout_of(&came.headers).unwrap().unwrap();
    assert!(left < Duration::from_secs(5) - kit::link::RESERVE, "{left:?}");
    assert_eq!(text("authorization"), format!("Bearer {}", crossing.token), "the service checks for itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_json_comes_to_the_peer_as_plain_grpc() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\x0a\x0a\x08units/vn")).await;
    let authorization = format!("Bearer {}", crossing.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
        ("connect-timeout-ms", "60000"),
        ("accept-encoding", "gzip, br"),
        ("grpc-encoding", "gzip"),
        ("grpc-accept-encoding", "gzip"),
        ("grpc-timeout", "1n"),
        ("keep-alive", "timeout=5"),
    ];
    let body = br#"{"name":"units/vn"}"#;
    let answer = http(crossing.running.addr(), "POST", GET_UNIT, &headers, body).await;
    assert_eq!(answer.good()["name"], "units/vn");
    let came = crossing.came_once();
    assert_eq!(&came.body[..], b"\0\0\0\0\x0a\x0a\x08units/vn");
    assert_eq!(came.headers.get("content-type").unwrap(), "application/grpc");
    assert_eq!(came.headers.get("te").unwrap(), "trailers");
    let left = kit::stack::timeout_of(&came.headers).unwrap().unwrap();
    assert!((Duration::from_secs(50)..Duration::from_secs(60)).contains(&left), "{left:?}");
    let foreign = ["connect-timeout-ms", "accept-encoding", "grpc-encoding", "grpc-accept-encoding", "keep-alive"];
    for name in foreign.into_iter().chain(["connection", "transfer-encoding"]) {
        assert!(!came.headers.contains_key(name), "{name}: {:?}", came.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_grpc_web_comes_to_the_peer_as_plain_grpc() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\x0a\x0a\x08units/vn")).await;
    let authorization = format!("Bearer {}", crossing.token);
    for (kind, body) in [
        ("application/grpc-web+proto", &b"\0\0\0\0\x0a\x0a\x08units/vn"[..]),
        ("application/grpc-web-text", b"AAAAAAoKCHVuaXRzL3Zu"),
    ] {
        let headers = [("content-type", kind), ("authorization", authorization.as_str()), ("x-grpc-web", "1")];
        let answer = http(crossing.running.addr(), "POST", GET_UNIT, &headers, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let came = crossing.came_once();
        assert_eq!(&came.body[..], b"\0\0\0\0\x0a\x0a\x08units/vn", "{kind}");
        assert!(came.headers.get("content-type").unwrap().to_str().unwrap().starts_with("application/grpc"));
        assert!(!came.headers.get("content-type").unwrap().to_str().unwrap().contains("web"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_refuses_itself_never_comes_to_the_peer() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\0")).await;
    // A channel would keep such a time itself.
    let authorization = format!("Bearer {}", crossing.token);
    let headers =
        [("content-type", "application/grpc"), ("authorization", authorization.as_str()), ("grpc-timeout", "0m")];
    let late = http(crossing.running.addr(), "POST", GET_UNIT, &headers, UNKNOWN_FIELD).await;
    assert_eq!((late.status, late.header("grpc-status")), (200, Some("4")), "{late:?}");
    let json = [("content-type", "application/json")];
    for body in ["{", "{}"] {
        let answer = http(crossing.running.addr(), "POST", GET_UNIT, &json, body.as_bytes()).await;
        assert_eq!(answer.refusal(), refused(401, "unauthenticated", "UNAUTHENTICATED"));
    }
    assert!(crossing.came().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_answer_or_is_not_configured_is_unavailable() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\0")).await;
    for (path, peer) in [
        ("/ocop.budget.v1.NormService/ListNorms", "budget"),
        ("/ocop.training.v1.CourseService/ListCourses", "training"),
    ] {
        let got = crossing.send(path, &[], b"\0\0\0\0\0").await;
        let status = Status::from_header_map(&got.headers).unwrap();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"), "{path}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["peer"], peer);
        assert!(details.retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO);
        assert!(!details.localized_message().unwrap().message.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_unavailable_whatever_came_before() {
    // A peer that dies in the middle sends no trailers, or not those of gRPC.
    let mut says = Says::frames(b"\0\0\0\0\x0a\x0a\x08units/vn");
    says.trailers.clear();
    breaks_off(says.clone()).await;
    says.trailers.push(("x-other", "1"));
    breaks_off(says).await;
}

async fn breaks_off(says: Says) {
    let crossing = Crossing::to(says).await;
    for path in [GET_UNIT, WATCH, CREATE_PRODUCER] {
        let got = crossing.send(path, &[], UNKNOWN_FIELD).await;
        let status = Status::from_header_map(&got.trailers).unwrap();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"), "{path}");
        assert!(status.get_details_retry_info().is_some(), "{path}");
        assert_eq!(status.message(), "the service registry does not answer", "{path}");
    }
    let authorization = format!("Bearer {}", crossing.token);
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    let answer = http(crossing.running.addr(), "POST", GET_UNIT, &headers, b"{}").await;
    assert_eq!(answer.refusal(), refused(503, "unavailable", "PEER_UNAVAILABLE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_message_is_a_fault_of_ours_not_of_the_caller() {
    let authorization = |crossing: &Crossing| format!("Bearer {}", crossing.token);
    for frames in [&b""[..], b"\0\0\0\0\x05abc", b"\x01\0\0\0\x02\x1f\x8b", b"\0\0\0\0\x02\x0a\x7f"] {
        let crossing = Crossing::to(Says::frames(frames)).await;
        let authorization = authorization(&crossing);
        let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
        let answer = http(crossing.running.addr(), "POST", GET_UNIT, &headers, b"{}").await;
        assert_eq!(answer.refusal(), refused(500, "internal", "INTERNAL"), "{frames:?}");
    }
}
