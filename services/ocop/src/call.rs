//! `ocop call`: any RPC, found through the server's reflection, JSON in and out.

use std::sync::Arc;

use bytes::{Buf, BufMut};
use kit::BoxError;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use tokio_stream::StreamExt;
use tonic::Status;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::client::Client;

/// Why a call gave nothing.
pub enum Failure {
    /// The server refused it.
    Refused(Box<Status>),
    /// It was never sent, or the answer cannot be read.
    Other(BoxError),
}

impl<E: Into<BoxError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Calls `package.Service/Method` with a JSON message and hands every answer, as JSON, to `print`.
///
/// # Errors
/// The server's refusal, or why it did not come to one.
pub async fn call(client: &Client, method: &str, json: &str, mut print: impl FnMut(String)) -> Result<(), Failure> {
    let (service, name) = method.rsplit_once('/').ok_or("the method is written package.Service/Method")?;
    let descriptor = find(client, service, name).await?;
    let mut reader = serde_json::Deserializer::from_str(if json.trim().is_empty() { "{}" } else { json });
    let message = DynamicMessage::deserialize(descriptor.input(), &mut reader)?;
    reader.end()?;

    let mut grpc = Grpc::new(client.channel.clone());
    grpc.ready().await?;
    let path = http::uri::PathAndQuery::try_from(format!("/{service}/{name}"))?;
    let codec = DynamicCodec { output: descriptor.output() };
    let one = tokio_stream::once(message);
    let refused = |status: Status| Failure::Refused(Box::new(status));
    if descriptor.is_server_streaming() {
        let answers = grpc.streaming(client.request(one), path, codec).await.map_err(refused)?;
        let mut answers = answers.into_inner();
        while let Some(answer) = answers.next().await {
            print(text(&answer.map_err(refused)?)?);
        }
    } else {
        let answer = grpc.client_streaming(client.request(one), path, codec).await.map_err(refused)?;
        print(text(answer.get_ref())?);
    }
    Ok(())
}

fn text(message: &DynamicMessage) -> Result<String, BoxError> {
    let mut json = serde_json::Serializer::pretty(Vec::new());
    message.serialize_with_options(&mut json, &SerializeOptions::new().skip_default_fields(false))?;
    Ok(String::from_utf8(json.into_inner())?)
}

/// Asks the server's reflection for a method.
async fn find(client: &Client, service: &str, method: &str) -> Result<MethodDescriptor, Failure> {
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(service.to_owned())),
    };
    let mut reflection = ServerReflectionClient::new(client.channel.clone());
    let answers = reflection.server_reflection_info(tokio_stream::once(ask)).await;
    let mut answers = answers.map_err(|s| Failure::Refused(Box::new(s)))?.into_inner();
    let answer = answers.next().await.ok_or("the server's reflection gave no answer")?;
    let answer = answer.map_err(|s| Failure::Refused(Box::new(s)))?;
    let files = match answer.message_response {
        Some(MessageResponse::FileDescriptorResponse(files)) => files.file_descriptor_proto,
        _ => return Err(format!("the server knows no service {service}").into()),
    };
    let mut pool = DescriptorPool::new();
    let mut waiting = Vec::new();
    for file in files {
        waiting.push(prost_types::FileDescriptorProto::decode(file.as_slice())?);
    }
    // The server answers with the one file; what it imports is asked for in turn.
    while let Some(missing) = missing_import(&waiting) {
        let ask = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::FileByFilename(missing.clone())),
        };
        let answers = reflection.server_reflection_info(tokio_stream::once(ask)).await;
        let mut answers = answers.map_err(|s| Failure::Refused(Box::new(s)))?.into_inner();
        match answers.next().await {
            Some(Ok(answer)) => match answer.message_response {
                Some(MessageResponse::FileDescriptorResponse(files)) => {
                    for file in files.file_descriptor_proto {
                        waiting.push(prost_types::FileDescriptorProto::decode(file.as_slice())?);
                    }
                }
                _ => return Err(format!("the server does not know its own file {missing}").into()),
            },
            _ => return Err("the server's reflection broke off".into()),
        }
    }
    pool.add_file_descriptor_protos(waiting)?;
    let service = pool.get_service_by_name(service).ok_or("the server's descriptors lack the service")?;
    let found = service.methods().find(|m| m.name() == method);
    found.ok_or_else(|| format!("{} has no method {method}", service.full_name()).into())
}

fn missing_import(files: &[prost_types::FileDescriptorProto]) -> Option<String> {
    let known = |name: &str| files.iter().any(|f| f.name() == name);
    files.iter().flat_map(|f| &f.dependency).find(|d| !known(d)).cloned()
}

/// Messages by their descriptors.
struct DynamicCodec {
    output: MessageDescriptor,
}

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> Self::Encoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> Self::Decoder {
        DynamicDecoder { output: Arc::new(self.output.clone()) }
    }
}

/// Writes a message.
struct DynamicEncoder;

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item.encode_to_vec());
        Ok(())
    }
}

/// Reads a message of a type.
struct DynamicDecoder {
    output: Arc<MessageDescriptor>,
}

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let message = DynamicMessage::decode(MessageDescriptor::clone(&self.output), bytes);
        message.map(Some).map_err(|e| kit::Error::internal(e).into())
    }
}
