//! ExportService.

use kit::{Answer, Kit};
use proto::registry::v1 as pb;
use proto::registry::v1::export_service_server::ExportService;
use sheet::{Exports, Parts};
use tonic::{Request, async_trait};

use super::{desk, growers, lineup, people, promotion, register, rolls};

/// The RPCs.
pub struct Api {
    exports: Exports,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { exports: Exports::new(kit) }
    }
}

#[async_trait]
impl ExportService for Api {
    type ExportUnitsStream = Parts;
    type ExportProducersStream = Parts;
    type ExportProductsStream = Parts;
    type ExportPersonsStream = Parts;
    type ExportPostsStream = Parts;
    type ExportManagersStream = Parts;
    type ExportDutiesStream = Parts;
    type ExportEvidenceStream = Parts;
    type ExportFairsStream = Parts;
    type ExportApplicationsStream = Parts;
    type ExportSupportPackagesStream = Parts;
    type ExportVisitsStream = Parts;
    type ExportProductCandidatesStream = Parts;
    type ExportBundlesStream = Parts;
    type ExportDossiersStream = Parts;
    type ExportSitesStream = Parts;
    type ExportMaterialAreasStream = Parts;
    type ExportYearlyReturnsStream = Parts;
    type ExportContactsStream = Parts;
    type ExportProducerChangesStream = Parts;
    type ExportDossierEntriesStream = Parts;
    type ExportGuidanceStream = Parts;
    type ExportSamplesStream = Parts;
    type ExportEvidenceVersionsStream = Parts;
    type ExportProducerSizesStream = Parts;
    type ExportPersonMergesStream = Parts;
    type ExportErasuresStream = Parts;
    type ExportVacanciesStream = Parts;
    type ExportUnvisitedUnitsStream = Parts;
    type ExportUnitAssignmentsStream = Parts;
    type ExportUnitChangesStream = Parts;

    async fn export_units(&self, request: Request<pb::ExportUnitsRequest>) -> Answer<Parts> {
        self.exports.send::<register::Units>(request).await
    }

    async fn export_producers(&self, request: Request<pb::ExportProducersRequest>) -> Answer<Parts> {
        self.exports.send::<register::Producers>(request).await
    }

    async fn export_products(&self, request: Request<pb::ExportProductsRequest>) -> Answer<Parts> {
        self.exports.send::<register::Products>(request).await
    }

    async fn export_persons(&self, request: Request<pb::ExportPersonsRequest>) -> Answer<Parts> {
        self.exports.send::<people::Persons>(request).await
    }

    async fn export_posts(&self, request: Request<pb::ExportPostsRequest>) -> Answer<Parts> {
        self.exports.send::<people::Posts>(request).await
    }

    async fn export_managers(&self, request: Request<pb::ExportManagersRequest>) -> Answer<Parts> {
        self.exports.send::<people::Managers>(request).await
    }

    async fn export_duties(&self, request: Request<pb::ExportDutiesRequest>) -> Answer<Parts> {
        self.exports.send::<people::Duties>(request).await
    }

    async fn export_evidence(&self, request: Request<pb::ExportEvidenceRequest>) -> Answer<Parts> {
        self.exports.send::<register::Evidence>(request).await
    }

    async fn export_fairs(&self, request: Request<pb::ExportFairsRequest>) -> Answer<Parts> {
        self.exports.send::<promotion::Fairs>(request).await
    }

    async fn export_applications(&self, request: Request<pb::ExportApplicationsRequest>) -> Answer<Parts> {
        self.exports.send::<promotion::Applications>(request).await
    }

    async fn export_support_packages(&self, request: Request<pb::ExportSupportPackagesRequest>) -> Answer<Parts> {
        self.exports.send::<promotion::SupportPackages>(request).await
    }

    async fn export_visits(&self, request: Request<pb::ExportVisitsRequest>) -> Answer<Parts> {
        self.exports.send::<promotion::Visits>(request).await
    }

    async fn export_product_candidates(&self, request: Request<pb::ExportProductCandidatesRequest>) -> Answer<Parts> {
        self.exports.send::<lineup::ProductCandidates>(request).await
    }

    async fn export_bundles(&self, request: Request<pb::ExportBundlesRequest>) -> Answer<Parts> {
        self.exports.send::<lineup::Bundles>(request).await
    }

    async fn export_dossiers(&self, request: Request<pb::ExportDossiersRequest>) -> Answer<Parts> {
        self.exports.send::<lineup::Dossiers>(request).await
    }

    async fn export_sites(&self, request: Request<pb::ExportSitesRequest>) -> Answer<Parts> {
        self.exports.send::<growers::Sites>(request).await
    }

    async fn export_material_areas(&self, request: Request<pb::ExportMaterialAreasRequest>) -> Answer<Parts> {
        self.exports.send::<growers::MaterialAreas>(request).await
    }

    async fn export_yearly_returns(&self, request: Request<pb::ExportYearlyReturnsRequest>) -> Answer<Parts> {
        self.exports.send::<growers::YearlyReturns>(request).await
    }

    async fn export_contacts(&self, request: Request<pb::ExportContactsRequest>) -> Answer<Parts> {
        self.exports.send::<growers::Contacts>(request).await
    }

    async fn export_producer_changes(&self, request: Request<pb::ExportProducerChangesRequest>) -> Answer<Parts> {
        self.exports.send::<growers::ProducerChanges>(request).await
    }

    async fn export_dossier_entries(&self, request: Request<pb::ExportDossierEntriesRequest>) -> Answer<Parts> {
        self.exports.send::<desk::DossierEntries>(request).await
    }

    async fn export_guidance(&self, request: Request<pb::ExportGuidanceRequest>) -> Answer<Parts> {
        self.exports.send::<desk::Guidance>(request).await
    }

    async fn export_samples(&self, request: Request<pb::ExportSamplesRequest>) -> Answer<Parts> {
        self.exports.send::<desk::Samples>(request).await
    }

    async fn export_evidence_versions(&self, request: Request<pb::ExportEvidenceVersionsRequest>) -> Answer<Parts> {
        self.exports.send::<desk::EvidenceVersions>(request).await
    }

    async fn export_producer_sizes(&self, request: Request<pb::ExportProducerSizesRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::ProducerSizes>(request).await
    }

    async fn export_person_merges(&self, request: Request<pb::ExportPersonMergesRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::PersonMerges>(request).await
    }

    async fn export_erasures(&self, request: Request<pb::ExportErasuresRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::Erasures>(request).await
    }

    async fn export_vacancies(&self, request: Request<pb::ExportVacanciesRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::Vacancies>(request).await
    }

    async fn export_unvisited_units(&self, request: Request<pb::ExportUnvisitedUnitsRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::UnvisitedUnits>(request).await
    }

    async fn export_unit_assignments(&self, request: Request<pb::ExportUnitAssignmentsRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::UnitAssignments>(request).await
    }

    async fn export_unit_changes(&self, request: Request<pb::ExportUnitChangesRequest>) -> Answer<Parts> {
        self.exports.send::<rolls::UnitChanges>(request).await
    }
}
