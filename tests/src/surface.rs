//! The contract as its descriptors tell it: HTTP rules, comments, names.

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor, Value,
};
use prost_types::{FileDescriptorProto, FileDescriptorSet};

fn is_ours(package: &str) -> bool {
    package.starts_with("ocop.")
}

/// The services of our packages.
pub fn services(pool: &DescriptorPool) -> impl Iterator<Item = ServiceDescriptor> {
    pool.services().filter(|s| is_ours(s.package_name()))
}

/// The methods of our packages.
#[must_use]
pub fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    services(pool).flat_map(|s| s.methods().collect::<Vec<_>>()).collect()
}

/// The messages of our packages, those inside of others too, without the entries of maps.
pub fn messages(pool: &DescriptorPool) -> impl Iterator<Item = MessageDescriptor> {
    pool.all_messages().filter(|m| is_ours(m.package_name()) && !m.is_map_entry())
}

/// The enums of our packages.
pub fn enums(pool: &DescriptorPool) -> impl Iterator<Item = EnumDescriptor> {
    pool.all_enums().filter(|e| is_ours(e.package_name()))
}

/// The contract with a change in each of our files, to show that a rule finds what is wrong. Such a contract has lost
/// every option of its own (access, HTTP rules, behaviour): the decoder here does not know them.
#[must_use]
pub fn broken(change: impl Fn(&mut FileDescriptorProto)) -> DescriptorPool {
    let mut set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the build wrote it");
    set.file.iter_mut().filter(|file| is_ours(file.package())).for_each(change);
    DescriptorPool::from_file_descriptor_set(set).expect("the change leaves a sound set")
}

/// The contract with other names for some fields.
#[must_use]
pub fn renamed(names: &[(&str, &str)]) -> DescriptorPool {
    broken(|file| {
        for field in file.message_type.iter_mut().flat_map(|message| &mut message.field) {
            if let Some((_, other)) = names.iter().find(|(name, _)| *name == field.name()) {
                field.name = Some((*other).to_owned());
                field.json_name = None;
            }
        }
    })
}

/// The comment before an element, trimmed; empty where there is none. `path` is the element's place in its file.
#[must_use]
pub fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let here = info.and_then(|info| info.location.iter().find(|location| location.path == path));
    let text = here.and_then(|location| location.leading_comments.clone()).unwrap_or_default();
    text.trim().to_owned()
}

/// One way to a method over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRule {
    /// `GET`, `POST`, `PATCH`, `PUT`, `DELETE`, or a verb of its own.
    pub verb: String,
    /// The path's template as it is written.
    pub template: String,
    /// The field that the body fills; `*` for the whole message, empty where there is no body.
    pub body: String,
}

impl HttpRule {
    /// The fields that the path fills, as dotted names.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let parts = self.template.split('{').skip(1);
        parts.filter_map(|part| part.split(['=', '}']).next()).map(str::to_owned).collect()
    }

    /// The path with patterns in the place of variables: two rules with the same verb and pattern would be one path.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut out = String::new();
        let mut rest = self.template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (variable, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(variable.split_once('=').map_or("*", |(_, pattern)| pattern));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// The HTTP rules of a method, additional bindings too.
#[must_use]
pub fn http_rules(method: &MethodDescriptor) -> Vec<HttpRule> {
    let extension = method
        .parent_pool()
        .get_extension_by_name("google.api.http")
        .expect("google/api/annotations.proto is compiled");
    let options = method.options();
    if !options.has_extension(&extension) {
        return Vec::new();
    }
    let value = options.get_extension(&extension);
    let rule = value.as_message().expect("an HttpRule").clone();
    let more = rule.get_field_by_name("additional_bindings").map(std::borrow::Cow::into_owned);
    let more = more.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_message);
    std::iter::once(&rule).chain(more).filter_map(http_rule).collect()
}

fn http_rule(rule: &DynamicMessage) -> Option<HttpRule> {
    let text =
        |name: &str| rule.get_field_by_name(name).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let verbs = ["get", "put", "post", "delete", "patch"];
    let verb = verbs.into_iter().find(|verb| !text(verb).is_empty())?;
    Some(HttpRule { verb: verb.to_ascii_uppercase(), template: text(verb), body: text("body") })
}

/// `CreateProducer` as the generated client calls it: `create_producer`.
#[must_use]
pub fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_tells_its_variables_and_its_pattern() {
        let template = "/v1/{plan.name=plans/*}/lines/{line}:balance".to_owned();
        let rule = HttpRule { verb: "GET".to_owned(), template, body: String::new() };
        assert_eq!(rule.variables(), ["plan.name", "line"]);
        assert_eq!(rule.pattern(), "/v1/plans/*/lines/*:balance");
    }

    #[test]
    fn names_of_methods_are_those_of_the_generated_clients() {
        assert_eq!(snake("BatchGetPersons"), "batch_get_persons");
        assert_eq!(snake("Watch"), "watch");
    }
}
