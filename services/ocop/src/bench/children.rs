//! The measured servers as processes of their own.
//!
//! A server is told its database on the first line of its standard input (a URL may hold a password, and arguments can
//! be read by every user of the machine), says where it listens on the first line of its output, and ends when its
//! input ends: so it also goes when the driver is killed.

use std::io::BufRead;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kit::{BoxError, Config, Host};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;

/// A server that was started.
pub(super) struct Server {
    process: Child,
    input: ChildStdin,
    /// Its process id.
    pub(super) pid: u32,
    /// Where it listens, as a URL.
    pub(super) url: String,
}

impl Server {
    /// Starts this program again as a server of `kind` over a database and waits until it listens.
    pub(super) async fn start(kind: &str, dir: &Path, database_url: &str) -> Result<Self, BoxError> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", kind, "--data-dir"]).arg(dir);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (Some(mut input), Some(output), Some(pid)) = (input, output, process.id()) else {
            return Err(format!("{kind} could not be started").into());
        };
        input.write_all(format!("{database_url}\n").as_bytes()).await?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        let addr = line.trim().strip_prefix("ready ").ok_or_else(|| format!("{kind} did not start"))?;
        Ok(Self { process, input, pid, url: format!("http://{addr}") })
    }

    /// Lets it end in order.
    pub(super) async fn stop(self) -> Result<(), BoxError> {
        let Self { mut process, input, .. } = self;
        drop(input);
        let ended = tokio::time::timeout(Duration::from_secs(20), process.wait()).await;
        ended.map_err(|_| "a server did not end")??;
        Ok(())
    }
}

/// What a server reads of its input: the database's URL, and later the end.
pub(super) fn told() -> Result<(String, oneshot::Receiver<()>), BoxError> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let (over, ended) = oneshot::channel();
    // A thread of its own: a blocked read must not keep the runtime from ending.
    std::thread::spawn(move || {
        let _until_the_end = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _nobody_waits_any_more = over.send(());
    });
    Ok((line.trim().to_owned(), ended))
}

/// The registry service as its own binary runs it, on a free port.
pub(super) async fn serve_suite(dir: &Path) -> Result<(), BoxError> {
    let (database_url, ended) = told()?;
    let any_port = ([127, 0, 0, 1], 0).into();
    let mut config = Config::default();
    config.server.listen = any_port;
    config.server.admin_listen = any_port;
    config.server.drain_seconds = 0;
    config.server.grace_seconds = 2;
    // A stall of the machine is to be seen as latency; the default would refuse the calls that queue behind it.
    config.server.max_in_flight = 4096;
    config.telemetry.log_level = "error".to_owned();
    let host = Host::new(config).data_dir(dir).database("registry", database_url);
    let mut running = host.mount::<registry::Registry>().start().await?;
    running.ready().await?;
    println!("ready {}", running.addr());
    let _however_it_ends = ended.await;
    running.stop().await;
    Ok(())
}
