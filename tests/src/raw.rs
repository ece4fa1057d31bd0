//! A client for any method, without generated code: bytes in, bytes out, through the same tonic client that the
//! generated ones stand on.

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use http_body::Body as HttpBody;
use kit::inventory::Method;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};

/// Messages as the bytes they are.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// How a call ended, as far as access is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status.
    pub code: Code,
    /// The machine reason; empty for an answer.
    pub reason: String,
    /// The status's text.
    pub message: String,
}

impl Outcome {
    /// The end of a call.
    #[must_use]
    pub fn of<T>(answer: &Result<T, Status>) -> Self {
        match answer {
            Ok(_) => Self { code: Code::Ok, reason: String::new(), message: String::new() },
            Err(status) => {
                Self { code: status.code(), reason: kit::testing::reason(status), message: status.message().to_owned() }
            }
        }
    }
}

/// Calls a method with the bytes of a message. `token` is the bearer token, if one is sent. Of a stream only the
/// beginning is awaited: its answer is empty.
///
/// # Errors
/// The refusal.
pub async fn call<S>(door: S, method: &Method, token: Option<&str>, message: Bytes) -> Result<Bytes, Status>
where
    S: GrpcService<Body>,
    S::Error: std::fmt::Debug,
    S::ResponseBody: HttpBody + Send + 'static,
    <S::ResponseBody as HttpBody>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut request = Request::new(message);
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().expect("a token is ASCII");
        request.metadata_mut().insert("authorization", value);
    }
    let path = PathAndQuery::try_from(method.path.as_str()).expect("a method's path is a path");
    let mut grpc = Grpc::new(door);
    grpc.ready().await.expect("the door is open");
    if method.streaming {
        grpc.server_streaming(request, path, Raw).await.map(|_| Bytes::new())
    } else {
        grpc.unary(request, path, Raw).await.map(tonic::Response::into_inner)
    }
}
