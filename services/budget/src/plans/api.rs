//! The RPCs of plans.

use kit::{Answer, Error, Kit, Result};
use proto::budget::v1::plan_service_server::PlanService;
use proto::budget::v1::{self as pb, ListPlansResponse, Plan};
use tonic::{Request, async_trait};

use super::{acts, store, wire};

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
impl PlanService for Api {
    async fn create_plan(&self, request: Request<pb::CreatePlanRequest>) -> Answer<Plan> {
        let (kit, id) = (&self.kit, self.kit.new_id());
        self.kit
            .write(request, wire::create_plan, move |w| async move {
                w.call.at(&w.want.unit.path)?;
                let made = acts::set_up(&w, id, || kit.new_id()).await?;
                wire::plan(made, w.call.today)
            })
            .await
    }

    async fn get_plan(&self, request: Request<pb::GetPlanRequest>) -> Answer<Plan> {
        self.kit
            .read(request, wire::get_plan, |r| async move {
                let found = store::whole(r.db(), r.want).await?;
                let (plan, tasks) = found.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&plan.unit_path)?;
                wire::plan((plan, tasks), r.call.today)
            })
            .await
    }

    async fn list_plans(&self, request: Request<pb::ListPlansRequest>) -> Answer<ListPlansResponse> {
        self.kit
            .read(request, wire::list_plans, |r| async move {
                let (filter, page) = &r.want;
                let plans = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (plans, next_page_token) = page.cut(plans, |(p, _)| vec![p.year.to_string(), p.id.to_string()]);
                let plans = plans.into_iter().map(|plan| wire::plan(plan, r.call.today)).collect::<Result<_>>()?;
                Ok(ListPlansResponse { plans, next_page_token })
            })
            .await
    }

    async fn update_plan(&self, request: Request<pb::UpdatePlanRequest>) -> Answer<Plan> {
        let kit = &self.kit;
        self.kit
            .write(request, wire::update_plan, move |w| async move {
                let changed = acts::change(&w, || kit.new_id()).await?;
                wire::plan(changed, w.call.today)
            })
            .await
    }

    async fn roll_over_plan(&self, request: Request<pb::RollOverPlanRequest>) -> Answer<Plan> {
        let kit = &self.kit;
        self.kit
            .write(request, wire::roll_over_plan, move |w| async move {
                let next = acts::roll_over(&w, || kit.new_id()).await?;
                wire::plan(next, w.call.today)
            })
            .await
    }
}
