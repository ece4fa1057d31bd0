//! What requests and answers must have, by the kind of their method (AIPs and contract.md).

use kit::inventory;
use prost_reflect::{Cardinality, DescriptorPool, FieldDescriptor, Kind, MethodDescriptor, Value};
use proto::pool;
use tests::surface::{broken, messages, methods, renamed};

use crate::none;
use crate::rpcs::reads;

fn named<'a>(method: &'a MethodDescriptor, verb: &str) -> Option<&'a str> {
    method.name().strip_prefix(verb).filter(|noun| noun.starts_with(|c: char| c.is_uppercase()))
}

fn is_plain(field: Option<FieldDescriptor>, kind: &Kind) -> bool {
    field.is_some_and(|f| f.kind() == *kind && f.cardinality() != Cardinality::Repeated)
}

fn request_ids(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for method in methods(pool) {
        let takes = is_plain(method.input().get_field_by_name("request_id"), &Kind::String);
        if takes == reads(&method) {
            let what = if takes { "reads and takes a request_id" } else { "changes something without a request_id" };
            faults.push(format!("{}: {what}", method.full_name()));
        }
    }
    faults
}

#[test]
fn every_mutation_takes_a_request_id_and_no_read_does() {
    none(&request_ids(pool()));
}

fn trials(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for method in methods(pool).iter().filter(|m| named(m, "Create").or(named(m, "Update")).is_some()) {
        if !is_plain(method.input().get_field_by_name("validate_only"), &Kind::Bool) {
            faults.push(format!("{}: takes no validate_only", method.full_name()));
        }
        if named(method, "Update").is_some() && method.input().get_field_by_name("update_mask").is_none() {
            faults.push(format!("{}: takes no update_mask", method.full_name()));
        }
    }
    faults
}

#[test]
fn every_create_and_update_can_be_tried_without_storing() {
    none(&trials(pool()));
}

fn answers(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for method in methods(pool) {
        let noun = ["Create", "Get", "Update", "Delete", "Undelete"].into_iter().find_map(|verb| named(&method, verb));
        if let Some(noun) = noun.filter(|noun| method.output().name() != *noun) {
            faults.push(format!("{}: answers {}, not {noun}", method.full_name(), method.output().name()));
        }
    }
    faults
}

#[test]
fn standard_methods_answer_the_resource_itself() {
    none(&answers(pool()));
}

fn pages(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for method in methods(pool).iter().filter(|m| named(m, "List").is_some()) {
        let (input, output) = (method.input(), method.output());
        let pages = is_plain(input.get_field_by_name("page_size"), &Kind::Int32)
            && is_plain(input.get_field_by_name("page_token"), &Kind::String)
            && is_plain(output.get_field_by_name("next_page_token"), &Kind::String);
        if !pages {
            faults.push(format!("{}: lacks page_size, page_token or next_page_token", method.full_name()));
        }
        if !output.fields().any(|f| f.is_list()) {
            faults.push(format!("{}: its answer has no list", method.full_name()));
        }
    }
    faults
}

#[test]
fn every_list_comes_in_pages() {
    none(&pages(pool()));
}

#[test]
fn no_annotation_is_silently_ignored() {
    none(&kit::annotations::unsupported(pool()));
}

fn behaviours(pool: &DescriptorPool) -> Vec<String> {
    let extension = pool.get_extension_by_name("google.api.field_behavior").expect("field_behavior is compiled");
    let told = |field: &FieldDescriptor| {
        let options = field.options();
        let value = options.get_extension(&extension);
        value.as_list().is_some_and(|list| list.iter().any(|v| matches!(v, Value::EnumNumber(n) if *n != 0)))
    };
    let requests = messages(pool).filter(|m| m.name().ends_with("Request"));
    let silent = requests.flat_map(|m| m.fields().filter(|f| !told(f)).collect::<Vec<_>>());
    silent.map(|f| format!("{}: no google.api.field_behavior", f.full_name())).collect::<Vec<_>>()
}

#[test]
fn every_field_of_a_request_says_whether_it_must_be_sent() {
    none(&behaviours(pool()));
}

