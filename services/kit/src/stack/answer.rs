//! Answers that no handler gave: tonic's own (codec, router) are given the contract's codes and reasons.

use http::{HeaderMap, HeaderValue, Response};
use proto::common::v1::ErrorReason as Common;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::error::Error;
use crate::telemetry;

/// Where a caller finds the trace of a refused call.
const TRACE_ID: &str = "x-trace-id";

/// An answer that consists of a status.
pub(crate) fn status_response(error: Error) -> Response<Body> {
    let mut response = Status::from(error).into_http::<Body>();
    put_trace(response.headers_mut());
    response
}

/// The trailers of a body that ends in an error.
pub(super) fn trailers(error: Error) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    put_status(error, &mut trailers);
    trailers
}

fn put_status(error: Error, headers: &mut HeaderMap) {
    headers.remove(Status::GRPC_MESSAGE);
    // Only metadata that is no valid header could fail, and the kit's errors have none.
    let _always_fits = Status::from(error).add_header(headers);
    put_trace(headers);
}

fn put_trace(headers: &mut HeaderMap) {
    if let Ok(trace) = HeaderValue::try_from(telemetry::trace_id()) {
        headers.insert(TRACE_ID, trace);
    }
}

/// Settles the status in headers or trailers: none where there is no status, else the code that leaves the service.
pub(super) fn settle(headers: &mut HeaderMap, method: &str, caller: &str) -> Option<Code> {
    let code = Code::from_bytes(headers.get(Status::GRPC_STATUS)?.as_bytes());
    if code == Code::Ok {
        return Some(code);
    }
    // What carries details was made from an `Error`, here or in a peer, and was logged where it was made.
    let own = if headers.contains_key(Status::GRPC_STATUS_DETAILS) { None } else { meaning(code, headers, method) };
    let Some(error) = own else {
        put_trace(headers);
        return Some(code);
    };
    let code = error.code();
    telemetry::failed(method, caller, &error);
    put_status(error, headers);
    Some(code)
}

/// What a status without details means: tonic's router and codec make them.
fn meaning(code: Code, headers: &HeaderMap, method: &str) -> Option<Error> {
    let text = Status::from_header_map(headers).map(|s| s.message().to_owned()).unwrap_or_default();
    let undecodable = |text: &str| Error::malformed(Common::MessageUndecodable).with("detail", text);
    match code {
        // The decoder's limit, or the encoder's: `Error, decoded message length too large: …`.
        Code::OutOfRange => Some(Error::too_large()),
        Code::Internal if text.starts_with("Error encoding") || text.starts_with("Error compressing") => {
            Some(Error::internal(text))
        }
        Code::Internal => Some(undecodable(&text)),
        // The router answers without a word; the codec says which compression it does not know.
        Code::Unimplemented if text.is_empty() => Some(Error::unimplemented(method)),
        Code::Unimplemented => Some(undecodable(&text)),
        Code::Unknown => Some(Error::internal(text)),
        _ => None,
    }
}
