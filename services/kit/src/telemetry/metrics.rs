//! Rate, errors and duration of every method and of each database, for Prometheus.
//!
//! The series of a method are looked up once and then kept beside it: a call costs one look-up by path.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use tonic::Code;

use crate::clock::Clock;
use crate::inventory::{self, Method};

/// Upper bounds in seconds: from a cached read to the default deadline.
const BUCKETS: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Status codes of gRPC, 0 to 16.
const CODES: usize = 17;

struct Metrics {
    registry: Registry,
    calls: HistogramVec,
    in_flight: IntGaugeVec,
    statements: HistogramVec,
    statements_total: IntCounterVec,
    statements_failed: IntCounterVec,
    started: Gauge,
}

impl Metrics {
    fn new() -> Result<Self, prometheus::Error> {
        let seconds = |name: &str, help: &str| HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
        let metrics = Self {
            registry: Registry::new(),
            calls: HistogramVec::new(
                seconds(
                    "ocop_rpc_duration_seconds",
                    "Calls by the host that answered, service, method and status code.",
                ),
                &["host", "service", "method", "code"],
            )?,
            in_flight: IntGaugeVec::new(
                Opts::new("ocop_rpc_in_flight", "Calls and streams that have not ended."),
                &["host", "service"],
            )?,
            statements: HistogramVec::new(
                seconds("ocop_db_statement_seconds", "Statements by service."),
                &["service"],
            )?,
            statements_total: IntCounterVec::new(
                Opts::new("ocop_db_statements_total", "Statements by service."),
                &["service"],
            )?,
            statements_failed: IntCounterVec::new(
                Opts::new("ocop_db_statements_failed_total", "Statements that the database refused, by service."),
                &["service"],
            )?,
            started: Gauge::new("process_start_time_seconds", "When the process started, in seconds since 1970.")?,
        };
        metrics.registry.register(Box::new(metrics.calls.clone()))?;
        metrics.registry.register(Box::new(metrics.in_flight.clone()))?;
        metrics.registry.register(Box::new(metrics.statements.clone()))?;
        metrics.registry.register(Box::new(metrics.statements_total.clone()))?;
        metrics.registry.register(Box::new(metrics.statements_failed.clone()))?;
        metrics.registry.register(Box::new(metrics.started.clone()))?;
        Ok(metrics)
    }
}

/// None only if the names above were not valid, which a test rules out.
static METRICS: LazyLock<Option<Metrics>> = LazyLock::new(|| Metrics::new().ok());

/// Everything measured by this process, as Prometheus reads it.
#[must_use]
pub fn text() -> String {
    let families = METRICS.as_ref().map(|m| m.registry.gather()).unwrap_or_default();
    TextEncoder::new().encode_to_string(&families).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit a double to well below a millisecond")]
pub(super) fn started() {
    if let Some(metrics) = METRICS.as_ref()
        && metrics.started.get() == 0.0
    {
        metrics.started.set(Clock::System.now_us() as f64 / 1e6);
    }
}

pub(super) fn statement(service: &str, elapsed: Duration, failed: bool) {
    let Some(metrics) = METRICS.as_ref() else { return };
    metrics.statements.with_label_values(&[service]).observe(elapsed.as_secs_f64());
    metrics.statements_total.with_label_values(&[service]).inc();
    if failed {
        metrics.statements_failed.with_label_values(&[service]).inc();
    }
}

/// One method as one host measures it.
pub(crate) struct Rpc {
    host: &'static str,
    /// The method; none where the contract has no such path.
    pub(crate) method: Option<&'static Method>,
    durations: [OnceLock<Option<Histogram>>; CODES],
    in_flight: OnceLock<Option<IntGauge>>,
}

impl Rpc {
    fn new(host: &'static str, method: Option<&'static Method>) -> Self {
        Self { host, method, durations: [const { OnceLock::new() }; CODES], in_flight: OnceLock::new() }
    }

    /// The path, such as `/ocop.registry.v1.ProducerService/GetProducer`.
    pub(crate) fn path(&self) -> &'static str {
        self.method.map_or("/unknown/unknown", |m| m.path.as_str())
    }

    fn labels(&self) -> (&'static str, &'static str) {
        self.method.map_or(("unknown", "unknown"), |m| (m.service.as_str(), m.name.as_str()))
    }

    fn in_flight(&self) -> Option<&IntGauge> {
        let gauge = || Some(METRICS.as_ref()?.in_flight.with_label_values(&[self.host, self.labels().0]));
        self.in_flight.get_or_init(gauge).as_ref()
    }

    pub(super) fn began(&self) {
        if let Some(gauge) = self.in_flight() {
            gauge.inc();
        }
    }

    pub(super) fn ended(&self, code: Code, elapsed: Duration) {
        if let Some(gauge) = self.in_flight() {
            gauge.dec();
        }
        let (service, method) = self.labels();
        let name = format_code(code);
        let series = || Some(METRICS.as_ref()?.calls.with_label_values(&[self.host, service, method, name]));
        if let Some(Some(histogram)) = self.durations.get(code as usize).map(|d| d.get_or_init(series)) {
            histogram.observe(elapsed.as_secs_f64());
        }
    }
}

/// All methods as one host measures them.
pub(crate) struct RpcTable {
    by_path: HashMap<&'static str, Rpc>,
    unknown: Rpc,
}

impl RpcTable {
    /// The table of a host; made once per name and kept for the life of the process, as the series are.
    pub(crate) fn of(host: &'static str) -> &'static Self {
        static TABLES: Mutex<Vec<(&str, &RpcTable)>> = Mutex::new(Vec::new());
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = tables.iter().find(|(name, _)| *name == host) {
            return table;
        }
        let by_path = inventory::methods().map(|m| (m.path.as_str(), Rpc::new(host, Some(m)))).collect();
        let table: &'static Self = Box::leak(Box::new(Self { by_path, unknown: Rpc::new(host, None) }));
        tables.push((host, table));
        table
    }

    /// The method called by a path, or the one that stands for all unknown ones.
    pub(crate) fn find(&'static self, path: &str) -> &'static Rpc {
        self.by_path.get(path).unwrap_or(&self.unknown)
    }
}

/// The name that gRPC gives a code.
fn format_code(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
