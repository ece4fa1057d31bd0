//! Who depends on whom: the crates, and the calls between services.

use std::collections::BTreeSet;

use tests::code::{bare, places};
use tests::repo::File;
use toml::{Table, Value};

use crate::{Offences, finds, in_service, keep, rust};

/// The crates of services, which know nothing of each other.
const SERVICES: [&str; 6] = ["registry", "training", "evaluation", "budget", "insights", "gateway"];

/// What a crate may depend on of ours. Tests may mount the services that the crate calls.
fn allowed(krate: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    match krate {
        "proto" => (vec![], vec![]),
        "reference" => (vec!["proto", "kit"], vec![]),
        "kit" => (vec!["proto"], vec![]),
        "paper" => (vec![], vec![]),
        "ocop" | "tests" => {
            (["proto", "kit", "reference", "paper", "sheet", "ocop"].into_iter().chain(SERVICES).collect(), vec![])
        }
        "gateway" => (vec!["proto", "kit"], SERVICES.to_vec()),
        "sheet" => (vec!["proto", "kit", "reference"], vec![]),
        _ => (vec!["proto", "kit", "reference", "paper", "sheet"], calls(krate).to_vec()),
    }
}

/// The services that a service calls. The graph has no cycle: whoever is called stands before who calls.
fn calls(service: &str) -> &'static [&'static str] {
    match service {
        "training" | "evaluation" => &["registry"],
        "budget" => &["registry", "evaluation"],
        "insights" => &["registry", "training", "evaluation", "budget"],
        "gateway" => &["registry", "training", "evaluation", "budget", "insights"],
        _ => &[],
    }
}

/// The services whose feeds a service follows without calling them: what it needs of them it keeps as a copy.
fn follows(service: &str) -> &'static [&'static str] {
    match service {
        "registry" | "training" => &["evaluation"],
        _ => &[],
    }
}

/// The crates with their manifests and the folder they lie in.
fn manifests(files: &[File]) -> Vec<(String, String, Table)> {
    let crates = files.iter().filter(|f| f.name() == "Cargo.toml" && f.path != "Cargo.toml");
    let read = |f: &File| {
        let table: Table = f.text.parse().expect("cargo reads it too");
        let name = table.get("package")?.get("name")?.as_str()?.to_owned();
        Some((name, f.path.trim_end_matches("/Cargo.toml").to_owned(), table))
    };
    crates.filter_map(read).collect()
}

fn dependencies(table: &Table, section: &str) -> BTreeSet<String> {
    let found = table.get(section).and_then(Value::as_table);
    found.map(|t| t.keys().cloned().collect()).unwrap_or_default()
}

fn crate_graph(files: &[File]) -> Offences {
    let manifests = manifests(files);
    let ours: BTreeSet<&str> = manifests.iter().map(|(name, ..)| name.as_str()).collect();
    let mut offences = Vec::new();
    for (name, folder, table) in &manifests {
        let (always, tests) = allowed(name);
        for (section, more) in [("dependencies", &[][..]), ("build-dependencies", &[]), ("dev-dependencies", &tests)] {
            for dependency in dependencies(table, section).iter().filter(|d| ours.contains(d.as_str())) {
                if !always.contains(&dependency.as_str()) && !more.contains(&dependency.as_str()) {
                    offences.push(format!("{folder}/Cargo.toml: {name} must not have {dependency} in {section}"));
                }
            }
        }
    }
    offences
}

/// What every manifest takes from the workspace, so that there is one place for each decision.
fn inheritance(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for (name, folder, table) in manifests(files) {
        let inherits =
            |value: Option<&Value>| value.and_then(|v| v.get("workspace")).and_then(Value::as_bool) == Some(true);
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(table.get("package").and_then(|p| p.get(field))) {
                offences.push(format!("{folder}/Cargo.toml: package.{field} is not the workspace's"));
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            for (dependency, _) in entries.filter(|(_, value)| !inherits(Some(value))) {
                offences.push(format!("{folder}/Cargo.toml: {dependency} in {section} is not the workspace's"));
            }
        }
        // Generated code follows no lint of ours; that it has no unsafe code is said in its own manifest.
        let forbids = table.get("lints").and_then(|l| l.get("rust")?.get("unsafe_code")?.as_str()) == Some("forbid");
        let good = inherits(table.get("lints")) || (name == "proto" && forbids);
        if !good {
            offences.push(format!("{folder}/Cargo.toml: the lints are not the workspace's"));
        }
    }
    offences
}

/// Every crate is a member, every member a crate.
fn membership(files: &[File]) -> Offences {
    let root = files.iter().find(|f| f.path == "Cargo.toml").expect("the workspace has a manifest");
    let root: Table = root.text.parse().expect("cargo reads it too");
    let members = root.get("workspace").and_then(|w| w.get("members")).and_then(Value::as_array).cloned();
    let members: BTreeSet<String> =
        members.unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let folders: BTreeSet<String> = manifests(files).into_iter().map(|(_, folder, _)| folder).collect();
    members
        .symmetric_difference(&folders)
        .map(|folder| format!("{folder}: a member without a crate, or the reverse"))
        .collect()
}

