//! Settings of a service: defaults < one TOML file (`--config`) < environment `OCOP_<SECTION>__<KEY>`.
//!
//! Each key is declared once, with type, default, rule and description; the structs, the defaults, the check and the
//! documentation come from that one place. An unknown key is an error, and all faults are told at once.
//! Whoever prints a configuration (also by `{:?}`) sees passwords masked.
//!
//! Deliberately absent: reading settings anywhere else, and settings that change while a service runs. What a service
//! was started with is what `print-config` shows.

mod check;
mod keys;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use self::check::Kind;
pub use self::keys::{
    AuthConfig, DatabaseConfig, FilesConfig, LimitsConfig, MailConfig, RedisConfig, ServerConfig, TelemetryConfig,
};

/// All settings of one process.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Listeners and their limits.
    pub server: ServerConfig,
    /// The service's own database.
    pub database: DatabaseConfig,
    /// What replicas share and may lose.
    pub redis: RedisConfig,
    /// Whose tokens are believed.
    pub auth: AuthConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// Where uploaded files lie.
    pub files: FilesConfig,
    /// The other services, by name: `registry = "http://registry:8080"`.
    pub peers: BTreeMap<String, String>,
    /// How mail is sent.
    pub mail: MailConfig,
    /// Limits per caller.
    pub limits: LimitsConfig,
}

/// One key: where it stands, what it takes, what it is for.
struct Key {
    section: &'static str,
    name: &'static str,
    doc: &'static str,
    kind: Kind,
}

/// One documented key, as `print-config` and the handbook show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// Such as `server.listen`.
    pub key: String,
    /// The default as TOML; empty where there is none.
    pub default: String,
    /// What the key is for.
    pub doc: String,
}

/// The section whose keys are names of services.
const PEERS: &str = "peers";
/// What names of environment variables begin with.
const PREFIX: &str = "OCOP_";

fn keys() -> impl Iterator<Item = &'static Key> {
    let sections: [&[Key]; 8] = [
        ServerConfig::KEYS,
        DatabaseConfig::KEYS,
        RedisConfig::KEYS,
        AuthConfig::KEYS,
        TelemetryConfig::KEYS,
        FilesConfig::KEYS,
        MailConfig::KEYS,
        LimitsConfig::KEYS,
    ];
    sections.into_iter().flatten()
}

impl Config {
    /// Reads the settings: defaults, then the file, then the environment (variables that do not begin with `OCOP_`
    /// are not looked at).
    ///
    /// # Errors
    /// Every fault that was found, one sentence each.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<String>> {
        let mut given = Given::default();
        if let Some(path) = file {
            match std::fs::read_to_string(path) {
                Ok(text) => given.add_file(path, &text),
                Err(error) => given.faults.push(format!("{}: {error}", path.display())),
            }
        }
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix(PREFIX) {
                given.add_variable(&name, key, &value);
            }
        }
        given.into_config()
    }

    /// Every key with its default and what it is for.
    #[must_use]
    pub fn document() -> Vec<Documented> {
        let defaults = Table::try_from(Self::default()).unwrap_or_default();
        let default = |key: &Key| defaults.get(key.section)?.get(key.name).map(ToString::to_string);
        let row = |key: &Key| Documented {
            key: format!("{}.{}", key.section, key.name),
            default: default(key).unwrap_or_default(),
            doc: key.doc.trim().to_owned(),
        };
        let peers = Documented {
            key: format!("{PEERS}.<service>"),
            default: String::new(),
            doc: "URL of another service, such as http://registry:8080.".to_owned(),
        };
        keys().map(row).chain([peers]).collect()
    }

    /// The settings as TOML, passwords masked.
    #[must_use]
    pub fn to_toml_masked(&self) -> String {
        let table = Table::try_from(self).unwrap_or_default();
        toml::to_string_pretty(&check::masked(Value::Table(table))).unwrap_or_default()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_toml_masked())
    }
}

/// What file and environment say, not yet believed. A later source replaces what an earlier one said.
#[derive(Default)]
struct Given {
    values: BTreeMap<(String, String), (Value, String)>,
    faults: Vec<String>,
}

impl Given {
    fn add_file(&mut self, path: &Path, text: &str) {
        let source = path.display().to_string();
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.faults.push(format!("{source}: {}", error.to_string().trim_end()));
                return;
            }
        };
        for (section, keys) in table {
            let Value::Table(keys) = keys else {
                self.faults.push(format!("{source}: {section} must be a section, such as [{section}]"));
                continue;
            };
            for (key, value) in keys {
                self.values.insert((section.clone(), key), (value, source.clone()));
            }
        }
    }

    fn add_variable(&mut self, name: &str, key: &str, text: &str) {
        let lower = key.to_ascii_lowercase();
        let Some((section, key)) = lower.split_once("__") else {
            let known = names(|k| format!("{PREFIX}{}__{}", k.section, k.name).to_ascii_uppercase());
            self.faults.push(format!("{name} is no setting; known are {known}"));
            return;
        };
        let is_text = section == PEERS || find(section, key).is_some_and(|k| k.kind.is_text());
        let value = check::scalar(text, is_text);
        self.values.insert((section.to_owned(), key.to_owned()), (value, name.to_owned()));
    }

    fn into_config(mut self) -> Result<Config, Vec<String>> {
        let mut table = Table::new();
        for ((section, key), (value, source)) in std::mem::take(&mut self.values) {
            match fault(&section, &key, &value) {
                Some(fault) => self.faults.push(format!("{source}: {fault}")),
                None => insert(&mut table, section, key, value),
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        table.try_into().map_err(|error: toml::de::Error| vec![error.to_string()])
    }
}

fn insert(table: &mut Table, section: String, key: String, value: Value) {
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(keys) = section {
        keys.insert(key, value);
    }
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    keys().find(|k| k.section == section && k.name == name)
}

fn names(name: impl Fn(&Key) -> String) -> String {
    keys().map(name).collect::<Vec<_>>().join(", ")
}

/// What is wrong with one setting, if anything.
fn fault(section: &str, name: &str, value: &Value) -> Option<String> {
    if section == PEERS {
        return Kind::Url(&["http", "https"]).fault(value).map(|f| format!("{section}.{name} {f}"));
    }
    match find(section, name) {
        Some(key) => key.kind.fault(value).map(|f| format!("{section}.{name} {f}")),
        None => {
            let known = names(|k| format!("{}.{}", k.section, k.name));
            Some(format!("{section}.{name} is no setting; known are {known}, {PEERS}.<service>"))
        }
    }
}

#[cfg(test)]
mod tests;
