//! A line of code knows where it lives: what each of a room's files may name (design: folders).
//!
//! A layer is the file `domain.rs`, `store.rs`, `wire.rs` or `api.rs` of a room, or what lies in the folder of that name.

use std::ops::Not;

use tests::code::{bare, line, names, places, word_at};
use tests::repo::File;

use crate::{Offences, finds, in_service, keep, rust};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Domain,
    Store,
    Wire,
    Api,
}

/// A file of a room.
struct Place<'a> {
    service: &'a str,
    room: &'a str,
    layer: Option<Layer>,
}

/// Where a file stands; none where it belongs to no room.
fn place(path: &str) -> Option<Place<'_>> {
    let (service, rest) = in_service(path)?;
    if matches!(service, "kit" | "reference" | "paper" | "gateway" | "ocop") {
        return None;
    }
    let (room, inside) = rest.split_once('/')?;
    if room == "migrations" {
        return None;
    }
    let layer = match inside.split('/').next().unwrap_or_default().trim_end_matches(".rs") {
        "domain" => Some(Layer::Domain),
        "store" => Some(Layer::Store),
        "wire" => Some(Layer::Wire),
        "api" => Some(Layer::Api),
        _ => None,
    };
    Some(Place { service, room, layer })
}

/// What a layer must not name, and why.
fn forbidden(layer: Layer) -> (&'static [&'static str], &'static str) {
    match layer {
        Layer::Domain => (
            &[
                "proto",
                "pb",
                "prost",
                "prost_types",
                "sea_orm",
                "sqlx",
                "tonic",
                "tokio",
                "async",
                "await",
                "Clock",
                "now_us",
                "SystemTime",
                "Instant",
                "OffsetDateTime",
                "Kit",
                "Link",
                "fs",
                "net",
                "env",
                "store",
                "wire",
                "api",
            ],
            "a rule knows no proto, no SQL, no IO and no clock",
        ),
        Layer::Store => (
            &["proto", "pb", "prost", "prost_types", "tonic", "wire", "api"],
            "a query knows no proto and no transport",
        ),
        Layer::Wire => (&["sea_orm", "sqlx", "async", "await", "api"], "reading and rendering do no IO"),
        Layer::Api => (&["sqlx", "sea_query", "EntityTrait", "Statement"], "queries stand in the store"),
    }
}

fn words_of_layers(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let Some(layer) = place(&file.path).and_then(|p| p.layer) else { continue };
        let code = bare(&file.text);
        let (words, why) = forbidden(layer);
        for word in words {
            // A word of our own: `x.store`, `fn api`, `shared::store` of a layer below are no layer of this room.
            let own = |at: &usize| {
                !matches!(*word, "store" | "wire" | "api" | "fs" | "net" | "env") || is_path(&code, *at, word)
            };
            if let Some(at) = places(&code, word).find(own) {
                offences.push(format!("{}:{}: names {word}; {why}", file.path, line(&code, at)));
            }
        }
    }
    offences
}

/// True where the word is a module in a path (`super::store`, `store::x`, `{domain, store}` in a `use`).
fn is_path(code: &str, at: usize, word: &str) -> bool {
    let before = code[..at].trim_end();
    let in_use = before.rfind(';').map_or(before, |end| &before[end + 1..]).trim_start().starts_with("use ");
    before.ends_with("::") || code[at + word.len()..].starts_with("::") || in_use
}

/// Only wire.rs and the signatures of api.rs name both the contract's types and the rules' types. Files that are no layer
/// serve one: they are those of an api (proto, no queries) or of a store (queries, no proto). Tests look at everything.
fn files_between_layers(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files).filter(|f| f.name() != "tests.rs") {
        let Some(Place { layer: None, .. }) = place(&file.path) else { continue };
        let code = bare(&file.text);
        let queries = ["EntityTrait", "sea_query", "QueryFilter", "sqlx"].into_iter().find(|w| names(&code, w));
        if let Some(word) = queries
            && (names(&code, "proto") || names(&code, "pb"))
        {
            offences.push(format!("{}: names proto and {word}; queries stand in the store", file.path));
        }
    }
    offences
}

/// Stores that read tables of another room, because a join saves a statement. Everybody else asks that room's store.
const JOINS: &[(&str, &str, &str)] = &[
    ("registry", "assignments", "producers"),
    ("registry", "bundles", "producers"),
    ("registry", "bundles", "products"),
    ("registry", "candidates", "producers"),
    ("registry", "contacts", "people"),
    ("registry", "duties", "people"),
    ("registry", "duties", "producers"),
    ("registry", "products", "producers"),
    ("registry", "products", "recognitions"),
    ("registry", "recognitions", "producers"),
    ("registry", "recognitions", "products"),
    ("registry", "evidence", "producers"),
    ("registry", "dossiers", "producers"),
    ("registry", "promotion", "products"),
    ("registry", "support", "products"),
    ("training", "attendance", "sessions"),
    ("training", "completions", "duties"),
    ("training", "completions", "sessions"),
    ("training", "costs", "completions"),
    ("training", "costs", "courses"),
    ("training", "costs", "sessions"),
    ("training", "coverage", "attendance"),
    ("training", "coverage", "completions"),
    ("training", "coverage", "duties"),
    ("training", "coverage", "sessions"),
    ("training", "registrations", "sessions"),
    ("budget", "aggregations", "estimates"),
    ("budget", "aggregations", "plans"),
    ("budget", "ceilings", "estimates"),
    ("budget", "ledger", "estimates"),
    ("budget", "resources", "estimates"),
    ("budget", "plans", "tasks"),
    ("budget", "transfers", "ledger"),
    ("evaluation", "certificates", "sittings"),
    ("insights", "costs", "feeds"),
    ("insights", "forecast", "feeds"),
    ("insights", "progress", "feeds"),
];

