//! The RPCs of forms.

use std::sync::Arc;

use kit::{Answer, Error, Kit};
use proto::budget::v1 as pb;
use proto::budget::v1::form_service_server::FormService;
use sheet::Parts;
use tokio::sync::Semaphore;
use tonic::{Request, async_trait};

use super::{render, wire};
use crate::{aggregations, assignments, estimates};

/// Files that are made at the same time.
const AT_ONCE: usize = 2;

/// The RPCs.
pub struct Api {
    kit: Kit,
    turns: Arc<Semaphore>,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

#[async_trait]
impl FormService for Api {
    type DownloadEstimateFormStream = Parts;
    type DownloadAggregationFormStream = Parts;
    type DownloadAssignmentAnnexStream = Parts;

    async fn download_estimate_form(&self, request: Request<pb::DownloadEstimateFormRequest>) -> Answer<Parts> {
        self.kit
            .read(request, wire::estimate_form, |r| async move {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                let id = r.want.id;
                let found = estimates::store::fetch(r.db(), id).await?;
                let (estimate, lines) = found.ok_or_else(|| Error::not_found(estimates::wire::name_of(id)))?;
                r.call.at(&estimate.unit_path)?;
                let form = wire::form_of_estimate(&estimates::wire::estimate(estimate, lines)?);
                render::written(form, r.want.pdf, r.call.today).await
            })
            .await
    }

    async fn download_aggregation_form(&self, request: Request<pb::DownloadAggregationFormRequest>) -> Answer<Parts> {
        self.kit
            .read(request, wire::aggregation_form, |r| async move {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                let id = r.want.id;
                let found = aggregations::store::fetch(r.db(), id).await?;
                let found = found.ok_or_else(|| Error::not_found(aggregations::wire::name_of(id)))?;
                r.call.at(&found.unit_path)?;
                let form = wire::form_of_aggregation(&aggregations::api::whole(r.db(), found).await?);
                render::written(form, r.want.pdf, r.call.today).await
            })
            .await
    }

    async fn download_assignment_annex(&self, request: Request<pb::DownloadAssignmentAnnexRequest>) -> Answer<Parts> {
        self.kit
            .read(request, wire::assignment_annex, |r| async move {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                let id = r.want.id;
                let found = assignments::store::fetch(r.db(), id).await?;
                let found = found.ok_or_else(|| Error::not_found(assignments::wire::name_of(id)))?;
                r.call.at(&found.unit_path)?;
                let of = estimates::store::fetch(r.db(), found.estimate_id).await?;
                let (estimate, lines) = of.ok_or_else(|| Error::internal("an assignment without its estimate"))?;
                let estimate = estimates::wire::estimate(estimate, lines)?;
                let form = wire::annex_of(&assignments::wire::assignment(found), &estimate);
                render::written(form, r.want.pdf, r.call.today).await
            })
            .await
    }
}
