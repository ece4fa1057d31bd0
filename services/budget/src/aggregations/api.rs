//! The RPCs of aggregations.

use std::collections::BTreeSet;

use kit::{Answer, Error, Fact, Kit, Result, Scope, Write, fresh};
use proto::budget::v1 as pb;
use proto::budget::v1::aggregation_service_server::AggregationService;
use sea_orm::ConnectionTrait;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, State, Verb};
use super::store::{self, Aggregation, Cut};
use super::wire;
use crate::estimates::store::Estimate;
use crate::history::domain::StepKind;
use crate::history::store::Said;
use crate::shared::wire::{acting, not_before};
use crate::{estimates, history, plans};

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

/// An aggregation with its estimates and its tables, each table in one statement.
///
/// # Errors
/// Of the database; INTERNAL where a table is not all of it.
pub async fn whole(db: &impl ConnectionTrait, of: Aggregation) -> Result<pb::Aggregation> {
    let id = of.id;
    let frozen = store::estimates(db, id).await?;
    let tables = wire::Tables {
        unit: store::sums(db, id, Cut::Unit).await?,
        agency: store::sums(db, id, Cut::Agency).await?,
        source: store::sums(db, id, Cut::Source).await?,
        category: store::sums(db, id, Cut::Category).await?,
        quarter: store::sums(db, id, Cut::Quarter).await?,
    };
    wire::whole(of, frozen, tables)
}

fn told<P>(w: &Write<P>, of: &Aggregation, on: time::Date) {
    let fact = Fact::of(&wire::name_of(of.id)).at(&of.unit).on(on).sample(of.sample);
    w.record(fact.tells(&wire::moved(of)));
}

/// The estimates of an aggregation that is to be approved, locked, all of them as they were put together.
async fn unmoved(w: &Write<wire::Approve>, of: &Aggregation) -> Result<Vec<Estimate>> {
    let now = store::lock_estimates(w.tx(), of.id).await?;
    let frozen = store::estimates(w.tx(), of.id).await?;
    let moved: Vec<Uuid> =
        frozen.iter().filter(|(then, now)| then.version != *now).map(|(then, _)| then.estimate_id).collect();
    if moved.is_empty() { Ok(now) } else { Err(wire::stale(of.id, &moved)) }
}

/// Refuses an approval by whom the plans of the estimates do not belong to: their money is not a district's to dispose of.
async fn of_own_plans(w: &Write<wire::Approve>, estimates: &[Estimate]) -> Result<()> {
    let plans: BTreeSet<Uuid> = estimates.iter().map(|of| of.plan_id).collect();
    let paths = plans::store::paths(w.tx(), &plans.into_iter().collect::<Vec<_>>()).await?;
    paths.iter().try_for_each(|path| w.call.at(path))
}

#[async_trait]
impl AggregationService for Api {
    async fn create_aggregation(&self, request: Request<pb::CreateAggregationRequest>) -> Answer<pb::Aggregation> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_aggregation, move |w| async move {
                let new = &w.want;
                w.call.at(&new.unit.path)?;
                let within = Scope::Within(reference::units::prefixes(&new.unit.name));
                let found = store::appraised(w.tx(), new.year, &within).await?;
                let last = found.iter().map(|estimate| estimate.last_act_date).max();
                not_before("aggregation.act_date", new.act_date, last.ok_or_else(|| wire::nothing(new))?)?;
                let of = store::new(id, new, &found, w.call.now_us)?;
                let of = store::insert(w.tx(), of, &found, |unit| domain::shown(unit, new.level)).await?;
                told(&w, &of, new.act_date);
                whole(w.tx(), of).await
            })
            .await
    }

    async fn get_aggregation(&self, request: Request<pb::GetAggregationRequest>) -> Answer<pb::Aggregation> {
        self.kit
            .read(request, wire::get_aggregation, |r| async move {
                let of = store::fetch(r.db(), r.want).await?;
                let of = of.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&of.unit_path)?;
                whole(r.db(), of).await
            })
            .await
    }

    async fn list_aggregations(
        &self,
        request: Request<pb::ListAggregationsRequest>,
    ) -> Answer<pb::ListAggregationsResponse> {
        self.kit
            .read(request, wire::list_aggregations, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |of| vec![of.id.to_string()]);
                let aggregations = found.into_iter().map(wire::aggregation).collect();
                Ok(pb::ListAggregationsResponse { aggregations, next_page_token })
            })
            .await
    }

    async fn approve_aggregation(&self, request: Request<pb::ApproveAggregationRequest>) -> Answer<pb::Aggregation> {
        self.kit
            .write(request, wire::approve_aggregation, move |w| async move {
                let want = &w.want;
                let name = wire::name_of(want.id);
                let of = store::lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&of.unit_path)?;
                fresh(&want.etag, of.version, &name)?;
                let to: State = domain::step(store::state(&of)?, Verb::Approve)
                    .map_err(|refusal| wire::forbidden(of.id, &refusal))?;
                not_before("act_date", want.act_date, of.act_date)?;
                let estimates = unmoved(&w, &of).await?;
                of_own_plans(&w, &estimates).await?;
                let now_us = w.call.now_us;
                let approved = store::approve(w.tx(), of.id, estimates, (want.act_date, now_us)).await?;
                let said = Said::of(StepKind::Approve, acting(&w.call), want.act_date, &want.document_number);
                let step = |of: &Estimate| history::store::taken(self.kit.new_id(), of, &said, now_us);
                history::store::take(w.tx(), &approved.iter().map(step).collect::<Result<Vec<_>>>()?).await?;
                let of = Aggregation {
                    state: to.number(),
                    approve_document_number: want.document_number.clone(),
                    approve_date: Some(want.act_date),
                    ..of
                };
                let of = store::update(w.tx(), of, now_us).await?;
                told(&w, &of, want.act_date);
                for estimate in &approved {
                    estimates::api::told(&w, estimate, Some(want.act_date))?;
                }
                whole(w.tx(), of).await
            })
            .await
    }
}
