//! Words that must not stand in the repository, and words that must.

use tests::code::{bare, functions, line, places};
use tests::repo::File;

use crate::{Offences, finds, keep, rust};

/// What promises work instead of doing it. Written in parts, for this file is looked at too.
const PROMISES: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

/// Hosts of package registries: the repository builds from whatever registry its tools are set to.
const REGISTRIES: [&str; 10] = [
    concat!("crates", ".io"),
    concat!("npmjs", "."),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
    concat!("registry-1", ".docker.io"),
    concat!("proxy.golang", ".org"),
    concat!("rubygems", ".org"),
    concat!("jsdelivr", ".net"),
    concat!("unpkg", ".com"),
];

fn told(file: &File, at: usize, what: &str) -> String {
    format!("{}:{}: {what}", file.path, line(&file.text, at))
}

fn promises(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    let kinds = ["rs", "proto", "toml", "sh", "yaml", "yml", "md", "py"];
    let written = |f: &&File| kinds.contains(&f.extension()) || f.path.starts_with("scripts/") || f.path == ".ci/run";
    for file in files.iter().filter(written).filter(|f| !f.path.starts_with("proto/buf/")) {
        for word in PROMISES {
            offences.extend(places(&file.text, word).map(|at| told(file, at, word)));
        }
    }
    offences
}

fn registries(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in files.iter().filter(|f| f.name() != "Cargo.lock") {
        for host in REGISTRIES {
            offences.extend(file.text.match_indices(host).map(|(at, _)| told(file, at, host)));
        }
    }
    offences
}

fn ignored_tests(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let code = bare(&file.text);
        let attribute = |at: &usize| code[..*at].trim_end().ends_with(['[', ',', '(']);
        offences.extend(places(&code, "ignore").filter(attribute).map(|at| told(file, at, "an ignored test")));
    }
    offences
}

/// A name says what holds: at least three words.
fn test_names(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let code = bare(&file.text);
        for function in functions(&code).into_iter().filter(|f| f.test && f.name.matches('_').count() < 2) {
            offences.push(told(file, function.range.start, &format!("{} is no sentence", function.name)));
        }
    }
    offences
}

/// Every exception from a lint says why.
fn silent_exceptions(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in rust(files) {
        let code = bare(&file.text);
        for word in ["allow", "expect"] {
            for at in places(&code, word) {
                let before = code[..at].trim_end();
                let attribute = before.ends_with("#[") || before.ends_with("#![");
                let end = tests::code::matching(&code, at + word.len());
                if attribute && !code[at..end].contains("reason") {
                    offences.push(told(file, at, "an exception from a lint without its reason"));
                }
            }
        }
    }
    offences
}

/// Every source file says at its top what it is for.
fn undocumented(files: &[File]) -> Offences {
    let tests_of_a_module = |f: &&File| f.name() == "tests.rs" || f.path.contains("/tests/");
    let silent = |f: &&File| !f.text.starts_with("//!");
    rust(files)
        .filter(|f| !tests_of_a_module(f))
        .filter(silent)
        .map(|f| format!("{}: says not what it is for", f.path))
        .collect()
}

/// Notes between people belong into issues: the repository keeps handbooks and licences only.
fn notes(files: &[File]) -> Offences {
    let kept = ["README.md", "NOTICE.md", "LICENSE.md"];
    let note = |f: &&File| f.extension() == "md" && !kept.contains(&f.name());
    files.iter().filter(note).map(|f| format!("{}: a note", f.path)).collect()
}

#[test]
fn nothing_is_promised_for_later() {
    keep(promises);
}

#[test]
fn no_package_registry_is_named() {
    keep(registries);
}

#[test]
fn no_test_is_ignored() {
    keep(ignored_tests);
}

#[test]
fn names_of_tests_are_sentences() {
    keep(test_names);
}

#[test]
fn exceptions_from_lints_say_why() {
    keep(silent_exceptions);
}

#[test]
fn every_source_file_says_what_it_is_for() {
    keep(undocumented);
}

#[test]
fn no_note_between_engineers_is_left() {
    keep(notes);
}

#[test]
fn a_promise_is_found_in_code_and_in_manifests() {
    let word = PROMISES[0];
    let (code, yaml) = (format!("fn a() {{}}\n// {word}: more\n"), format!("# {word}\n"));
    let files = [("services/a/src/b.rs", code.as_str()), ("k8s/base/a.yaml", &yaml), ("scripts/x", "todos\n")];
    finds(promises, &files, &["b.rs:2", "a.yaml:1"]);
}

#[test]
fn a_registry_is_found_anywhere_but_in_the_lock_file() {
    let text = format!("index = \"https://static.{}/\"", REGISTRIES[0]);
    finds(registries, &[("deny.toml", &text), ("Cargo.lock", &text)], &["deny.toml:1"]);
}

#[test]
fn an_ignored_test_is_found_and_the_word_alone_is_not() {
    let text =
        "#[test]\n#[ignore = \"slow\"]\nfn a() { let ignore = 1; f(\"#[ignore]\"); }\n#[cfg_attr(x, ignore)] fn b() {}";
    finds(ignored_tests, &[("a.rs", text)], &["a.rs:2", "a.rs:4"]);
}

#[test]
fn a_test_with_a_label_for_a_name_is_found() {
    let text = "#[test]\nfn test_1() {}\n#[tokio::test]\nasync fn a_name_that_says_something() {}\nfn helper() {}";
    finds(test_names, &[("a.rs", text)], &["a.rs:2: test_1"]);
}

#[test]
fn an_exception_without_a_reason_is_found() {
    let text = "#[allow(dead_code)]\n#[expect(a, reason = \"b\")]\nfn f() { x.expect(\"y\"); }\n#![expect(c)]";
    finds(silent_exceptions, &[("a.rs", text)], &["a.rs:1", "a.rs:4"]);
}

#[test]
fn a_file_without_its_purpose_is_found() {
    let files = [("a/src/b.rs", "use x;\n"), ("a/src/c.rs", "//! C.\n"), ("a/src/d/tests.rs", "use x;\n")];
    finds(undocumented, &files, &["a/src/b.rs"]);
}

#[test]
fn a_note_is_found_and_a_handbook_is_not() {
    finds(notes, &[("README.md", ""), ("services/a/NOTE-TO-B.md", "")], &["NOTE-TO-B"]);
}
