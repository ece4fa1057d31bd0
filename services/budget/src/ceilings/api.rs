//! The RPCs of ceilings.

use kit::{Answer, Error, Fact, Kit, Result, fresh};
use proto::budget::v1 as pb;
use proto::budget::v1::ceiling_service_server::CeilingService;
use sea_orm::ConnectionTrait;
use tonic::{Request, async_trait};

use super::domain::{by_source, excesses};
use super::{store, wire};
use crate::estimates::lines::Source;
use crate::estimates::store::{Estimate, Line};
use crate::plans;

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

/// Judges what an estimate asks for on its submission, or was granted on its appraisal, together with the plan's others:
/// answers how far it goes beyond ceilings that only flag.
///
/// # Errors
/// FAILED_PRECONDITION CEILING_EXCEEDED where they refuse.
pub async fn judge(tx: &impl ConnectionTrait, estimate: &Estimate, lines: &[Line]) -> Result<i64> {
    if estimate.amends.is_some() {
        return Ok(0);
    }
    let Some(ceilings) = store::lock(tx, estimate.plan_id).await? else { return Ok(0) };
    let amount = |line: &Line| line.appraised_vnd.unwrap_or(line.amount_vnd);
    let own = lines.iter().filter_map(|line| Some((Source::of(&line.source)?, amount(line))));
    let others = store::asked(tx, estimate.plan_id, Some(estimate.id)).await?;
    let found = excesses(&store::amounts(&ceilings)?, &others, &by_source(own));
    match found.first() {
        Some(excess) if ceilings.refuse => Err(wire::exceeded(excess)),
        _ => Ok(found.iter().map(super::domain::Excess::above_vnd).sum()),
    }
}

#[async_trait]
impl CeilingService for Api {
    async fn get_ceilings(&self, request: Request<pb::GetCeilingsRequest>) -> Answer<pb::Ceilings> {
        self.kit
            .read(request, wire::get_ceilings, |r| async move {
                let plan = plans::store::fetch(r.db(), r.want).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(r.want)))?;
                r.call.at(&plan.unit_path)?;
                let found = store::fetch(r.db(), plan.id).await?;
                let found = found.ok_or_else(|| Error::not_found(wire::name_of(plan.id)))?;
                wire::ceilings(&found, &store::asked(r.db(), plan.id, None).await?)
            })
            .await
    }

    async fn set_ceilings(&self, request: Request<pb::SetCeilingsRequest>) -> Answer<pb::Ceilings> {
        self.kit
            .write(request, wire::set_ceilings, move |w| async move {
                let want = &w.want;
                let plan = plans::store::lock(w.tx(), want.plan).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(want.plan)))?;
                w.call.at(&plan.unit_path)?;
                let before = store::lock(w.tx(), plan.id).await?;
                let version = before.map_or(0, |before| before.version);
                fresh(&want.etag, version, &wire::name_of(plan.id))?;
                let ceilings = store::Ceilings {
                    plan_id: plan.id,
                    amounts: store::keep_amounts(&want.amounts)?,
                    refuse: want.refuse,
                    document_number: want.document_number.clone(),
                    act_date: want.act_date,
                    version: version + 1,
                    update_us: w.call.now_us,
                };
                store::set(w.tx(), &ceilings).await?;
                let fact = Fact::of(&wire::name_of(plan.id)).at(&plan.unit).on(want.act_date).sample(plan.sample);
                w.record(fact.tells(&wire::told(want)));
                wire::ceilings(&ceilings, &store::asked(w.tx(), plan.id, None).await?)
            })
            .await
    }
}
