//! The run: rounds of both sides in turn, what they cost, and what was stored.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kit::BoxError;
use kit::auth::Keys;
use prost::Message;

use super::Arguments;
use super::children::Server;
use super::ground::{Ground, Side, WRITTEN};
use super::limit::UNIT_FILE;
use super::load::{self, Opened, Tally};
use super::machine::{self, Times, Whole, used};
use super::pgbench::PgBench;
use super::report::{self, Report};
use super::schedule::Schedule;
use super::work::{Caller, Known, Workload};

/// One saturated run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Right answers per second.
    pub(super) per_second: f64,
    /// CPU time of a call in microseconds: in the server, in PostgreSQL, in the driver.
    pub(super) cpu: [f64; 3],
    /// The part of the machine that other processes used meanwhile.
    pub(super) others: f64,
}

/// All runs of one side.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) saturated: Vec<Sample>,
    pub(super) opened: Vec<Opened>,
    /// Statements of one call, where the server counts them.
    pub(super) statements: Option<u64>,
    /// What went wrong.
    pub(super) faults: Vec<String>,
}

impl Measured {
    /// Notes what went wrong in a run.
    fn note(&mut self, tally: &Tally) {
        if let Some(first) = &tally.first_fault {
            self.faults.push(format!("{} calls failed, the first: {first}", tally.faults));
        }
    }
}

/// A workload with both sides.
pub(super) struct Pair {
    pub(super) workload: Workload,
    pub(super) suite: Measured,
    pub(super) limit: Measured,
    /// Statements per second of pgbench, where it ran.
    pub(super) pgbench: Vec<f64>,
    /// Calls per second of the open runs.
    pub(super) rate: f64,
}

impl Pair {
    fn side(&mut self, side: Side) -> &mut Measured {
        match side {
            Side::Suite => &mut self.suite,
            Side::Limit => &mut self.limit,
        }
    }
}

