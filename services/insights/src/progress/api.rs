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

use super::domain::targets::{Facts, Tasks, end_of, late_tasks, unit_standing, unit_values};
use super::domain::{self, UnitFigures};
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

/// Most late tasks of an answer; their number stands beside them.
const MOST_LATE: usize = 100;

/// What the feeds told about a plan's unit in its year, with the duties and products that were assigned to parts of
/// divided communes put there.
async fn facts(r: &Read<wire::Asked>, targets: &[Target], of: &Span<'_>) -> Result<Facts> {
    let (db, prefixes) = (r.db(), of.prefixes);
    let assigned = store::assigned(db, prefixes, of.map_date).await?;
    let decided = (of.first, last_day(of.year).min(of.as_of));
    let (recognised, again) = store::recognised(db, prefixes, decided, &assigned).await?;
    let topics = |measure: Measure| {
        let target = targets.iter().find(|t| t.measure == i32::from(measure));
        target.map(|t| t.topics.as_slice()).unwrap_or_default()
    };
    let counts = |audience: Audience, measure| store::Counts {
        audience: audience.into(),
        topics: topics(measure),
        window: (of.first, of.as_of),
    };
    let officers = counts(Audience::Officers, Measure::OfficersTrainedPercent);
    let officers = store::on_duty(db, prefixes, &officers, &assigned).await?;
    let managers = counts(Audience::ProducerManagers, Measure::ProducerManagersTrainedPercent);
    let managers = store::on_duty(db, prefixes, &managers, &assigned).await?;
    Ok(Facts { recognised, again, officers, managers })
}

/// What is counted: a plan's units and days.
struct Span<'a> {
    prefixes: &'a [String],
    year: i32,
    first: Date,
    as_of: Date,
    map_date: Date,
}

