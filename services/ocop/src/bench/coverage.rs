//! `ocop bench coverage`: the figures of training for a crowd, through all layers.
//!
//! The copy of the registry's duties and the completions are filled straight in the database; the training service then
//! answers GetCoverage for the province, its whole figures and a page of missing persons, one call after the other. Printed
//! are the median and the slowest of them, and the statements of one. Every answer's figures are compared with what was
//! filled in. Times are printed and never judged.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use kit::config::DatabaseConfig;
use kit::{BoxError, Clock, Database, day};
use proto::common::v1::{Audience, Role};
use proto::training::v1::GetCoverageRequest;
use proto::training::v1::coverage_service_client::CoverageServiceClient;
use reference::units::{self, Level};
use sea_orm::ConnectionTrait;
use time::macros::date;

use super::ground::{Ground, Side};
use super::stand::{self, Stand, ms};

/// The province whose coverage is asked for.
const PROVINCE: &str = "units/54-20180507";

/// What `ocop bench coverage` is told.
#[derive(Args)]
pub(super) struct Arguments {
    /// Persons on duty; every other one is trained.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    persons: u32,
    /// Calls that are timed.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    calls: u32,
    /// A PostgreSQL server on this machine whose user may make databases; one is made and dropped. Without it a SQLite
    /// file in a temporary folder.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Measures and prints.
pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, BoxError> {
    let ground = Ground::prepare(arguments.database_url.as_deref()).await?;
    let outcome = measure(arguments, &ground).await;
    ground.clear().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn measure(arguments: &Arguments, ground: &Ground) -> Result<(), BoxError> {
    let stand = Stand::start::<training::Training>(ground, &[Role::Analyst]).await?;
    fill(&ground.url(Side::Suite), ground.is_postgres(), arguments.persons).await?;
    let mut client = CoverageServiceClient::new(stand.endpoint()?.connect().await?);
    let (mut times, mut statements) = (Vec::new(), String::new());
    for _ in 0..arguments.calls.max(1) {
        let request = stand.counted(GetCoverageRequest {
            unit: PROVINCE.to_owned(),
            audience: Audience::Officers.into(),
            as_of: Some(day::pb(date!(2021 - 12 - 31))),
            ..Default::default()
        })?;
        let began = Instant::now();
        let answer = client.get_coverage(request).await?;
        times.push(began.elapsed());
        statements = stand::statements(&answer)?;
        let answer = answer.into_inner();
        let found = (u32::try_from(answer.total)?, u32::try_from(answer.trained)?);
        if found != (arguments.persons, arguments.persons / 2) {
            return Err(format!("the figures are wrong: {found:?}").into());
        }
    }
    println!("{}", ground.line().await?);
    println!(
        "coverage of {} persons on duty, {} calls one after the other: median {:.1} ms, slowest {:.1} ms, {} statements",
        arguments.persons,
        times.len(),
        ms(&mut times, |n| n / 2),
        ms(&mut times, |n| n - 1),
        statements
    );
    stand.stop().await;
    Ok(())
}

/// Fills the copy: persons with one duty each, spread over the province's communes; every other one has completed a course.
async fn fill(url: &str, postgres: bool, persons: u32) -> Result<(), BoxError> {
    let config = DatabaseConfig { url: url.to_owned(), ..DatabaseConfig::default() };
    let tx = Database::open(&config, "training").await?.begin().await?;
    let communes = units::list(Some(PROVINCE), Some(Level::Commune), date!(2021 - 12 - 31));
    let count = communes.len();
    let places: Vec<String> =
        communes.iter().enumerate().map(|(at, unit)| format!("({at}, '{}', '{}')", unit.name, unit.path)).collect();
    let uuid = if postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let forever = i64::MAX;
    let now = Clock::System.now_us();
    for statement in [
        "CREATE TEMPORARY TABLE place (at INTEGER, unit TEXT, unit_path TEXT)".to_owned(),
        format!("INSERT INTO place VALUES {}", places.join(", ")),
        format!(
            "INSERT INTO duty (duty, version, person, own_person, several, audience, unit, unit_path, level, producer, \
             legal_form, begin_date, last_date, sample, known_from_us, known_to_us) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {persons}) \
             SELECT 'posts/' || n.i, 1, {uuid}, {uuid}, FALSE, 'officers', place.unit, place.unit_path, 4, '', 0, \
             '2021-01-04', '9999-12-31', FALSE, 1, {forever} FROM n JOIN place ON place.at = n.i % {count}"
        ),
        "UPDATE duty SET own_person = person".to_owned(),
        format!(
            "INSERT INTO completion (session_id, own_person, version, person, audience, topic, complete_date, sample, \
             known_from_us, known_to_us) SELECT {uuid}, person, 1, person, 'officers', 'promotion', '2021-05-12', FALSE, \
             1, {forever} FROM duty WHERE CAST(substr(duty, 7) AS INTEGER) % 2 = 0"
        ),
        format!(
            "INSERT INTO cursor (source, position, head_position, complete_us) VALUES ('registry', 1, 1, {now}) \
             ON CONFLICT (source) DO UPDATE SET complete_us = {now}"
        ),
        "ANALYZE".to_owned(),
    ] {
        tx.execute_unprepared(&statement).await?;
    }
    tx.commit().await?;
    Ok(())
}
