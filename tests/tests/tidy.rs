//! The repository's own rules, checked on its files. A rule is a function from files to offences; the test of the
//! repository wants none, and beside it stands a test that the rule finds a planted offence, because a check that
//! cannot fail is no check.
//!
//! Deliberately absent: what the compiler, clippy, rustfmt, buf and cargo-deny say already.

#![expect(clippy::expect_used, reason = "a rule that cannot read the repository has failed")]

#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/frozen.rs"]
mod frozen;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/manifests.rs"]
mod manifests;
#[path = "tidy/mounts.rs"]
mod mounts;
#[path = "tidy/peers.rs"]
mod peers;
#[path = "tidy/readme.rs"]
mod readme;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/words.rs"]
mod words;

use tests::repo::{self, File};

/// What a rule found, one sentence each, with path and line.
type Offences = Vec<String>;

/// Holds the repository to a rule.
#[track_caller]
fn keep(rule: impl Fn(&[File]) -> Offences) {
    let offences = rule(&repo::files());
    assert!(offences.is_empty(), "{} offence(s):\n  {}", offences.len(), offences.join("\n  "));
}

/// Shows that a rule finds exactly the planted offences: each element is a part of one of them, in order.
#[track_caller]
fn finds(rule: impl Fn(&[File]) -> Offences, files: &[(&str, &str)], planted: &[&str]) {
    let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text)).collect();
    let found = rule(&files);
    assert_eq!(found.len(), planted.len(), "found {found:#?}");
    for (found, part) in found.iter().zip(planted) {
        assert!(found.contains(part), "{found:?} does not tell {part:?}");
    }
}

/// Rust that we write: sources, tests, build scripts.
fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|f| f.extension() == "rs")
}

/// The service to whose sources a file belongs, such as `registry`, and its path below `src/`.
fn in_service(path: &str) -> Option<(&str, &str)> {
    let (service, rest) = path.strip_prefix("services/")?.split_once('/')?;
    Some((service, rest.strip_prefix("src/")?))
}