/// Measures what the arguments name and prints it.
pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, BoxError> {
    let ground = Ground::prepare(arguments.database_url.as_deref()).await?;
    let outcome = tokio::select! {
        outcome = measure(arguments, &ground) => outcome,
        _interrupted = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    ground.clear().await?;
    let report = outcome?;
    print!("{}", report.text());
    Ok(if report.faults().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(arguments: &Arguments, ground: &Ground) -> Result<Report, BoxError> {
    let stage = Stage::set(arguments, ground).await?;
    let mut pairs = Vec::new();
    for workload in arguments.workload.workloads() {
        pairs.push(stage.pair(workload).await?);
    }
    let database = ground.line().await?;
    stage.suite.stop().await?;
    stage.limit.stop().await?;
    Ok(Report { machine: machine::line(), database, run: report::run_line(arguments), pairs })
}

/// Both servers on their databases.
struct Stage<'a> {
    arguments: &'a Arguments,
    ground: &'a Ground,
    known: Arc<Known>,
    suite: Server,
    limit: Server,
}

impl<'a> Stage<'a> {
    async fn set(arguments: &'a Arguments, ground: &'a Ground) -> Result<Self, BoxError> {
        eprintln!("registering producers and products");
        let dir = ground.dir(Side::Suite);
        let start = |kind: &'static str, side: Side| {
            let (dir, url) = (ground.dir(side), ground.url(side));
            async move { Server::start(kind, &dir, &url).await }
        };
        let suite = start("serve-suite", Side::Suite).await?;
        let known = Known::seed(&suite, &Keys::load_or_create(&dir.join("keys"))?).await?;
        suite.stop().await?;
        ground.copy().await?;
        std::fs::write(ground.dir(Side::Limit).join(UNIT_FILE), known.unit.encode_to_vec())?;
        let suite = start("serve-suite", Side::Suite).await?;
        let limit = start("serve-limit", Side::Limit).await?;
        Ok(Self { arguments, ground, known: Arc::new(known), suite, limit })
    }

    fn server(&self, side: Side) -> &Server {
        match side {
            Side::Suite => &self.suite,
            Side::Limit => &self.limit,
        }
    }

    async fn callers(&self, workload: Workload, side: Side) -> Result<Vec<Caller>, BoxError> {
        Caller::of(workload, &self.known, &self.server(side).url, self.arguments.connections).await
    }

    async fn pair(&self, workload: Workload) -> Result<Pair, BoxError> {
        let measured = Measured::default;
        let mut pair = Pair { workload, suite: measured(), limit: measured(), pgbench: Vec::new(), rate: 0.0 };
        let both = [
            (Side::Limit, self.callers(workload, Side::Limit).await?, self.stored(Side::Limit).await?),
            (Side::Suite, self.callers(workload, Side::Suite).await?, self.stored(Side::Suite).await?),
        ];
        for (side, callers, _) in &both {
            let tally = load::saturate(callers, self.arguments.in_flight, Duration::from_secs(1)).await?.0;
            let mut caller = callers.first().cloned().ok_or("no connection")?;
            pair.side(*side).note(&tally);
            pair.side(*side).statements = caller.statements().await?;
        }
        let pgbench = self.pgbench(workload)?;
        for round in 0..self.arguments.rounds {
            eprintln!("{}: saturated, round {}", workload.name(), round + 1);
            for (side, callers, _) in in_turn(&both, round) {
                self.saturated(&mut pair, *side, callers).await?;
            }
            if let Some(pgbench) = &pgbench {
                pair.pgbench.push(pgbench.run(self.time()).await?);
            }
        }
        pair.rate = self.rate(&pair);
        for round in 0..self.arguments.rounds {
            eprintln!("{}: {:.0} calls/s, round {}", workload.name(), pair.rate, round + 1);
            for (side, callers, _) in in_turn(&both, round) {
                let schedule = Schedule::new(pair.rate, self.time(), round.into());
                let opened = load::open(callers, schedule).await?;
                pair.side(*side).note(&opened.tally);
                pair.side(*side).opened.push(opened);
            }
        }
        for (side, callers, before) in &both {
            let acknowledged = callers.first().map_or(0, Caller::acknowledged);
            let wanted = if workload == Workload::Producer { acknowledged } else { 0 };
            let after = self.stored(*side).await?;
            let measured = pair.side(*side);
            // What failed may have been stored and its answer lost: with faults the counts say nothing more.
            if measured.faults.is_empty() {
                measured.faults.extend(miscounted(before, &after, wanted));
            }
        }
        Ok(pair)
    }

    fn time(&self) -> Duration {
        Duration::from_secs(self.arguments.seconds)
    }

    /// The rate of the open runs: what was asked for, or half of what the slower side can do.
    fn rate(&self, pair: &Pair) -> f64 {
        let able = |m: &Measured| report::median(m.saturated.iter().map(|s| s.per_second));
        let half = able(&pair.suite).min(able(&pair.limit)) / 2.0;
        self.arguments.rate.map_or(half.max(1.0), f64::from)
    }

    fn pgbench(&self, workload: Workload) -> Result<Option<PgBench>, BoxError> {
        if workload != Workload::Product || !self.ground.is_postgres() {
            return Ok(None);
        }
        let (dir, url) = (self.ground.dir(Side::Limit), self.ground.url(Side::Limit));
        PgBench::prepare(&dir, &url, &self.known.products)
    }

    async fn saturated(&self, pair: &mut Pair, side: Side, callers: &[Caller]) -> Result<(), BoxError> {
        let (whole, before) = (Whole::now(), self.times(side).await?);
        let (tally, took) = load::saturate(callers, self.arguments.in_flight, self.time()).await?;
        let (later, after) = (Whole::now(), self.times(side).await?);
        let calls = (tally.calls().max(1)) as f64;
        let (mut cpu, mut own) = ([0.0; 3], Duration::ZERO);
        for (each, (before, after)) in cpu.iter_mut().zip(before.iter().zip(&after)) {
            let used = used(before, after);
            own += used;
            *each = used.as_secs_f64() * 1e6 / calls;
        }
        let measured = pair.side(side);
        measured.note(&tally);
        let per_second = tally.calls() as f64 / took.as_secs_f64();
        measured.saturated.push(Sample { per_second, cpu, others: later.others(whole, own) });
        Ok(())
    }

    /// CPU times of a side's server, of its database, of the driver.
    async fn times(&self, side: Side) -> Result<[Times; 3], BoxError> {
        let backends = self.ground.backends(side).await?;
        Ok([
            machine::cpu_of_all([self.server(side).pid]),
            machine::cpu_of_all(backends),
            machine::cpu_of_all([std::process::id()]),
        ])
    }

    /// Rows of each table that writes touch.
    async fn stored(&self, side: Side) -> Result<Vec<u64>, BoxError> {
        let mut rows = Vec::new();
        for table in WRITTEN {
            rows.push(self.ground.rows(side, table).await?);
        }
        Ok(rows)
    }
}

/// The sides of a round: every other round begins with the other one.
fn in_turn<T>(both: &[T; 2], round: u32) -> [&T; 2] {
    let [first, second] = both;
    if round.is_multiple_of(2) { [first, second] } else { [second, first] }
}

/// Tables whose rows are not as many more as calls were acknowledged.
fn miscounted(before: &[u64], after: &[u64], wanted: u64) -> Vec<String> {
    let tables = WRITTEN.iter().zip(before.iter().zip(after));
    let more = tables.map(|(table, (before, after))| (table, after.saturating_sub(*before)));
    let wrong = more.filter(|(_, more)| *more != wanted);
    wrong.map(|(table, more)| format!("{wanted} writes were acknowledged and {more} rows stored in {table}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_round_begins_with_the_other_side() {
        let order: Vec<[&u8; 2]> = (0..3).map(|round| in_turn(&[1, 2], round)).collect();
        assert_eq!(order, [[&1, &2], [&2, &1], [&1, &2]]);
    }

    #[test]
    fn rows_must_be_as_many_more_as_writes_were_acknowledged() {
        assert_eq!(miscounted(&[5, 6, 7], &[8, 9, 10], 3), Vec::<String>::new());
        let faults = miscounted(&[5, 6, 7], &[8, 8, 10], 3);
        assert_eq!(faults, ["3 writes were acknowledged and 2 rows stored in journal"]);
    }
}
