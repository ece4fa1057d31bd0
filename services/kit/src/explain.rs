//! A refusal as JSON: what `ocop call` prints and what the gateway sends to callers that do not speak gRPC.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use prost::Message;
use serde_json::{Map, Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The whole refusal: code, reason, texts, violations, and when to come back.
#[must_use]
pub fn refusal(status: &Status) -> Value {
    let mut all = Map::new();
    all.insert("code".to_owned(), json!(code(status.code())));
    all.insert("message".to_owned(), json!(status.message()));
    all.extend(readable(status));
    Value::Object(all)
}

/// A status code by its canonical name, as the contract and the documentation of gRPC write it.
fn code(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The details in Connect's form: type, bytes, and a readable form of them.
#[must_use]
pub fn details(status: &Status) -> Value {
    let raw = tonic_types::pb::Status::decode(status.details()).unwrap_or_default();
    let readable = Value::Object(readable(status));
    let detail = |any: &prost_types::Any| {
        let kind = any.type_url.rsplit('/').next().unwrap_or_default().to_owned();
        let mut detail = json!({"type": kind, "value": STANDARD_NO_PAD.encode(&any.value)});
        // The readable form of all details stands at the reason.
        if is_reason(any)
            && let Some(detail) = detail.as_object_mut()
        {
            detail.insert("debug".to_owned(), readable.clone());
        }
        detail
    };
    // The reason comes first, whatever else there is.
    let (reason, rest): (Vec<_>, Vec<_>) = raw.details.iter().partition(|any| is_reason(any));
    Value::Array(reason.into_iter().chain(rest).map(detail).collect())
}

fn is_reason(any: &prost_types::Any) -> bool {
    any.type_url.ends_with("/google.rpc.ErrorInfo")
}

fn readable(status: &Status) -> Map<String, Value> {
    let details = status.get_error_details();
    let mut all = Map::new();
    if let Some(info) = details.error_info() {
        all.insert("reason".to_owned(), json!(info.reason));
        all.insert("domain".to_owned(), json!(info.domain));
        all.insert("metadata".to_owned(), json!(info.metadata));
    }
    if let Some(text) = details.localized_message() {
        all.insert("messageVi".to_owned(), json!(text.message));
    }
    if let Some(bad) = details.bad_request() {
        let violation = |v: &tonic_types::FieldViolation| {
            let vi = v.localized_message.as_ref().map(|m| m.message.clone());
            json!({"field": v.field, "reason": v.reason, "description": v.description, "descriptionVi": vi})
        };
        all.insert("violations".to_owned(), bad.field_violations.iter().map(violation).collect());
    }
    if let Some(resource) = details.resource_info() {
        all.insert("resource".to_owned(), json!(resource.resource_name));
    }
    if let Some(delay) = details.retry_info().and_then(|r| r.retry_delay) {
        all.insert("retryAfterMs".to_owned(), json!(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)));
    }
    all
}
