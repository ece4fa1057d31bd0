//! Forwarding: the path's package names the service; headers get this hop's trace and deadline; the body goes through as
//! it came, frame by frame, compressed or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use kit::link::forward_headers;
use kit::{CallSeed, Error, Link, Setup};
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service as _;

/// Routes that hand every call to the service of its package.
pub(crate) fn routes(setup: &Setup) -> Routes {
    let links: BTreeMap<String, Link> = setup.peers().map(|(name, link)| (name.to_owned(), link.clone())).collect();
    let links = Arc::new(links);
    Routes::from(Router::new().fallback(move |request: Request| forward(links.clone(), request)))
}

async fn forward(links: Arc<BTreeMap<String, Link>>, request: Request) -> Response {
    match prepare(&links, request) {
        // A link never fails: what goes wrong on the way is a status in its answer.
        Ok((mut link, request)) => match link.call(request).await {
            Ok(answer) => answer.map(axum::body::Body::new),
            Err(never) => match never {},
        },
        Err(error) => tonic::Status::from(error).into_http::<Body>().into_response(),
    }
}

fn prepare(links: &BTreeMap<String, Link>, request: Request) -> Result<(Link, http::Request<Body>), Error> {
    let seed = request.extensions().get::<Arc<CallSeed>>().cloned();
    let seed = seed.ok_or_else(|| Error::internal("the call did not come through the gateway's layers"))?;
    let service = service_of(&seed.method.package);
    let link = links.get(service).cloned().unwrap_or_else(|| Link::absent(service));
    let (mut parts, body) = request.into_parts();
    parts.extensions.clear();
    forward_headers(&seed, &mut parts.headers)?;
    Ok((link, http::Request::from_parts(parts, Body::new(body))))
}

/// `ocop.registry.v1` is served by `registry`.
fn service_of(package: &str) -> &str {
    package.split('.').nth(1).unwrap_or_default()
}
