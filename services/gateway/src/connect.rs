//! Connect's unary calls (`POST /package.Service/Method` with `application/json` or `application/proto`) and gRPC-Web,
//! each turned into a gRPC call to the gateway's own layers, so that every protocol meets the same rules: who has no
//! token is refused before the body is read, and reading it takes from the time of the call.
//!
//! JSON is the protobuf mapping: 64-bit integers are strings, fields at their default are written out, unknown fields
//! are refused. Refusals carry Connect's code and, per detail, its type, its bytes and a readable form.
//!
//! Deliberately absent: Connect's streams, its GET form and its compression. Streams are read by gRPC or gRPC-Web.

mod answer;
mod linger;
mod message;

use std::convert::Infallible;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use kit::serve::Front;
use kit::stack::Stack;
use kit::{Error, Kit, inventory};
use tonic::body::Body;
use tower::{Layer, Service, ServiceExt};

use self::answer::{answered, refusal, refusal_as};
use self::linger::lingering;
use self::message::undecodable;
pub(crate) use self::message::{Encoding, as_frame};
use crate::invitation;

/// Headers of one connection or of one body, which are no part of the call.
const OWN: [&str; 9] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// What stands in front of the gateway's layers.
pub(crate) fn front(kit: Kit, stack: Stack) -> Front {
    let web = tonic_web::GrpcWebLayer::new().layer(stack.clone());
    Front::new(tower::service_fn(move |request: Request<Body>| {
        let (kit, stack, web) = (kit.clone(), stack.clone(), web.clone());
        async move {
            if request.uri().path() == invitation::PATH {
                return Ok(invitation::page(&kit, stack, lingering(request)).await);
            }
            let kind = media_type(request.headers());
            match kind.as_deref() {
                Some("application/grpc-web" | "application/grpc-web-text") => web_call(web, request).await,
                Some("application/grpc") => stack.oneshot(request).await,
                Some("application/json") => Ok(unary(stack, lingering(request), Encoding::Json).await),
                Some("application/proto") => Ok(unary(stack, lingering(request), Encoding::Proto).await),
                _ => Ok(no_call(&lingering(request))),
            }
        }
    }))
}

async fn web_call<W>(web: W, request: Request<Body>) -> Result<Response<Body>, Infallible>
where
    W: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    web.oneshot(request).await
}

/// The media type in small letters, without its parameters and without the message's own suffix (`+proto`).
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let whole = value.split(';').next()?.trim();
    // Only gRPC has messages in several forms: `application/connect+json` is another protocol.
    let kind = whole.split_once('+').map(|(kind, _)| kind).filter(|kind| kind.starts_with("application/grpc"));
    Some(kind.unwrap_or(whole).to_owned())
}

async fn unary(stack: Stack, request: Request<Body>, encoding: Encoding) -> Response<Body> {
    if request.method() != Method::POST {
        return not_post(&request);
    }
    let path = request.uri().path().to_owned();
    let rpc = inventory::method(&path);
    // Health and reflection stand outside of the contract and of its layers.
    if rpc.is_some_and(|rpc| rpc.streaming) || path.starts_with("/grpc.") {
        return refusal(&Error::called_otherwise(path, "gRPC, gRPC-Web").into());
    }
    let request = match as_grpc(request, encoding) {
        Ok(request) => request,
        Err(error) => return refusal(&error.into()),
    };
    let answer = match stack.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    answered(rpc, answer, encoding).await
}

/// The call as the layers take it: headers of a gRPC call, the body still as it came. [`as_frame`] makes a frame of it
/// once the layers have let the call in.
fn as_grpc(request: Request<Body>, encoding: Encoding) -> Result<Request<Body>, Error> {
    let (mut parts, body) = request.into_parts();
    let packed = parts.headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity");
    if packed.is_some() {
        return Err(undecodable("content-encoding: send the body uncompressed"));
    }
    if parts.headers.get("connect-protocol-version").is_some_and(|version| version != "1") {
        return Err(undecodable("connect-protocol-version: 1 is spoken here"));
    }
    let timeout = parts.headers.get("connect-timeout-ms").map(timeout).transpose()?;
    let foreign = |name: &HeaderName| {
        let name = name.as_str();
        OWN.contains(&name) || name.starts_with("connect-") || name.starts_with("grpc-")
    };
    let names: Vec<HeaderName> = parts.headers.keys().filter(|name| foreign(name)).cloned().collect();
    for name in names {
        parts.headers.remove(name);
    }
    if let Some(timeout) = timeout {
        parts.headers.insert("grpc-timeout", timeout);
    }
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    parts.headers.insert("te", HeaderValue::from_static("trailers"));
    parts.extensions.insert(encoding);
    Ok(Request::from_parts(parts, body))
}

/// `connect-timeout-ms` (at most ten digits) as `grpc-timeout` (at most eight digits and a unit).
fn timeout(value: &HeaderValue) -> Result<HeaderValue, Error> {
    let malformed = || undecodable("connect-timeout-ms: one to ten digits");
    let text = value.to_str().map_err(|_| malformed())?;
    if text.is_empty() || text.len() > 10 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let milliseconds: u64 = text.parse().map_err(|_| malformed())?;
    let timeout =
        if milliseconds < 100_000_000 { format!("{milliseconds}m") } else { format!("{}S", milliseconds / 1000) };
    HeaderValue::try_from(timeout).map_err(|_| malformed())
}

/// The answer to a request that is a call in none of the protocols.
fn no_call(request: &Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    if inventory::method(path).is_none() && !path.starts_with("/grpc.") {
        return refusal(&Error::not_found(path).into());
    }
    if request.method() != Method::POST {
        return not_post(request);
    }
    let error =
        undecodable("content-type: application/json, application/proto, application/grpc or application/grpc-web");
    refusal_as(StatusCode::UNSUPPORTED_MEDIA_TYPE, &error.into())
}

fn not_post(request: &Request<Body>) -> Response<Body> {
    let error = Error::called_otherwise(request.uri().path(), "POST");
    let mut response = refusal_as(StatusCode::METHOD_NOT_ALLOWED, &error.into());
    response.headers_mut().insert(http::header::ALLOW, HeaderValue::from_static("POST"));
    response
}
