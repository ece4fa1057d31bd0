//! `ocop bench import`: a file of producers through ImportRows beside a COPY of the very rows that it stores.
//!
//! The suite's side is everything from the first byte sent to the summary: upload, two readings of the file, validation,
//! matching, words, journal, verdicts, commit. The limit is `COPY … (FORMAT binary)` of the tables `producer` and
//! `producer_word` as the import has just left them, into a database with the same tables and indexes, in one transaction
//! over one connection; the rows come from memory. Both are emptied between rounds and the order is turned round.
//! Memory is the peak that Linux says of the service's process, before the import and after it.
//!
//! Deliberately absent: a limit on SQLite, which has no COPY; there the rows per second stand alone.

use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use kit::BoxError;
use kit::auth::Keys;
use proto::registry::v1::import_service_client::ImportServiceClient;
use proto::registry::v1::{ImportKind, ImportRowsRequest, ImportSummary};
use reference::units::{self, FIRST_KNOWN_DAY, Level};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use tokio_stream::StreamExt;
use tonic::transport::Channel;

use super::children::Server;
use super::ground::{Ground, Side};
use super::machine;
use super::report::median;
use super::work::authorized;

/// The aim of the import: rows per second over those of the COPY.
const AIM: f64 = 0.50;
/// Bytes in a message.
const CHUNK: usize = 256 * 1024;
/// The tables that an import of producers fills beside its journal, and what a round leaves.
const COPIED: [&str; 2] = ["producer", "producer_word"];
const EMPTY: &str = "TRUNCATE producer, producer_word, journal, import_run, import_batch CASCADE";

