//! ExportService.

use kit::{Answer, Kit};
use proto::training::v1 as pb;
use proto::training::v1::export_service_server::ExportService;
use sheet::{Exports, Parts};
use tonic::{Request, async_trait};

use super::lists;

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
    type ExportCoursesStream = Parts;
    type ExportSessionsStream = Parts;

    async fn export_courses(&self, request: Request<pb::ExportCoursesRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Courses>(request).await
    }

    async fn export_sessions(&self, request: Request<pb::ExportSessionsRequest>) -> Answer<Parts> {
        self.exports.send::<lists::Sessions>(request).await
    }
}
