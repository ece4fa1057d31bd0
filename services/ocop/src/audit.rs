//! `ocop audit verify`: walks the hash chain of every service's journal and names the first entry that was changed; then recounts
//! the ledger of every plan, as the budget's VerifyLedger does, and names what does not agree with its entries.
//!
//! Both read the installation's files, whether its suite runs or not. Deliberately absent: installations on PostgreSQL, whose
//! operators ask VerifyLedger of every plan and read the journal with their own tools.

use std::path::Path;

use budget::{ledger, transfers};
use kit::BoxError;
use kit::config::DatabaseConfig;
use kit::db::Database;
use kit::journal::{self, Verdict};
use proto::budget::v1::LedgerVerdict;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use crate::suite::KEEPING;
use crate::table::vnd;

/// Opens the database of a service below a data folder.
async fn open(data_dir: &Path, service: &'static str) -> Result<Database, BoxError> {
    let file = data_dir.join(format!("{service}.db"));
    if !file.exists() {
        return Err(format!("{} does not exist", file.display()).into());
    }
    let config = DatabaseConfig { url: format!("sqlite://{}", file.display()), ..DatabaseConfig::default() };
    Database::open(&config, service).await.map_err(|error| named(data_dir, service, &error))
}

/// The operator reads causes; nobody else sees this.
fn named(data_dir: &Path, service: &str, error: &dyn std::fmt::Debug) -> BoxError {
    format!("{}: {error:?}", data_dir.join(format!("{service}.db")).display()).into()
}

/// Verifies every chain below a data folder.
///
/// # Errors
/// A database cannot be read.
pub async fn verify(data_dir: &Path) -> Result<Vec<(&'static str, Verdict)>, BoxError> {
    let mut verdicts = Vec::new();
    for service in KEEPING {
        let database = open(data_dir, service).await?;
        let verdict = journal::verify(&database).await.map_err(|error| named(data_dir, service, &error))?;
        database.close().await;
        verdicts.push((service, verdict));
    }
    Ok(verdicts)
}

/// The ledger of one plan and what a recount of it found.
pub struct Book {
    /// The unit whose plan it is.
    pub unit: String,
    /// The plan's year.
    pub year: i32,
    /// What was recounted, and what does not agree.
    pub verdict: LedgerVerdict,
}

#[derive(FromQueryResult)]
struct Plan {
    id: Uuid,
    unit: String,
    year: i32,
}

/// Recounts the ledger of every plan below a data folder, by year and unit.
///
/// # Errors
/// The budget's database cannot be read.
pub async fn ledgers(data_dir: &Path) -> Result<Vec<Book>, BoxError> {
    let database = open(data_dir, "budget").await?;
    let books = recounted(&database).await.map_err(|error| named(data_dir, "budget", &error));
    database.close().await;
    books
}

async fn recounted(database: &Database) -> kit::Result<Vec<Book>> {
    // One state of the database for all statements: a posting in between is no fault.
    let tx = database.snapshot().await?;
    let all = "SELECT id, unit, year FROM plan ORDER BY year, unit, id";
    let plans = Plan::find_by_statement(Statement::from_string(tx.get_database_backend(), all)).all(&tx).await?;
    let mut books = Vec::new();
    for Plan { id, unit, year } in plans {
        let lines = ledger::store::of_plan(&tx, id, ledger::store::Times::default()).await?;
        let broken = transfers::store::broken(&tx, id).await?;
        books.push(Book { unit, year, verdict: ledger::wire::verdict(id, &lines, broken) });
    }
    tx.commit().await?;
    Ok(books)
}

impl Book {
    /// What is told of it: one line, and one more for every fault.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let Self { unit, year, verdict } = self;
        let found = if verdict.sound { "sums agree" } else { "sums DISAGREE" };
        let head = format!(
            "ledger of {unit} in {year} ({}): {} lines, {} entries, {found}",
            verdict.plan, verdict.lines, verdict.entries
        );
        let mut told = vec![head];
        told.extend(verdict.faults.iter().map(|fault| {
            let account = fault.account().as_str_name().trim_start_matches("ACCOUNT_").to_lowercase();
            let (kept, summed) = (vnd(fault.kept_vnd), vnd(fault.summed_vnd));
            format!("  {}: {account} is kept as {kept} đồng, its entries sum to {summed} đồng", fault.line)
        }));
        if verdict.broken_transfers > 0 {
            told.push(format!("  {} transfers whose two entries do not agree with them", verdict.broken_transfers));
        }
        told
    }
}
