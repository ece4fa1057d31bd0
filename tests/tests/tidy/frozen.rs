//! Histories of tables are frozen: a database that carried a step out never does so again, so a step that changes afterwards
//! leaves installations with other tables than the code expects.
//!
//! `tests/frozen-migrations.txt` keeps the digest of every step. A new step is added by
//! `sha256sum services/*/src/migrations/m*.rs > tests/frozen-migrations.txt`, and the change of that file must only have new lines.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tests::repo::File;

use crate::{Offences, finds, in_service, keep};

const LIST: &str = "tests/frozen-migrations.txt";

fn is_step(file: &File) -> bool {
    in_service(&file.path).is_some_and(|(_, below)| below.starts_with("migrations/m")) && file.extension() == "rs"
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn thawed(files: &[File]) -> Offences {
    let list = files.iter().find(|file| file.path == LIST).map_or("", |list| list.text.as_str());
    let mut kept: BTreeMap<&str, &str> =
        list.lines().filter_map(|line| line.split_once("  ")).map(|(digest, path)| (path, digest)).collect();
    let mut offences = Vec::new();
    for step in files.iter().filter(|file| is_step(file)) {
        match kept.remove(step.path.as_str()) {
            Some(kept) if kept == digest(&step.text) => {}
            Some(_) => offences.push(format!("{}: changed; write a new step", step.path)),
            None => offences.push(format!("{}: not in {LIST}; add it", step.path)),
        }
    }
    offences.extend(kept.keys().map(|gone| format!("{gone}: gone; databases have carried it out")));
    offences
}

#[test]
fn steps_of_migrations_do_not_change() {
    keep(thawed);
}

#[test]
fn a_step_that_changed_is_new_or_is_gone_is_found() {
    let step = |n| format!("services/a/src/migrations/m000{n}_x.rs");
    let list = [(1, "same"), (2, "before"), (4, "gone")].map(|(n, text)| format!("{}  {}\n", digest(text), step(n)));
    let (list, [first, second, third]) = (list.concat(), [1, 2, 3].map(step));
    let files = [
        (LIST, list.as_str()),
        (first.as_str(), "same"),
        (second.as_str(), "after"),
        (third.as_str(), "new"),
        ("services/a/src/migrations.rs", "mod m0001_x;"),
    ];
    finds(thawed, &files, &["m0002_x.rs: changed", "m0003_x.rs: not in", "m0004_x.rs: gone"]);
}
