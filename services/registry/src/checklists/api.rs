//! ChecklistService. Everything is calculated from reference data.

use kit::{Answer, Kit};
use proto::registry::v1 as pb;
use proto::registry::v1::checklist_service_server::ChecklistService;
use tonic::{Request, async_trait};

use super::wire;

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[async_trait]
impl ChecklistService for Api {
    async fn get_checklist(&self, request: Request<pb::GetChecklistRequest>) -> Answer<pb::Checklist> {
        self.kit.compute(request, wire::get, |_, want| Ok(wire::checklist(&want)))
    }

    async fn list_holidays(&self, request: Request<pb::ListHolidaysRequest>) -> Answer<pb::ListHolidaysResponse> {
        self.kit.compute(request, wire::list_holidays, |_, (year, page)| wire::holidays(year, &page))
    }

    async fn get_due_date(&self, request: Request<pb::GetDueDateRequest>) -> Answer<pb::DueDate> {
        self.kit.compute(request, wire::get_due, |_, (from, days)| wire::due(from, days))
    }
}
