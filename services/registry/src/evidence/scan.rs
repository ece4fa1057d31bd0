//! The virus scanner: a clamd (its INSTREAM command, over TCP or a Unix socket) or a program that reads its standard input.
//!
//! What a scanner does not clearly call clean is not stored: an infected file is refused, and where no answer comes in time,
//! or one that is neither, the caller reads UNAVAILABLE and comes back later.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kit::{BoxError, Error, Result};
use proto::registry::v1::ErrorReason;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::Command;

/// Longest time for one file.
const TIME: Duration = Duration::from_secs(120);
/// Longest answer that is read.
const ANSWER: u64 = 4096;

/// How files are scanned.
#[derive(Debug, PartialEq, Eq)]
pub enum Scanner {
    /// A clamd at host and port.
    Tcp(String),
    /// A clamd at a socket.
    Unix(PathBuf),
    /// A program with its arguments.
    Exec(String, Vec<String>),
}

impl Scanner {
    /// Reads the setting.
    ///
    /// # Errors
    /// It names no scanner.
    pub fn new(setting: &str) -> Result<Self, BoxError> {
        if let Some(address) = setting.strip_prefix("tcp://") {
            return Ok(Self::Tcp(address.to_owned()));
        }
        if let Some(path) = setting.strip_prefix("unix://") {
            return Ok(Self::Unix(path.into()));
        }
        let mut words = setting.strip_prefix("exec:").unwrap_or_default().split_whitespace().map(str::to_owned);
        let program = words.next().ok_or("files.scan must be tcp://HOST:PORT, unix:///SOCKET or exec:PROGRAM")?;
        Ok(Self::Exec(program, words.collect()))
    }

    /// Has a file scanned.
    ///
    /// # Errors
    /// FAILED_PRECONDITION FILE_INFECTED; UNAVAILABLE where the scanner gives no clear answer.
    pub async fn scan(&self, file: BoxStream<'static, Result<Bytes>>) -> Result<()> {
        let answer = tokio::time::timeout(TIME, self.ask(file)).await;
        let finding = answer.unwrap_or_else(|_| Err("no answer in time".into()));
        match finding.map_err(|cause| Error::unavailable("scanner").because(cause))? {
            None => Ok(()),
            Some(finding) => Err(Error::refused(ErrorReason::FileInfected).with("finding", finding)),
        }
    }

    /// What the scanner found, if anything.
    async fn ask(&self, file: BoxStream<'static, Result<Bytes>>) -> Result<Option<String>, BoxError> {
        match self {
            Self::Tcp(address) => clamd(TcpStream::connect(address).await?, file).await,
            Self::Unix(path) => clamd(UnixStream::connect(path).await?, file).await,
            Self::Exec(program, arguments) => exec(program, arguments, file).await,
        }
    }
}

async fn clamd(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    mut file: BoxStream<'static, Result<Bytes>>,
) -> Result<Option<String>, BoxError> {
    socket.write_all(b"zINSTREAM\0").await?;
    while let Some(chunk) = file.next().await {
        let chunk = chunk?;
        socket.write_all(&u32::try_from(chunk.len())?.to_be_bytes()).await?;
        socket.write_all(&chunk).await?;
    }
    socket.write_all(&[0; 4]).await?;
    socket.flush().await?;
    let mut answer = Vec::new();
    socket.take(ANSWER).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let answer = answer.trim_matches(|c: char| c == '\0' || c.is_whitespace()).trim_start_matches("stream:").trim();
    match answer.strip_suffix("FOUND") {
        Some(finding) => Ok(Some(printable(finding))),
        None if answer == "OK" => Ok(None),
        None => Err(format!("clamd answers {:?}", printable(answer)).into()),
    }
}

async fn exec(
    program: &str,
    arguments: &[String],
    mut file: BoxStream<'static, Result<Bytes>>,
) -> Result<Option<String>, BoxError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut input = child.stdin.take().ok_or("the scanner has no input")?;
    while let Some(chunk) = file.next().await {
        // A scanner may know before the end; what it says stands in its exit code.
        if input.write_all(&chunk?).await.is_err() {
            break;
        }
    }
    drop(input);
    match child.wait().await?.code() {
        Some(0) => Ok(None),
        Some(1) => Ok(Some(program.rsplit('/').next().unwrap_or(program).to_owned())),
        code => Err(format!("{program} ended with {code:?}").into()),
    }
}

/// A scanner's words as they may be shown.
fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_names_a_socket_or_a_program() {
        assert_eq!(Scanner::new("tcp://[::1]:3310").unwrap(), Scanner::Tcp("[::1]:3310".to_owned()));
        assert_eq!(Scanner::new("unix:///run/clamd.ctl").unwrap(), Scanner::Unix("/run/clamd.ctl".into()));
        let program = Scanner::Exec("/usr/bin/clamscan".to_owned(), vec!["--quiet".to_owned(), "-".to_owned()]);
        assert_eq!(Scanner::new("exec:/usr/bin/clamscan --quiet -").unwrap(), program);
        assert!(Scanner::new("exec: ").is_err() && Scanner::new("clamd").is_err());
    }
}
