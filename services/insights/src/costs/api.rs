//! The RPC of costs.

use kit::{Answer, Error, Kit, Read, Result, day};
use proto::insights::v1::cost_service_server::CostService;
use proto::insights::v1::{self as pb, ResultCosts};
use reference::units;
use time::{Date, Month};
use tonic::{Request, async_trait};

use super::{domain, store, wire};
use crate::feeds::SOURCES;
use crate::progress;

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
    async fn get_result_costs(&self, request: Request<pb::GetResultCostsRequest>) -> Answer<ResultCosts> {
        self.kit.read(request, wire::get_result_costs, |r| async move { costs(r).await }).await
    }
}

async fn costs(r: Read<wire::Asked>) -> Result<ResultCosts> {
    // Before the figures: what arrives in between makes them fresher than they say, never older.
    let cursors = kit::follow::cursors(r.db()).await?;
    let plan = store::plan_fetch(r.db(), &r.want.plan).await?.ok_or_else(|| Error::not_found(&r.want.plan))?;
    r.call.at(&plan.unit_path)?;
    let as_of = r.want.as_of.unwrap_or(r.call.today);
    let first = Date::from_calendar_date(plan.year, Month::January, 1).unwrap_or(Date::MIN);
    let last = Date::from_calendar_date(plan.year, Month::December, 31).unwrap_or(Date::MAX).min(as_of);
    let unit_map_date = r.want.unit_map_date.unwrap_or(last.max(units::FIRST_KNOWN_DAY));
    let prefixes = units::prefixes(&plan.unit);

    let paid = store::payments(r.db(), &prefixes, (plan.year, as_of), wire::training()).await?;
    let assigned = progress::store::assigned(r.db(), &prefixes, unit_map_date).await?;
    let trained = store::trained(r.db(), &prefixes, (first, last), &assigned).await?;
    let (recognised, _) = progress::store::recognised(r.db(), &prefixes, (first, last), &assigned).await?;
    let samples: i64 = recognised.iter().map(|group| group.samples).sum();
    let recognised: Vec<(String, i64)> = recognised.into_iter().map(|group| (group.unit, group.count)).collect();
    let cut = progress::api::Cut::of(&plan.unit, unit_map_date);
    let costs = domain::costs(&paid.0, &trained.0, &recognised, |unit| cut.place(unit));
    Ok(ResultCosts {
        total: Some(wire::figures(&costs.total)),
        categories: domain::by_category(&paid.0).into_iter().map(wire::category).collect(),
        units: costs
            .by_unit
            .into_iter()
            .filter(|(_, figures)| !figures.is_nothing())
            .map(|(name, figures)| wire::unit(name, &figures))
            .collect(),
        unmapped: Some(wire::figures(&costs.unmapped)),
        freshness: SOURCES.iter().map(|source| kit::follow::freshness(source, &cursors)).collect(),
        sample: plan.sample || paid.1 || trained.1 || samples > 0,
        as_of: Some(day::pb(as_of)),
        unit_map_date: Some(day::pb(unit_map_date)),
        name: plan.plan,
        unit: plan.unit,
        year: plan.year,
    })
}
