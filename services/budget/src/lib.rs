//! The programme's money: what a plan is to reach, what that costs, what was assigned for it, and what became of it.
//!
//! Rooms: [`plans`] keep targets and go over into the next year; [`tasks`] move and are reported about; [`indicators`] say
//! what targets count; [`norms`] are unit costs, of the reference data and of units; [`estimates`] go from draft to
//! approval, within the [`ceilings`] of the plan; [`history`] keeps their steps and versions; [`assignments`] turn an
//! approved estimate into money, and an approved amendment into its difference; [`aggregations`] put appraised
//! estimates together and approve them at once; [`ledger`] keeps every movement of it, [`transfers`] what moves between
//! lines and years, [`periods`] which days the books of a year admit; [`resources`]
//! what others bring beside the budget; [`scenarios`] answers what it would take;
//! [`exports`] writes lists as files, [`forms`] papers; [`feed`] tells the other services. [`shared`] holds what several
//! rooms need.
//!
//! States: an estimate is DRAFT, SUBMITTED, APPRAISED, APPROVED or ASSIGNED (the table in [`estimates::domain`]); a
//! task is PLANNED, UNDER_WAY, DONE, CANCELLED or CARRIED_OVER (the table in [`tasks::domain`]); a period is OPEN or CLOSED
//! (the table in [`periods::domain`]), and a year is closed once and for good; an aggregation is DRAFT or APPROVED; plans,
//! assignments and entries have none.
//!
//! Invariants: amounts are whole đồng and every product and sum is checked; a line keeps the norm it was made by; no
//! unit's norm is above the nation's of its kind; a task moves by its table and reports are only added; an
//! entry debits one account of a line and credits another, so all accounts together are always zero; no account but
//! funding is ever below zero (decided by the domain under the line's lock, and held by the database's own checks);
//! entries are only added, and the database refuses anything else; what moves between lines is two entries of one transfer,
//! and one document moves nothing in a circle; no entry is dated in a closed period, nor after the days that the book
//! keeps for it; who asks for money is not who grants it: that is the plan's unit; what comes from a sample is a sample.
//!
//! Deliberately absent: how far a plan has come (insights).

pub mod aggregations;
pub mod assignments;
pub mod ceilings;
pub mod estimates;
pub mod exports;
pub mod feed;
pub mod forms;
pub mod history;
pub mod indicators;
pub mod ledger;
pub mod migrations;
pub mod norms;
pub mod periods;
pub mod plans;
pub mod resources;
pub mod scenarios;
pub mod shared;
pub mod tasks;
pub mod transfers;

use kit::{BoxError, Service, Setup, Territory};
use proto::budget::v1::aggregation_service_server::AggregationServiceServer;
use proto::budget::v1::assignment_service_server::AssignmentServiceServer;
use proto::budget::v1::ceiling_service_server::CeilingServiceServer;
use proto::budget::v1::estimate_history_service_server::EstimateHistoryServiceServer;
use proto::budget::v1::estimate_service_server::EstimateServiceServer;
use proto::budget::v1::export_service_server::ExportServiceServer;
use proto::budget::v1::feed_service_server::FeedServiceServer;
use proto::budget::v1::form_service_server::FormServiceServer;
use proto::budget::v1::indicator_service_server::IndicatorServiceServer;
use proto::budget::v1::ledger_service_server::LedgerServiceServer;
use proto::budget::v1::norm_service_server::NormServiceServer;
use proto::budget::v1::period_service_server::PeriodServiceServer;
use proto::budget::v1::plan_service_server::PlanServiceServer;
use proto::budget::v1::resource_service_server::ResourceServiceServer;
use proto::budget::v1::scenario_service_server::ScenarioServiceServer;
use proto::budget::v1::task_service_server::TaskServiceServer;
use proto::budget::v1::transfer_service_server::TransferServiceServer;
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
            .add_service(TaskServiceServer::new(tasks::api::Api::new(kit.clone())))
            .add_service(IndicatorServiceServer::new(indicators::api::Api::new(kit.clone())))
            .add_service(NormServiceServer::new(norms::api::Api::new(kit.clone())))
            .add_service(EstimateServiceServer::new(estimates::api::Api::new(kit.clone())))
            .add_service(CeilingServiceServer::new(ceilings::api::Api::new(kit.clone())))
            .add_service(EstimateHistoryServiceServer::new(history::api::Api::new(kit.clone())))
            .add_service(AggregationServiceServer::new(aggregations::api::Api::new(kit.clone())))
            .add_service(AssignmentServiceServer::new(assignments::api::Api::new(kit.clone())))
            .add_service(LedgerServiceServer::new(ledger::api::Api::new(kit.clone())))
            .add_service(TransferServiceServer::new(transfers::api::Api::new(kit.clone())))
            .add_service(PeriodServiceServer::new(periods::api::Api::new(kit.clone())))
            .add_service(ResourceServiceServer::new(resources::api::Api::new(kit.clone())))
            .add_service(ScenarioServiceServer::new(scenarios::api::Api::new(kit.clone())))
            .add_service(ExportServiceServer::new(exports::api::Api::new(kit.clone())))
            .add_service(FormServiceServer::new(forms::api::Api::new(kit.clone())))
            .add_service(FeedServiceServer::new(feed::api::Api::new(kit.clone()))))
    }
}
