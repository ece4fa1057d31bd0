//! `ocop call`: any RPC, found through the server's reflection, JSON in and out.

mod types;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use kit::BoxError;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, SerializeOptions};
use proto::common::v1::ErrorReason;
use tokio_stream::StreamExt;
use tonic::Status;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

use self::types::Types;
use crate::client::Client;

/// Why a call gave nothing.
pub enum Failure {
    /// The server refused it.
    Refused(Box<Status>),
    /// It was never sent, or the answer cannot be read or printed.
    Other(BoxError),
}

impl<E: Into<BoxError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

pub(crate) fn refused(refusal: impl Into<Status>) -> Failure {
    Failure::Refused(Box::new(refusal.into()))
}

/// Calls `package.Service/Method` with a JSON message and hands every answer, as JSON, to `print`.
///
/// # Errors
/// The server's refusal, or why it did not come to one.
pub async fn call(
    client: &Client,
    method: &str,
    json: &str,
    mut print: impl FnMut(String) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let method = method.trim_start_matches('/');
    let named = method.rsplit_once('/').filter(|(service, name)| !service.is_empty() && !name.is_empty());
    let (service, name) = named.ok_or("the method is written package.Service/Method")?;
    let mut types = Types::of(client.channel.clone());
    let descriptor = types.method(service, name).await?;
    let descriptor = descriptor.ok_or_else(|| refused(kit::Error::unimplemented(method)))?;
    let message = request(&descriptor, json).map_err(refused)?;
    let mut grpc = Grpc::new(client.channel.clone()).max_decoding_message_size(usize::MAX);
    grpc.ready().await?;
    let path = PathAndQuery::try_from(format!("/{method}"))?;
    let (one, output) = (tokio_stream::once(message), descriptor.output());
    if descriptor.is_server_streaming() {
        let answers = grpc.streaming(client.request(one), path, Raw).await.map_err(refused)?;
        let mut answers = answers.into_inner();
        while let Some(answer) = answers.next().await {
            print(text(&types.read(output.full_name(), answer.map_err(refused)?).await?)?)?;
        }
    } else {
        let answer = grpc.client_streaming(client.request(one), path, Raw).await.map_err(refused)?;
        print(text(&types.read(output.full_name(), answer.into_inner()).await?)?)?;
    }
    Ok(())
}

/// The request's bytes. What is wrong with it is said as the gateway would say it.
fn request(method: &MethodDescriptor, json: &str) -> Result<Bytes, kit::Error> {
    let wrong = |error: serde_json::Error| kit::Error::malformed(ErrorReason::MessageUndecodable).with("detail", error);
    let mut reader = serde_json::Deserializer::from_str(if json.trim().is_empty() { "{}" } else { json });
    let message = DynamicMessage::deserialize(method.input(), &mut reader).map_err(wrong)?;
    reader.end().map_err(wrong)?;
    Ok(message.encode_to_vec().into())
}

fn text(message: &DynamicMessage) -> Result<String, BoxError> {
    let mut json = serde_json::Serializer::pretty(Vec::new());
    message.serialize_with_options(&mut json, &SerializeOptions::new().skip_default_fields(false))?;
    Ok(String::from_utf8(json.into_inner())?)
}

/// Messages as the bytes they are: their types may only be known once they are here.
#[derive(Clone, Copy, Default)]
pub(crate) struct Raw;

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

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
