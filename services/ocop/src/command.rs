//! The command line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kit::auth::{Keys, role_named};
use kit::{BoxError, Config, Held, explain};

use crate::call::{self, Failure};
use crate::client::Client;
use crate::suite::{self, Settings};
use crate::{audit, bench, demo, table};

/// The suite that runs Viet Nam's OCOP programme ("Mỗi xã một sản phẩm") for a province.
#[derive(Parser)]
#[command(version, name = "ocop")]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// The running suite.
    #[arg(long, global = true, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// File with a bearer token; without it admin.token of the data folder, where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The folder of the installation's data.
    #[arg(long, global = true, default_value = "./data", value_name = "DIR")]
    data_dir: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Start the whole suite in this process, on SQLite files in the data folder, and serve until ctrl-c.
    Up {
        /// Where gRPC, gRPC-Web and Connect's JSON are answered.
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
        listen: SocketAddr,
        /// Where /livez, /readyz and /metrics are answered.
        #[arg(long, default_value = "127.0.0.1:9090", value_name = "ADDR")]
        admin_listen: SocketAddr,
        /// A demo province to load at the first start.
        #[arg(long, value_enum, default_value_t = Demo::None)]
        demo: Demo,
        /// TOML file with further settings.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Call any RPC: `ocop call ocop.evaluation.v1.RuleService/GetRegime '{"name":"regimes/q26"}'`.
    Call {
        /// The method, package.Service/Method.
        method: String,
        /// The request as JSON.
        #[arg(default_value = "{}")]
        json: String,
    },
    /// Tokens of this installation.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Measure how near the suite is to the limit of this machine.
    Bench(bench::Arguments),
}

#[derive(Clone, Copy, ValueEnum)]
enum Demo {
    /// The province of Phú Yên in its plan year 2021.
    #[value(name = "phu-yen-2021")]
    PhuYen2021,
    /// Nothing.
    None,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Print a token signed by this installation's own key.
    Mint {
        /// Who it is for; a stable id, never a name.
        #[arg(long)]
        subject: String,
        /// The role, such as province_officer.
        #[arg(long)]
        role: String,
        /// The unit at which the role is held, such as units/54; units/vn is the root.
        #[arg(long)]
        unit: String,
        /// How long it lives: a number with s, m or h.
        #[arg(long, default_value = "1h", value_parser = duration)]
        ttl: Duration,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk every chain; exit 1 and name the first broken entry where one is broken.
    Verify,
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("a number with s, m or h, such as 1h".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a number with s, m or h, such as 1h".to_owned())?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("ocop: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(carry_out(arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ocop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(arguments: Arguments) -> Result<ExitCode, BoxError> {
    let Arguments { common, command } = arguments;
    match command {
        Command::Up { listen, admin_listen, demo, config } => {
            let settings = Settings { data_dir: common.data_dir, listen, admin_listen };
            up(settings, demo, config.as_deref()).await
        }
        Command::Call { method, json } => {
            let token_file =
                common.token_file.or_else(|| Some(suite::token_file(&common.data_dir)).filter(|f| f.exists()));
            let client = Client::connect(&common.server, token_file.as_deref()).await?;
            match call::call(&client, &method, &json, |answer| println!("{answer}")).await {
                Ok(()) => Ok(ExitCode::SUCCESS),
                Err(Failure::Refused(status)) => {
                    eprintln!("{:#}", explain::refusal(&status));
                    Ok(ExitCode::FAILURE)
                }
                Err(Failure::Other(error)) => Err(error),
            }
        }
        Command::Token { command: TokenCommand::Mint { subject, role, unit, ttl } } => {
            let role = role_named(&role).ok_or_else(|| format!("there is no role {role}"))?;
            let keys = Keys::load_or_create(&common.data_dir.join("keys"))?;
            println!("{}", suite::mint(&keys, &subject, &[Held { role, unit }], ttl)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit { command: AuditCommand::Verify } => audit_verify(&common.data_dir).await,
        Command::Bench(arguments) => bench::run(arguments, &common.data_dir).await,
    }
}

async fn audit_verify(data_dir: &Path) -> Result<ExitCode, BoxError> {
    let mut code = ExitCode::SUCCESS;
    for (service, verdict) in audit::verify(data_dir).await? {
        match verdict.broken {
            None => println!("{service}: {} entries, intact", verdict.intact),
            Some((position, what)) => {
                println!("{service}: {} entries intact, entry {position} is broken: {what}", verdict.intact);
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

async fn up(settings: Settings, demo: Demo, config: Option<&Path>) -> Result<ExitCode, BoxError> {
    let config = Config::load(config, std::env::vars()).map_err(|faults| faults.join("\n"))?;
    let running = suite::start(&settings, config).await?;
    let url = format!("http://{}", running.addr());
    let token_file = suite::token_file(&settings.data_dir);
    if matches!(demo, Demo::PhuYen2021) {
        let client = Client::connect(&url, Some(&token_file)).await?;
        let keys = Keys::load_or_create(&settings.data_dir.join("keys"))?;
        let plan = demo::load(&client, &keys, &settings.data_dir, |line| println!("{line}")).await?;
        let progress = demo::progress(&client, &plan).await?;
        println!("\n{}", table::progress(&progress));
    }
    println!("address     {url}  (gRPC, gRPC-Web, Connect JSON)");
    println!("admin       http://{}  (/livez /readyz /metrics)", running.admin_addr());
    println!("token file  {}", token_file.display());
    println!("ready {url}");
    let renewing = tokio::spawn(suite::renew_token(settings.data_dir.clone()));
    running.told_to_stop()?.await;
    renewing.abort();
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}
