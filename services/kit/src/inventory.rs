//! Every method of every `ocop.*` package with what the contract declares of it: the descriptors are the inventory.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use proto::common::v1::{Role, Scope};

/// What the contract declares of one method.
#[derive(Debug)]
pub struct Method {
    /// The path it is called by, such as `/ocop.registry.v1.ProducerService/GetProducer`.
    pub path: String,
    /// Its service, such as `ocop.registry.v1.ProducerService`.
    pub service: String,
    /// Its own name, such as `GetProducer`.
    pub name: String,
    /// Its package, such as `ocop.registry.v1`.
    pub package: String,
    /// The roles that may call it. Empty for SCOPE_PUBLIC.
    pub roles: Vec<Role>,
    /// What the caller's units are compared with; `Unspecified` where the contract declares no access.
    pub scope: Scope,
    /// True where a producer reaches only what is its own.
    pub own: bool,
    /// True where the caller or the service streams.
    pub streaming: bool,
    /// True where the request carries a `request_id`: the method changes something.
    pub mutation: bool,
    /// The request message.
    pub input: MessageDescriptor,
    /// The answer message.
    pub output: MessageDescriptor,
}

impl Method {
    /// The service of the suite that answers it: `registry` for `ocop.registry.v1`.
    #[must_use]
    pub fn home(&self) -> &str {
        self.package.split('.').nth(1).unwrap_or_default()
    }
}

static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let services = proto::pool().services().filter(|s| s.package_name().starts_with("ocop."));
    let methods = services.flat_map(|s| s.methods().collect::<Vec<_>>());
    methods.map(|m| describe(&m)).map(|m| (m.path.clone(), m)).collect()
});

fn describe(method: &MethodDescriptor) -> Method {
    let service = method.parent_service();
    let access = access(method).unwrap_or_default();
    Method {
        path: format!("/{}/{}", service.full_name(), method.name()),
        service: service.full_name().to_owned(),
        name: method.name().to_owned(),
        package: service.package_name().to_owned(),
        roles: access.roles().collect(),
        scope: access.scope(),
        own: access.own,
        streaming: method.is_client_streaming() || method.is_server_streaming(),
        mutation: method.input().get_field_by_name("request_id").is_some(),
        input: method.input(),
        output: method.output(),
    }
}

fn access(method: &MethodDescriptor) -> Option<proto::common::v1::Access> {
    let extension = proto::pool().get_extension_by_name("ocop.common.v1.access")?;
    let options: DynamicMessage = method.options();
    if !options.has_extension(&extension) {
        return None;
    }
    let value = options.get_extension(&extension);
    value.as_message()?.transcode_to().ok()
}

/// The method called by a path.
#[must_use]
pub fn method(path: &str) -> Option<&'static Method> {
    METHODS.get(path)
}

/// All methods, in no order.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    METHODS.values()
}
