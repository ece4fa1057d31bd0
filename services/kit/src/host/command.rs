//! The command line of every service binary: serve, migrate, check-config, print-config, healthcheck.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{Host, Running, Service, raise};
use crate::config::Config;
use crate::db::Database;
use crate::error::BoxError;
use crate::link::Link;

#[derive(Parser)]
#[command(version, about = "A service of the OCOP suite.")]
struct Arguments {
    /// TOML file with settings; the environment (OCOP_<SECTION>__<KEY>) wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Clone, Copy)]
enum Command {
    /// Serve until SIGTERM or ctrl-c (the default).
    Serve,
    /// Bring the database's tables up to date and exit.
    Migrate,
    /// Check settings, keys and reference data without connecting to anything.
    CheckConfig,
    /// Print the settings as TOML, passwords masked.
    PrintConfig,
    /// Ask the service at server.listen whether it serves; exit 1 where it does not.
    Healthcheck,
}

/// The main function of a service's binary.
#[must_use]
pub fn run<S: Service>() -> ExitCode {
    let name = format!("ocop-{}", S::NAME);
    let matches = Arguments::command().name(S::NAME).bin_name(name.clone()).get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let config = match Config::load(arguments.config.as_deref(), std::env::vars()) {
        Ok(config) => config,
        Err(faults) => {
            for fault in faults {
                eprintln!("{name}: {fault}");
            }
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => runtime.block_on(until_told(Host::new(config).mount::<S>())),
        Command::Migrate => runtime.block_on(migrate::<S>(config)),
        Command::CheckConfig => check::<S>(config),
        Command::PrintConfig => {
            print!("{}", config.to_toml_masked());
            Ok(())
        }
        Command::Healthcheck => runtime.block_on(healthcheck(config.server.listen)),
    };
    // What still runs (a blocked look-up, say) must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the platform or the operator says so, or the start fails.
async fn until_told(host: Host) -> Result<(), BoxError> {
    // Before anything else: a signal that comes during the start must not be lost.
    let told = told_to_stop()?;
    let mut running = host.start().await?;
    let outcome = watched(&mut running, told).await;
    running.stop().await;
    outcome
}

async fn watched(running: &mut Running, told: impl Future<Output = ()>) -> Result<(), BoxError> {
    tokio::pin!(told);
    tokio::select! {
        () = &mut told => return Ok(()),
        ready = running.ready() => ready?,
    }
    told.await;
    Ok(())
}

/// Ends with the first SIGTERM or SIGINT.
pub(super) fn told_to_stop() -> Result<impl Future<Output = ()>, BoxError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn migrate<S: Service>(config: Config) -> Result<(), BoxError> {
    let host = Host::new(config);
    let config = raise::database_config(&host, S::NAME)?;
    let database = Database::open(&config, S::NAME).await.map_err(|e| format!("{e:?}"))?;
    let pending = database.pending::<S::Migrator>().await.map_err(|e| format!("{e:?}"))?;
    let outcome = database.migrate::<S::Migrator>().await;
    database.close().await;
    outcome.map_err(|e| format!("{e:?}"))?;
    match pending.as_slice() {
        [] => println!("the database is up to date"),
        steps => println!("migrated: {}", steps.join(", ")),
    }
    Ok(())
}

/// All faults of what serving would need and that can be told without a connection.
fn check<S: Service>(config: Config) -> Result<(), BoxError> {
    let mut faults = Vec::new();
    for peer in S::PEERS.iter().filter(|p| !config.peers.contains_key(**p)) {
        faults.push(format!("peers.{peer} is not set"));
    }
    let host = Host::new(config);
    match raise::keys(&host).and_then(|keys| raise::page_key(&host.config.auth, &keys).map(|_| ())) {
        Ok(()) => {}
        Err(fault) => faults.push(fault.to_string()),
    }
    faults.extend(S::check().err().unwrap_or_default());
    if faults.is_empty() {
        println!("the settings can be used");
        return Ok(());
    }
    Err(faults.join("\n").into())
}

async fn healthcheck(listen: SocketAddr) -> Result<(), BoxError> {
    let link = Link::remote("self", &format!("http://{}", reachable(listen)))?;
    let mut request = tonic::Request::new(HealthCheckRequest::default());
    request.set_timeout(Duration::from_secs(3));
    let answer = HealthClient::new(link).check(request).await.map_err(|status| status.message().to_owned())?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        other => Err(format!("{} at {listen}", other.as_str_name()).into()),
    }
}

/// An address that a caller on this machine can use.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, listen.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, listen.port()).into(),
        _ => listen,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Broken, Registry, config, keys};
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_serves_by_default() {
        Arguments::command().debug_assert();
        let parse = |line: &[&str]| Arguments::try_parse_from(line);
        assert!(parse(&["ocop-registry"]).unwrap().command.is_none());
        let checked = parse(&["ocop-registry", "check-config", "--config", "a.toml"]).unwrap();
        assert!(matches!(checked.command, Some(Command::CheckConfig)));
        assert_eq!(checked.config, Some(PathBuf::from("a.toml")));
        assert!(parse(&["ocop-registry", "reformat"]).is_err());
    }

    #[test]
    fn a_check_tells_all_faults() {
        let mut settings = config();
        let faults = check::<Broken>(settings.clone()).unwrap_err().to_string();
        for part in ["peers.registry is not set", "auth.verify_keys is not set", "card 7", "card 8"] {
            assert!(faults.contains(part), "{part} is missing in {faults}");
        }
        let dir = tempfile::tempdir().unwrap();
        let pem = keys().signer().unwrap().public_pem().unwrap();
        std::fs::write(dir.path().join("one.pem"), pem).unwrap();
        settings.auth.verify_keys = Some(dir.path().to_owned());
        check::<Registry>(settings).unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn migrate_then_serve_then_be_healthy() {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = config();
        settings.database.url = format!("sqlite://{}?mode=rwc", dir.path().join("r.db").display());
        migrate::<Registry>(settings.clone()).await.unwrap();
        migrate::<Registry>(settings.clone()).await.expect("a second run finds nothing to do");
        let mut running = Host::new(settings).keys(keys()).mount::<Registry>().start().await.unwrap();
        running.ready().await.unwrap();
        let addr = running.addr();
        healthcheck(addr).await.unwrap();
        running.health().draining().await;
        let fault = healthcheck(addr).await.unwrap_err().to_string();
        assert!(fault.starts_with("NOT_SERVING"), "{fault}");
        running.stop().await;
        assert!(healthcheck(addr).await.is_err());
    }

    #[test]
    fn a_health_check_calls_this_machine() {
        let cases = [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")];
        for (listen, called) in cases {
            assert_eq!(reachable(listen.parse().unwrap()), called.parse().unwrap());
        }
    }
}
