//! A receiver of traces: takes what services export over OTLP and keeps it for the test to look at.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// A span as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The process that made it, such as `ocop-registry`.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its trace, 32 hexadecimal digits.
    pub trace: String,
    /// Itself, 16 hexadecimal digits.
    pub id: String,
    /// Its parent; empty for a root.
    pub parent: String,
    /// Whether it is the server's side of a call, or the client's of something else.
    pub server: bool,
}

/// The receiver.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// Starts it on a free port; it ends with the runtime.
    pub async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let service = TraceServiceServer::new(collector.clone());
        let serving = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, addr)
    }

    /// What has come of a trace so far.
    #[must_use]
    pub fn spans(&self, trace: &str) -> Vec<Span> {
        let spans = self.spans.lock().expect("nobody panics while holding it");
        spans.iter().filter(|span| span.trace == trace).cloned().collect()
    }

    /// The spans of a trace once they are as the test wants them.
    ///
    /// # Panics
    /// They do not come within half a minute.
    pub async fn wait_for(&self, trace: &str, complete: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        for _ in 0..600 {
            let spans = self.spans(trace);
            if complete(&spans) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the trace did not become complete: {:#?}", self.spans(trace));
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut received = Vec::new();
        for of_process in request.into_inner().resource_spans {
            let attributes = of_process.resource.map(|r| r.attributes).unwrap_or_default();
            let service = attributes.into_iter().find(|a| a.key == "service.name").and_then(|a| a.value?.value);
            let service = match service {
                Some(Value::StringValue(name)) => name,
                _ => String::new(),
            };
            for span in of_process.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                received.push(Span {
                    service: service.clone(),
                    server: span.kind() == opentelemetry_proto::tonic::trace::v1::span::SpanKind::Server,
                    name: span.name,
                    trace: hex(&span.trace_id),
                    id: hex(&span.span_id),
                    parent: hex(&span.parent_span_id),
                });
            }
        }
        self.spans.lock().expect("nobody panics while holding it").extend(received);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
