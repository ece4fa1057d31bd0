//! ExportService.

use kit::{Answer, Kit};
use proto::budget::v1 as pb;
use proto::budget::v1::export_service_server::ExportService;
use sheet::{Exports, Parts};
use tonic::{Request, async_trait};

use super::{lists, tasks};

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
}
