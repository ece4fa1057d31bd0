//! No dead files: every Rust file is mounted by a `mod` that begins at a root which cargo knows.

use std::collections::BTreeSet;
use std::ops::Range;

use tests::code::{bare, matching, places, word_at};
use tests::repo::File;

use crate::{Offences, finds, keep, rust};

/// A file that cargo compiles by itself: a library, a binary, a build script, a test target, an example, a benchmark.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., "src", "lib.rs" | "main.rs"] | [.., "build.rs"] => true,
        [.., "src", "bin", _] => true,
        // `tests/` is also the name of a crate.
        [.., krate, "tests" | "examples" | "benches", _] if *krate != "src" => !path.contains("/src/"),
        [.., "tests", _, "main.rs"] => true,
        _ => false,
    }
}

/// The folder in which a file's modules lie.
fn folder_of_modules(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if is_root(path) || name == "mod.rs" {
        folder.to_owned()
    } else {
        format!("{folder}/{}", name.trim_end_matches(".rs"))
    }
}

/// The files that a file mounts, as far as they exist.
fn mounted_by(file: &File, all: &BTreeSet<&str>) -> Vec<String> {
    let code = bare(&file.text);
    let mut found = Vec::new();
    let mut inline: Vec<(Range<usize>, &str)> = Vec::new();
    for at in places(&code, "mod") {
        let name = word_at(&code, at + 4);
        let behind = at + 4 + name.len();
        match code[behind..].trim_start().chars().next() {
            Some(';') if !name.is_empty() => {}
            // `mod it { mod room; }` stands for the folder `it`.
            Some('{') if !name.is_empty() => {
                let open = behind + code[behind..].find('{').unwrap_or_default();
                inline.push((open..matching(&code, open), name));
                continue;
            }
            _ => continue,
        }
        let around = inline.iter().filter(|(range, _)| range.contains(&at)).map(|(_, name)| format!("/{name}"));
        let folder = folder_of_modules(&file.path) + &around.collect::<String>();
        let places = match path_attribute(&file.text, &code, at) {
            Some(told) => vec![format!("{}/{told}", file.path.rsplit_once('/').map_or("", |(folder, _)| folder))],
            None => vec![format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")],
        };
        found.extend(places.into_iter().filter(|place| all.contains(place.as_str())));
    }
    found
}

/// The `…` of a `#[path = "…"]` just before the `mod` at `at`.
fn path_attribute<'a>(text: &'a str, code: &str, at: usize) -> Option<&'a str> {
    let from = code[..at].rfind([';', '{', '}']).map_or(0, |end| end + 1);
    let attribute = from + code[from..at].find("#[path")?;
    text[attribute..at].split('"').nth(1)
}

fn dead_files(files: &[File]) -> Offences {
    let all: BTreeSet<&str> = rust(files).map(|f| f.path.as_str()).collect();
    let mut alive: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = all.iter().filter(|p| is_root(p)).map(ToString::to_string).collect();
    while let Some(path) = next.pop() {
        if let Some(file) = files.iter().find(|f| f.path == path)
            && alive.insert(path)
        {
            next.extend(mounted_by(file, &all));
        }
    }
    let dead = all.iter().filter(|path| !alive.contains(**path));
    dead.map(|path| format!("{path}: no `mod` mounts it")).collect()
}

#[test]
fn every_rust_file_is_mounted() {
    keep(dead_files);
}

#[test]
fn a_file_that_no_mod_mounts_is_found() {
    let files = [
        ("services/a/src/lib.rs", "pub mod room;\nmod inline { fn f() {} }\n// mod dead;\n"),
        ("services/a/src/room.rs", "mod api;"),
        ("services/a/src/room/api.rs", "#[cfg(test)]\nmod tests;"),
        ("services/a/src/room/api/tests.rs", ""),
        ("services/a/src/room/dead.rs", ""),
        ("services/a/src/dead/api.rs", ""),
        ("services/a/src/main.rs", ""),
        ("services/a/tests/it.rs", "#[path = \"it/one.rs\"]\nmod one;"),
        ("services/a/tests/it/one.rs", ""),
        ("services/a/tests/it/two.rs", ""),
        ("services/b/tests/it.rs", "mod it {\n    mod one;\n}\nmod three;"),
        ("services/b/tests/it/one.rs", ""),
        ("services/b/tests/it/three.rs", ""),
    ];
    finds(dead_files, &files, &["src/dead/api.rs", "src/room/dead.rs", "a/tests/it/two.rs", "b/tests/it/three.rs"]);
}