fn settable_states(pool: &DescriptorPool) -> Vec<String> {
    let extension = pool.get_extension_by_name("google.api.field_behavior").expect("field_behavior is compiled");
    let mut faults = Vec::new();
    let bodies = methods(pool).into_iter().filter(|m| named(m, "Create").or(named(m, "Update")).is_some());
    for method in bodies {
        let resource = method.output();
        for field in
            resource.fields().filter(|f| matches!(f.name(), "state" | "stage" | "status" | "etag" | "create_time"))
        {
            let options = field.options();
            let value = options.get_extension(&extension);
            let output_only = value.as_list().is_some_and(|list| list.contains(&Value::EnumNumber(3)));
            // An etag may be sent back.
            if !output_only && field.name() != "etag" {
                faults.push(format!("{}: is not OUTPUT_ONLY", field.full_name()));
            }
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

#[test]
fn states_and_stages_are_never_set_by_a_caller() {
    none(&settable_states(pool()));
}

fn broken_money(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for field in messages(pool).flat_map(|m| m.fields().collect::<Vec<_>>()) {
        let money = field.name().ends_with("_vnd") || field.name() == "amount";
        if money && (field.kind() != Kind::Int64 || !field.name().ends_with("_vnd")) {
            faults.push(format!("{}: money is int64 and named …_vnd", field.full_name()));
        }
        if matches!(field.kind(), Kind::Float) || (field.kind() == Kind::Double && field.name() != "score") {
            faults.push(format!("{}: a broken number cannot be compared", field.full_name()));
        }
    }
    faults
}

#[test]
fn money_is_whole_dong_and_says_so() {
    none(&broken_money(pool()));
}

fn odd_times(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    for field in messages(pool).flat_map(|m| m.fields().collect::<Vec<_>>()) {
        let wanted = match field.name() {
            name if name.ends_with("_date") || matches!(name, "as_of" | "valid_from" | "valid_to" | "date") => {
                "google.type.Date"
            }
            name if name.ends_with("_time") => "google.protobuf.Timestamp",
            _ => continue,
        };
        if field.kind().as_message().map(|m| m.full_name().to_owned()).as_deref() != Some(wanted) {
            faults.push(format!("{}: is no {wanted}", field.full_name()));
        }
    }
    faults
}

#[test]
fn days_are_dates_and_instants_are_timestamps() {
    none(&odd_times(pool()));
}

#[test]
fn the_kit_takes_for_changes_what_takes_a_request_id() {
    let by_name = methods(pool()).iter().filter(|m| !reads(m)).count();
    assert_eq!(inventory::methods().filter(|m| m.mutation).count(), by_name);
}

/// A rule finds a planted fault, and tells the element by its full name.
#[track_caller]
fn finds(rule: impl Fn(&DescriptorPool) -> Vec<String>, planted: &DescriptorPool, told: &str) {
    let found = rule(planted);
    assert!(found.iter().any(|fault| fault.contains(told)), "{told:?} is not among {found:#?}");
}

#[test]
fn requests_without_what_they_need_are_found() {
    let bare =
        renamed(&[("request_id", "id"), ("validate_only", "dry"), ("update_mask", "m"), ("page_token", "after")]);
    finds(request_ids, &bare, "CreateProducer: changes something without a request_id");
    finds(trials, &bare, "CreateProducer: takes no validate_only");
    finds(trials, &bare, "UpdateProducer: takes no update_mask");
    finds(pages, &bare, "ListProducers: lacks page_size, page_token or next_page_token");
    let reading = renamed(&[("page_token", "request_id")]);
    finds(request_ids, &reading, "ListProducers: reads and takes a request_id");
}

#[test]
fn fields_of_the_wrong_kind_or_without_a_behaviour_are_found() {
    let odd = renamed(&[("display_name", "sign_date"), ("page_size", "cost_vnd"), ("etag", "open_time")]);
    finds(odd_times, &odd, "Producer.sign_date: is no google.type.Date");
    finds(odd_times, &odd, "Producer.open_time: is no google.protobuf.Timestamp");
    finds(broken_money, &odd, "cost_vnd: money is int64");
    finds(behaviours, &odd, "CreateProducerRequest.producer: no google.api.field_behavior");
    finds(settable_states, &odd, "Producer.create_time: is not OUTPUT_ONLY");
}

#[test]
fn a_standard_method_with_another_answer_is_found() {
    let other = broken(|file| {
        for method in file.service.iter_mut().flat_map(|service| &mut service.method) {
            if method.name() == "DeleteProducer" {
                method.output_type = Some(".ocop.registry.v1.ListProducersResponse".to_owned());
            }
        }
    });
    finds(answers, &other, "DeleteProducer: answers ListProducersResponse, not Producer");
}
