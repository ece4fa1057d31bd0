//! A file of a list shows what the list shows, to whom the list shows it.

use std::collections::BTreeSet;

use kit::inventory::{self, Method};
use proto::common::v1::Role;

use crate::none;

fn roles(method: &Method) -> BTreeSet<i32> {
    method.roles.iter().map(|role: &Role| *role as i32).collect()
}

/// What is wrong with the export of a list.
fn fault(export: &Method, list: Option<&Method>) -> Option<&'static str> {
    let Some(list) = list else { return Some("there is no list of that name") };
    let asks = export.input.get_field_by_name("list").and_then(|field| field.kind().as_message().cloned());
    match () {
        () if roles(export) != roles(list) => Some("is open to other roles than its list"),
        () if export.scope != list.scope => Some("is judged by another unit than its list"),
        () if asks.as_ref() != Some(&list.input) => Some("does not take the request of its list"),
        () if export.output.full_name() != "ocop.common.v1.SheetPart" => Some("does not answer the parts of a file"),
        () if export.mutation => Some("changes something"),
        () => None,
    }
}

fn list_of(export: &Method) -> Option<&'static Method> {
    let name = export.name.replacen("Export", "List", 1);
    inventory::methods().find(|m| m.package == export.package && m.name == name)
}

#[test]
fn every_export_is_open_to_exactly_the_callers_of_its_list_and_takes_its_filter() {
    let exports: Vec<&Method> = inventory::methods().filter(|m| m.service.ends_with(".ExportService")).collect();
    assert!(exports.len() >= 12, "the registry alone has twelve");
    let faults = exports.into_iter().filter_map(|m| Some(format!("{}: {}", m.path, fault(m, list_of(m))?)));
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn an_export_that_shows_more_than_its_list_is_found() {
    let method = |path| inventory::method(path).expect("the contract has it");
    let export = method("/ocop.registry.v1.ExportService/ExportProducers");
    let persons = method("/ocop.registry.v1.PersonService/ListPersons");
    assert_eq!(fault(export, Some(persons)), Some("is open to other roles than its list"));
    assert!(fault(export, None).is_some());
    let products = method("/ocop.registry.v1.ProductService/ListProducts");
    assert_eq!(fault(export, Some(products)), Some("does not take the request of its list"));
}
