//! What the outside sees of a running service: one span and one measurement per call, one log line per failed call.
//!
//! Server spans and the spans of statements are made through the OpenTelemetry API directly (a `tracing` span would
//! cost another microsecond per call); W3C trace context comes in and goes out. Export is in batches from a thread of
//! its own and never blocks a call; what does not fit its queue is dropped. Without a collector spans only carry ids, so
//! that a failed call can still be found in the log by its `x-trace-id`.
//!
//! Deliberately absent: parameters of statements and fields of messages (they hold personal data), and OTLP metrics
//! (Prometheus reads them from the admin address).

mod metrics;
mod trace;

use std::future::Future;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::FutureExt as _;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::time::Instant;
use tonic::Code;
use tracing_subscriber::EnvFilter;

use crate::config::TelemetryConfig;
use crate::error::{BoxError, Error};

pub use self::metrics::text as metrics_text;
pub(crate) use self::metrics::{Rpc, RpcTable};
pub use self::trace::{extract, inject, statement, trace_id};

/// Libraries whose lines say nothing that the kit does not say better.
const QUIET: &str = "h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,opentelemetry=warn";
/// Longest wait for the last spans to be sent.
const FLUSH: Duration = Duration::from_secs(5);

/// Keeps telemetry going; flushed by the host when it stops.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Starts logging and tracing. Must be called inside the runtime; a second call in the same process keeps the logger.
///
/// # Errors
/// The log level or the collector's address cannot be used.
pub fn init(config: &TelemetryConfig, service: &str) -> Result<Telemetry, BoxError> {
    log(config)?;
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let provider = match &config.otlp_endpoint {
        Some(endpoint) => {
            let exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint.as_str())
                .with_timeout(Duration::from_secs(3))
                .build()?;
            let sampler = Sampler::TraceIdRatioBased(config.sample_ratio);
            builder.with_sampler(Sampler::ParentBased(Box::new(sampler))).with_batch_exporter(exporter).build()
        }
        None => builder.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))).build(),
    };
    // A host without a collector leaves a tracer that has one, or that a test has set, in place.
    trace::install(&provider, config.otlp_endpoint.is_some());
    metrics::started();
    Ok(Telemetry { provider })
}

fn log(config: &TelemetryConfig) -> Result<(), BoxError> {
    // What the operator names comes last, so that it wins.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log_level))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    // An error here means that the process has a logger already (a test, the all-in-one): it is kept.
    let _kept = if config.log_format == "json" {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_target(false).try_init()
    };
    Ok(())
}

impl Telemetry {
    /// Sends what is left, outside the runtime's workers and for a few seconds at most.
    pub async fn flush(self) {
        let flushed = tokio::task::spawn_blocking(move || self.provider.force_flush());
        match tokio::time::timeout(FLUSH, flushed).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the last spans were not sent"),
            Ok(Err(_)) | Err(_) => tracing::warn!("the last spans were not sent in time"),
        }
    }
}

/// What is counted for one call while it runs.
#[derive(Debug)]
pub(crate) struct Counters {
    began: Instant,
    statements: AtomicU64,
}

tokio::task_local! {
    static CALL: Arc<Counters>;
}

/// Statements of all services of this process since it started.
static STATEMENTS: AtomicU64 = AtomicU64::new(0);

/// Statements of all services of this process since it started: what tests take the difference of.
#[must_use]
pub fn statements_total() -> u64 {
    STATEMENTS.load(Ordering::Relaxed)
}

/// Statements of the call that is running here; none outside a call.
#[must_use]
pub fn statements_of_call() -> Option<u64> {
    CALL.try_with(|c| c.statements.load(Ordering::Relaxed)).ok()
}

pub(crate) fn count_statement() {
    STATEMENTS.fetch_add(1, Ordering::Relaxed);
    let _outside_a_call = CALL.try_with(|c| c.statements.fetch_add(1, Ordering::Relaxed));
}

/// Runs a future as part of the call that is running here, also where it is spawned: same trace, same counters.
pub fn inherit<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let counters = CALL.try_with(Arc::clone).ok();
    let work = work.with_context(Context::current());
    async move {
        match counters {
            Some(counters) => CALL.scope(counters, work).await,
            None => work.await,
        }
    }
}

/// One call being observed. It ends exactly once; a call that is dropped before its end was left by its caller.
pub(crate) struct Observed {
    rpc: &'static Rpc,
    context: Context,
    counters: Arc<Counters>,
    ended: bool,
}

impl Observed {
    /// Begins the server span below the caller's span, and the clock.
    pub(crate) fn begin(rpc: &'static Rpc, parent: &Context) -> Self {
        rpc.began();
        let counters = Arc::new(Counters { began: Instant::now(), statements: AtomicU64::new(0) });
        Self { rpc, context: trace::server(parent, rpc.path()), counters, ended: false }
    }

    /// The context of the call, with its span.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// What the call's work runs in.
    pub(crate) fn scope(&self) -> CallScope {
        CallScope { context: self.context.clone(), counters: self.counters.clone() }
    }

    /// Ends span and measurement. Only the first end counts.
    pub(crate) fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.rpc.ended(code, self.counters.began.elapsed());
        trace::end(&self.context, code, self.counters.statements.load(Ordering::Relaxed));
    }
}

/// The context and the counters of a call.
pub(crate) struct CallScope {
    context: Context,
    counters: Arc<Counters>,
}

impl CallScope {
    /// Runs the call's work.
    pub(crate) fn run<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CALL.scope(self.counters, work.with_context(self.context))
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// Logs one failed call: a warning where the fault is ours, a note where it is the caller's, and next to nothing where
/// it ended because the process stops. Called at the boundary and nowhere else, so each failure stands in the log once.
pub fn failed(method: &str, caller: &str, error: &Error) {
    let code = error.code();
    let reason = error.reason();
    let trace = trace_id();
    let ms = CALL.try_with(|c| c.began.elapsed().as_millis()).unwrap_or_default();
    let cause = error.cause().map(chain).unwrap_or_default();
    if error.is_going_down() {
        tracing::debug!(method, caller, ?code, reason, trace, ms, cause, "{error}");
    } else if is_ours(code) {
        tracing::warn!(method, caller, ?code, reason, trace, ms, cause, "{error}");
    } else {
        tracing::info!(method, caller, ?code, reason, trace, ms, cause, "{error}");
    }
}

/// True for the codes that say that the service failed, not the caller.
pub(crate) fn is_ours(code: Code) -> bool {
    matches!(code, Code::Unknown | Code::DeadlineExceeded | Code::Internal | Code::Unavailable | Code::DataLoss)
}

/// A cause with its own causes, for one line of the log.
pub(crate) fn chain(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let line = cause.to_string();
        // Many errors repeat their source in their own text.
        if !text.contains(&line) {
            text = format!("{text}: {line}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
