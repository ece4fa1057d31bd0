//! The admin address: `/livez` (the process runs), `/readyz` (it should get calls; the body says why not), `/metrics`.
//!
//! Plain text for the platform, never for callers: it is bound to an address of its own, and nothing here changes state.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tonic::body::Body;

use crate::health::Health;
use crate::serve::Front;
use crate::telemetry;

/// The pages of the admin address.
#[must_use]
pub fn front(health: Health) -> Front {
    Front::new(tower::service_fn(move |request: Request<Body>| {
        let response = answer(&health, request.method(), request.uri().path());
        std::future::ready(Ok::<_, Infallible>(response))
    }))
}

fn answer(health: &Health, method: &Method, path: &str) -> Response<Body> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return page(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
    }
    match path {
        "/livez" => page(StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => match health.missing() {
            missing if missing.is_empty() => page(StatusCode::OK, "ok\n".to_owned()),
            missing => page(StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", missing.join("\n"))),
        },
        "/metrics" => page(StatusCode::OK, telemetry::metrics_text()),
        _ => page(StatusCode::NOT_FOUND, "/livez, /readyz or /metrics\n".to_owned()),
    }
}

fn page(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from(text))));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn get(health: &Health, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = front(health.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readyz_says_why_not() {
        let health = Health::starting(Vec::new()).await;
        assert_eq!(get(&health, "/livez").await, (200, "ok\n".to_owned()));
        assert_eq!(get(&health, "/readyz").await, (503, "process: is starting\n".to_owned()));
        health.started().await;
        assert_eq!(get(&health, "/readyz").await.0, 200);
        assert_eq!(get(&health, "/secrets").await.0, 404);
    }

    #[tokio::test]
    async fn metrics_are_readable() {
        let health = Health::starting(Vec::new()).await;
        crate::telemetry::RpcTable::of("admin-test");
        let (status, text) = get(&health, "/metrics").await;
        assert_eq!(status, 200);
        assert!(
            text.lines().all(|l| l.starts_with('#') || l.starts_with("ocop_") || l.starts_with("process_")),
            "{text}"
        );
    }
}
