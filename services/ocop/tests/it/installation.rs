//! An installation in a temporary folder, and the program run on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for anything.
const LONG: Duration = Duration::from_secs(120);

/// A folder for data.
pub struct Installation {
    dir: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// What a command printed that went well.
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// What a command that was refused by the suite says on stderr: its reason, and all of it.
    pub fn refusal(&self) -> (String, Value) {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{self:?}");
        let said: Value = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        assert!(!said["message"].as_str().unwrap().is_empty() && !said["messageVi"].as_str().unwrap().is_empty());
        (format!("{} {}", said["code"].as_str().unwrap(), said["reason"].as_str().unwrap()), said)
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocop"));
    // What the machine's own settings say is none of a test's business.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OCOP_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn ocop(arguments: &[&str]) -> Ended {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Installation {
    /// An empty one.
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Its folder for a command line.
    pub fn data_dir(&self) -> String {
        self.path().display().to_string()
    }

    /// Runs a command on it that needs no running suite.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let data_dir = self.data_dir();
        ocop(&[arguments, &["--data-dir", &data_dir]].concat())
    }

    /// Starts its suite and waits until it says that it is ready.
    pub fn up(&self) -> Up {
        let data_dir = self.data_dir();
        let free = ["up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &data_dir];
        let mut child = program().args(free).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        let mut up = Up { child, out, err, said: Vec::new(), url: String::new(), admin: String::new() };
        loop {
            match up.out.recv_timeout(LONG) {
                Ok(line) => up.said.push(line.clone()),
                Err(error) => {
                    panic!("{error}: it never got ready: {:?} {:?}", up.said, up.err.try_iter().collect::<Vec<_>>())
                }
            }
            let line = up.said.last().unwrap();
            if let Some(url) = line.strip_prefix("ready ") {
                up.url = url.to_owned();
                return up;
            }
            if let Some(admin) = line.strip_prefix("admin ").and_then(|rest| rest.split_whitespace().next()) {
                up.admin = admin.to_owned();
            }
        }
    }
}

/// The lines of a pipe as they come; a thread reads them, so that the pipe never fills.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (to, from) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    from
}

/// A running suite. Dropping it kills it.
pub struct Up {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
    pub said: Vec<String>,
    pub url: String,
    pub admin: String,
}

impl Up {
    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end: the exit status, and everything that was printed on stdout after ready, and on stderr.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        let rest = |from: &Receiver<String>| {
            let mut lines = Vec::new();
            loop {
                match from.recv_timeout(LONG) {
                    Ok(line) => lines.push(line),
                    Err(RecvTimeoutError::Disconnected) => return lines,
                    Err(RecvTimeoutError::Timeout) => panic!("it does not end: {lines:?}"),
                }
            }
        };
        let (out, err) = (rest(&self.out), rest(&self.err));
        (self.child.wait().unwrap(), out, err)
    }

    /// Ends it in order.
    pub fn stop(self) {
        self.signal("TERM");
        let (status, _, err) = self.ended();
        assert!(status.success(), "{status}: {err:?}");
    }

    /// Runs a command against it.
    pub fn run(&self, installation: &Installation, arguments: &[&str]) -> Ended {
        installation.run(&[arguments, &["--server", &self.url]].concat())
    }

    /// A call that goes well: the answers.
    pub fn call(&self, installation: &Installation, method: &str, json: &str) -> Vec<Value> {
        let out = self.run(installation, &["call", method, json]).good();
        serde_json::Deserializer::from_str(&out).into_iter().map(Result::unwrap).collect()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A page of an address such as `http://127.0.0.1:9090`: status and body.
pub fn page(url: &str, path: &str) -> (u16, String) {
    let addr = url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(addr).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The mode of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
