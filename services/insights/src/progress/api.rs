//! The RPCs of progress.

use std::collections::BTreeMap;

use kit::{Answer, Error, Kit, Read, Result, day};
use proto::budget::v1::Measure;
use proto::common::v1::Audience;
use proto::insights::v1::progress_service_server::ProgressService;
use proto::insights::v1::{self as pb, ListPlanProgressResponse, PlanProgress};
use reference::units::{self, Level, Unit};
use time::{Date, Month};
use tonic::{Request, async_trait};

use super::domain::{self, Trained};
use super::{store, wire};
use crate::feeds::SOURCES;
use crate::feeds::store::Target;

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
impl ProgressService for Api {
    async fn get_plan_progress(&self, request: Request<pb::GetPlanProgressRequest>) -> Answer<PlanProgress> {
        self.kit.read(request, wire::get_plan_progress, |r| async move { progress(r).await }).await
    }

    async fn list_plan_progress(
        &self,
        request: Request<pb::ListPlanProgressRequest>,
    ) -> Answer<ListPlanProgressResponse> {
        self.kit
            .read(request, wire::list_plan_progress, |r| async move {
                let (year, page) = &r.want;
                let plans = store::plan_list(r.db(), &r.call.scope(), *year, page).await?;
                let (plans, next_page_token) = page.cut(plans, |p| vec![p.year.to_string(), p.plan.clone()]);
                let plans = plans.into_iter().map(wire::plan_head).collect();
                Ok(ListPlanProgressResponse { plans, next_page_token })
            })
            .await
    }
}

async fn progress(r: Read<wire::Asked>) -> Result<PlanProgress> {
    // Before the figures: what arrives in between makes them fresher than they say, never older.
    let cursors = kit::follow::cursors(r.db()).await?;
    let Some((plan, targets)) = store::plan_fetch(r.db(), &r.want.plan).await? else {
        return Err(Error::not_found(&r.want.plan));
    };
    r.call.at(&plan.unit_path)?;
    let as_of = domain::as_of(r.want.as_of, plan.year, r.call.today);
    let unit_map_date = r.want.unit_map_date.unwrap_or(as_of);
    let window = (first_day(plan.year), as_of);
    let prefixes = units::prefixes(&plan.unit);

    let assigned = store::assigned(r.db(), &prefixes, unit_map_date).await?;
    let decided = (window.0, last_day(plan.year).min(as_of));
    let recognised = store::recognised(r.db(), &prefixes, decided, &assigned).await?;
    let placed = |unit: &str| place(unit, unit_map_date);
    let topics = |measure: Measure| {
        let target = targets.iter().find(|t| t.measure == i32::from(measure));
        target.map(|t| t.topics.as_slice()).unwrap_or_default()
    };
    let counts =
        |audience: Audience, measure| store::Counts { audience: audience.into(), topics: topics(measure), window };
    let officers = counts(Audience::Officers, Measure::OfficersTrainedPercent);
    let officers = store::on_duty(r.db(), &prefixes, &officers, &assigned).await?;
    let managers = counts(Audience::ProducerManagers, Measure::ProducerManagersTrainedPercent);
    let managers = store::on_duty(r.db(), &prefixes, &managers, &assigned).await?;
    let (officers, managers) = (domain::staff(&officers, placed), domain::staff(&managers, placed));
    let (figures, unmapped) = domain::by_unit(&recognised, (&officers, &managers), placed);

    let count: i64 = recognised.iter().map(|g| g.count).sum();
    let samples: i64 = recognised.iter().map(|g| g.samples).sum();
    let share = |of: &Trained, value| (domain::percent_standing(of.trained, of.total, value), of.samples);
    let standing = |target: Target| {
        let (standing, samples) = match Measure::try_from(target.measure).unwrap_or_default() {
            Measure::OfficersTrainedPercent => share(&officers.all, target.value),
            Measure::ProducerManagersTrainedPercent => share(&managers.all, target.value),
            Measure::ProductsRecognised | Measure::Unspecified => {
                (domain::count_standing(count, target.value), samples)
            }
        };
        wire::target(target, standing, samples)
    };
    Ok(PlanProgress {
        targets: targets.into_iter().map(standing).collect(),
        units: unit_rows(&plan.unit, &prefixes, unit_map_date, figures),
        months: domain::months(&recognised, domain::last_month(plan.year, as_of))
            .into_iter()
            .map(wire::month)
            .collect(),
        freshness: SOURCES.iter().map(|s| kit::follow::freshness(s, &cursors)).collect(),
        sample: plan.sample || samples > 0 || officers.all.sample || managers.all.sample,
        as_of: Some(day::pb(as_of)),
        unit_map_date: Some(day::pb(unit_map_date)),
        name: plan.plan,
        title: plan.title,
        unit: plan.unit,
        year: plan.year,
        unmapped,
        unmapped_officers: officers.unmapped,
        unmapped_producer_managers: managers.unmapped,
    })
}

fn first_day(year: i32) -> Date {
    Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MIN)
}

fn last_day(year: i32) -> Date {
    Date::from_calendar_date(year, Month::December, 31).unwrap_or(Date::MAX)
}

/// The district of the map that a unit lies in; its commune where the map has no districts; the unit itself where it
/// lies above both.
pub(crate) fn place(unit: &str, on: Date) -> Option<String> {
    let unit = units::by_name(unit)?;
    let there = units::at_map(unit, on).ok()?;
    Some(units::district_of(there).unwrap_or(there).name.clone())
}

/// All districts (or communes) on the map that lie in the plan's unit or came of it, with zeros where nothing stands, and
/// the unit itself where something stands at it (officers of the province).
fn unit_rows(
    plan_unit: &str,
    prefixes: &[String],
    on: Date,
    mut figures: BTreeMap<String, domain::UnitFigures>,
) -> Vec<pb::UnitProgress> {
    let root = units::by_name(plan_unit).and_then(|u| units::at_map(u, on).ok());
    let Some(root) = root else { return rest(figures).collect() };
    let below = match units::list(Some(&root.name), Some(Level::District), on) {
        districts if districts.is_empty() => units::list(Some(&root.name), Some(Level::Commune), on),
        districts => districts,
    };
    // A province that was merged has neighbours' communes below it on the newer map.
    let of_plan =
        |unit: &&Unit| units::prefixes(&unit.name).iter().any(|own| prefixes.iter().any(|p| own.starts_with(p)));
    let known = std::iter::once(root).filter(|r| figures.contains_key(&r.name)).collect::<Vec<_>>();
    let mut rows: Vec<pb::UnitProgress> = known
        .into_iter()
        .chain(below.into_iter().filter(of_plan))
        .map(|unit| wire::unit(unit, figures.remove(&unit.name).unwrap_or_default()))
        .collect();
    // Whatever the map places outside the plan's own unit still shows.
    rows.extend(rest(figures));
    rows
}

fn rest(figures: BTreeMap<String, domain::UnitFigures>) -> impl Iterator<Item = pb::UnitProgress> {
    figures.into_iter().filter_map(|(name, f)| units::by_name(&name).map(|u| wire::unit(u, f)))
}
