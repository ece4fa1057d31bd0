//! Sending calls, saturated or from a schedule.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use kit::BoxError;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::schedule::Schedule;
use super::work::{Caller, Fault};

/// The longest latency that is told apart, in microseconds.
const LONGEST: u64 = 60_000_000;

/// What came of many calls.
pub(super) struct Tally {
    micros: Histogram<u64>,
    /// Calls that failed or were answered wrongly.
    pub(super) faults: u64,
    /// The first of them.
    pub(super) first_fault: Option<Fault>,
}

impl Tally {
    pub(super) fn new() -> Result<Self, BoxError> {
        Ok(Self { micros: Histogram::new_with_bounds(1, LONGEST, 3)?, faults: 0, first_fault: None })
    }

    fn record(&mut self, latency: Duration, outcome: Result<(), Fault>) {
        match outcome {
            Ok(()) => self.micros.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST)),
            Err(fault) => {
                self.faults += 1;
                self.first_fault.get_or_insert(fault);
            }
        }
    }

    /// Adds another tally to this one.
    pub(super) fn add(&mut self, other: Self) -> Result<(), BoxError> {
        self.micros.add(&other.micros)?;
        self.faults += other.faults;
        self.first_fault = self.first_fault.take().or(other.first_fault);
        Ok(())
    }

    /// Calls that were answered rightly.
    pub(super) fn calls(&self) -> u64 {
        self.micros.len()
    }

    /// The latency in milliseconds below which this part of the calls lies.
    pub(super) fn quantile(&self, part: f64) -> f64 {
        self.micros.value_at_quantile(part) as f64 / 1000.0
    }
}

/// Keeps a number of calls in flight for a time: what the server can do. Answers how long it took until the last answer.
pub(super) async fn saturate(
    callers: &[Caller],
    in_flight: u16,
    time: Duration,
) -> Result<(Tally, Duration), BoxError> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in callers.iter().cycle().take(in_flight.into()) {
        let mut caller = caller.clone();
        let mut tally = Tally::new()?;
        tasks.spawn(async move {
            while began.elapsed() < time {
                let sent = Instant::now();
                let outcome = caller.call().await;
                tally.record(sent.elapsed(), outcome);
            }
            tally
        });
    }
    let mut all = Tally::new()?;
    while let Some(tally) = tasks.join_next().await {
        all.add(tally?)?;
    }
    Ok((all, began.elapsed()))
}

/// What came of an open run.
pub(super) struct Opened {
    /// Latencies, measured from the scheduled instant.
    pub(super) tally: Tally,
    /// How late the driver itself was, in milliseconds at the 99th percentile; part of the latencies above.
    pub(super) late_p99: f64,
}

/// Sends each call when it is due, whatever became of those before.
pub(super) async fn open(callers: &[Caller], schedule: Schedule) -> Result<Opened, BoxError> {
    let tally = Arc::new(Mutex::new(Tally::new()?));
    let (alive, mut ended) = mpsc::channel::<()>(1);
    let (runtime, kept, callers) = (Handle::current(), tally.clone(), callers.to_vec());
    // A thread of its own sleeps to within some 50 µs; the runtime's timer would send in steps of a millisecond.
    let sender = tokio::task::spawn_blocking(move || -> Result<Tally, BoxError> {
        let mut lateness = Tally::new()?;
        let began = Instant::now();
        for (due, caller) in schedule.map(|at| began + at).zip(callers.iter().cycle()) {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            lateness.record(due.elapsed(), Ok(()));
            let (mut caller, tally, alive) = (caller.clone(), tally.clone(), alive.clone());
            runtime.spawn(async move {
                let outcome = caller.call().await;
                if let Ok(mut tally) = tally.lock() {
                    tally.record(due.elapsed(), outcome);
                }
                drop(alive);
            });
        }
        Ok(lateness)
    });
    let lateness = sender.await??;
    // Nothing is ever sent: the channel closes with the last call.
    let _closed = ended.recv().await;
    let mut all = Tally::new()?;
    if let Ok(mut tally) = kept.lock() {
        all.add(std::mem::replace(&mut *tally, Tally::new()?))?;
    }
    Ok(Opened { tally: all, late_p99: lateness.quantile(0.99) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_right_answers_by_latency_and_faults_apart() {
        let mut tally = Tally::new().unwrap();
        for ms in 1..=100 {
            tally.record(Duration::from_millis(ms), Ok(()));
        }
        tally.record(Duration::from_millis(1), Err("first".to_owned()));
        let mut other = Tally::new().unwrap();
        other.record(Duration::from_secs(3600), Ok(()));
        other.record(Duration::from_millis(1), Err("second".to_owned()));
        tally.add(other).unwrap();
        assert_eq!((tally.calls(), tally.faults), (101, 2));
        assert_eq!(tally.first_fault.as_deref(), Some("first"));
        assert!((tally.quantile(0.5) - 51.0).abs() < 0.1, "{}", tally.quantile(0.5));
        assert!(tally.quantile(1.0) >= 60_000.0, "what is longer than the longest counts as the longest");
    }
}