/// What `ocop bench import` is told.
#[derive(Args)]
pub struct ImportArguments {
    /// Rows of the file.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=500_000))]
    rows: u32,
    /// Rounds of import and COPY.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// A PostgreSQL server on this machine whose user may make databases. Without it SQLite, and no COPY beside it.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// One round.
struct Round {
    import: Duration,
    copy: Option<Duration>,
}

/// Measures and prints.
pub(super) async fn run(arguments: &ImportArguments) -> Result<(), BoxError> {
    let ground = Ground::prepare(arguments.database_url.as_deref()).await?;
    let outcome = tokio::select! {
        outcome = measure(arguments, &ground) => outcome,
        _interrupted = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    ground.clear().await?;
    print!("{}", outcome?);
    Ok(())
}

async fn measure(arguments: &ImportArguments, ground: &Ground) -> Result<String, BoxError> {
    let dir = ground.dir(Side::Suite);
    let suite = Server::start("serve-suite", &dir, &ground.url(Side::Suite)).await?;
    suite.stop().await?;
    ground.copy().await?;
    let suite = Server::start("serve-suite", &dir, &ground.url(Side::Suite)).await?;
    let keys = Keys::load_or_create(&dir.join("keys"))?;
    let file = sheet(arguments.rows);
    let idle = machine::peak_memory(suite.pid);
    let mut rounds = Vec::new();
    let mut rows: Vec<Vec<Bytes>> = Vec::new();
    for round in 0..arguments.rounds {
        eprintln!("round {} of {}", round + 1, arguments.rounds);
        let limit_first = round % 2 == 1 && !rows.is_empty();
        let mut copied = None;
        if limit_first {
            copied = Some(copy(ground, &rows).await?);
        }
        let import = import(&suite, &keys, &file, arguments.rows).await?;
        if ground.is_postgres() {
            if rows.is_empty() {
                rows = stored(ground).await?;
            }
            if !limit_first {
                copied = Some(copy(ground, &rows).await?);
            }
            empty(ground, Side::Suite).await?;
        } else {
            // Nothing of a later round may be there already: one is enough.
            rounds.push(Round { import, copy: None });
            break;
        }
        rounds.push(Round { import, copy: copied });
    }
    let peak = machine::peak_memory(suite.pid);
    let text = report(arguments, &ground.line().await?, &rounds, file.len(), (idle, peak));
    suite.stop().await?;
    Ok(text)
}

/// A file of producers with names of the usual length, in all communes of Phú Yên, each with a tax code.
fn sheet(rows: u32) -> Vec<Bytes> {
    let communes = units::list(Some("units/54"), Some(Level::Commune), FIRST_KNOWN_DAY);
    let codes: Vec<&str> = communes.iter().map(|unit| unit.code.as_str()).collect();
    let what = ["Nông nghiệp", "Sản xuất", "Dịch vụ", "Thủy sản", "Chế biến", "Muối", "Rượu"];
    let place = ["Gành Đỏ", "Tuyết Diêm", "Đồng Din", "Sơn Ngọc", "Bàu Súng", "Mỹ Quang", "Ô Loan", "An Chấn"];
    let (mut parts, mut part) =
        (Vec::new(), String::from("display_name,legal_form,tax_code,commune_code,registration_date,sample\n"));
    let pick = |of: &[&'static str], n: u32| of.get(n as usize % of.len().max(1)).copied().unwrap_or_default();
    for n in 0..rows {
        let (what, place) = (pick(&what, n), pick(&place, n / 7));
        let code = codes.get(n as usize % codes.len().max(1)).copied().unwrap_or_default();
        let tax = reference::tax_code::make(u64::from(n));
        part.push_str(&format!("Hợp tác xã {what} {place} số {n},HTX,{tax},{code},15/01/2021,x\n"));
        if part.len() > CHUNK {
            parts.push(std::mem::take(&mut part).into());
        }
    }
    parts.push(part.into());
    parts
}

async fn import(suite: &Server, keys: &Keys, file: &[Bytes], rows: u32) -> Result<Duration, BoxError> {
    let channel = Channel::from_shared(suite.url.clone())?.connect().await?;
    let mut client = ImportServiceClient::new(channel).max_decoding_message_size(64 << 20);
    let first = ImportRowsRequest { kind: ImportKind::Producers.into(), ..ImportRowsRequest::default() };
    let part = |chunk: &Bytes| ImportRowsRequest { chunk: chunk.clone(), ..ImportRowsRequest::default() };
    let parts: Vec<ImportRowsRequest> = std::iter::once(first).chain(file.iter().map(part)).collect();
    let begun = Instant::now();
    let mut answers = client.import_rows(authorized(keys, tokio_stream::iter(parts))?).await?.into_inner();
    let (mut summary, mut verdicts) = (ImportSummary::default(), 0);
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        verdicts += answer.rows.len();
        summary = answer.summary.unwrap_or(summary);
    }
    let took = begun.elapsed();
    if verdicts != rows as usize || summary.written.unsigned_abs() != rows {
        return Err(format!("of {rows} rows {verdicts} have a verdict and {} are stored", summary.written).into());
    }
    Ok(took)
}

/// The rows that the import has stored, as COPY gives and takes them.
async fn stored(ground: &Ground) -> Result<Vec<Vec<Bytes>>, BoxError> {
    let mut connection = PgConnection::connect(&ground.url(Side::Suite)).await?;
    let mut tables = Vec::new();
    for table in COPIED {
        let mut out = connection.copy_out_raw(&format!("COPY {table} TO STDOUT (FORMAT binary)")).await?;
        let (mut parts, mut part) = (Vec::new(), Vec::new());
        while let Some(row) = out.next().await {
            part.extend_from_slice(&row?);
            if part.len() > CHUNK {
                parts.push(Bytes::from(std::mem::take(&mut part)));
            }
        }
        parts.push(part.into());
        tables.push(parts);
    }
    Ok(tables)
}

async fn copy(ground: &Ground, tables: &[Vec<Bytes>]) -> Result<Duration, BoxError> {
    empty(ground, Side::Limit).await?;
    let mut connection = PgConnection::connect(&ground.url(Side::Limit)).await?;
    let begun = Instant::now();
    connection.execute("BEGIN").await?;
    for (table, parts) in COPIED.into_iter().zip(tables) {
        let mut copy = connection.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
        for part in parts {
            copy.send(part.as_ref()).await?;
        }
        copy.finish().await?;
    }
    connection.execute("COMMIT").await?;
    Ok(begun.elapsed())
}

async fn empty(ground: &Ground, side: Side) -> Result<(), BoxError> {
    let mut connection = PgConnection::connect(&ground.url(side)).await?;
    connection.execute(EMPTY).await?;
    Ok(())
}

fn report(
    arguments: &ImportArguments,
    database: &str,
    rounds: &[Round],
    parts: usize,
    (idle, peak): (Option<u64>, Option<u64>),
) -> String {
    let rate = |took: Duration| f64::from(arguments.rows) / took.as_secs_f64().max(f64::EPSILON);
    let mut text = format!("\nmachine   {}\ndatabase  {database}\n", machine::line());
    text.push_str(&format!(
        "import    {} rows of producers in {parts} messages; medians of {} rounds\n\n",
        arguments.rows,
        rounds.len()
    ));
    text.push_str(&format!("import    {:>9.0} rows/s\n", median(rounds.iter().map(|r| rate(r.import)))));
    let pairs: Vec<(Duration, Duration)> = rounds.iter().filter_map(|r| Some((r.import, r.copy?))).collect();
    if !pairs.is_empty() {
        text.push_str(&format!("COPY      {:>9.0} rows/s\n", median(pairs.iter().map(|(_, copy)| rate(*copy)))));
        let ratios = pairs.iter().map(|(import, copy)| copy.as_secs_f64() / import.as_secs_f64().max(f64::EPSILON));
        text.push_str(&format!("ratio     {:>9.2} (aim {AIM:.2}), median of the rounds\n", median(ratios)));
    }
    if let (Some(idle), Some(peak)) = (idle, peak) {
        text.push_str(&format!(
            "memory    {:>9} MiB at most in the service, {} MiB before the import\n",
            peak / 1024,
            idle / 1024
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_a_row_for_each_producer_and_no_two_of_one_name() {
        let file: Vec<u8> = sheet(5000).concat();
        let text = String::from_utf8(file).unwrap();
        let names: std::collections::BTreeSet<&str> = text.lines().filter_map(|line| line.split(',').next()).collect();
        assert_eq!((text.lines().count(), names.len()), (5001, 5001));
        assert!(text.lines().skip(1).all(|line| line.split(',').count() == 6));
    }

    #[test]
    fn the_report_tells_the_ratio_of_the_rounds() {
        let second = Duration::from_secs;
        let arguments = ImportArguments { rows: 1000, rounds: 2, database_url: None };
        let rounds =
            [Round { import: second(4), copy: Some(second(3)) }, Round { import: second(2), copy: Some(second(1)) }];
        let text = report(&arguments, "d", &rounds, 1, (Some(2048), Some(4096)));
        assert!(text.contains("0.62 (aim 0.50)") && text.contains("4 MiB at most"), "{text}");
    }
}
