//! ExportService.

use kit::{Answer, Kit};
use proto::budget::v1 as pb;
use proto::budget::v1::export_service_server::ExportService;
use sheet::{Exports, Parts};
use tonic::{Request, async_trait};

use super::{lists, money, tasks};

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
    type ExportPlansStream = Parts;
    type ExportTasksStream = Parts;
    type ExportEstimatesStream = Parts;
    type ExportAssignmentsStream = Parts;
    type ExportEntriesStream = Parts;
    type ExportLineBalancesStream = Parts;
    type ExportTransfersStream = Parts;
    type ExportPeriodsStream = Parts;
    type ExportPledgesStream = Parts;
    type ExportReceiptsStream = Parts;
    type ExportTaskReportsStream = Parts;

    async fn export_plans(&self, request: Request<pb::ExportPlansRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Plans>(request).await
    }

    async fn export_tasks(&self, request: Request<pb::ExportTasksRequest>) -> Answer<Parts> {
        self.exports.send::<tasks::Tasks>(request).await
    }

    async fn export_estimates(&self, request: Request<pb::ExportEstimatesRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Estimates>(request).await
    }

    async fn export_assignments(&self, request: Request<pb::ExportAssignmentsRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Assignments>(request).await
    }

    async fn export_entries(&self, request: Request<pb::ExportEntriesRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Entries>(request).await
    }

    async fn export_line_balances(&self, request: Request<pb::ExportLineBalancesRequest>) -> Answer<Parts> {
        self.exports.send::<lists::LineBalances>(request).await
    }

    async fn export_transfers(&self, request: Request<pb::ExportTransfersRequest>) -> Answer<Parts> {
        self.exports.send::<money::Transfers>(request).await
    }

    async fn export_periods(&self, request: Request<pb::ExportPeriodsRequest>) -> Answer<Parts> {
        self.exports.send::<money::Periods>(request).await
    }

    async fn export_pledges(&self, request: Request<pb::ExportPledgesRequest>) -> Answer<Parts> {
        self.exports.send::<money::Pledges>(request).await
    }

    async fn export_receipts(&self, request: Request<pb::ExportReceiptsRequest>) -> Answer<Parts> {
        self.exports.send::<money::Receipts>(request).await
    }

    async fn export_task_reports(&self, request: Request<pb::ExportTaskReportsRequest>) -> Answer<Parts> {
        self.exports.send::<tasks::Reports>(request).await
    }
}
