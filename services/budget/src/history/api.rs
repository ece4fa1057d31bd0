//! The RPCs of history.

use kit::{Answer, Error, Kit, Read, Result};
use proto::budget::v1 as pb;
use proto::budget::v1::estimate_history_service_server::EstimateHistoryService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::compare;
use super::{store, wire};
use crate::estimates;
use crate::estimates::store::{Estimate, Line};

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

/// The estimate of a history with its lines as they are now, where the caller may read it.
async fn readable<P: Sync>(r: &Read<P>, id: Uuid) -> Result<(Estimate, Vec<Line>)> {
    let (estimate, lines) = estimates::store::fetch(r.db(), id).await?.ok_or_else(|| wire::no_estimate(id))?;
    r.call.at(&estimate.unit_path)?;
    Ok((estimate, lines))
}

/// The same without lines.
async fn allowed<P: Sync>(r: &Read<P>, id: Uuid) -> Result<Estimate> {
    let estimate = estimates::store::find(r.db(), id).await?.ok_or_else(|| wire::no_estimate(id))?;
    r.call.at(&estimate.unit_path)?;
    Ok(estimate)
}

#[async_trait]
impl EstimateHistoryService for Api {
    async fn list_estimate_steps(
        &self,
        request: Request<pb::ListEstimateStepsRequest>,
    ) -> Answer<pb::ListEstimateStepsResponse> {
        self.kit
            .read(request, wire::list_steps, |r| async move {
                let (id, page) = &r.want;
                allowed(&r, *id).await?;
                let (steps, next_page_token) =
                    page.cut(store::steps(r.db(), *id, page).await?, |step| vec![step.id.to_string()]);
                let steps = steps.iter().map(wire::step).collect::<Result<_>>()?;
                Ok(pb::ListEstimateStepsResponse { steps, next_page_token })
            })
            .await
    }

    async fn list_estimate_versions(
        &self,
        request: Request<pb::ListEstimateVersionsRequest>,
    ) -> Answer<pb::ListEstimateVersionsResponse> {
        self.kit
            .read(request, wire::list_versions, |r| async move {
                let (id, page) = &r.want;
                allowed(&r, *id).await?;
                let (versions, next_page_token) =
                    page.cut(store::versions(r.db(), *id, page).await?, |version| vec![version.number.to_string()]);
                let versions = versions.into_iter().map(|version| wire::version(version, Vec::new())).collect();
                Ok(pb::ListEstimateVersionsResponse { versions, next_page_token })
            })
            .await
    }

    async fn get_estimate_version(
        &self,
        request: Request<pb::GetEstimateVersionRequest>,
    ) -> Answer<pb::EstimateVersion> {
        self.kit
            .read(request, wire::get_version, |r| async move {
                let (id, number) = r.want;
                let estimate = allowed(&r, id).await?;
                let found = store::some(r.db(), id, [number, number]).await?.into_iter().next();
                let version = found.ok_or_else(|| Error::not_found(wire::version_name(id, number)))?;
                let lines = store::lines(&version, &estimate)?;
                Ok(wire::version(version, lines))
            })
            .await
    }

    async fn compare_estimate_versions(
        &self,
        request: Request<pb::CompareEstimateVersionsRequest>,
    ) -> Answer<pb::CompareEstimateVersionsResponse> {
        self.kit
            .read(request, wire::compare_versions, |r| async move {
                let want = &r.want;
                let (estimate, lines) = readable(&r, want.estimate).await?;
                let versions = store::some(r.db(), estimate.id, [want.from, want.to]).await?;
                let old = wire::side(&versions, want.from, "from_version", &estimate)?;
                let new = match want.to {
                    0 => (lines, estimate.amount_vnd),
                    number => wire::side(&versions, number, "to_version", &estimate)?,
                };
                let sides = wire::Sides::of(old, new);
                let items = |lines: &[Line]| lines.iter().map(wire::item).collect::<Vec<_>>();
                Ok(wire::compared(&sides, &compare(&items(&sides.old), &items(&sides.new))))
            })
            .await
    }
}
