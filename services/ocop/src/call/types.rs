//! What a server's reflection tells of its types, asked for as far as it is needed: the file of a service, what that
//! imports, and the files of messages that come packed in others (the events of a feed).

use std::collections::BTreeSet;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage, Value};
use prost_types::{Any, FileDescriptorProto};
use tokio_stream::StreamExt;
use tonic::Code;
use tonic::transport::Channel;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::{Failure, refused};

/// The types that are known so far.
pub(super) struct Types {
    reflection: ServerReflectionClient<Channel>,
    pool: DescriptorPool,
}

impl Types {
    pub(super) fn of(channel: Channel) -> Self {
        Self { reflection: ServerReflectionClient::new(channel), pool: DescriptorPool::new() }
    }

    /// A method; none where the server has no such service or method.
    pub(super) async fn method(&mut self, service: &str, method: &str) -> Result<Option<MethodDescriptor>, Failure> {
        self.learn(service).await?;
        let service = self.pool.get_service_by_name(service);
        Ok(service.and_then(|service| service.methods().find(|m| m.name() == method)))
    }

    /// Reads a message, and learns the types of what is packed in it.
    pub(super) async fn read(&mut self, name: &str, bytes: Bytes) -> Result<DynamicMessage, Failure> {
        loop {
            // Anew after each lesson: a message knows only the types that were known when its own was looked up.
            let kind = self.pool.get_message_by_name(name);
            let message =
                DynamicMessage::decode(kind.ok_or("the server's descriptors lack the answer")?, bytes.clone())?;
            let mut unknown = BTreeSet::new();
            packed(&message, &mut unknown);
            if unknown.is_empty() {
                return Ok(message);
            }
            for name in unknown {
                if !self.learn(&name).await? {
                    return Err(format!("the answer holds a {name}, of which the server tells nothing").into());
                }
            }
        }
    }

    /// Learns the file of a symbol with all that it imports; false where the server does not know the symbol.
    async fn learn(&mut self, symbol: &str) -> Result<bool, Failure> {
        let Some(mut files) = self.ask(MessageRequest::FileContainingSymbol(symbol.to_owned())).await? else {
            return Ok(false);
        };
        while let Some(missing) = self.missing_import(&files) {
            let more = self.ask(MessageRequest::FileByFilename(missing.clone())).await?;
            files.extend(more.ok_or_else(|| format!("the server does not know its own file {missing}"))?);
        }
        self.pool.add_file_descriptor_protos(files)?;
        Ok(true)
    }

    fn missing_import(&self, files: &[FileDescriptorProto]) -> Option<String> {
        let known = |name: &str| files.iter().any(|f| f.name() == name) || self.pool.get_file_by_name(name).is_some();
        files.iter().flat_map(|f| &f.dependency).find(|d| !known(d)).cloned()
    }

    /// The files that answer a question; none where the server does not know what it is about.
    async fn ask(&mut self, asked: MessageRequest) -> Result<Option<Vec<FileDescriptorProto>>, Failure> {
        let ask = ServerReflectionRequest { host: String::new(), message_request: Some(asked) };
        let answer = match self.reflection.server_reflection_info(tokio_stream::once(ask)).await {
            Ok(answers) => answers.into_inner().next().await.ok_or("the server's reflection gave no answer")?,
            Err(status) => Err(status),
        };
        let files = match answer {
            Ok(answer) => match answer.message_response {
                Some(MessageResponse::FileDescriptorResponse(files)) => files.file_descriptor_proto,
                _ => return Ok(None),
            },
            Err(status) if status.code() == Code::NotFound => return Ok(None),
            Err(status) => return Err(refused(status)),
        };
        let files = files.iter().map(|file| FileDescriptorProto::decode(file.as_slice()));
        Ok(Some(files.collect::<Result<_, _>>()?))
    }
}

/// Collects the names of types that are packed in a message and not known.
fn packed(message: &DynamicMessage, unknown: &mut BTreeSet<String>) {
    let pool = message.descriptor().parent_pool().clone();
    if message.descriptor().full_name() != "google.protobuf.Any" {
        return message.fields().for_each(|(_, value)| packed_in(value, unknown));
    }
    let Ok(any) = message.transcode_to::<Any>() else { return };
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    match pool.get_message_by_name(name) {
        Some(kind) => {
            if let Ok(inner) = DynamicMessage::decode(kind, any.value.as_slice()) {
                packed(&inner, unknown);
            }
        }
        None => {
            unknown.insert(name.to_owned());
        }
    }
}

fn packed_in(value: &Value, unknown: &mut BTreeSet<String>) {
    match value {
        Value::Message(message) => packed(message, unknown),
        Value::List(values) => values.iter().for_each(|value| packed_in(value, unknown)),
        Value::Map(values) => values.values().for_each(|value| packed_in(value, unknown)),
        _ => {}
    }
}
