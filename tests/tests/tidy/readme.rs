//! The handbook tells the truth: every setting stands in it, and every command that it shows exists.

use std::collections::BTreeSet;

use kit::Config;
use tests::repo::File;
use toml::Table;

use crate::{Offences, finds, keep};

fn handbook(files: &[File]) -> Option<&File> {
    files.iter().find(|f| f.path == "README.md")
}

fn undocumented_settings(files: &[File]) -> Offences {
    let Some(readme) = handbook(files) else { return vec!["README.md: is missing".to_owned()] };
    let settings = Config::document().into_iter().map(|setting| setting.key);
    let told = |key: &String| readme.text.contains(&format!("`{key}`"));
    settings.filter(|key| !told(key)).map(|key| format!("README.md: says nothing of `{key}`")).collect()
}

/// A setting that the handbook explains and no service has: rows of tables that begin with `` `section.key` ``.
fn unknown_settings(files: &[File]) -> Offences {
    let Some(readme) = handbook(files) else { return Vec::new() };
    let known: BTreeSet<String> = Config::document().into_iter().map(|setting| setting.key).collect();
    let sections: BTreeSet<&str> = known.iter().filter_map(|key| key.split('.').next()).collect();
    let rows = readme.text.lines().filter_map(|line| line.trim().strip_prefix("| `")?.split('`').next());
    let settings = rows.filter(|key| key.split_once('.').is_some_and(|(section, _)| sections.contains(section)));
    settings
        .filter(|key| !known.contains(*key))
        .map(|key| format!("README.md: explains `{key}`, which nobody reads"))
        .collect()
}

/// The commands of the shell blocks of a handbook: lines joined where they end in `\`, without prompts, comments and
/// what is shown of their output (blocks that are not `sh`, `bash` or `shell`).
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut shell, mut fenced, mut open) = (false, false, String::new());
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fenced = !fenced;
            shell = fenced && matches!(language.trim(), "sh" | "bash" | "shell" | "console");
            continue;
        }
        let line = line.trim().trim_start_matches("$ ");
        if !shell || (open.is_empty() && (line.is_empty() || line.starts_with('#'))) {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => open.push_str(part),
            None => found.push(std::mem::take(&mut open) + line),
        }
    }
    found
}

/// The program of each step of a command line: `A=1 x | y && z` runs x, y and z. Texts in quotes are taken out before.
fn programs(command: &str) -> Vec<String> {
    let mut bare = String::new();
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None, '#') if bare.ends_with(' ') => break,
            (None, c) => bare.push(c),
            (Some(_), _) => bare.push('_'),
        }
    }
    let steps = bare.split(['|', ';', '&', '(', ')']).map(str::trim).filter(|step| !step.is_empty());
    let program = |step: &str| {
        let mut words = step.split_whitespace().filter(|w| !matches!(*w, "sudo" | "time" | "exec"));
        words.find(|word| !is_assignment(word)).map(str::to_owned)
    };
    steps.filter_map(program).collect()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The binaries that the workspace builds.
fn binaries(files: &[File]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files.iter().filter(|f| f.name() == "Cargo.toml") {
        let Ok(table) = file.text.parse::<Table>() else { continue };
        let named = table.get("bin").and_then(|b| b.as_array()).into_iter().flatten();
        let named: Vec<String> = named.filter_map(|b| b.get("name")?.as_str().map(str::to_owned)).collect();
        let folder = file.path.trim_end_matches("Cargo.toml");
        let main = files.iter().any(|f| f.path == format!("{folder}src/main.rs"));
        let package = table.get("package").and_then(|p| p.get("name")?.as_str().map(str::to_owned));
        found.extend(if named.is_empty() && main { package.into_iter().collect() } else { named });
    }
    found
}

/// Programs of ours that do not exist, and paths of manifests that lead nowhere. Programs of the system are the reader's.
fn unknown_commands(files: &[File]) -> Offences {
    let binaries = binaries(files);
    let is_file = |path: &str| files.iter().any(|f| f.path == path);
    let gone = |program: &str| {
        let script = program.trim_start_matches("./");
        let built =
            ["target/release/", "target/debug/", "target/dist/"].into_iter().find_map(|t| script.strip_prefix(t));
        match built {
            Some(name) => !binaries.contains(name),
            None if program.starts_with("./") || program.starts_with("scripts/") => !is_file(script),
            None => program.starts_with("ocop") && !binaries.contains(program),
        }
    };
    let nowhere = |word: &str| {
        let path = word.trim_matches(['/', '\'', '"']);
        let below = format!("{path}/");
        word.starts_with("k8s/") && !is_file(path) && !files.iter().any(|f| f.path.starts_with(&below))
    };
    let mut offences = Vec::new();
    for readme in files.iter().filter(|f| f.name() == "README.md") {
        for command in commands(&readme.text) {
            let missing = programs(&command).into_iter().filter(|program| gone(program));
            let lost = command.split_whitespace().filter(|word| nowhere(word)).map(str::to_owned);
            offences
                .extend(missing.chain(lost).map(|what| format!("{}: `{command}`: there is no {what}", readme.path)));
        }
    }
    offences
}

#[test]
fn every_setting_is_in_the_handbook() {
    assert!(Config::document().len() > 20, "the settings are told");
    keep(undocumented_settings);
}

#[test]
fn the_handbook_explains_no_setting_that_does_not_exist() {
    keep(unknown_settings);
}

#[test]
fn every_command_of_the_handbooks_exists() {
    keep(unknown_commands);
}

#[test]
fn the_commands_that_others_count_on_exist_and_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for script in ["scripts/up", "scripts/test", ".ci/run"] {
        let file = std::fs::metadata(tests::repo::root().join(script)).unwrap_or_else(|e| panic!("{script}: {e}"));
        assert_ne!(file.permissions().mode() & 0o111, 0, "{script} cannot be run");
    }
    let binaries = binaries(&tests::repo::files());
    let services = ["gateway", "registry", "training", "evaluation", "budget", "insights"];
    for name in services.map(|s| format!("ocop-{s}")).into_iter().chain(["ocop".to_owned()]) {
        assert!(binaries.contains(&name), "nothing builds {name}");
    }
}

#[test]
fn a_setting_without_a_word_and_a_word_without_a_setting_are_found() {
    let all: Vec<String> = Config::document().into_iter().map(|setting| format!("| `{}` |", setting.key)).collect();
    let but_one = all[1..].join("\n");
    let one_more = format!("{}\n| `server.colour` | |\n| `ocop.up` | |", all.join("\n"));
    finds(undocumented_settings, &[("README.md", &but_one)], &["server.listen"]);
    finds(unknown_settings, &[("README.md", &one_more)], &["server.colour"]);
    finds(undocumented_settings, &[("k8s/README.md", "")], &["README.md: is missing"]);
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let readme = "```sh\n# a comment\n$ OCOP_A__B=1 ./scripts/up --x \\\n   y | jq . # why\n./scripts/gone && target/release/ocop-a serve\n\
                  curl -d '{\"a; ./b\": 1}' http://x | ocop-gone\ntarget/release/ocop-b\nkubectl apply -k k8s/base -f k8s/gone\n```\n```json\nnot a command\n```\n";
    let files = [
        ("README.md", readme),
        ("scripts/up", ""),
        ("k8s/base/kustomization.yaml", ""),
        ("services/a/Cargo.toml", "[package]\nname = \"a\"\n[[bin]]\nname = \"ocop-a\"\npath = \"src/main.rs\""),
    ];
    finds(unknown_commands, &files, &["no ./scripts/gone", "no ocop-gone", "no target/release/ocop-b", "no k8s/gone"]);
}
