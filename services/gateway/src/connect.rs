//! Connect's unary calls (`POST /package.Service/Method` with `application/json` or `application/proto`) and gRPC-Web,
//! each turned into a gRPC call to the gateway's own layers, so that every protocol meets the same rules.
//!
//! JSON is the protobuf mapping: 64-bit integers are strings, fields at their default are written out, unknown fields
//! are refused. Refusals carry Connect's code and, per detail, its type, its bytes and a readable form.
//!
//! Deliberately absent: Connect's streams and GET form. Streams are read by gRPC or gRPC-Web.

use std::convert::Infallible;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use kit::inventory::{self, Method as Rpc};
use kit::serve::Front;
use kit::stack::Stack;
use kit::{Error, explain};
use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};
use proto::common::v1::ErrorReason as Common;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, ServiceExt};

/// Largest body of a unary call in this protocol.
const MOST: usize = 4 * 1024 * 1024;

/// What stands in front of the gateway's layers.
pub(crate) fn front(stack: Stack) -> Front {
    let web = tonic_web::GrpcWebLayer::new().layer(stack.clone());
    Front::new(tower::service_fn(move |request: Request<Body>| {
        let (stack, web) = (stack.clone(), web.clone());
        async move {
            match content_type(&request) {
                Some("application/grpc-web" | "application/grpc-web-text") => answer_web(web, request).await,
                Some(kind) if kind.starts_with("application/grpc") => stack.oneshot(request).await,
                _ if request.uri().path().starts_with("/grpc.") => stack.oneshot(request).await,
                Some("application/json") => Ok(unary(stack, request, Encoding::Json).await),
                Some("application/proto") => Ok(unary(stack, request, Encoding::Proto).await),
                _ => Ok(no_such_page(&request)),
            }
        }
    }))
}

async fn answer_web<W>(web: W, request: Request<Body>) -> Result<Response<Body>, Infallible>
where
    W: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    web.oneshot(request).await
}

/// The media type without its parameters and without the message's own suffix (`+proto`).
fn content_type(request: &Request<Body>) -> Option<&str> {
    let value = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split([';', '+']).next()?.trim();
    Some(kind)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Proto,
}

impl Encoding {
    fn media_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Proto => "application/proto",
        })
    }
}

async fn unary(stack: Stack, request: Request<Body>, encoding: Encoding) -> Response<Body> {
    match call(stack, request, encoding).await {
        Ok(answer) => answer,
        Err(status) => refusal(&status),
    }
}

async fn call(stack: Stack, request: Request<Body>, encoding: Encoding) -> Result<Response<Body>, Status> {
    let path = request.uri().path().to_owned();
    let rpc = inventory::method(&path).ok_or_else(|| Error::unimplemented(&path))?;
    if request.method() != Method::POST || rpc.streaming {
        return Err(Error::unimplemented(format!("{path} as a unary POST")).into());
    }
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST).collect().await.map_err(|_| Error::too_large())?.to_bytes();
    let message = decode(rpc, &body, encoding)?;
    let mut forwarded = Request::new(Body::new(Full::new(framed(&message))));
    *forwarded.method_mut() = Method::POST;
    *forwarded.uri_mut() = parts.uri;
    *forwarded.headers_mut() = grpc_headers(parts.headers)?;
    *forwarded.extensions_mut() = parts.extensions;
    let answer = match stack.oneshot(forwarded).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    if let Some(status) = Status::from_header_map(&parts.headers)
        && status.code() != Code::Ok
    {
        return Err(status);
    }
    let collected = body.collect().await?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    if let Some(status) = Status::from_header_map(&trailers)
        && status.code() != Code::Ok
    {
        return Err(status);
    }
    let message = unframed(&collected.to_bytes())?;
    let body = encode(rpc, message, encoding)?;
    let mut response = Response::new(Body::new(Full::new(body)));
    response.headers_mut().insert(CONTENT_TYPE, encoding.media_type());
    Ok(response)
}

fn undecodable(detail: impl std::fmt::Display) -> Error {
    Error::malformed(Common::MessageUndecodable).with("detail", detail)
}

/// The request's protobuf bytes.
fn decode(rpc: &Rpc, body: &Bytes, encoding: Encoding) -> Result<Bytes, Error> {
    if encoding == Encoding::Proto {
        return Ok(body.clone());
    }
    let text: &[u8] = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let message = DynamicMessage::deserialize(rpc.input.clone(), &mut reader).map_err(undecodable)?;
    reader.end().map_err(undecodable)?;
    Ok(message.encode_to_vec().into())
}

/// The answer's bytes in the caller's encoding.
fn encode(rpc: &Rpc, message: Bytes, encoding: Encoding) -> Result<Bytes, Error> {
    if encoding == Encoding::Proto {
        return Ok(message);
    }
    let message = DynamicMessage::decode(rpc.output.clone(), message).map_err(Error::internal)?;
    let mut json = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut json, &options).map_err(Error::internal)?;
    Ok(json.into_inner().into())
}

/// One uncompressed gRPC message.
fn framed(message: &Bytes) -> Bytes {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

fn unframed(frame: &Bytes) -> Result<Bytes, Error> {
    match frame.first() {
        Some(0) if frame.len() >= 5 => Ok(frame.slice(5..)),
        _ => Err(Error::internal("the service answered without one uncompressed message")),
    }
}

/// The headers of the gRPC call: the caller's own, without those of the other protocol.
fn grpc_headers(mut headers: HeaderMap) -> Result<HeaderMap, Error> {
    if let Some(timeout) = headers.remove("connect-timeout-ms") {
        let milliseconds = timeout.to_str().ok().filter(|t| t.len() <= 8 && t.bytes().all(|b| b.is_ascii_digit()));
        let milliseconds = milliseconds.ok_or_else(|| undecodable("connect-timeout-ms"))?;
        let value = HeaderValue::try_from(format!("{milliseconds}m")).map_err(undecodable)?;
        headers.insert("grpc-timeout", value);
    }
    for name in ["content-length", "connect-protocol-version", "accept-encoding", "transfer-encoding", "connection"] {
        headers.remove(name);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("te", HeaderValue::from_static("trailers"));
    Ok(headers)
}

/// A refusal in Connect's form.
fn refusal(status: &Status) -> Response<Body> {
    let (code, http) = names(status.code());
    let body = serde_json::json!({
        "code": code,
        "message": status.message(),
        "details": explain::details(status),
    });
    json_response(http, &body)
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from(body.to_string()))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn no_such_page(request: &Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    let hint = if inventory::method(path).is_some() {
        "call it with POST and content-type application/json, application/proto or application/grpc"
    } else {
        "RPCs are at /package.Service/Method; ask grpc.reflection.v1 what there is"
    };
    json_response(StatusCode::NOT_FOUND, &serde_json::json!({"code": "not_found", "message": hint}))
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
