//! The body of a unary call between the caller's encoding and a gRPC frame.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderValue;
use http_body_util::{BodyExt, Full};
use kit::Error;
use kit::inventory::Method as Rpc;
use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};
use proto::common::v1::ErrorReason as Common;
use tonic::Code;
use tonic::body::Body;

/// How a caller writes and reads messages. In a request's extensions: its body is no gRPC frame yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Proto,
}

impl Encoding {
    pub(super) fn media_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Proto => "application/proto",
        })
    }
}

pub(super) fn undecodable(detail: impl std::fmt::Display) -> Error {
    Error::malformed(Common::MessageUndecodable).with("detail", detail)
}

/// Reads a body, which the layers have bounded, and makes one uncompressed frame of it.
///
/// # Errors
/// RESOURCE_EXHAUSTED for a body beyond the limit, INVALID_ARGUMENT for one that is no message of the method.
pub(crate) async fn as_frame(rpc: &Rpc, body: Body, encoding: Encoding) -> Result<Body, Error> {
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        // The limit's own refusal; everything else means that the caller broke off.
        Err(status) if status.code() == Code::ResourceExhausted => return Err(Error::too_large()),
        Err(status) => return Err(undecodable("the body broke off").because(status)),
    };
    let message = decode(rpc, body, encoding)?;
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).map_err(|_| Error::too_large())?);
    frame.put_slice(&message);
    Ok(Body::new(Full::new(frame.freeze())))
}

/// The request's protobuf bytes.
fn decode(rpc: &Rpc, body: Bytes, encoding: Encoding) -> Result<Bytes, Error> {
    if encoding == Encoding::Proto {
        return Ok(body);
    }
    let text: &[u8] = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &body };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let message = DynamicMessage::deserialize(rpc.input.clone(), &mut reader).map_err(undecodable)?;
    reader.end().map_err(undecodable)?;
    Ok(message.encode_to_vec().into())
}

/// The answer's one frame in the caller's encoding.
pub(super) fn encode(rpc: &Rpc, frame: Bytes, encoding: Encoding) -> Result<Bytes, Error> {
    let message = unframed(frame)?;
    if encoding == Encoding::Proto {
        return Ok(message);
    }
    let message = DynamicMessage::decode(rpc.output.clone(), message).map_err(Error::internal)?;
    let mut json = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut json, &options).map_err(Error::internal)?;
    Ok(json.into_inner().into())
}

fn unframed(mut frame: Bytes) -> Result<Bytes, Error> {
    let broken = || Error::internal("the service answered without one uncompressed message");
    let compressed = frame.try_get_u8().map_err(|_| broken())?;
    let length = frame.try_get_u32().map_err(|_| broken())?;
    if compressed != 0 || usize::try_from(length).ok() != Some(frame.len()) {
        return Err(broken());
    }
    Ok(frame)
}
