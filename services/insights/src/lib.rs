//! Figures of the programme, kept by the event feeds of the other services: how far a plan has come, by district and
//! month.
//!
//! Rooms: [`feeds`] reads the feeds into tables of its own; [`progress`] answers how far a plan has
//! come, [`forecast`] how likely its target is to be reached.
//! Invariants: a figure is a query over facts, never a counter that a job must mend; each event takes effect once
//! (its place in the feed is kept in the same transaction); every answer says how fresh it is, which unit map it uses
//! and how many of its rows are samples.
//!
//! Deliberately absent: decisions. Nothing here is asked before something is decided, so a late event makes a figure
//! late and never a decision wrong.

pub mod feeds;
pub mod forecast;
pub mod migrations;
pub mod progress;

use kit::{BoxError, Service, Setup, Territory};
use proto::insights::v1::forecast_service_server::ForecastServiceServer;
use proto::insights::v1::progress_service_server::ProgressServiceServer;
use tonic::service::Routes;

/// The service.
pub struct Insights;

impl Service for Insights {
    const NAME: &'static str = "insights";
    const PACKAGE: &'static str = "ocop.insights.v1";
    const PEERS: &'static [&'static str] = &feeds::SOURCES;
    type Migrator = migrations::Migrator;

    fn check() -> Result<(), Vec<String>> {
        reference::check()
    }

    fn territory() -> Territory {
        Territory { path: reference::units::path, prefixes: reference::units::prefixes }
    }

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        reference::follow::units(&setup);
        feeds::read_all(&setup);
        let kit = &setup.kit;
        Ok(Routes::new(ProgressServiceServer::new(progress::api::Api::new(kit.clone())))
            .add_service(ForecastServiceServer::new(forecast::api::Api::new(kit.clone()))))
    }
}
