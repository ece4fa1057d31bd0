//! How the demo is loaded: steps that say how far they are, request ids that make every call repeatable, and the mark that
//! says whether all of it is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::auth::{Keys, role_named};
use kit::{BoxError, Held, explain};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tonic::{Response, Status};

use super::PROVINCE;
use crate::client::Client;
use crate::suite;

/// How long the tokens of those who act in the demo live; loading takes seconds.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// Services keep the replies to request ids for 48 hours; what was begun longer ago cannot be gone on with.
const GOES_ON_US: i64 = 47 * 3600 * 1_000_000;

/// The loader's way to the suite and to the reader of its progress.
pub struct Steps<'a> {
    /// The suite, called by its admin.
    pub client: &'a Client,
    keys: &'a Keys,
    say: Box<dyn FnMut(String) + Send + 'a>,
    at: usize,
    of: usize,
}

impl<'a> Steps<'a> {
    /// A loader of so many steps.
    pub fn new(client: &'a Client, keys: &'a Keys, of: usize, say: impl FnMut(String) + Send + 'a) -> Self {
        Self { client, keys, say: Box::new(say), at: 0, of }
    }

    /// The suite, called by a holder of a role at the province: what the law gives to a council, to the Department of
    /// Finance or to the People's Committee is not the admin's to do.
    ///
    /// # Errors
    /// The installation has no signing key.
    pub fn acting(&self, role: &str) -> Result<Client, BoxError> {
        let role_id = role_named(role).ok_or_else(|| format!("there is no role {role}"))?;
        let held = Held { role: role_id, unit: PROVINCE.to_owned() };
        self.client.with_token(&suite::mint(self.keys, &format!("demo-{role}"), &[held], &[], TOKEN_LIFE)?)
    }

    /// Tells a line.
    pub fn say(&mut self, line: impl Into<String>) {
        (self.say)(line.into());
    }

    /// Begins a step.
    pub fn begin(&mut self, what: &str) {
        self.at += 1;
        let line = format!("[{:>2}/{}] {what} …", self.at, self.of);
        self.say(line);
    }

    /// Tells what came of the step.
    pub fn end(&mut self, outcome: &str) {
        self.say(format!("        {outcome}"));
    }
}

/// The request id of one call of the demo: the same at every start.
#[must_use]
pub fn request_id(key: &str) -> String {
    let hash = Sha256::digest(format!("phu-yen-2021/{key}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(hash.split_at(16).0);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// A day of the demo.
#[must_use]
pub fn date(year: i32, month: i32, day: i32) -> Option<proto::google::r#type::Date> {
    Some(proto::google::r#type::Date { year, month, day })
}

/// The answer of a call, or its refusal in full with what was being done.
///
/// # Errors
/// The refusal.
pub fn done<T>(what: &str, answer: Result<Response<T>, Status>) -> Result<T, BoxError> {
    answer.map(Response::into_inner).map_err(|status| format!("{what}: {:#}", explain::refusal(&status)).into())
}

/// What the data folder says about the demo.
pub struct Mark {
    file: PathBuf,
    kept: Kept,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    begun_us: Option<i64>,
    plan: Option<String>,
}

impl Mark {
    /// Reads the mark; a folder without one has no demo.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(data_dir: &Path) -> Result<Self, BoxError> {
        let file = data_dir.join("demo-phu-yen-2021.json");
        let kept = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(format!("{}: {error}", file.display()).into()),
        };
        Ok(Self { file, kept })
    }

    /// The plan, where everything is loaded.
    #[must_use]
    pub fn plan(&self) -> Option<&str> {
        self.kept.plan.as_deref()
    }

    /// Notes that loading begins, or goes on.
    ///
    /// # Errors
    /// What was begun is too old, or the mark cannot be written.
    pub fn begin(mut self, now_us: i64) -> Result<Self, BoxError> {
        let begun_us = *self.kept.begun_us.get_or_insert(now_us);
        if now_us - begun_us > GOES_ON_US {
            let folder = self.file.parent().unwrap_or(Path::new(".")).display();
            return Err(format!("a demo was half loaded into {folder} two days ago: start with an empty folder").into());
        }
        self.write()?;
        Ok(self)
    }

    /// Notes that everything is loaded.
    ///
    /// # Errors
    /// The mark cannot be written.
    pub fn finish(mut self, plan: &str) -> Result<(), BoxError> {
        self.kept.plan = Some(plan.to_owned());
        self.write()
    }

    fn write(&self) -> Result<(), BoxError> {
        let next = self.file.with_extension("new");
        std::fs::write(&next, serde_json::to_vec(&self.kept)?)?;
        std::fs::File::open(&next)?.sync_all()?;
        std::fs::rename(&next, &self.file)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_follow_from_what_is_asked_for() {
        assert_eq!(request_id("a"), request_id("a"));
        assert_ne!(request_id("a"), request_id("b"));
        assert!(uuid::Uuid::try_parse(&request_id("a")).is_ok());
    }

    #[test]
    fn a_load_goes_on_for_two_days_and_is_done_once() {
        let folder = tempfile::tempdir().unwrap();
        let read = || Mark::read(folder.path()).unwrap();
        assert_eq!(read().plan(), None);
        read().begin(1_000).unwrap();
        read().begin(1_000 + GOES_ON_US).unwrap();
        assert!(read().begin(1_001 + GOES_ON_US).is_err());
        read().begin(2_000).unwrap().finish("plans/x").unwrap();
        assert_eq!(read().plan(), Some("plans/x"));
    }
}
