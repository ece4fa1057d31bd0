//! Who takes part in the programme, with what, and where: producers, products, the people with their duties, and the
//! administrative units in time.
//!
//! Rooms: [`units`] answers from reference data and stores nothing; [`unit_changes`] keeps reorganisations that come as
//! data, by which the whole suite answers once they are in force, and [`assignments`] where producers of divided communes
//! belong; [`producers`] and [`products`] keep what is registered, [`merges`] makes one of two registrations; [`people`]
//! keeps who somebody is (the only personal data of the suite), [`person_merges`] makes one of two records, and [`duties`]
//! what they do from which day to which, [`vacancies`] where nobody does; [`eligibility`] says who may take part and how large enterprises are; [`sites`], [`areas`] and [`returns`] keep what
//! producers have and report, [`contacts`] how they are reached, [`changes`] what becomes of their name, form, owner and
//! commune, by two persons; [`erasures`] forget a person on request; [`promotion`] keeps fairs with the products that take
//! part and [`support`] what recognised products are given; [`visits`] keeps the reviews of localities and [`candidates`]
//! what shall be evaluated in a year, [`bundles`] which products stand under one certificate; [`evidence`] keeps papers and
//! pictures; [`checklists`] answers what a dossier needs, [`dossiers`] keeps dossiers from draft to sealed snapshot with
//! their [`guidance`] and [`samples`]; [`exports`] writes lists as files, [`imports`] takes in what a province keeps in
//! spreadsheets; [`feed`] tells the other services what changed. [`shared`] holds what several rooms need.
//!
//! Invariants: a row keeps the dated unit in which its act happened, and reorganised units rewrite nothing; a product
//! code is given once, from a serial of its commune that has no gaps; one tax code belongs to one live producer;
//! events and journal name persons by id only; what comes from a sample is a sample; a name's words change with the name,
//! in the same transaction.
//!
//! Growth: a page of a list reads one index entry for each row shown (a product its producer too), whatever the number of
//! rows; one of a search by a rare word three. What common words cost stands in [`shared::store`].
//!
//! Deliberately absent: certificates themselves (the evaluation service; [`recognitions`] keeps a copy), trained or not (the
//! training service), calls to any other service.

pub mod areas;
pub mod assignments;
pub mod bundles;
pub mod candidates;
pub mod changes;
pub mod checklists;
pub mod contacts;
pub mod dossiers;
pub mod duties;
pub mod eligibility;
pub mod erasures;
pub mod evidence;
pub mod exports;
pub mod feed;
pub mod guidance;
pub mod imports;
pub mod merges;
pub mod migrations;
pub mod people;
pub mod person_merges;
pub mod producers;
pub mod products;
pub mod promotion;
pub mod recognitions;
pub mod returns;
pub mod samples;
pub mod shared;
pub mod sites;
pub mod support;
pub mod unit_changes;
pub mod units;
pub mod vacancies;
pub mod visits;

use kit::{BoxError, Service, Setup, Territory};
use proto::registry::v1::bundle_service_server::BundleServiceServer;
use proto::registry::v1::candidate_service_server::CandidateServiceServer;
use proto::registry::v1::checklist_service_server::ChecklistServiceServer;
use proto::registry::v1::contact_service_server::ContactServiceServer;
use proto::registry::v1::dossier_service_server::DossierServiceServer;
use proto::registry::v1::duty_service_server::DutyServiceServer;
use proto::registry::v1::eligibility_service_server::EligibilityServiceServer;
use proto::registry::v1::erasure_service_server::ErasureServiceServer;
use proto::registry::v1::evidence_service_server::EvidenceServiceServer;
use proto::registry::v1::export_service_server::ExportServiceServer;
use proto::registry::v1::feed_service_server::FeedServiceServer;
use proto::registry::v1::guidance_service_server::GuidanceServiceServer;
use proto::registry::v1::import_service_server::ImportServiceServer;
use proto::registry::v1::manager_service_server::ManagerServiceServer;
use proto::registry::v1::material_area_service_server::MaterialAreaServiceServer;
use proto::registry::v1::person_merge_service_server::PersonMergeServiceServer;
use proto::registry::v1::person_service_server::PersonServiceServer;
use proto::registry::v1::post_service_server::PostServiceServer;
use proto::registry::v1::producer_change_service_server::ProducerChangeServiceServer;
use proto::registry::v1::producer_merge_service_server::ProducerMergeServiceServer;
use proto::registry::v1::producer_service_server::ProducerServiceServer;
use proto::registry::v1::product_service_server::ProductServiceServer;
use proto::registry::v1::promotion_service_server::PromotionServiceServer;
use proto::registry::v1::sample_service_server::SampleServiceServer;
use proto::registry::v1::site_service_server::SiteServiceServer;
use proto::registry::v1::support_service_server::SupportServiceServer;
use proto::registry::v1::unit_assignment_service_server::UnitAssignmentServiceServer;
use proto::registry::v1::unit_change_service_server::UnitChangeServiceServer;
use proto::registry::v1::unit_service_server::UnitServiceServer;
use proto::registry::v1::vacancy_service_server::VacancyServiceServer;
use proto::registry::v1::visit_service_server::VisitServiceServer;
use proto::registry::v1::yearly_return_service_server::YearlyReturnServiceServer;
use tonic::service::Routes;

