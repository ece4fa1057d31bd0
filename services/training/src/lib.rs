//! The programme's training: what is taught to whom, when it is held, who attended, and who of those who should be
//! trained is.
//!
//! Rooms: [`courses`] and [`sessions`] keep what is taught and when, [`invitations`] who is asked to come and [`mails`] how
//! they learn of it, [`letters`] what is printed and sent of it, [`registrations`] who has a place, [`attendance`] who was
//! there, [`checkins`] who said so themselves, [`feedback`] what they said of it, [`completions`] who has passed,
//! [`elsewhere`] what papers say of training before or elsewhere,
//! [`requirements`] which duty asks for what, [`costs`] what it costs; [`imports`] takes lists of participants in from
//! spreadsheets; [`duties`] keeps a copy of the registry's duties and of the seats in councils by their feeds;
//! [`coverage`] compares the two on a day; [`exports`] writes lists as files; [`papers`] prints what offices sign and file;
//! [`feed`] tells the other services who passed. [`shared`] holds what several rooms need.
//!
//! Invariants: persons are names of the registry and nothing more (no personal data is stored here); courses and
//! sessions do not change, so what somebody passed is decided once, by whole numbers; a coverage is counted when it is
//! asked for; what comes from a sample is a sample.
//!
//! A copied duty and a completion are kept by version: a figure can be asked for as it was known at an earlier instant.
//!
//! Deliberately absent: names and contacts of persons (the registry's), progress against the plan (insights).

pub mod attendance;
pub mod checkins;
pub mod completions;
pub mod costs;
pub mod courses;
pub mod coverage;
pub mod duties;
pub mod elsewhere;
pub mod exports;
pub mod feed;
pub mod feedback;
pub mod imports;
pub mod invitations;
pub mod letters;
pub mod mails;
pub mod migrations;
pub mod papers;
pub mod registrations;
pub mod requirements;
pub mod sessions;
pub mod shared;

use kit::{BoxError, Service, Setup, Territory};
use proto::training::v1::check_in_service_server::CheckInServiceServer;
use proto::training::v1::completion_service_server::CompletionServiceServer;
use proto::training::v1::cost_service_server::CostServiceServer;
use proto::training::v1::course_service_server::CourseServiceServer;
use proto::training::v1::coverage_service_server::CoverageServiceServer;
use proto::training::v1::export_service_server::ExportServiceServer;
use proto::training::v1::feed_service_server::FeedServiceServer;
use proto::training::v1::import_service_server::ImportServiceServer;
use proto::training::v1::invitation_mail_service_server::InvitationMailServiceServer;
use proto::training::v1::invitation_service_server::InvitationServiceServer;
use proto::training::v1::paper_completion_service_server::PaperCompletionServiceServer;
use proto::training::v1::registration_service_server::RegistrationServiceServer;
use proto::training::v1::requirement_service_server::RequirementServiceServer;
use proto::training::v1::session_feedback_service_server::SessionFeedbackServiceServer;
use proto::training::v1::session_paper_service_server::SessionPaperServiceServer;
use proto::training::v1::session_service_server::SessionServiceServer;
use proto::training::v1::training_paper_service_server::TrainingPaperServiceServer;
use tonic::service::Routes;

/// The service.
pub struct Training;

impl Service for Training {
    const NAME: &'static str = "training";
    const PACKAGE: &'static str = "ocop.training.v1";
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
        let registry = setup.peer("registry");
        duties::follow(&setup);
        let sender = mails::Sender::open(&setup.config.mail)?;
        mails::start(&setup, &sender);
        let invitations = invitations::api::Api::new(kit.clone(), registry.clone(), sender.clone());
        let letters = letters::api::Api::new(kit.clone(), registry.clone(), sender);
        Ok(Routes::new(CourseServiceServer::new(courses::api::Api::new(kit.clone())))
            .add_service(RegistrationServiceServer::new(registrations::api::Api::new(kit.clone(), registry.clone())))
            .add_service(CheckInServiceServer::new(checkins::api::Api::new(kit.clone())))
            .add_service(InvitationServiceServer::new(invitations))
            .add_service(InvitationMailServiceServer::new(mails::api::Api::new(kit.clone())))
            .add_service(SessionPaperServiceServer::new(letters))
            .add_service(SessionFeedbackServiceServer::new(feedback::api::Api::new(kit.clone())))
            .add_service(CompletionServiceServer::new(completions::api::Api::new(kit.clone())))
            .add_service(PaperCompletionServiceServer::new(elsewhere::api::Api::new(kit.clone())))
            .add_service(CostServiceServer::new(costs::api::Api::new(kit.clone())))
            .add_service(RequirementServiceServer::new(requirements::api::Api::new(kit.clone())))
            .add_service(ImportServiceServer::new(imports::api::Api::new(kit.clone(), registry.clone())))
            .add_service(TrainingPaperServiceServer::new(papers::api::Api::new(kit.clone(), registry.clone())))
            .add_service(SessionServiceServer::new(sessions::api::Api::new(kit.clone(), registry)))
            .add_service(CoverageServiceServer::new(coverage::api::Api::new(kit.clone())))
            .add_service(ExportServiceServer::new(exports::api::Api::new(kit.clone())))
            .add_service(FeedServiceServer::new(feed::api::Api::new(kit.clone()))))
    }
}
