//! The RPC of costs.

use kit::{Answer, Kit};
use proto::training::v1::cost_service_server::CostService;
use proto::training::v1::{GetTrainingCostsRequest, TrainingCosts};
use tonic::{Request, async_trait};

use super::{domain, store, wire};

/// The RPC.
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
impl CostService for Api {
    async fn get_training_costs(&self, request: Request<GetTrainingCostsRequest>) -> Answer<TrainingCosts> {
        self.kit
            .read(request, wire::get, |r| async move {
                let asked = &r.want;
                r.call.at(&asked.unit.path)?;
                let sessions = store::sessions(r.db(), &r.call.scope(), &asked.within, (asked.from, asked.to)).await?;
                let (total, courses) = domain::figures(&sessions, r.call.today);
                Ok(wire::costs(asked.unit, &total, courses))
            })
            .await
    }
}