/// The service.
pub struct Registry;

impl Service for Registry {
    const NAME: &'static str = "registry";
    const PACKAGE: &'static str = "ocop.registry.v1";
    type Migrator = migrations::Migrator;

    fn check() -> Result<(), Vec<String>> {
        reference::check()
    }

    fn territory() -> Territory {
        Territory { path: reference::units::path, prefixes: reference::units::prefixes }
    }

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        let kit = &setup.kit;
        recognitions::follow_all(&setup);
        let duties = duties::api::Api::new(kit.clone());
        let files = evidence::files::Files::open(&setup)?;
        let keeper = unit_changes::keeper::Keeper::new(kit)?;
        keeper.refresh().await?;
        setup.tasks.spawn("unit-changes", |stop| keeper.clone().watch(stop));
        Ok(Routes::new(UnitServiceServer::new(units::api::Api::new(kit.clone())))
            .add_service(UnitChangeServiceServer::new(unit_changes::api::Api::new(kit.clone(), keeper)))
            .add_service(UnitAssignmentServiceServer::new(assignments::api::Api::new(kit.clone())))
            .add_service(ProducerServiceServer::new(producers::api::Api::new(kit.clone())))
            .add_service(EligibilityServiceServer::new(eligibility::api::Api::new(kit.clone())))
            .add_service(SiteServiceServer::new(sites::api::Api::new(kit.clone())))
            .add_service(MaterialAreaServiceServer::new(areas::api::Api::new(kit.clone())))
            .add_service(YearlyReturnServiceServer::new(returns::api::Api::new(kit.clone())))
            .add_service(ContactServiceServer::new(contacts::api::Api::new(kit.clone())))
            .add_service(ErasureServiceServer::new(erasures::api::Api::new(kit.clone())))
            .add_service(ProducerChangeServiceServer::new(changes::api::Api::new(kit.clone())))
            .add_service(ProducerMergeServiceServer::new(merges::api::Api::new(kit.clone())))
            .add_service(ProductServiceServer::new(products::api::Api::new(kit.clone())))
            .add_service(PromotionServiceServer::new(promotion::api::Api::new(kit.clone())))
            .add_service(SupportServiceServer::new(support::api::Api::new(kit.clone())))
            .add_service(BundleServiceServer::new(bundles::api::Api::new(kit.clone())))
            .add_service(CandidateServiceServer::new(candidates::api::Api::new(kit.clone())))
            .add_service(VisitServiceServer::new(visits::api::Api::new(kit.clone())))
            .add_service(PersonServiceServer::new(people::api::Api::new(kit.clone())))
            .add_service(PersonMergeServiceServer::new(person_merges::api::Api::new(kit.clone())))
            .add_service(PostServiceServer::new(duties.clone()))
            .add_service(VacancyServiceServer::new(vacancies::api::Api::new(kit.clone())))
            .add_service(ManagerServiceServer::new(duties.clone()))
            .add_service(DutyServiceServer::new(duties))
            .add_service(EvidenceServiceServer::new(evidence::api::Api::new(kit.clone(), files)))
            .add_service(ChecklistServiceServer::new(checklists::api::Api::new(kit.clone())))
            .add_service(DossierServiceServer::new(dossiers::api::Api::new(kit.clone())))
            .add_service(GuidanceServiceServer::new(guidance::api::Api::new(kit.clone())))
            .add_service(SampleServiceServer::new(samples::api::Api::new(kit.clone())))
            .add_service(ExportServiceServer::new(exports::api::Api::new(kit.clone())))
            .add_service(ImportServiceServer::new(imports::api::Api::new(kit.clone())))
            .add_service(FeedServiceServer::new(feed::api::Api::new(kit.clone()))))
    }
}
