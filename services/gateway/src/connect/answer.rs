//! The answer to a unary call in Connect's form.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use kit::inventory::Method as Rpc;
use kit::{Error, explain, telemetry};
use tonic::body::Body;
use tonic::{Code, Status};

use super::message::{Encoding, encode};

/// Headers of a gRPC answer that are no words of the service.
const OWN: [&str; 4] = ["content-type", "content-length", "content-encoding", "trailer"];

/// The layers' answer as the caller reads it. `rpc` is none where there is no such method, which the layers refuse.
pub(super) async fn answered(rpc: Option<&Rpc>, answer: Response<Body>, encoding: Encoding) -> Response<Body> {
    let (parts, body) = answer.into_parts();
    if let Some(status) = refused(&parts.headers) {
        return refusal(&status);
    }
    let collected = match body.collect().await {
        Ok(collected) => collected,
        Err(status) => return refusal(&status),
    };
    let trailers = collected.trailers().cloned().unwrap_or_default();
    if let Some(status) = refused(&trailers) {
        return refusal(&status);
    }
    let Some(rpc) = rpc else { return broken("unknown", Error::internal("an unknown method has an answer")) };
    let message = match encode(rpc, collected.to_bytes(), encoding) {
        Ok(message) => message,
        Err(error) => return broken(&rpc.path, error),
    };
    let mut response = Response::new(Body::new(Full::new(message)));
    keep(response.headers_mut(), "", &parts.headers);
    keep(response.headers_mut(), "trailer-", &trailers);
    response.headers_mut().insert(CONTENT_TYPE, encoding.media_type());
    response
}

fn refused(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

/// The service's answer is no message: a fault of ours, which nobody has logged yet.
fn broken(method: &str, error: Error) -> Response<Body> {
    telemetry::failed(method, "unknown", &error);
    refusal(&error.into())
}

/// Copies what a service says beside its answer.
fn keep(to: &mut HeaderMap, prefix: &str, from: &HeaderMap) {
    for (name, value) in from {
        let name = name.as_str();
        if OWN.contains(&name) || name.starts_with("grpc-") {
            continue;
        }
        if let Ok(name) = HeaderName::try_from(format!("{prefix}{name}")) {
            to.append(name, value.clone());
        }
    }
}

/// A refusal in Connect's form.
pub(super) fn refusal(status: &Status) -> Response<Body> {
    refusal_as(names(status.code()).1, status)
}

/// The same with another HTTP status.
pub(super) fn refusal_as(http: StatusCode, status: &Status) -> Response<Body> {
    let body = serde_json::json!({
        "code": names(status.code()).0,
        "message": status.message(),
        "details": explain::details(status),
    });
    let mut response = Response::new(Body::new(Full::new(Bytes::from(body.to_string()))));
    *response.status_mut() = http;
    keep(response.headers_mut(), "", status.metadata().as_ref());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Connect's name of a code and its HTTP status.
fn names(code: Code) -> (&'static str, StatusCode) {
    match code {
        Code::Ok => ("ok", StatusCode::OK),
        Code::Cancelled => ("canceled", StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST)),
        Code::Unknown => ("unknown", StatusCode::INTERNAL_SERVER_ERROR),
        Code::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST),
        Code::DeadlineExceeded => ("deadline_exceeded", StatusCode::GATEWAY_TIMEOUT),
        Code::NotFound => ("not_found", StatusCode::NOT_FOUND),
        Code::AlreadyExists => ("already_exists", StatusCode::CONFLICT),
        Code::PermissionDenied => ("permission_denied", StatusCode::FORBIDDEN),
        Code::ResourceExhausted => ("resource_exhausted", StatusCode::TOO_MANY_REQUESTS),
        Code::FailedPrecondition => ("failed_precondition", StatusCode::BAD_REQUEST),
        Code::Aborted => ("aborted", StatusCode::CONFLICT),
        Code::OutOfRange => ("out_of_range", StatusCode::BAD_REQUEST),
        Code::Unimplemented => ("unimplemented", StatusCode::NOT_IMPLEMENTED),
        Code::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        Code::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        Code::DataLoss => ("data_loss", StatusCode::INTERNAL_SERVER_ERROR),
        Code::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
    }
}
