//! `ocop bench`: how near the suite is to the limit of the machine it runs on.
//!
//! Three workloads, each beside its limit in the same run: `unit` (a unary call answered from reference data, through
//! all layers) beside a bare tonic server that answers the same bytes; `product` (one row by id) beside bare tonic with
//! the same statement through sqlx, and beside pgbench with that statement; `producer` (row, request id, audit entry
//! and event in one commit) beside bare tonic with the same inserts in one transaction through sqlx.
//!
//! `ocop bench import` is a workload of its own: a whole file beside a COPY of its rows (see [`import`]), and so are `ocop bench
//! coverage` and `ocop bench products` (see [`coverage`], [`products`]);
//! `ocop bench ledger` sets many clients on one hot line beside the same statements raw (see [`ledger`]).
//!
//! Service and limit are processes of their own (this program, started again), so that their CPU time can be told
//! apart. Each pair runs in rounds, the order turned round every time, and medians are given, of ratios within a round:
//! noise of the machine hits both. What other processes took of the machine meanwhile is said. A *saturated* run (closed loop, a fixed number of calls in flight) finds the calls per second and the CPU time
//! of a call; an *open* run sends at a fixed rate from a schedule, whatever the answers do, and measures from the
//! scheduled instant, so that a stall counts for every call that should have been sent meanwhile.
//!
//! Every answer is compared, field by field where it is known before; after the writes the rows are counted. A call
//! that fails or answers wrongly makes the exit code 1. Times are printed and never judged.
//!
//! Deliberately absent: an echo RPC. The contract has none, and none is added for a benchmark.

mod children;
mod coverage;
mod ground;
mod import;
mod ledger;
mod ledger_raw;
mod limit;
mod load;
mod machine;
mod measure;
mod pgbench;
mod products;
mod report;
mod schedule;
mod stand;
mod work;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use kit::BoxError;

pub(crate) use self::work::Workload;

/// What `ocop bench` is told.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to measure.
    #[arg(long, value_enum, default_value_t = Which::All)]
    workload: Which,
    /// A PostgreSQL server on this machine whose user may make databases; two are made and dropped. Without it SQLite
    /// files in a temporary folder.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Seconds of each run.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Rounds of each pair.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Calls per second of the open runs; without it half of what the slower of the pair does saturated.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// HTTP/2 connections of the driver.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Calls in flight in the saturated runs.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    in_flight: u16,
    #[command(subcommand)]
    child: Option<Child>,
}

/// What is measured apart from the workloads, and the servers that `ocop bench` starts (of no use to people).
#[derive(Subcommand)]
enum Child {
    /// An import of producers beside a COPY of the rows that it stores.
    Import(import::ImportArguments),
    /// The registry service behind its layers.
    #[command(hide = true)]
    ServeSuite,
    /// The limits: bare tonic, and bare tonic over sqlx.
    #[command(hide = true)]
    ServeLimit,
    /// Many clients on one hot line of the ledger beside the same statements raw.
    Ledger(ledger::Arguments),
    /// The figures of training for a crowd of persons on duty, through all layers.
    Coverage(coverage::Arguments),
    /// Searches and lists of a nation's products, through all layers, beside the bare rows.
    Products(products::Arguments),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// GetUnit, answered from reference data.
    Unit,
    /// GetProduct, one row by id.
    Product,
    /// CreateProducer, one commit.
    Producer,
    /// All three.
    All,
}

impl Which {
    fn workloads(self) -> Vec<Workload> {
        match self {
            Self::Unit => vec![Workload::Unit],
            Self::Product => vec![Workload::Product],
            Self::Producer => vec![Workload::Producer],
            Self::All => vec![Workload::Unit, Workload::Product, Workload::Producer],
        }
    }
}

/// Measures and prints; `data_dir` is only looked at by the servers that it starts.
///
/// # Errors
/// The servers cannot be started, or the database cannot be used.
pub async fn run(arguments: Arguments, data_dir: &Path) -> Result<ExitCode, BoxError> {
    match arguments.child {
        Some(Child::Import(import)) => import::run(&import).await?,
        Some(Child::ServeSuite) => children::serve_suite(data_dir).await?,
        Some(Child::ServeLimit) => limit::serve(data_dir).await?,
        Some(Child::Ledger(arguments)) => return ledger::run(&arguments).await,
        Some(Child::Coverage(arguments)) => return coverage::run(&arguments).await,
        Some(Child::Products(arguments)) => return products::run(&arguments).await,
        None => return measure::run(&arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}
