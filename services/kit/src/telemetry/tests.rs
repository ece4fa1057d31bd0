use std::future::Future;
use std::sync::Mutex;

use opentelemetry::trace::{SpanId, SpanKind, TraceContextExt, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use proto::registry::v1::GetUnitRequest;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use sea_orm::metric::Info;
use sea_orm::{DbBackend, Statement};

use super::*;
use crate::link::Link;
use crate::stack::fake::{LIMITS, World};

/// Keeps what is exported.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        self.0.lock().unwrap().extend(batch);
        std::future::ready(Ok(()))
    }
}

fn recording() -> Kept {
    let kept = Kept::default();
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(kept.clone()).build();
    trace::install(&provider, true);
    kept
}

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn query(sql: &str, failed: bool) {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    statement_done(&statement, failed);
}

fn statement_done(statement: &Statement, failed: bool) {
    super::statement("telemetry-test", &Info { elapsed: Duration::from_millis(3), statement, failed });
}

#[tokio::test]
async fn a_call_is_a_span_below_its_callers_and_its_statements_are_below_it() {
    let kept = recording();
    let world = World::new("traced", LIMITS);
    let mut request = world.unit("units/missing");
    request.metadata_mut().insert("traceparent", PARENT.parse().unwrap());
    let refused = UnitServiceClient::new(Link::local(world.stack.clone())).get_unit(request).await.unwrap_err();
    let trace = refused.metadata().get("x-trace-id").unwrap().to_str().unwrap();
    assert_eq!(trace, "0af7651916cd43dd8448eb211c80319c");

    let mut headers = http::HeaderMap::new();
    headers.insert("traceparent", PARENT.parse().unwrap());
    let rpc = RpcTable::of("traced").find("/ocop.registry.v1.UnitService/GetUnit");
    let mut observed = Observed::begin(rpc, &extract(&headers));
    let inside = observed.scope().run(async {
        query("SELECT 1", false);
        inherit(async { query("UPDATE unit SET name = $1", true) }).await;
        statements_of_call()
    });
    assert_eq!(inside.await, Some(2));
    let mut onward = http::HeaderMap::new();
    inject(observed.context(), &mut onward);
    observed.end(Code::Ok);
    assert_eq!(statements_of_call(), None);

    let own = TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap();
    let spans: Vec<SpanData> = kept.0.lock().unwrap().clone();
    let spans: Vec<SpanData> = spans.into_iter().filter(|s| s.span_context.trace_id() == own).collect();
    let servers: Vec<&SpanData> = spans.iter().filter(|s| s.span_kind == SpanKind::Server).collect();
    let caller = SpanId::from_hex("b7ad6b7169203331").unwrap();
    assert_eq!(servers.len(), 2);
    for server in &servers {
        assert_eq!(server.name, "ocop.registry.v1.UnitService/GetUnit");
        assert_eq!(server.parent_span_id, caller);
    }
    let codes: Vec<String> = servers.iter().filter_map(|s| attribute(s, "rpc.grpc.status_code")).collect();
    assert_eq!(codes, ["5", "0"]);
    let call = servers[1].span_context.span_id();
    let statements: Vec<&SpanData> = spans.iter().filter(|s| s.span_kind == SpanKind::Client).collect();
    assert_eq!(statements.iter().map(|s| s.name.as_ref()).collect::<Vec<_>>(), ["SELECT", "UPDATE"]);
    for statement in statements {
        assert_eq!(statement.parent_span_id, call);
        assert_eq!(attribute(statement, "db.system").as_deref(), Some("postgresql"));
        let lasted = statement.end_time.duration_since(statement.start_time).unwrap();
        assert_eq!(lasted, Duration::from_millis(3));
    }
    let onward = extract(&onward);
    assert_eq!(onward.span().span_context().span_id(), call);
    assert_eq!(onward.span().span_context().trace_id(), own);
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|a| a.key.as_str() == key).map(|a| a.value.to_string())
}

