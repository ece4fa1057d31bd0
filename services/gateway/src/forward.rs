//! Forwarding: the path's package names the service; headers get this hop's trace and deadline; a gRPC body goes through
//! as it came, frame by frame, compressed or not. A body in another encoding becomes a frame here, behind the layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use kit::link::forward_headers;
use kit::{CallSeed, Error, Link, Setup, telemetry};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service as _;

use crate::connect::{Encoding, as_frame};

/// Routes that hand every call to the service of its package.
pub(crate) fn routes(setup: &Setup) -> Routes {
    let links: BTreeMap<String, Link> = setup.peers().map(|(name, link)| (name.to_owned(), link.clone())).collect();
    let links = Arc::new(links);
    Routes::from(Router::new().fallback(move |request: Request| forward(links.clone(), request)))
}

async fn forward(links: Arc<BTreeMap<String, Link>>, request: Request) -> Response {
    match prepare(&links, request).await {
        // A link never fails: what goes wrong on the way is a status in its answer.
        Ok((mut link, request)) => match link.call(request).await {
            Ok(answer) => answer.map(axum::body::Body::new),
            Err(never) => match never {},
        },
        Err(status) => status.into_http::<Body>().into_response(),
    }
}

async fn prepare(links: &BTreeMap<String, Link>, request: Request) -> Result<(Link, http::Request<Body>), Status> {
    let seed = request.extensions().get::<Arc<CallSeed>>().cloned();
    let Some(seed) = seed else {
        let error = Error::internal("the call did not come through the gateway's layers");
        telemetry::failed(request.uri().path(), "unknown", &error);
        return Err(error.into());
    };
    let service = seed.method.home();
    let link = links.get(service).cloned().unwrap_or_else(|| Link::absent(service));
    let (mut parts, body) = request.into_parts();
    let encoding = parts.extensions.remove::<Encoding>();
    parts.extensions.clear();
    let mut body = Body::new(body);
    if let Some(encoding) = encoding {
        body = as_frame(seed.method, body, encoding).await.map_err(|error| refused(&seed, error))?;
    }
    forward_headers(&seed, &mut parts.headers).map_err(|error| refused(&seed, error))?;
    Ok((link, http::Request::from_parts(parts, body)))
}

/// Refuses in the peer's place; logged here, because the layers only log what has no reason yet.
fn refused(seed: &CallSeed, error: Error) -> Status {
    let caller = seed.caller.as_ref().map_or("anonymous", |caller| &caller.subject);
    telemetry::failed(&seed.method.path, caller, &error);
    error.into()
}
