//! Files and functions that fit into a head.

use tests::code::{bare, functions, line};
use tests::repo::File;

use crate::{Offences, finds, keep, rust};

/// Most lines of a file.
const FILE: usize = 500;
/// Most lines of a function, from `fn` to the closing brace.
const FUNCTION: usize = 70;

/// Rust, proto, shell, Python and manifests that we write; not what others wrote and we keep as it is.
fn is_ours(file: &File) -> bool {
    let vendored = file.path.starts_with("proto/google/") || file.path.starts_with("proto/buf/");
    let data = file.path.contains("/data/") || file.path.contains("/demo/");
    let script = file.path.starts_with("scripts/") || file.path.starts_with(".ci/") || file.extension() == "sh";
    let written = matches!(file.extension(), "rs" | "proto" | "py" | "yaml" | "yml" | "toml") || script;
    written && !vendored && !data
}

fn long_files(files: &[File]) -> Offences {
    let long = |f: &&File| is_ours(f) && f.text.lines().count() > FILE;
    files.iter().filter(long).map(|f| format!("{}: {} lines", f.path, f.text.lines().count())).collect()
}

fn long_functions(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let code = bare(&file.text);
        for function in functions(&code) {
            let first = line(&code, function.range.start);
            let lines = line(&code, function.range.end) - first + 1;
            if lines > FUNCTION {
                offences.push(format!("{}:{first}: fn {} has {lines} lines", file.path, function.name));
            }
        }
    }
    offences
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    keep(long_files);
}

#[test]
fn no_function_is_longer_than_seventy_lines() {
    keep(long_functions);
}

#[test]
fn a_long_file_is_found_and_vendored_or_data_files_are_not() {
    let (most, long) = ("x\n".repeat(FILE), "x\n".repeat(FILE + 1));
    let files = [
        ("services/a/src/b.rs", long.as_str()),
        ("services/a/src/c.rs", most.as_str()),
        ("proto/google/api/http.proto", long.as_str()),
        ("services/reference/data/units.yaml", long.as_str()),
        ("scripts/up", long.as_str()),
    ];
    finds(long_files, &files, &["services/a/src/b.rs: 501", "scripts/up: 501"]);
}

#[test]
fn a_long_function_is_found_and_one_of_just_seventy_lines_is_not() {
    let of = |name: &str, lines: usize| format!("fn {name}() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
    let text = format!("{}{}", of("most", FUNCTION), of("longer", FUNCTION + 1));
    finds(long_functions, &[("services/a/src/b.rs", &text)], &["services/a/src/b.rs:71: fn longer has 71 lines"]);
}
