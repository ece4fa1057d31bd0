//! How products are judged and what comes of it: from the rules of law to the certificate.
//!
//! Rooms: [`rules`] answers regimes and scorecards and grades, without storage; [`councils`] and [`rounds`] keep who ranks
//! and when; [`sittings`] takes one product from the members' marks to the stars, [`panels`] tells who judges it and
//! [`marks`] keeps what each member gives, sealed; [`statistics`] and [`advice`] look at what was graded and change nothing;
//! [`decisions`] recognises what was graded; [`certificates`] keeps every recognition and computes its status, [`acts`]
//! what the authority does with it afterwards; [`inspections`], [`findings`] and [`complaints`] supervise what was
//! recognised, and acts rest on them; [`papers`] prints certificates and answers everybody what stands of them,
//! [`results`] prints minutes, summaries and draft decisions; [`handover`] lists what another system takes over and
//! [`exports`] writes the lists as files; [`feed`] tells the other services what changed.
//! [`dossiers`] knows by the registry's feed which dossiers were sealed; [`shared`] holds what several rooms need.
//!
//! States: a round is OPEN, then CLOSED; a sitting is OPEN or RESCORE, then GRADED, then DECIDED; a member's sheet is a DRAFT or
//! HANDED_IN, then LOCKED (the tables stand in the rooms' domains). Invariants: regime, scorecard and its digest are frozen with a sitting; a result keeps everything that it
//! was computed from and can be recomputed byte for byte; marks are sealed until all members of the panel have locked theirs; one sitting is decided
//! once; a certificate's status is computed at each read and stored nowhere; what comes from a sample is a sample.
//!
//! Deliberately absent: what stands in dossiers (the registry's), and sending what is handed over: the national system tells no form of its own.

pub mod acts;
pub mod advice;
pub mod certificates;
pub mod complaints;
pub mod councils;
pub mod decisions;
pub mod dossiers;
pub mod exports;
pub mod feed;
pub mod findings;
pub mod handover;
pub mod inspections;
pub mod marks;
pub mod migrations;
pub mod panels;
pub mod papers;
pub mod results;
pub mod rounds;
pub mod rules;
pub mod shared;
pub mod sittings;
pub mod statistics;

use kit::{BoxError, Service, Setup, Territory};
use proto::evaluation::v1::advice_service_server::AdviceServiceServer;
use proto::evaluation::v1::certificate_act_service_server::CertificateActServiceServer;
use proto::evaluation::v1::certificate_paper_service_server::CertificatePaperServiceServer;
use proto::evaluation::v1::certificate_service_server::CertificateServiceServer;
use proto::evaluation::v1::complaint_service_server::ComplaintServiceServer;
use proto::evaluation::v1::council_service_server::CouncilServiceServer;
use proto::evaluation::v1::decision_service_server::DecisionServiceServer;
use proto::evaluation::v1::export_service_server::ExportServiceServer;
use proto::evaluation::v1::feed_service_server::FeedServiceServer;
use proto::evaluation::v1::finding_service_server::FindingServiceServer;
use proto::evaluation::v1::handover_service_server::HandoverServiceServer;
use proto::evaluation::v1::inspection_service_server::InspectionServiceServer;
use proto::evaluation::v1::mark_service_server::MarkServiceServer;
use proto::evaluation::v1::panel_service_server::PanelServiceServer;
use proto::evaluation::v1::result_paper_service_server::ResultPaperServiceServer;
use proto::evaluation::v1::round_service_server::RoundServiceServer;
use proto::evaluation::v1::rule_service_server::RuleServiceServer;
use proto::evaluation::v1::sitting_service_server::SittingServiceServer;
use proto::evaluation::v1::statistics_service_server::StatisticsServiceServer;
use tonic::service::Routes;

/// The service.
pub struct Evaluation;

impl Service for Evaluation {
    const NAME: &'static str = "evaluation";
    const PACKAGE: &'static str = "ocop.evaluation.v1";
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
        dossiers::follow_all(&setup);
        let kit = &setup.kit;
        let seal = papers::seal::Seal::of(&setup)?;
        if let Err(error) = papers::api::warn_of_plain(kit).await {
            tracing::warn!(?error, "whether keys that sign certificates lie in plain could not be read");
        }
        let registry = shared::peer::Registry::new(setup.peer("registry"));
        Ok(Routes::new(RuleServiceServer::new(rules::api::Api::new(kit.clone())))
            .add_service(CouncilServiceServer::new(councils::api::Api::new(kit.clone())))
            .add_service(RoundServiceServer::new(rounds::api::Api::new(kit.clone())))
            .add_service(SittingServiceServer::new(sittings::api::Api::new(kit.clone(), registry.clone())))
            .add_service(MarkServiceServer::new(marks::api::Api::new(kit.clone())))
            .add_service(PanelServiceServer::new(panels::api::Api::new(kit.clone(), registry.clone())))
            .add_service(StatisticsServiceServer::new(statistics::api::Api::new(kit.clone())))
            .add_service(AdviceServiceServer::new(advice::api::Api::new(kit.clone())))
            .add_service(DecisionServiceServer::new(decisions::api::Api::new(kit.clone())))
            .add_service(CertificateServiceServer::new(certificates::api::Api::new(kit.clone(), registry.clone())))
            .add_service(CertificateActServiceServer::new(acts::api::Api::new(kit.clone(), registry.clone())))
            .add_service(CertificatePaperServiceServer::new(papers::api::Api::new(kit.clone(), registry.clone(), seal)))
            .add_service(HandoverServiceServer::new(handover::api::Api::new(kit.clone(), registry.clone())))
            .add_service(ExportServiceServer::new(exports::api::Api::new(kit.clone(), registry)))
            .add_service(InspectionServiceServer::new(inspections::api::Api::new(kit.clone())))
            .add_service(FindingServiceServer::new(findings::api::Api::new(kit.clone())))
            .add_service(ComplaintServiceServer::new(complaints::api::Api::new(kit.clone())))
            .add_service(ResultPaperServiceServer::new(results::api::Api::new(kit.clone())))
            .add_service(FeedServiceServer::new(feed::api::Api::new(kit.clone()))))
    }
}
