//! Spans and their context on the wire.

use std::sync::RwLock;
use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Span, SpanBuilder, SpanKind, Status, TraceContextExt, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use sea_orm::DbBackend;
use sea_orm::metric::Info;
use tonic::Code;

use super::{count_statement, is_ours, metrics};
use crate::clock::Clock;

/// The process's tracer; made without an exporter where nobody has installed one (tests, tools).
static TRACER: RwLock<Option<SdkTracer>> = RwLock::new(None);

pub(super) fn install(provider: &SdkTracerProvider, replace: bool) {
    if let Ok(mut tracer) = TRACER.write()
        && (replace || tracer.is_none())
    {
        *tracer = Some(provider.tracer("ocop"));
    }
}

fn tracer() -> Option<SdkTracer> {
    if let Some(tracer) = TRACER.read().ok()?.as_ref() {
        return Some(tracer.clone());
    }
    let ids_only = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let provider = SdkTracerProvider::builder().with_sampler(ids_only).build();
    TRACER.write().ok().map(|mut tracer| tracer.get_or_insert_with(|| provider.tracer("ocop")).clone())
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// The caller's trace context (W3C `traceparent`, `tracestate`); an empty one where it sent none.
#[must_use]
pub fn extract(headers: &HeaderMap) -> Context {
    if !headers.contains_key("traceparent") {
        return Context::new();
    }
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Writes the trace context into the headers of an outgoing call, in place of what they held.
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    headers.remove("traceparent");
    headers.remove("tracestate");
    TraceContextPropagator::new().inject_context(context, &mut HeadersMut(headers));
}

/// The trace of what is running here, 32 hexadecimal digits; all zero outside a call.
#[must_use]
pub fn trace_id() -> String {
    Context::map_current(trace_of)
}

/// The trace of a context.
pub(crate) fn trace_of(context: &Context) -> String {
    context.span().span_context().trace_id().to_string()
}

/// Begins the server span of a call to `/package.Service/Method`.
pub(super) fn server(parent: &Context, path: &'static str) -> Context {
    let Some(tracer) = tracer() else { return parent.clone() };
    let name = path.trim_start_matches('/');
    let mut span = SpanBuilder::from_name(name).with_kind(SpanKind::Server).start_with_context(&tracer, parent);
    if span.is_recording() {
        let (service, method) = name.split_once('/').unwrap_or((name, ""));
        span.set_attributes([
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", service),
            KeyValue::new("rpc.method", method),
        ]);
    }
    parent.with_span(span)
}

pub(super) fn end(context: &Context, code: Code, statements: u64) {
    let span = context.span();
    if span.is_recording() {
        span.set_attribute(KeyValue::new("rpc.grpc.status_code", i64::from(i32::from(code))));
        span.set_attribute(KeyValue::new("ocop.statements", i64::try_from(statements).unwrap_or(i64::MAX)));
        if is_ours(code) {
            span.set_status(Status::error(format!("{code:?}")));
        }
    }
    span.end();
}

/// Counts one statement of a service's database and, where the call is recorded, makes its span. Called by the database
/// after each statement, on the task that waits for it. Parameters are never recorded.
pub fn statement(service: &'static str, info: &Info<'_>) {
    count_statement();
    metrics::statement(service, info.elapsed, info.failed);
    Context::map_current(|context| {
        if context.span().is_recording() {
            statement_span(context, info);
        }
    });
}

fn statement_span(context: &Context, info: &Info<'_>) {
    let Some(tracer) = tracer() else { return };
    let sql = info.statement.sql.trim_start();
    let system = match info.statement.db_backend {
        DbBackend::Postgres => "postgresql",
        DbBackend::Sqlite => "sqlite",
        _ => "other_sql",
    };
    let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(Clock::System.now_us()).unwrap_or(0));
    let name = sql.split_whitespace().next().unwrap_or("statement").to_owned();
    let mut span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_start_time(now.checked_sub(info.elapsed).unwrap_or(now))
        .with_attributes([KeyValue::new("db.system", system), KeyValue::new("db.statement", sql.to_owned())])
        .start_with_context(&tracer, context);
    if info.failed {
        span.set_status(Status::error("failed"));
    }
    span.end_with_timestamp(now);
}