/// The peers that a service's code reaches: `setup.peer("x")` and generated clients of `proto::x`, but for the clients of the
/// feeds that it follows.
fn reached(code: &str, text: &str, follows: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in places(code, "peer(\"").chain(places(code, "peer")) {
        let rest = &text[at..];
        if code[..at].ends_with('.') && rest.starts_with("peer(\"") {
            found.extend(rest.split('"').nth(1).map(str::to_owned));
        }
    }
    for service in SERVICES {
        let client = |at: usize| {
            let path = code[at..].split([';', '(', '{', '\n']).next().unwrap_or_default();
            let feed = path.contains("::feed_service_client::") && follows.contains(&service);
            path.starts_with(&format!("{service}::v1::")) && path.contains("_client::") && !feed
        };
        if places(code, service).any(client) {
            found.insert(service.to_owned());
        }
    }
    found
}

/// The call graph, and that a service says (PEERS) whom it calls: its start check and its operators go by that.
fn call_graph(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for service in SERVICES.into_iter().filter(|s| *s != "gateway") {
        let sources = || rust(files).filter(|f| in_service(&f.path).is_some_and(|(s, _)| s == service));
        let declared = sources().any(|f| f.path.ends_with("/src/lib.rs") && f.text.contains("const PEERS"));
        for file in sources() {
            for peer in reached(&bare(&file.text), &file.text, follows(service)) {
                if !calls(service).contains(&peer.as_str()) {
                    offences.push(format!("{}: {service} must not call {peer}", file.path));
                } else if !declared {
                    offences.push(format!("{}: {service} calls {peer} and lib.rs names no PEERS", file.path));
                }
            }
        }
    }
    offences
}

#[test]
fn crates_depend_only_on_what_lies_below_them() {
    keep(crate_graph);
}

#[test]
fn manifests_take_everything_from_the_workspace() {
    keep(inheritance);
}

#[test]
fn every_crate_is_a_member_of_the_workspace() {
    keep(membership);
}

#[test]
fn services_call_each_other_without_a_cycle_and_say_whom() {
    keep(call_graph);
    for service in SERVICES {
        for peer in calls(service) {
            assert!(!calls(peer).contains(&service), "{service} and {peer} call each other");
        }
    }
}

#[test]
fn a_service_that_depends_on_another_is_found() {
    let on = |name: &str, section: &str, what: &str| {
        format!(
            "[package]\nname = \"{name}\"\n[{section}]\n{what} = {{ workspace = true }}\nserde = {{ workspace = true }}"
        )
    };
    let (bad, dev) = (on("training", "dependencies", "registry"), on("evaluation", "dev-dependencies", "registry"));
    let (up, below) = (on("registry", "dev-dependencies", "training"), on("kit", "dependencies", "reference"));
    let files = [
        ("services/training/Cargo.toml", bad.as_str()),
        ("services/evaluation/Cargo.toml", &dev),
        ("services/registry/Cargo.toml", &up),
        ("services/kit/Cargo.toml", &below),
        ("services/reference/Cargo.toml", "[package]\nname = \"reference\""),
    ];
    finds(
        crate_graph,
        &files,
        &["training must not have registry", "registry must not have training", "kit must not have reference"],
    );
}

#[test]
fn a_manifest_that_decides_for_itself_is_found() {
    let fields =
        "version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\npublish.workspace = true";
    let good = format!("[package]\nname = \"a\"\n{fields}\nlicense.workspace = true\n[lints]\nworkspace = true");
    let bad = format!("[package]\nname = \"b\"\n{fields}\nlicense = \"MIT\"\n[dependencies]\nserde = \"1\"");
    let found = ["package.license", "serde in dependencies", "the lints"];
    finds(inheritance, &[("a/Cargo.toml", &good), ("b/Cargo.toml", &bad)], &found);
}

#[test]
fn a_crate_that_is_no_member_is_found() {
    let root = "[workspace]\nmembers = [\"a\", \"gone\"]";
    let krate = "[package]\nname = \"a\"";
    finds(membership, &[("Cargo.toml", root), ("a/Cargo.toml", krate), ("b/Cargo.toml", krate)], &["b:", "gone:"]);
}

#[test]
fn a_call_against_the_direction_or_without_being_declared_is_found() {
    let files = [
        ("services/registry/src/a.rs", "use proto::training::v1::session_service_client::SessionServiceClient;"),
        ("services/registry/src/b.rs", "use proto::training::v1::session_service_server::SessionService;"),
        ("services/training/src/lib.rs", "fn f() { setup.peer(\"registry\") }"),
        (
            "services/evaluation/src/lib.rs",
            "const PEERS: &[&str] = &[\"registry\"];\nfn f() { setup.peer(\"registry\") }",
        ),
        ("services/evaluation/src/x.rs", "fn f() { setup.peer(\"budget\") }"),
    ];
    let planted = ["registry must not call training", "training calls registry and", "evaluation must not call budget"];
    finds(call_graph, &files, &planted);
}
