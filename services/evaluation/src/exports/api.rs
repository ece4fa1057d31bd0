//! ExportService.

use kit::{Answer, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::export_service_server::ExportService;
use sheet::{Exports, Parts};
use tonic::{Request, async_trait};

use super::{handed, judging, supervised};
use crate::handover::named::Named;
use crate::shared::peer::Registry;

/// The RPCs.
pub struct Api {
    exports: Exports,
    named: Named,
}

impl Api {
    /// Over the service's kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { exports: Exports::new(kit.clone()), named: Named::new(kit, registry) }
    }
}

#[async_trait]
impl ExportService for Api {
    type ExportRoundsStream = Parts;
    type ExportCouncilsStream = Parts;
    type ExportSittingsStream = Parts;
    type ExportDecisionsStream = Parts;
    type ExportCertificatesStream = Parts;
    type ExportResultsStream = Parts;
    type ExportHandoverStream = Parts;
    type ExportInspectionPlansStream = Parts;
    type ExportInspectionVisitsStream = Parts;
    type ExportFindingsStream = Parts;
    type ExportComplaintsStream = Parts;

    async fn export_rounds(&self, request: Request<pb::ExportRoundsRequest>) -> Answer<Parts> {
        self.exports.send::<judging::Rounds>(request).await
    }

    async fn export_councils(&self, request: Request<pb::ExportCouncilsRequest>) -> Answer<Parts> {
        self.exports.send::<judging::Councils>(request).await
    }

    async fn export_sittings(&self, request: Request<pb::ExportSittingsRequest>) -> Answer<Parts> {
        self.exports.send::<judging::Sittings>(request).await
    }

    async fn export_decisions(&self, request: Request<pb::ExportDecisionsRequest>) -> Answer<Parts> {
        self.exports.send::<judging::Decisions>(request).await
    }

    async fn export_certificates(&self, request: Request<pb::ExportCertificatesRequest>) -> Answer<Parts> {
        self.exports.send_completed::<handed::Certificates, Named>(request, &self.named).await
    }

    async fn export_results(&self, request: Request<pb::ExportResultsRequest>) -> Answer<Parts> {
        self.exports.send_completed::<handed::Results, Named>(request, &self.named).await
    }

    async fn export_handover(&self, request: Request<pb::ExportHandoverRequest>) -> Answer<Parts> {
        self.exports.send_completed::<handed::Handover, Named>(request, &self.named).await
    }

    async fn export_inspection_plans(&self, request: Request<pb::ExportInspectionPlansRequest>) -> Answer<Parts> {
        self.exports.send::<supervised::Plans>(request).await
    }

    async fn export_inspection_visits(&self, request: Request<pb::ExportInspectionVisitsRequest>) -> Answer<Parts> {
        self.exports.send::<supervised::Visits>(request).await
    }

    async fn export_findings(&self, request: Request<pb::ExportFindingsRequest>) -> Answer<Parts> {
        self.exports.send::<supervised::Findings>(request).await
    }

    async fn export_complaints(&self, request: Request<pb::ExportComplaintsRequest>) -> Answer<Parts> {
        self.exports.send::<supervised::Complaints>(request).await
    }
}
