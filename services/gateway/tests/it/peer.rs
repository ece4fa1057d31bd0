//! A gateway in front of a peer of the test's own, reached over the network as on Kubernetes. The peer keeps what came
//! in and answers bytes that no generated code would make.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use gateway::Gateway;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use kit::auth::Keys;
use kit::serve::{Connections, Front, serve};
use kit::{Clock, Config, Held, Host, Running};
use proto::common::v1::Role;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::transport::Channel;
use tower::ServiceExt;

/// What came to the peer.
#[derive(Clone, Debug)]
pub struct Came {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What the peer answers.
#[derive(Clone)]
pub struct Says {
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Bytes,
    pub trailers: Vec<(&'static str, &'static str)>,
}

impl Says {
    /// An answer that ends well.
    pub fn frames(body: &'static [u8]) -> Self {
        let headers = vec![("content-type", "application/grpc")];
        Self { headers, body: Bytes::from_static(body), trailers: vec![("grpc-status", "0")] }
    }
}

/// A gateway and its peer `registry`; the peer `budget` is configured and does not answer.
pub struct Crossing {
    pub running: Running,
    pub token: String,
    came: Arc<Mutex<Vec<Came>>>,
    _peer: DropGuard,
}

fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
}

fn peer(says: Says, came: Arc<Mutex<Vec<Came>>>) -> Front {
    Front::new(tower::service_fn(move |request: Request<Body>| {
        let (says, came) = (says.clone(), came.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            came.lock().unwrap().push(Came { path: parts.uri.path().to_owned(), headers: parts.headers, body });
            let trailers = map(&says.trailers);
            let body = Full::new(says.body);
            let body = body.with_trailers(async move { (!trailers.is_empty()).then_some(Ok(trailers)) });
            let mut response = Response::new(Body::new(body));
            *response.headers_mut() = map(&says.headers);
            Ok::<_, Infallible>(response)
        }
    }))
}

impl Crossing {
    /// Starts both.
    pub async fn to(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, came) = (CancellationToken::new(), Arc::default());
        let limits =
            Connections { max_streams: 100, max_connections: 100, max_age: None, grace: Duration::from_millis(100) };
        tokio::spawn(serve(listener, peer(says, Arc::clone(&came)), limits, stop.clone()));
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

        let mut config = Config::default();
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.server.admin_listen = ([127, 0, 0, 1], 0).into();
        config.server.drain_seconds = 0;
        config.telemetry.log_level = "off".to_owned();
        config.peers.insert("registry".to_owned(), format!("http://{addr}"));
        config.peers.insert("budget".to_owned(), format!("http://{nobody}"));
        let keys = Arc::new(Keys::generate().unwrap());
        let admin = Held { role: Role::NationalAdmin, unit: "units/vn".to_owned() };
        let hour = Duration::from_secs(3600);
        let token = keys.signer().unwrap().mint("admin", &[admin], hour, Clock::System.now_us()).unwrap();
        let mut running = Host::new(config).keys(keys).mount::<Gateway>().start().await.unwrap();
        running.ready().await.unwrap();
        Self { running, token, came, _peer: stop.drop_guard() }
    }

    /// What came to the peer; it is forgotten.
    pub fn came(&self) -> Vec<Came> {
        std::mem::take(&mut self.came.lock().unwrap())
    }

    /// The one call that came to the peer; it is forgotten.
    pub fn came_once(&self) -> Came {
        let mut came = self.came();
        assert_eq!(came.len(), 1, "{came:?}");
        came.pop().unwrap()
    }

    /// A channel to the gateway.
    pub async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.running.addr())).unwrap().connect().await.unwrap()
    }

    /// Sends bytes as a gRPC call and gives back headers, body and trailers as they come.
    pub async fn send(&self, path: &str, headers: &[(&'static str, &'static str)], body: &[u8]) -> Got {
        let mut request = Request::post(format!("http://gateway{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::new(Full::new(Bytes::copy_from_slice(body))))
            .unwrap();
        request.headers_mut().extend(map(headers));
        let response = self.channel().await.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Got { headers: parts.headers, body: collected.to_bytes(), trailers }
    }
}

/// What came back.
pub struct Got {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: HeaderMap,
}