async fn progress(r: Read<wire::Asked>) -> Result<PlanProgress> {
    // Before the figures: what arrives in between makes them fresher than they say, never older.
    let cursors = kit::follow::cursors(r.db()).await?;
    let Some((plan, targets)) = store::plan_fetch(r.db(), &r.want.plan).await? else {
        return Err(Error::not_found(&r.want.plan));
    };
    r.call.at(&plan.unit_path)?;
    let as_of = domain::as_of(r.want.as_of, plan.year, r.call.today);
    // What the year left undone is late long after it, though nothing is counted beyond its end.
    let judged = r.want.as_of.unwrap_or(r.call.today);
    let map_date = r.want.unit_map_date.unwrap_or(as_of);
    let prefixes = units::prefixes(&plan.unit);
    let span = Span { prefixes: &prefixes, year: plan.year, first: first_day(plan.year), as_of, map_date };
    let facts = facts(&r, &targets, &span).await?;
    let tasks = store::tasks(r.db(), &plan.plan).await?;
    let cut = Cut::of(&plan.unit, map_date);
    let placed = |unit: &str| cut.place(unit);
    let (officers, managers) =
        (domain::staff(&facts.officers, as_of, placed), domain::staff(&facts.managers, as_of, placed));
    let (figures, unmapped) = domain::by_unit(&facts, (&officers, &managers), (&tasks, judged), placed);
    let samples: i64 = facts.recognised.iter().chain(&facts.again).map(|g| g.samples).sum();
    let until = domain::last_month(plan.year, as_of);
    let mut counted = Tasks::default();
    tasks.iter().for_each(|task| counted.add(task, judged));
    let monthly = match r.want.months_of.as_str() {
        "" => None,
        unit => Some(facts.within(|of| placed(of).as_deref() == Some(unit))),
    };
    let monthly = monthly.as_ref().unwrap_or(&facts);
    let names: Vec<String> = cut.rows(&prefixes).map(|unit| unit.name.clone()).collect();
    let reached = |target: &Target| {
        let of = wire::counted(target.measure);
        let due = end_of(plan.year, target.due_month);
        let (standing, samples) = facts.standing(of, target.value, as_of);
        let units = unit_values((target.each_unit, &target.units), &names, of, placed);
        let unit = |(unit, value): (String, i64)| {
            let standing = unit_standing(of, figures.get(&unit).unwrap_or(&UnitFigures::default()), value);
            (unit, value, standing)
        };
        let months = monthly.months(of, plan.year, (until, as_of));
        wire::Reached {
            standing,
            samples,
            due,
            over: due < judged,
            units: units.into_iter().map(unit).collect(),
            months,
        }
    };
    let targets = targets.into_iter().map(|target| (reached(&target), target));
    Ok(PlanProgress {
        targets: targets.map(|(reached, target)| wire::target(target, reached)).collect(),
        months: domain::months(&monthly.recognised, until).into_iter().map(wire::month).collect(),
        tasks: Some(wire::tasks(counted)),
        late_tasks: late_tasks(&tasks, judged).into_iter().take(MOST_LATE).map(wire::late_task).collect(),
        units: unit_rows(&cut, &prefixes, figures),
        freshness: SOURCES.iter().map(|s| kit::follow::freshness(s, &cursors)).collect(),
        sample: plan.sample || samples > 0 || officers.all.sample || managers.all.sample,
        as_of: Some(day::pb(as_of)),
        unit_map_date: Some(day::pb(map_date)),
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

/// How a map cuts what lies in a plan's unit: by its districts, or by its communes where it has no districts or the plan's
/// unit is one.
pub(crate) struct Cut {
    day: Date,
    /// What stands for the plan's unit.
    root: Option<&'static Unit>,
    below: Vec<&'static Unit>,
    by_district: bool,
}

impl Cut {
    pub(crate) fn of(plan_unit: &str, day: Date) -> Self {
        let root = units::by_name(plan_unit).and_then(|unit| units::at_map(unit, day).ok());
        let list = |level| root.map(|root| units::list(Some(&root.name), Some(level), day)).unwrap_or_default();
        match list(Level::District) {
            districts if districts.is_empty() => {
                Self { day, root, below: list(Level::Commune), by_district: root.is_none() }
            }
            districts => Self { day, root, below: districts, by_district: true },
        }
    }

    /// The unit of the cut that a unit lies in; the unit itself where it lies above.
    pub(crate) fn place(&self, unit: &str) -> Option<String> {
        let there = units::at_map(units::by_name(unit)?, self.day).ok()?;
        let district = self.by_district.then(|| units::district_of(there)).flatten();
        Some(district.unwrap_or(there).name.clone())
    }

    /// Its units that lie in the plan's unit or came of it: a province that was merged has neighbours' communes below it on
    /// the newer map.
    fn rows<'a>(&'a self, prefixes: &'a [String]) -> impl Iterator<Item = &'static Unit> + 'a {
        let of_plan =
            |unit: &&Unit| units::prefixes(&unit.name).iter().any(|own| prefixes.iter().any(|p| own.starts_with(p)));
        self.below.iter().copied().filter(of_plan)
    }
}

/// All units of the cut, with zeros where nothing stands, and the plan's unit itself where something stands at it (officers
/// of the province).
fn unit_rows(cut: &Cut, prefixes: &[String], mut figures: BTreeMap<String, UnitFigures>) -> Vec<pb::UnitProgress> {
    let known =
        cut.root.filter(|root| figures.contains_key(&root.name) && !cut.below.iter().any(|b| b.name == root.name));
    let mut rows: Vec<pb::UnitProgress> = known
        .into_iter()
        .chain(cut.rows(prefixes))
        .map(|unit| wire::unit(unit, figures.remove(&unit.name).unwrap_or_default()))
        .collect();
    // Whatever the map places outside the plan's own unit still shows.
    rows.extend(rest(figures));
    rows
}

fn rest(figures: BTreeMap<String, UnitFigures>) -> impl Iterator<Item = pb::UnitProgress> {
    figures.into_iter().filter_map(|(name, f)| units::by_name(&name).map(|u| wire::unit(u, f)))
}
