//! gRPC-Web, as pages in a browser speak it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use kit::testing::reason;
use prost::Message;
use proto::registry::v1 as pb;
use tonic::{Code, Status};

use super::stage::{GET_UNIT, WARD_8, bearer, http, stage};

fn framed(message: &impl Message) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0][..], &length, &bytes].concat()
}

/// The messages and the trailers of an answer.
fn parts(mut body: &[u8]) -> (Vec<Vec<u8>>, HeaderMap) {
    let (mut messages, mut trailers) = (Vec::new(), HeaderMap::new());
    while let [flag, a, b, c, d, rest @ ..] = body {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (frame, after) = rest.split_at(length);
        body = after;
        if flag & 0x80 == 0 {
            messages.push(frame.to_vec());
            continue;
        }
        for line in std::str::from_utf8(frame).unwrap().lines() {
            let (name, value) = line.split_once(':').unwrap();
            trailers.insert(name.parse::<http::HeaderName>().unwrap(), value.trim().parse().unwrap());
        }
    }
    (messages, trailers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_calls_in_binary_and_in_text() {
    let stage = stage().await;
    let authorization = bearer(&stage.admin().token);
    let request = framed(&pb::GetUnitRequest { name: WARD_8.to_owned(), as_of: None });
    for (kind, body) in [
        ("application/grpc-web+proto", request.clone()),
        ("application/grpc-web", request.clone()),
        ("application/grpc-web-text+proto", STANDARD.encode(&request).into_bytes()),
    ] {
        let headers = [("content-type", kind), ("accept", kind), ("authorization", authorization.as_str())];
        let answer = http(stage.addr(), "POST", GET_UNIT, &headers, &body).await;
        assert_eq!(answer.status, 200, "{kind}: {answer:?}");
        let text = kind.contains("text");
        assert_eq!(answer.header("content-type").unwrap().contains("grpc-web-text"), text, "{kind}");
        let bytes = if text { decode(&answer.body) } else { answer.body.clone() };
        let (messages, trailers) = parts(&bytes);
        let unit = pb::Unit::decode(messages[0].as_slice()).unwrap();
        assert_eq!((unit.name.as_str(), unit.display_name.as_str()), (WARD_8, "Phường 8"), "{kind}");
        assert_eq!(trailers.get("grpc-status").unwrap(), "0");
    }
    stage.end().await;
}

/// Text bodies are pieces of base64, each padded for itself.
fn decode(text: &[u8]) -> Vec<u8> {
    text.chunks(4).flat_map(|four| STANDARD.decode(four).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_comes_to_a_page_with_its_reason() {
    let stage = stage().await;
    let authorization = bearer(&stage.admin().token);
    let unknown = framed(&pb::GetUnitRequest { name: "units/99999".to_owned(), as_of: None });
    for (headers, body, code, why) in [
        (vec![("authorization", authorization.as_str())], unknown.clone(), Code::NotFound, "UNIT_UNKNOWN"),
        (vec![], unknown, Code::Unauthenticated, "UNAUTHENTICATED"),
        (
            vec![("authorization", authorization.as_str())],
            b"\0\0\0\0\x03\x0a\x7fx".to_vec(),
            Code::InvalidArgument,
            "MESSAGE_UNDECODABLE",
        ),
    ] {
        let mut all = vec![("content-type", "application/grpc-web+proto")];
        all.extend(headers);
        let answer = http(stage.addr(), "POST", GET_UNIT, &all, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (_, trailers) = parts(&answer.body);
        let mut headers: HeaderMap = trailers;
        for (name, value) in answer.headers.iter().filter(|(n, _)| n.starts_with("grpc-")) {
            headers.insert(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        let status = Status::from_header_map(&headers).unwrap();
        assert_eq!((status.code(), reason(&status).as_str()), (code, why));
    }
    stage.end().await;
}
