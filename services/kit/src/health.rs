//! Whether this process should get calls: grpc.health.v1 for balancers and peers, `/readyz` for the platform.
//!
//! A process is ready when it has started, nothing it needs is missing, and it is not going down. What is missing is kept
//! as a sentence per service, and only changes are logged.
//!
//! Deliberately absent: health that depends on peers. A peer that is down must not take this service out as well.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::db::Database;

/// How often the database is asked, and how long it may take to answer.
const ASK: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(2));

/// The health of one process. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    reporter: HealthReporter,
    /// Names of gRPC services that are reported beside "".
    names: Vec<String>,
    /// What is missing, by the service that misses it.
    missing: Mutex<BTreeMap<&'static str, String>>,
    /// Keeps reports in the order of their causes.
    reporting: tokio::sync::Mutex<()>,
}

/// The name under which the process itself misses something.
const PROCESS: &str = "process";

impl Health {
    /// The health of a process that starts: not serving. `names` are the gRPC services that it will serve.
    pub async fn starting(names: Vec<String>) -> Self {
        let missing = Mutex::new(BTreeMap::from([(PROCESS, "is starting".to_owned())]));
        let health = Self(Arc::new(Inner {
            reporter: HealthReporter::new(),
            names,
            missing,
            reporting: tokio::sync::Mutex::new(()),
        }));
        health.report().await;
        health
    }

    /// The gRPC service that tells it.
    #[must_use]
    pub fn server(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.0.reporter.clone()))
    }

    /// Everything is up.
    pub async fn started(&self) {
        self.change(PROCESS, None).await;
    }

    /// No more calls, please.
    pub async fn draining(&self) {
        self.change(PROCESS, Some("is going down".to_owned())).await;
    }

    /// A service misses something, and nothing works until it has it.
    pub async fn misses(&self, service: &'static str, what: impl Into<String>) {
        self.change(service, Some(what.into())).await;
    }

    /// A service has all it needs.
    pub async fn has_all(&self, service: &'static str) {
        self.change(service, None).await;
    }

    /// Why the process is not ready; empty where it is.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let missing = self.0.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.iter().map(|(service, what)| format!("{service}: {what}")).collect()
    }

    async fn change(&self, service: &'static str, what: Option<String>) {
        let changed = {
            let mut missing = self.0.missing.lock().unwrap_or_else(PoisonError::into_inner);
            let before = missing.get(service).cloned();
            match what.clone() {
                Some(what) => missing.insert(service, what),
                None => missing.remove(service),
            };
            before != what
        };
        if !changed {
            return;
        }
        match what {
            // Going down is no fault.
            Some(what) if service == PROCESS => tracing::info!(service, "not ready: {what}"),
            Some(what) => tracing::warn!(service, "not ready: {what}"),
            None => tracing::info!(service, "ready"),
        }
        self.report().await;
    }

    async fn report(&self) {
        let _one_after_the_other = self.0.reporting.lock().await;
        let status = if self.missing().is_empty() { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in std::iter::once("").chain(self.0.names.iter().map(String::as_str)) {
            self.0.reporter.set_service_status(name, status).await;
        }
    }

    /// Background work: asks a service's database for a sign of life.
    pub async fn watch(self, service: &'static str, database: Database, stop: CancellationToken) {
        loop {
            let asked = tokio::time::timeout(ASK.1, database.ping());
            let answer = tokio::select! {
                () = stop.cancelled() => return,
                answer = asked => answer,
            };
            match answer {
                Ok(Ok(())) => self.has_all(service).await,
                // The sentence stays the same while the cause does, so that it is logged once.
                Ok(Err(error)) => {
                    self.misses(service, format!("the database does not answer ({})", error.reason())).await
                }
                Err(_) => self.misses(service, "the database does not answer in time").await,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(ASK.0) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_server::Health as _;

    async fn told(health: &Health, name: &str) -> i32 {
        let service = HealthService::from_health_reporter(health.0.reporter.clone());
        let request = tonic::Request::new(HealthCheckRequest { service: name.to_owned() });
        service.check(request).await.unwrap().into_inner().status
    }

    #[tokio::test]
    async fn a_process_serves_when_nothing_is_missing_and_it_is_not_going_down() {
        let health = Health::starting(vec!["ocop.registry.v1.UnitService".to_owned()]).await;
        assert_eq!(told(&health, "").await, ServingStatus::NotServing as i32);
        health.misses("registry", "the database is behind").await;
        health.started().await;
        assert_eq!(health.missing(), ["registry: the database is behind"]);
        assert_eq!(told(&health, "").await, ServingStatus::NotServing as i32);
        health.has_all("registry").await;
        assert!(health.missing().is_empty());
        for name in ["", "ocop.registry.v1.UnitService"] {
            assert_eq!(told(&health, name).await, ServingStatus::Serving as i32);
        }
        health.draining().await;
        assert_eq!(told(&health, "ocop.registry.v1.UnitService").await, ServingStatus::NotServing as i32);
    }
}
