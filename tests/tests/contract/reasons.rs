//! Reasons: every one has both texts with the same values in them, is used by somebody, and none is misspelt into two.

use std::collections::{BTreeMap, BTreeSet};

use tests::code::{bare, names};
use tests::repo;

use crate::none;

/// The `{values}` of a text.
fn values(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
}

#[test]
fn every_reason_has_vietnamese_and_english_with_the_same_values() {
    let table = kit::reason_table();
    assert!(table.len() > 100, "the packages have more than a hundred reasons");
    let mut faults = Vec::new();
    for (name, vi, en) in &table {
        if vi.trim().is_empty() || en.trim().is_empty() {
            faults.push(format!("{name}: lacks a text"));
        }
        if values(vi) != values(en) {
            faults.push(format!("{name}: the texts take different values"));
        }
        if vi == en {
            faults.push(format!("{name}: one text in the place of both"));
        }
    }
    none(&faults);
}

#[test]
fn a_reason_has_one_meaning_in_the_whole_suite() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, ..) in kit::reason_table() {
        let (package, id) = name.split_once('/').expect("package/ID");
        places.entry(id.to_owned()).or_default().push(package.to_owned());
    }
    let twice = places.into_iter().filter(|(_, packages)| packages.len() > 1);
    none(&twice.map(|(id, packages)| format!("{id}: in {}", packages.join(" and "))).collect::<Vec<_>>());
}

/// `TAX_CODE_TAKEN` as Rust writes it: `TaxCodeTaken`.
fn camel(id: &str) -> String {
    let word = |w: &str| {
        let (first, rest) = w.split_at(w.len().min(1));
        first.to_owned() + &rest.to_ascii_lowercase()
    };
    id.split('_').map(word).collect()
}

/// Reasons of the contract whose rules come with later issues: filters of lists.
const AWAITED: [&str; 1] = ["ocop.common.v1/FILTER_INVALID"];

/// A reason that no code gives is a promise that no caller can rely on; one that is given is awaited no more.
#[test]
fn every_reason_is_given_by_some_code() {
    let files = repo::files();
    let sources =
        files.iter().filter(|f| f.path.starts_with("services/") && f.path.contains("/src/") && f.extension() == "rs");
    let sources: Vec<String> = sources.map(|f| bare(&f.text)).collect();
    let given = |id: &str| {
        let name = camel(id);
        sources.iter().any(|code| names(code, &name))
    };
    let mut faults = Vec::new();
    for (name, ..) in kit::reason_table() {
        let given = given(name.rsplit('/').next().unwrap_or_default());
        if given == AWAITED.contains(&name.as_str()) {
            faults.push(format!("{name}: {}", if given { "is awaited no more" } else { "no code gives it" }));
        }
    }
    none(&faults);
}

#[test]
fn a_difference_between_two_texts_is_seen() {
    assert_eq!(values("{name} của {unit}"), values("{unit} of {name}"));
    assert_ne!(values("{name}"), values("{nam}"));
    assert_eq!(camel("TAX_CODE_TAKEN"), "TaxCodeTaken");
}
