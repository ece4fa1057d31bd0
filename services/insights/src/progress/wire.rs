//! Progress between the wire and the domain.

use kit::{Page, Violations, day};
use proto::budget::v1::Measure;
use proto::common::v1::ErrorReason as Common;
use proto::insights::v1 as pb;
use time::Date;

use super::domain::{MonthFigures, Standing, UnitFigures};
use super::store::Plan;
use crate::feeds::store::Target;

/// What was asked for.
pub(super) struct Asked {
    pub(super) plan: String,
    pub(super) as_of: Option<Date>,
    pub(super) unit_map_date: Option<Date>,
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
    plan?;
    Some(Asked { plan: req.name.clone(), as_of: as_of?, unit_map_date: unit_map_date? })
}

pub(super) fn list_plan_progress(req: &pb::ListPlanProgressRequest, v: &mut Violations) -> Option<(i32, Page)> {
    let page = v.page(req.page_size, &req.page_token, &[&req.year.to_string()])?;
    Some((req.year, page))
}

pub(super) fn plan_head(plan: Plan) -> pb::PlanHead {
    pb::PlanHead { name: plan.plan, title: plan.title, unit: plan.unit, year: plan.year, sample: plan.sample }
}

pub(super) fn target(target: Target, standing: Standing, samples: i64) -> pb::TargetProgress {
    pb::TargetProgress {
        // A measure of a newer program has no figures here.
        measure: Measure::try_from(target.measure).unwrap_or_default().into(),
        target: target.value,
        topics: target.topics,
        reached: standing.reached,
        total: standing.total,
        percent: standing.percent,
        missing: standing.missing,
        met: standing.met,
        reached_samples: samples,
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
