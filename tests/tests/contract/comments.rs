//! Every element of the contract says what it is, and every RPC what it refuses with.

use std::collections::BTreeSet;

use prost_reflect::DescriptorPool;
use proto::pool;
use tests::surface::{broken, comment, enums, messages, methods, services};

use crate::none;
use crate::rpcs::reads;

/// Fewest characters that can say something.
const SHORTEST: usize = 3;

/// The elements of the contract with their comments.
fn elements(pool: &DescriptorPool) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for service in services(pool) {
        all.push((service.full_name().to_owned(), comment(&service.parent_file(), service.path())));
        let methods = service.methods();
        all.extend(methods.map(|m| (m.full_name().to_owned(), comment(&m.parent_file(), m.path()))));
    }
    for message in messages(pool) {
        let file = message.parent_file();
        all.push((message.full_name().to_owned(), comment(&file, message.path())));
        all.extend(message.fields().map(|f| (f.full_name().to_owned(), comment(&file, f.path()))));
    }
    for kind in enums(pool) {
        let file = kind.parent_file();
        all.push((kind.full_name().to_owned(), comment(&file, kind.path())));
        all.extend(kind.values().map(|v| (format!("{}.{}", kind.full_name(), v.name()), comment(&file, v.path()))));
    }
    all
}

fn without_comment(pool: &DescriptorPool) -> Vec<String> {
    let short = |(_, text): &(String, String)| text.chars().count() < SHORTEST;
    elements(pool).into_iter().filter(short).map(|(name, _)| format!("{name}: has no comment")).collect()
}

#[test]
fn everything_in_the_contract_has_a_comment() {
    assert!(elements(pool()).len() > 1000, "the contract has more than a thousand elements");
    none(&without_comment(pool()));
}

#[test]
fn what_has_no_comment_is_found() {
    let silent = broken(|file| {
        let places = file.source_code_info.iter_mut().flat_map(|info| &mut info.location);
        places.filter(|place| place.path.first() == Some(&6)).for_each(|place| place.leading_comments = None);
    });
    let found = without_comment(&silent);
    let of_services = services(pool()).count() + methods(pool()).len();
    assert_eq!(found.len(), of_services, "services and methods lost their comments, nothing else did");
}

/// Words in capitals of a comment that look like a reason: with an underscore, and no name of an enum's value.
fn reasons_in(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let shouted = |w: &&str| {
        w.contains('_') && w.len() > 4 && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    words.filter(shouted).collect()
}

/// What may stand in capitals in a comment: reasons, values of enums (with their prefix or without) and status codes.
fn known_words() -> BTreeSet<String> {
    let codes = [
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "DEADLINE_EXCEEDED",
        "UNAUTHENTICATED",
        "OUT_OF_RANGE",
        "OUTPUT_ONLY",
    ];
    let mut words: BTreeSet<String> = codes.map(str::to_owned).into();
    for kind in enums(pool()) {
        for value in kind.values() {
            let name = value.name();
            let parts = name.match_indices('_').map(|(at, _)| name[at + 1..].to_owned());
            words.extend(parts.chain([name.to_owned()]));
        }
    }
    words
}

#[test]
fn a_comment_names_no_reason_that_does_not_exist() {
    let known = known_words();
    let mut faults = Vec::new();
    for method in methods(pool()) {
        let text = comment(&method.parent_file(), method.path());
        let unknown = reasons_in(&text).into_iter().filter(|word| !known.contains(*word));
        faults.extend(unknown.map(|word| format!("{}: there is no {word}", method.full_name())));
    }
    none(&faults);
}

#[test]
fn every_change_says_what_it_refuses_with_and_whether_it_repeats_safely() {
    let mut faults = Vec::new();
    for method in methods(pool()).iter().filter(|m| !reads(m)) {
        let text = comment(&method.parent_file(), method.path());
        if reasons_in(&text).is_empty() {
            faults.push(format!("{}: names no reason", method.full_name()));
        }
        if !text.contains("repeat") {
            faults.push(format!("{}: says not whether it repeats safely", method.full_name()));
        }
    }
    none(&faults);
}

#[test]
fn a_reason_in_a_comment_is_told_from_other_words() {
    assert_eq!(
        reasons_in("Refuses with NOT_FOUND RESOURCE_NOT_FOUND (a UUID, in A_B or snake_case)."),
        ["NOT_FOUND", "RESOURCE_NOT_FOUND"]
    );
    assert!(!known_words().contains("RESOURCE_NOT_FINDABLE") && known_words().contains("RESOURCE_NOT_FOUND"));
}
