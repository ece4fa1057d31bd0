//! Progress between the wire and the domain.

use kit::{Page, Violations, day};
use proto::budget::v1::Measure;
use proto::common::v1::ErrorReason as Common;
use proto::insights::v1 as pb;
use time::Date;

use super::domain::targets::{Counted, MonthStanding, Task, Tasks};
use super::domain::{MonthFigures, Standing, UnitFigures};
use super::store::Plan;
use crate::feeds::store::Target;

/// What was asked for.
pub(super) struct Asked {
    pub(super) plan: String,
    pub(super) as_of: Option<Date>,
    pub(super) unit_map_date: Option<Date>,
    /// Whose months; empty for those of the whole plan.
    pub(super) months_of: String,
}

pub(super) fn get_plan_progress(req: &pb::GetPlanProgressRequest, v: &mut Violations) -> Option<Asked> {
    let plan = v.name("name", &req.name, "plans");
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    // No feed can be complete until a day that has not come.
    if let Some(Some(date)) = as_of
        && date > v.today()
    {
        v.add("as_of", Common::DateInFuture, &[("date", &day::text(date))]);
    }
    let unit_map_date = v.opt_date("unit_map_date", req.unit_map_date.as_ref());
    // The figures are cut by the map of unit_map_date, or of as_of where no other is named.
    let cut_by = match (as_of, unit_map_date) {
        (_, Some(Some(date))) => Some(("unit_map_date", date)),
        (Some(Some(date)), Some(None)) => Some(("as_of", date)),
        _ => None,
    };
    if let Some((field, date)) = cut_by
        && date < reference::units::FIRST_KNOWN_DAY
    {
        v.add(field, Common::DateBeforeKnown, &[("date", &day::text(reference::units::FIRST_KNOWN_DAY))]);
    }
    if !req.months_of_unit.is_empty() && reference::units::by_name(&req.months_of_unit).is_none() {
        v.add("months_of_unit", Common::UnitUnknown, &[("unit", &req.months_of_unit)]);
    }
    plan?;
    let months_of = req.months_of_unit.clone();
    Some(Asked { plan: req.name.clone(), as_of: as_of?, unit_map_date: unit_map_date?, months_of })
}

pub(super) fn list_plan_progress(req: &pb::ListPlanProgressRequest, v: &mut Violations) -> Option<(i32, Page)> {
    let page = v.page(req.page_size, &req.page_token, &[&req.year.to_string()])?;
    Some((req.year, page))
}

pub(super) fn plan_head(plan: Plan) -> pb::PlanHead {
    pb::PlanHead { name: plan.plan, title: plan.title, unit: plan.unit, year: plan.year, sample: plan.sample }
}

/// What a measure counts.
pub(super) fn counted(measure: i32) -> Counted {
    match Measure::try_from(measure).unwrap_or_default() {
        Measure::ProductsRecognised => Counted::Recognised,
        Measure::ProductsRecognisedFourStars => Counted::FourStars,
        Measure::ProductsRecognisedAgain => Counted::Again,
        Measure::OfficersTrainedPercent => Counted::Officers,
        Measure::ProducerManagersTrainedPercent => Counted::Managers,
        // A measure of a newer program has no figures here.
        Measure::Unspecified => Counted::Nothing,
    }
}

/// What stands against a target.
pub(super) struct Reached {
    /// In all.
    pub(super) standing: Standing,
    /// How many of what is reached are samples.
    pub(super) samples: i64,
    /// The last day on which it is reached in time.
    pub(super) due: Date,
    /// That day was over.
    pub(super) over: bool,
    /// By unit, with the value there.
    pub(super) units: Vec<(String, i64, Standing)>,
    /// By month.
    pub(super) months: Vec<MonthStanding>,
}

pub(super) fn target(target: Target, reached: Reached) -> pb::TargetProgress {
    let Reached { standing, samples, due, over, units, months } = reached;
    pb::TargetProgress {
        measure: Measure::try_from(target.measure).unwrap_or_default().into(),
        target: target.value,
        topics: target.topics,
        due_date: Some(day::pb(due)),
        late: over && !standing.met,
        units: units.into_iter().map(|unit| target_unit(unit, over)).collect(),
        months: months.into_iter().map(target_month).collect(),
        reached: standing.reached,
        total: standing.total,
        percent: standing.percent,
        missing: standing.missing,
        met: standing.met,
        reached_samples: samples,
    }
}

fn target_unit((unit, value, standing): (String, i64, Standing), over: bool) -> pb::TargetUnit {
    pb::TargetUnit {
        display_name: reference::units::by_name(&unit).map(|unit| unit.display_name.clone()).unwrap_or_default(),
        unit,
        target: value,
        late: over && !standing.met,
        reached: standing.reached,
        total: standing.total,
        percent: standing.percent,
        missing: standing.missing,
        met: standing.met,
    }
}

fn target_month(month: MonthStanding) -> pb::TargetMonth {
    pb::TargetMonth {
        month: i32::from(month.month),
        reached: month.reached,
        in_month: month.in_month,
        total: month.total,
        percent: month.percent,
    }
}

/// Tasks as they are counted.
pub(super) fn tasks(tasks: Tasks) -> pb::TaskCounts {
    let [planned, under_way, done, cancelled, carried_over] = tasks.states;
    pb::TaskCounts { planned, under_way, done, cancelled, carried_over, late: tasks.late }
}

/// A task that is late by some days.
pub(super) fn late_task((task, days): (&Task, i64)) -> pb::LateTask {
    pb::LateTask {
        task: task.task.clone(),
        unit: task.unit.clone(),
        due_date: task.due.map(day::pb),
        days_late: i32::try_from(days).unwrap_or(i32::MAX),
    }
}

pub(super) fn unit(unit: &reference::units::Unit, figures: UnitFigures) -> pb::UnitProgress {
    pb::UnitProgress {
        unit: unit.name.clone(),
        display_name: unit.display_name.clone(),
        products_recognised: figures.recognised,
        products_recognised_samples: figures.recognised_samples,
        officers: figures.officers.total,
        officers_trained: figures.officers.trained,
        producer_managers: figures.managers.total,
        producer_managers_trained: figures.managers.trained,
        officers_trained_samples: figures.officers.samples,
        producer_managers_trained_samples: figures.managers.samples,
        products_recognised_four_stars: figures.four_stars,
        products_recognised_again: figures.again,
        tasks: Some(tasks(figures.tasks)),
    }
}

pub(super) fn month(month: MonthFigures) -> pb::MonthProgress {
    pb::MonthProgress {
        month: i32::from(month.month),
        products_recognised: month.recognised,
        products_recognised_so_far: month.so_far,
        products_recognised_samples: month.samples,
    }
}