#[tokio::test]
async fn a_call_without_a_callers_trace_begins_one() {
    let world = World::new("traced-anew", LIMITS);
    let mut client = UnitServiceClient::new(Link::local(world.stack.clone()));
    let mut traces = Vec::new();
    for _ in 0..2 {
        let refused = client.get_unit(GetUnitRequest::default()).await.unwrap_err();
        traces.push(refused.metadata().get("x-trace-id").unwrap().to_str().unwrap().to_owned());
    }
    assert_ne!(traces[0], traces[1]);
    assert!(traces.iter().all(|t| t.len() == 32 && *t != "0".repeat(32)), "{traces:?}");
}

#[test]
fn statements_are_counted_for_prometheus() {
    let before = statements_total();
    query("SELECT 1", true);
    assert!(statements_total() > before);
    let metrics = metrics_text();
    for name in ["ocop_db_statements_total", "ocop_db_statements_failed_total", "ocop_db_statement_seconds_count"] {
        assert!(metrics.contains(&format!("{name}{{service=\"telemetry-test\"}}")), "{name} is missing in {metrics}");
    }
}

#[test]
fn a_cause_is_told_with_its_own_causes_and_without_repetition() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);
    #[derive(Debug, thiserror::Error)]
    #[error("repeats: {0}")]
    struct Repeating(#[source] std::io::Error);
    let io = || std::io::Error::other("the disk is full");
    assert_eq!(chain(&Outer(io())), "outer: the disk is full");
    assert_eq!(chain(&Repeating(io())), "repeats: the disk is full");
}

#[test]
fn what_is_ours_and_what_is_the_callers() {
    let ours: Vec<Code> = (0..17).map(Code::from_i32).filter(|c| is_ours(*c)).collect();
    assert_eq!(ours, [Code::Unknown, Code::DeadlineExceeded, Code::Internal, Code::Unavailable, Code::DataLoss]);
}

/// Writes the lines of this thread to a buffer.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failed_call_is_one_line_in_the_log_with_its_private_cause() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let world = World::new("logged", LIMITS);
    let mut client = UnitServiceClient::new(Link::local(world.stack.clone()));
    client.get_unit(world.unit("units/54")).await.unwrap();
    client.get_unit(world.unit("units/panic")).await.unwrap_err();
    client.get_unit(GetUnitRequest::default()).await.unwrap_err();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let warned: Vec<&str> = text.lines().filter(|l| l.contains("WARN")).collect();
    assert_eq!(warned.len(), 1, "{text}");
    for part in ["/ocop.registry.v1.UnitService/GetUnit", "tester", "INTERNAL", "the handler panicked: as asked"] {
        assert!(warned[0].contains(part), "{part} is missing in {}", warned[0]);
    }
    let noted = text.lines().filter(|l| l.contains("INFO kit::telemetry"));
    assert_eq!(noted.count(), 1, "the caller's fault is one line as well: {text}");
}

#[tokio::test]
async fn going_down_warns_nobody_and_a_cause_is_told_in_words() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let down = || Error::unavailable_as(proto::common::v1::ErrorReason::ShuttingDown);
    let lost = Error::lost("registry", down().into());
    assert!(lost.is_going_down());
    failed("/here", "tester", &down());
    failed("/there", "tester", &lost);
    assert_eq!(String::from_utf8(lines.0.lock().unwrap().clone()).unwrap(), "");
    let gone = Error::lost("registry", Error::unavailable("registry").into());
    assert!(!gone.is_going_down());
    failed("/there", "tester", &gone);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for text in [text, format!("{gone:?}")] {
        assert!(text.contains("PEER_UNAVAILABLE") && text.contains("the service registry does not answer"), "{text}");
        assert!(!text.contains("details") && !text.contains("\\x"), "{text}");
    }
}

#[tokio::test]
async fn lost_spans_do_not_hold_up_the_end() {
    let config = TelemetryConfig { sample_ratio: 1.0, ..TelemetryConfig::default() };
    let telemetry = init(&config, "telemetry-test").unwrap();
    let began = std::time::Instant::now();
    telemetry.flush().await;
    assert!(began.elapsed() < FLUSH);
}
