//! The RPCs of plans.

use kit::{Answer, Error, Fact, Kit, Result};
use proto::budget::v1::plan_service_server::PlanService;
use proto::budget::v1::{self as pb, ErrorReason, ListPlansResponse, Plan};
use tonic::{Request, async_trait};

use super::{store, wire};
use kit::fresh;

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
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_plan, move |w| async move {
                let new = &w.want;
                w.call.at(&new.unit.path)?;
                let key = format!("{} {}", new.unit.name, new.year);
                let kept = store::insert(w.tx(), id, new, w.call.now_us, (ErrorReason::PlanExists, &key)).await;
                let plan = kept.map_err(|e| e.with("unit", &new.unit.display_name).with("year", new.year))?;
                w.record(
                    Fact::of(&wire::name_of(id))
                        .at(&plan.unit)
                        .on(plan.decision_date)
                        .sample(plan.sample)
                        .tells(&wire::plan_set(&plan)?),
                );
                wire::plan(plan)
            })
            .await
    }

    async fn get_plan(&self, request: Request<pb::GetPlanRequest>) -> Answer<Plan> {
        self.kit
            .read(request, wire::get_plan, |r| async move {
                let plan = store::fetch(r.db(), r.want).await?;
                let plan = plan.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&plan.unit_path)?;
                wire::plan(plan)
            })
            .await
    }

    async fn list_plans(&self, request: Request<pb::ListPlansRequest>) -> Answer<ListPlansResponse> {
        self.kit
            .read(request, wire::list_plans, |r| async move {
                let (filter, page) = &r.want;
                let plans = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (plans, next_page_token) = page.cut(plans, |p| vec![p.year.to_string(), p.id.to_string()]);
                let plans = plans.into_iter().map(wire::plan).collect::<Result<_>>()?;
                Ok(ListPlansResponse { plans, next_page_token })
            })
            .await
    }

    async fn update_plan(&self, request: Request<pb::UpdatePlanRequest>) -> Answer<Plan> {
        self.kit
            .write(request, wire::update_plan, move |w| async move {
                let name = wire::name_of(w.want.id);
                let plan = store::lock(w.tx(), w.want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&plan.unit_path)?;
                fresh(&w.want.etag, plan.version, &name)?;
                let plan = store::update(w.tx(), plan, &w.want.change, w.call.now_us).await?;
                w.record(Fact::of(&name).at(&plan.unit).sample(plan.sample).tells(&wire::plan_set(&plan)?));
                wire::plan(plan)
            })
            .await
    }
}
