//! Messages with annotations, made as the tests need them.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use proto::common::v1::ErrorReason;
use serde_json::{Value as Json, json};

use super::{check, unsupported};

pub(super) fn field(name: &str, number: i32, kind: &str, options: Json) -> Json {
    let label = if kind.starts_with("repeated ") { "LABEL_REPEATED" } else { "LABEL_OPTIONAL" };
    let presence = kind.starts_with("optional ");
    let kind = kind.trim_start_matches("repeated ").trim_start_matches("optional ");
    let mut field = json!({"name": name, "number": number, "label": label, "options": options});
    match kind.strip_prefix("enum ") {
        Some(values) => {
            field["type"] = json!("TYPE_ENUM");
            field["typeName"] = json!(values);
        }
        None if kind.starts_with('.') => {
            field["type"] = json!("TYPE_MESSAGE");
            field["typeName"] = json!(kind);
        }
        None => field["type"] = json!(format!("TYPE_{}", kind.to_uppercase())),
    }
    if presence {
        field["proto3Optional"] = json!(true);
        field["oneofIndex"] = json!(number);
    }
    field
}

pub(super) fn rules(rules: Json) -> Json {
    json!({"[buf.validate.field]": rules})
}

pub(super) fn required() -> Json {
    json!({"[google.api.field_behavior]": ["REQUIRED"]})
}

pub(super) fn output() -> Json {
    json!({"[google.api.field_behavior]": ["OUTPUT_ONLY"], "[buf.validate.field]": {"string": {"minLen": 5}}})
}

/// A message of its own package with these fields; `.x` in a type is the message itself, `.kind` the enum beside it.
pub(super) fn pool(package: &str, mut fields: Vec<Json>) -> DescriptorPool {
    let mut oneofs = Vec::new();
    for field in &mut fields {
        if field.get("oneofIndex").is_some() {
            field["oneofIndex"] = json!(oneofs.len());
            oneofs.push(json!({"name": format!("_{}", field["name"].as_str().unwrap())}));
        }
        let own = match field.get("typeName").and_then(Json::as_str) {
            Some(".x") => "M",
            Some(".kind") => "Kind",
            Some(".entry") => "M.CountsEntry",
            _ => continue,
        };
        field["typeName"] = json!(format!(".{package}.{own}"));
    }
    let entry = json!({
        "name": "CountsEntry", "options": {"mapEntry": true},
        "field": [field("key", 1, "string", json!({})), field("value", 2, "int32", json!({}))],
    });
    let file = json!({
        "name": format!("{package}.proto"), "package": package, "syntax": "proto3",
        "dependency": ["google/type/date.proto", "google/protobuf/field_mask.proto", "google/api/field_behavior.proto",
            "buf/validate/validate.proto"],
        "messageType": [{"name": "M", "field": fields, "oneofDecl": oneofs, "nestedType": [entry]}],
        "enumType": [{"name": "Kind", "value": [{"name": "KIND_UNSPECIFIED", "number": 0}, {"name": "KIND_A", "number": 1}]}],
    });
    let mut pool = proto::pool().clone();
    let type_ = pool.get_message_by_name("google.protobuf.FileDescriptorProto").unwrap();
    let file = DynamicMessage::deserialize(type_, file).unwrap();
    pool.decode_file_descriptor_proto(file.encode_to_vec().as_slice()).unwrap();
    pool
}

/// What was found: path, reason and metadata.
pub(super) type Found = Vec<(String, ErrorReason, String)>;

pub(super) fn check_in(pool: &DescriptorPool, package: &str, message: Json) -> Found {
    let descriptor = pool.get_message_by_name(&format!("{package}.M")).unwrap();
    let message = DynamicMessage::deserialize(descriptor.clone(), message).unwrap();
    let mut found = Vec::new();
    check(&descriptor, &message, &mut |path, reason, metadata| {
        let metadata: Vec<String> = metadata.iter().map(|(k, v)| format!("{k}={v}")).collect();
        found.push((path, reason, metadata.join(",")));
    });
    found
}

/// A violation that is expected.
pub(super) type Wanted<'a> = (&'a str, ErrorReason, &'a str);
/// The value of a field with what is found in it.
pub(super) type Case<'a> = (Json, &'a [Wanted<'a>]);

/// What is found in messages of one field `f`.
pub(super) fn cases(package: &str, kind: &str, options: Json, cases: &[Case<'_>]) {
    let pool = pool(package, vec![field("f", 1, kind, options)]);
    for (value, wanted) in cases {
        let message = if value.is_null() { json!({}) } else { json!({"f": value}) };
        let wanted: Found = wanted.iter().map(|(p, r, m)| ((*p).to_owned(), *r, (*m).to_owned())).collect();
        assert_eq!(check_in(&pool, package, message), wanted, "{kind} {value}");
    }
    assert_eq!(unsupported(&pool).into_iter().filter(|f| f.starts_with(package)).collect::<Vec<_>>(), [""; 0]);
}
