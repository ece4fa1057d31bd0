//! Every method is called by name in some test: of its service, or of the suite.

use std::collections::BTreeMap;

use tests::code::bare;
use tests::repo::{self, File};
use tests::surface::{methods, snake};

use crate::none;

/// The code of the tests that may call methods of a service (`services/<it>/tests`, `tests/`), joined.
fn tests_by_service(files: &[File]) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for file in files.iter().filter(|f| f.extension() == "rs") {
        let parts: Vec<&str> = file.path.split('/').collect();
        match parts.as_slice() {
            ["services", service, "tests", ..] => found.entry(service).or_default().push_str(&bare(&file.text)),
            ["tests", "tests", ..] => found.entry("suite").or_default().push_str(&bare(&file.text)),
            _ => {}
        }
    }
    found
}

/// True where a generated client's method is called.
fn calls(code: &str, method: &str) -> bool {
    let squeezed = format!(".{method}(");
    code.contains(&squeezed)
}

#[test]
fn every_method_is_called_in_some_test() {
    let files = repo::files();
    let tests = tests_by_service(&files);
    let mut faults = Vec::new();
    for method in methods(proto::pool()) {
        let service = method.parent_service().package_name().split('.').nth(1).unwrap_or_default().to_owned();
        let name = snake(method.name());
        let called = [service.as_str(), "suite"].iter().any(|at| tests.get(at).is_some_and(|code| calls(code, &name)));
        if !called {
            faults.push(format!("{}: no test calls .{name}(", method.full_name()));
        }
    }
    none(&faults);
}

#[test]
fn a_call_of_another_service_or_in_a_comment_counts_for_nothing() {
    let files = [
        File::new("services/training/tests/it/a.rs", "let c = client.get_course(x); // client.list_courses(x)"),
        File::new("services/training/src/a.rs", "client.create_course(x)"),
    ];
    let tests = tests_by_service(&files);
    assert!(calls(&tests["training"], "get_course"));
    assert!(!calls(&tests["training"], "list_courses") && !calls(&tests["training"], "create_course"));
    assert!(!tests.contains_key("registry"));
}
