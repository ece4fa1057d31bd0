//! The programs that operators run, started as they start them: by their command lines and their environment.
//!
//! The programs must have been built: `cargo test --workspace` does so before it runs any test.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kit::auth::Keys;
use kit::testing::{Backend, fresh_postgres, redis_url};
use tempfile::TempDir;

/// The services in the order in which they call each other: whoever is called stands before who calls.
pub const SERVICES: [&str; 6] = ["registry", "training", "evaluation", "budget", "insights", "gateway"];

/// A program's file: beside the tests, where cargo puts it.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("this program's own path");
    let file = tests.ancestors().nth(2).expect("target/debug/deps/test").join(name);
    assert!(file.exists(), "{} is missing: run cargo test --workspace --no-run first", file.display());
    file
}

/// A started program. Dropping it kills it.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it writes goes to a file of the folder.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(name: &str, arguments: &[&str], environment: &BTreeMap<String, String>, dir: &Path) -> Self {
        let log = dir.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).expect("a log file");
        let mut command = Command::new(program(name));
        command.args(arguments).envs(environment).stdin(Stdio::null());
        command.stdout(file.try_clone().expect("the same file")).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { child, log }
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The rest of the first line that has this text, once there is one.
    ///
    /// # Panics
    /// The program ends before, or does not come to it within two minutes.
    pub async fn says(&mut self, text: &str) -> String {
        for _ in 0..2400 {
            let log = self.log();
            if let Some((_, rest)) = log.split_once(text) {
                return rest.lines().next().unwrap_or_default().to_owned();
            }
            if let Some(status) = self.child.try_wait().expect("its state") {
                panic!("ended with {status} before it said {text:?}:\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("did not say {text:?}:\n{}", self.log());
    }

    /// Ends it without any warning, as a power cut would.
    ///
    /// # Panics
    /// It cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("its end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _gone = self.child.kill();
            let _ended = self.child.wait();
        }
    }
}

/// Runs a program to its end and answers whether it succeeded and what it wrote.
///
/// # Panics
/// It cannot be started.
pub fn run(name: &str, arguments: &[&str], environment: &BTreeMap<String, String>) -> (bool, String) {
    let mut command = Command::new(program(name));
    let output = command.args(arguments).envs(environment).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

/// The suite as separate programs, each on a database of its own.
pub struct Programs {
    /// The gateway's address.
    pub url: String,
    /// Each service's admin address.
    pub admin: BTreeMap<&'static str, String>,
    /// The installation's keys.
    pub keys: Keys,
    /// Its folder.
    pub dir: TempDir,
    processes: BTreeMap<&'static str, Process>,
}

impl Programs {
    /// Migrates and starts every service in order, and waits until each is ready.
    ///
    /// # Panics
    /// One of them cannot be started.
    pub async fn start(backend: Backend, otlp: Option<String>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::load_or_create(&dir.path().join("keys")).expect("keys");
        let sealed = std::fs::write(dir.path().join("keys/seal.key"), "what seals the secrets of a test's programs");
        sealed.expect("a key that seals");
        let mut programs = Self { url: String::new(), admin: BTreeMap::new(), keys, dir, processes: BTreeMap::new() };
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for service in SERVICES {
            let mut environment = programs.environment(service, backend).await;
            environment.extend(known.clone());
            if let Some(otlp) = &otlp {
                // Nothing is recorded but what the caller has decided to record.
                environment.insert("OCOP_TELEMETRY__OTLP_ENDPOINT".to_owned(), otlp.clone());
                environment.insert("OCOP_TELEMETRY__SAMPLE_RATIO".to_owned(), "0".to_owned());
            }
            let name = format!("ocop-{service}");
            if service != "gateway" {
                let (done, text) = run(&name, &["migrate"], &environment);
                assert!(done, "{name} migrate: {text}");
            }
            let mut process = Process::start(&name, &["serve"], &environment, programs.dir.path());
            let addr = process.says("listening addr=").await;
            let (addr, admin) = addr.split_once(" admin=").expect("both addresses");
            let url = format!("http://{}", addr.trim());
            process.says(" ready service=").await;
            known.insert(format!("OCOP_PEERS__{}", service.to_uppercase()), url.clone());
            programs.admin.insert(service, admin.trim().to_owned());
            programs.url = url;
            programs.processes.insert(service, process);
        }
        programs
    }

    async fn environment(&self, service: &str, backend: Backend) -> BTreeMap<String, String> {
        let keys = self.dir.path().join("keys");
        let mut settings = vec![
            ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("SERVER__ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("AUTH__VERIFY_KEYS", keys.join("verify.pem").display().to_string()),
            ("AUTH__SIGNING_KEY", keys.join("signing.pem").display().to_string()),
            ("AUTH__SEAL_KEY", keys.join("seal.key").display().to_string()),
            ("TELEMETRY__LOG_LEVEL", "info".to_owned()),
        ];
        if service != "gateway" {
            let url = match backend {
                Backend::Sqlite => format!("sqlite://{}", self.dir.path().join(format!("{service}.db")).display()),
                Backend::Postgres => fresh_postgres(service).await,
            };
            settings.push(("DATABASE__URL", url));
        }
        if let (Backend::Postgres, Some(redis)) = (backend, redis_url()) {
            settings.push(("REDIS__URL", redis));
        }
        settings.into_iter().map(|(key, value)| (format!("OCOP_{key}"), value)).collect()
    }

    /// One of the programs.
    ///
    /// # Panics
    /// There is none of this name.
    pub fn process(&mut self, service: &str) -> &mut Process {
        self.processes.get_mut(service).expect("a service of the suite")
    }
}

/// A page of an admin address over HTTP/1.1: status and body.
///
/// # Panics
/// Nobody answers.
#[must_use]
pub fn page(addr: &str, path: &str) -> (u16, String) {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(addr).expect("the admin address");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    (status, body)
}
