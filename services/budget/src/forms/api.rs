//! The RPCs of forms.

use std::sync::Arc;

use kit::{Answer, Error, Kit};
use proto::budget::v1 as pb;
use proto::budget::v1::form_service_server::FormService;
use sheet::Parts;
use tokio::sync::Semaphore;
use tonic::{Request, async_trait};

use super::{render, wire};
use crate::{aggregations, assignments, estimates, ledger, plans};

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
    type DownloadPlanReportStream = Parts;

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

    async fn download_plan_report(&self, request: Request<pb::DownloadPlanReportRequest>) -> Answer<Parts> {
        self.kit
            .read(request, wire::plan::plan_report, |r| async move {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                let (id, times) = (r.want.plan, r.want.times());
                // One state of the database: lines and sums are the same money.
                let tx = r.snapshot().await?;
                let plan = plans::store::fetch(&tx, id).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(id)))?;
                r.call.at(&plan.unit_path)?;
                let lines = ledger::store::of_plan(&tx, id, times).await?;
                let (sums, sample) = ledger::store::sums(&tx, id, times).await?;
                tx.commit().await?;
                let lines: Vec<_> = lines.into_iter().map(ledger::wire::line_balance).collect();
                let balance = ledger::wire::trial_balance(id, &sums, sample);
                let plan = plans::wire::plan((plan, Vec::new()), r.call.today)?;
                let form = wire::plan::form_of_plan(&plan, r.want.as_of, &lines, &balance);
                render::written(form, r.want.pdf, r.call.today).await
            })
            .await
    }
}
