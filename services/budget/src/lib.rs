//! The programme's money: what a plan is to reach, what that costs, what was assigned for it, and what became of it.
//!
//! Rooms: [`plans`] keep targets and tasks; [`norms`] answers the unit costs of the reference data; [`estimates`] go from
//! draft to approval, within the [`ceilings`] of the plan; [`history`] keeps their steps and versions; [`assignments`] turn
//! an approved estimate into money, and an approved amendment into its difference; [`ledger`] keeps every movement of it;
//! [`aggregations`] put appraised estimates together and approve them at once; [`exports`] writes lists as files, [`forms`]
//! papers; [`feed`] tells the other services. [`shared`] holds what several rooms need.
//!
//! States: an estimate is DRAFT, SUBMITTED, APPRAISED, APPROVED or ASSIGNED (the table in [`estimates::domain`]); an
//! aggregation is DRAFT or APPROVED; plans, assignments and entries have none.
//!
//! Invariants: amounts are whole đồng and every product and sum is checked; a line keeps the norm it was made by; an
//! entry debits one account of a line and credits another, so all accounts together are always zero; no account but
//! funding is ever below zero (decided by the domain under the line's lock, and held by the database's own checks);
//! entries are only added; what comes from a sample is a sample.
//!
//! Deliberately absent: how far a plan has come (insights), and everything of the budget's own issue:
//! transfers, closed periods, scenarios.

pub mod aggregations;
pub mod assignments;
pub mod ceilings;
pub mod estimates;
pub mod exports;
pub mod feed;
pub mod forms;
pub mod history;
pub mod ledger;
pub mod migrations;
pub mod norms;
pub mod plans;
pub mod shared;

use kit::{BoxError, Service, Setup, Territory};
use proto::budget::v1::aggregation_service_server::AggregationServiceServer;
use proto::budget::v1::assignment_service_server::AssignmentServiceServer;
use proto::budget::v1::ceiling_service_server::CeilingServiceServer;
use proto::budget::v1::estimate_history_service_server::EstimateHistoryServiceServer;
use proto::budget::v1::estimate_service_server::EstimateServiceServer;
use proto::budget::v1::export_service_server::ExportServiceServer;
use proto::budget::v1::feed_service_server::FeedServiceServer;
use proto::budget::v1::form_service_server::FormServiceServer;
use proto::budget::v1::ledger_service_server::LedgerServiceServer;
use proto::budget::v1::norm_service_server::NormServiceServer;
use proto::budget::v1::plan_service_server::PlanServiceServer;
use tonic::service::Routes;

/// The service.
pub struct Budget;

impl Service for Budget {
    const NAME: &'static str = "budget";
    const PACKAGE: &'static str = "ocop.budget.v1";
    const PEERS: &'static [&'static str] = &["registry"];
    type Migrator = migrations::Migrator;

    fn check() -> Result<(), Vec<String>> {
        reference::check()
    }

    fn territory() -> Territory {
        Territory { path: reference::units::path, prefixes: reference::units::prefixes }
    }

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        reference::follow::units(&setup);
        let kit = &setup.kit;
        Ok(Routes::new(PlanServiceServer::new(plans::api::Api::new(kit.clone())))
            .add_service(NormServiceServer::new(norms::api::Api::new(kit.clone())))
            .add_service(EstimateServiceServer::new(estimates::api::Api::new(kit.clone())))
            .add_service(CeilingServiceServer::new(ceilings::api::Api::new(kit.clone())))
            .add_service(EstimateHistoryServiceServer::new(history::api::Api::new(kit.clone())))
            .add_service(AggregationServiceServer::new(aggregations::api::Api::new(kit.clone())))
            .add_service(AssignmentServiceServer::new(assignments::api::Api::new(kit.clone())))
            .add_service(LedgerServiceServer::new(ledger::api::Api::new(kit.clone())))
            .add_service(ExportServiceServer::new(exports::api::Api::new(kit.clone())))
            .add_service(FormServiceServer::new(forms::api::Api::new(kit.clone())))
            .add_service(FeedServiceServer::new(feed::api::Api::new(kit.clone()))))
    }
}
