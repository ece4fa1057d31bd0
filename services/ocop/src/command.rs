//! The command line.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kit::auth::{Keys, role_name, role_named};
use kit::{BoxError, Config, Held, Running, explain};
use proto::common::v1::Role;
use uuid::Uuid;

use crate::call::{self, Failure};
use crate::client::Client;
use crate::suite::{self, Settings};
use crate::{audit, bench, certificate, demo, export, form, import, table};

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
#[command(next_help_heading = "Options of all commands")]
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

impl Common {
    /// The way to the running suite.
    async fn connect(&self) -> Result<Client, BoxError> {
        let admin = suite::token_file(&self.data_dir);
        let token_file = self.token_file.clone().or_else(|| Some(admin).filter(|file| file.exists()));
        Client::connect(&self.server, token_file.as_deref()).await
    }
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
    /// Call any RPC and print its answers as JSON.
    ///
    /// Such as: ocop call ocop.evaluation.v1.RuleService/GetRegime '{"name":"regimes/q26"}'. Of a stream every message is
    /// printed as it comes. A refusal is printed on stderr as JSON with code, reason and violations, and makes the exit
    /// code 1.
    Call {
        /// The method, package.Service/Method.
        method: String,
        /// The request as JSON.
        #[arg(default_value = "{}")]
        json: String,
    },
    /// Write a list into a file that opens in Excel.
    ///
    /// Such as: ocop export producers --unit units/54-20180507, or ocop export fairs --format csv --filter year=2021. Without a
    /// kind it tells which lists there are and what each can be cut by. You get the rows that you may list. Samples are
    /// marked in their rows, in the title and in the file's name.
    Export(export::Arguments),
    /// Write a paper of the budget: the sheet of an estimate, the tables of an aggregation, the annex of an assignment,
    /// the report of a plan.
    ///
    /// Such as: ocop form estimates/0192f0c4-… --format pdf. The file is in Vietnamese; samples are marked in it and in its
    /// name.
    Form(form::Arguments),
    /// Import a CSV or XLSX file; one verdict for each row and a summary.
    ///
    /// Such as: ocop import producers chu-the.xlsx --dry-run. All rows are stored or none: a row that is AMBIGUOUS or REJECTED
    /// refuses the file and makes the exit code 1. MATCHED rows are there already and write nothing. Templates come from
    /// ocop.registry.v1.ImportService/GetImportTemplate; those of participants from ocop.training.v1.ImportService.
    Import {
        /// What the rows are.
        #[arg(value_enum)]
        kind: import::Kind,
        /// The file.
        file: PathBuf,
        /// Give all verdicts and store nothing.
        #[arg(long)]
        dry_run: bool,
        /// Store the rows that can be stored though others cannot.
        #[arg(long)]
        partial: bool,
        /// How verdicts are printed; json prints one object on each line.
        #[arg(long, value_enum, default_value_t = import::Output::Text)]
        output: import::Output,
        #[command(flatten)]
        acts: import::Acts,
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
    /// Printed certificates.
    Certificate {
        #[command(subcommand)]
        command: CertificateCommand,
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
        #[arg(long, value_parser = subject)]
        subject: String,
        /// The role, such as province_officer.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The unit at which the role is held, such as units/54; units/vn is the root.
        #[arg(long, value_parser = unit)]
        unit: String,
        /// For the role producer: the producer whose account it is, producers/<id>; may be given several times.
        #[arg(long = "producer", value_parser = producer)]
        producers: Vec<Uuid>,
        /// How long it lives: a number with s, m or h.
        #[arg(long, default_value = "1h", value_parser = duration)]
        ttl: Duration,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk every chain and recount every plan's ledger; exit 1 and name the first broken entry of a chain and every account that does
    /// not agree with its entries, where there is any.
    Verify,
}

#[derive(Subcommand)]
enum CertificateCommand {
    /// Check what the code of a printed certificate holds, without a network; exit 1 where it is no good.
    Check {
        /// What the code holds.
        token: String,
        /// File with the public keys, as `ocop certificate keys` prints them.
        #[arg(long, value_name = "FILE")]
        keys: PathBuf,
    },
    /// Print the public keys of a running suite, to keep them in a file.
    Keys,
}

fn subject(text: &str) -> Result<String, String> {
    let good = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if good { Ok(text.to_owned()) } else { Err("1 to 200 characters, none of them a control character".to_owned()) }
}

fn role(name: &str) -> Result<Role, String> {
    role_named(name).ok_or_else(|| {
        let roles: Vec<String> = (1..).map_while(|number| Role::try_from(number).ok()).map(role_name).collect();
        format!("there is no such role; roles are {}", roles.join(", "))
    })
}

/// A unit as tokens name it; whether there is such a unit is asked when the token is used.
fn unit(name: &str) -> Result<String, String> {
    let held: Result<Held, _> = format!("{}@{name}", role_name(Role::NationalAdmin)).parse();
    held.map(|held| held.unit).map_err(|_| "a unit is written units/<code>, such as units/54 or units/vn".to_owned())
}

fn producer(text: &str) -> Result<Uuid, String> {
    kit::name::parse(text, "producers").ok_or_else(|| "a producer is written producers/<id>".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a number above 0 with s, m or h, such as 1h".to_owned();
    let (unit, seconds) =
        [("s", 1), ("m", 60), ("h", 3600)].into_iter().find(|(u, _)| text.ends_with(u)).ok_or_else(wrong)?;
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    if number == 0 || text.len() != number.to_string().len() + 1 {
        return Err(wrong());
    }
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
    let outcome = runtime.block_on(carry_out(arguments));
    // What still runs (a blocked look-up, say) must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(code) => code,
        // Whoever reads the answers has seen enough (`| head`).
        Err(error) if error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::BrokenPipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ocop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line.
fn say(line: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

async fn carry_out(arguments: Arguments) -> Result<ExitCode, BoxError> {
    let Arguments { common, command } = arguments;
    match command {
        Command::Up { listen, admin_listen, demo, config } => {
            let settings = Settings { data_dir: common.data_dir, listen, admin_listen };
            up(settings, demo, config.as_deref()).await
        }
        Command::Call { method, json } => {
            let client = common.connect().await?;
            ended(call::call(&client, &method, &json, say).await)
        }
        Command::Export(arguments) => {
            let client = common.connect().await?;
            ended(export::export(&client, &arguments, say).await)
        }
        Command::Form(arguments) => {
            let client = common.connect().await?;
            ended(form::form(&client, &arguments, say).await)
        }
        Command::Import { kind, file, dry_run, partial, output, acts } => {
            let client = common.connect().await?;
            import::run(&client, &file, import::Options { kind, dry_run, partial, output }, &acts).await
        }
        Command::Token { command: TokenCommand::Mint { subject, role, unit, producers, ttl } } => {
            let folder = common.data_dir.join("keys");
            if !folder.exists() {
                eprintln!(
                    "ocop: {} is new: the token is good for a suite that is started on this folder",
                    folder.display()
                );
            }
            suite::private_folder(&common.data_dir)?;
            let keys = Keys::load_or_create(&folder)?;
            say(suite::mint(&keys, &subject, &[Held { role, unit }], &producers, ttl)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit { command: AuditCommand::Verify } => audit_verify(&common.data_dir).await,
        Command::Certificate { command: CertificateCommand::Keys } => {
            say(certificate::keys(&Client::connect(&common.server, None).await?).await?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Certificate { command: CertificateCommand::Check { token, keys } } => {
            for line in certificate::check(&token, &certificate::read(&keys)?)? {
                say(line)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Bench(arguments) => bench::run(arguments, &common.data_dir).await,
    }
}

/// How a call ended: a refusal is printed.
fn ended(outcome: Result<(), Failure>) -> Result<ExitCode, BoxError> {
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Failure::Refused(status)) => {
            eprintln!("{:#}", explain::refusal(&status));
            Ok(ExitCode::FAILURE)
        }
        Err(Failure::Other(error)) => Err(error),
    }
}

async fn audit_verify(data_dir: &Path) -> Result<ExitCode, BoxError> {
    let mut code = ExitCode::SUCCESS;
    for (service, verdict) in audit::verify(data_dir).await? {
        match verdict.broken {
            None => say(format_args!("{service}: {} entries, intact", verdict.intact))?,
            Some((position, what)) => {
                let intact = verdict.intact;
                say(format_args!("{service}: {intact} entries intact, entry {position} is broken: {what}"))?;
                code = ExitCode::FAILURE;
            }
        }
    }
    for book in audit::ledgers(data_dir).await? {
        book.told().into_iter().try_for_each(say)?;
        if !book.verdict.sound {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

async fn up(settings: Settings, demo: Demo, config: Option<&Path>) -> Result<ExitCode, BoxError> {
    let config = Config::load(config, std::env::vars()).map_err(|faults| faults.join("\n"))?;
    let mut suite = suite::start(&settings, config).await?;
    let told = pin!(suite.running.told_to_stop()?);
    let outcome = tokio::select! {
        () = told => Ok(()),
        outcome = serve(&mut suite.running, &settings.data_dir, demo) => outcome,
    };
    let again = suite.running.told_to_stop()?;
    tokio::select! {
        () = suite.stop() => {}
        () = again => eprintln!("ocop: told again, stopping at once"),
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Waits until the suite is ready, loads what is to be loaded, says so, and keeps the admin token fresh.
async fn serve(running: &mut Running, data_dir: &Path, demo: Demo) -> Result<(), BoxError> {
    running.ready().await?;
    let url = format!("http://{}", running.addr());
    let token_file = suite::token_file(data_dir);
    // Nobody may be reading: that is no reason not to serve.
    let tell = |line: String| {
        let _reader_is_gone = say(line);
    };
    let mut first_call = ("ocop.registry.v1.UnitService/GetUnit", r#"{"name":"units/vn"}"#.to_owned());
    if matches!(demo, Demo::PhuYen2021) {
        let client = Client::connect(&url, Some(&token_file)).await?;
        let keys = Keys::load_or_create(&data_dir.join("keys"))?;
        let plan = demo::load(&client, &keys, data_dir, tell).await?;
        let progress = demo::progress(&client, &plan).await?;
        tell(format!("\n{}", table::progress(&progress)));
        tell(table::forecasts(&demo::forecasts(&client, &plan).await?));
        for target in demo::trained::targets(&client).await? {
            tell(table::trained(&target));
        }
        first_call = ("ocop.insights.v1.ProgressService/GetPlanProgress", format!(r#"{{"name":"{plan}"}}"#));
    }
    tell(format!("address     {url}  (gRPC, gRPC-Web, Connect JSON)"));
    tell(format!("admin       http://{}  (/livez /readyz /metrics)", running.admin_addr()));
    tell(format!("token file  {}", token_file.display()));
    let program = std::env::args().next().unwrap_or_else(|| "ocop".to_owned());
    let (method, json) = first_call;
    let folder = data_dir.display();
    tell(format!("try         {program} call {method} '{json}' --server {url} --data-dir {folder}"));
    tell("stop        ctrl-c; what was stored stays in the folder".to_owned());
    tell(format!("ready {url}"));
    suite::renew_token(data_dir.to_owned()).await;
    Ok(())
}