/// A room's entities are its own: another room's store may take its types (`Plan`), but neither tables nor queries (words
/// in small letters), and rules and wire files take no query of another room either.
fn foreign_stores(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let Some(place) = place(&file.path) else { continue };
        if place.layer.is_none_or(|layer| layer == Layer::Api) {
            continue;
        }
        let code = bare(&file.text);
        for at in places(&code, "store") {
            let Some(room) = code[..at].strip_suffix("::").map(last_word) else { continue };
            let Some(taken) = code[at..].strip_prefix("store::") else { continue };
            let joined = place.layer == Some(Layer::Store) && JOINS.contains(&(place.service, place.room, room));
            let own = matches!(room, "super" | "self" | "shared" | "crate" | "kit") || room == place.room;
            let queries = small(taken);
            if own.not() && !joined && !queries.is_empty() {
                let at = line(&code, at);
                offences.push(format!("{}:{at}: takes {} of the store of {room}", file.path, queries.join(", ")));
            }
        }
    }
    offences
}

fn last_word(text: &str) -> &str {
    let start = text.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    &text[start..]
}

/// The words in small letters that a path takes: `x` or `{x, Y}`.
fn small(rest: &str) -> Vec<&str> {
    let list = match rest.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or_default(),
        None => word_at(rest, 0),
    };
    let words = list.split(',').map(|part| word_at(part.trim(), 0));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

#[test]
fn files_name_only_what_their_layer_may_name() {
    keep(words_of_layers);
}

#[test]
fn proto_and_queries_never_meet_in_one_file() {
    keep(files_between_layers);
}

#[test]
fn rooms_keep_their_tables_to_themselves() {
    keep(foreign_stores);
}

#[test]
fn a_rule_with_a_proto_type_a_query_a_clock_or_io_is_found() {
    let offence = |code: &'static str| [("services/registry/src/products/domain/tests.rs", code)];
    for code in [
        "use proto::registry::v1;",
        "fn f(p: pb::Product) {}",
        "use sea_orm::EntityTrait;",
        "fn f(s: tonic::Status) {}",
        "use kit::Clock;",
        "fn f() { time::OffsetDateTime::now_utc(); }",
        "async fn f() {}",
        "use super::store::Product;",
        "use super::{store, x};",
        "fn f() { std::fs::read(x); }",
    ] {
        let found = words_of_layers(&offence(code).map(|(path, text)| File::new(path, text)));
        assert_eq!(found.len(), 1, "{code}: {found:?}");
    }
    let innocent = "// proto, sea_orm\nfn f(store: u8, now: Date) -> Self { self.store \"tonic\" }";
    finds(words_of_layers, &offence(innocent), &[]);
}

#[test]
fn a_store_with_proto_a_wire_with_queries_and_an_api_with_sql_are_found() {
    let files = [
        ("services/a/src/r/store.rs", "use proto::a::v1;"),
        ("services/a/src/r/store/row.rs", "use super::super::wire;"),
        ("services/a/src/r/wire.rs", "use sea_orm::EntityTrait;"),
        ("services/a/src/r/wire/render.rs", "async fn f() {}"),
        ("services/a/src/r/api.rs", "use proto::a::v1 as pb;\nuse sea_orm::EntityTrait;"),
        ("services/a/src/r/api/steps.rs", "fn f(tx: &impl sea_orm::ConnectionTrait) {}"),
        ("services/kit/src/x/store.rs", "use proto::a::v1;"),
    ];
    let planted = [
        "store.rs:1: names proto",
        "row.rs:1: names wire",
        "wire.rs:1: names sea_orm",
        "render.rs:1: names async",
        "api.rs:2: names EntityTrait",
    ];
    finds(words_of_layers, &files, &planted);
}

#[test]
fn a_file_that_is_no_layer_and_mixes_proto_with_queries_is_found() {
    let files = [
        ("services/a/src/r/apply.rs", "use proto::a::v1 as pb;\nuse sea_orm::{EntityTrait, QueryFilter};"),
        ("services/a/src/r/tests.rs", "use proto::a::v1 as pb;\nuse sea_orm::EntityTrait;"),
        ("services/a/src/r/enter.rs", "use proto::a::v1 as pb;\nuse sea_orm::ConnectionTrait;"),
        ("services/a/src/r/lines.rs", "use sea_orm::EntityTrait;"),
    ];
    finds(files_between_layers, &files, &["apply.rs"]);
}

#[test]
fn a_query_of_another_rooms_store_is_found_outside_the_api() {
    let files = [
        ("services/a/src/r/store.rs", "use crate::other::store::{Plan, line};"),
        ("services/a/src/r/wire.rs", "fn f() { crate::other::store::fetch(); }"),
        (
            "services/a/src/r/store/row.rs",
            "use crate::other::store::Plan;\nuse crate::shared::store::after;\nuse super::store::x;",
        ),
        ("services/a/src/r/api.rs", "fn f() { other::store::fetch(); }"),
        ("services/budget/src/ledger/store.rs", "use crate::estimates::store::{Line, line};"),
    ];
    finds(foreign_stores, &files, &["store.rs:1: takes line", "wire.rs:1: takes fetch"]);
}
