//! Costs between the wire and the domain.

use kit::{Violations, day};
use proto::budget::v1::SpendingCategory;
use proto::common::v1::ErrorReason as Common;
use proto::insights::v1 as pb;
use reference::units::{self, FIRST_KNOWN_DAY};
use time::Date;

use super::domain::{Figures, each};

/// What was asked for.
pub(super) struct Asked {
    pub(super) plan: String,
    pub(super) as_of: Option<Date>,
    pub(super) unit_map_date: Option<Date>,
}

pub(super) fn get_result_costs(req: &pb::GetResultCostsRequest, v: &mut Violations) -> Option<Asked> {
    let plan = v.name("name", &req.name, "plans");
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    if let Some(Some(date)) = as_of
        && date > v.today()
    {
        v.add("as_of", Common::DateInFuture, &[("date", &day::text(date))]);
    }
    let unit_map_date = v.opt_date("unit_map_date", req.unit_map_date.as_ref());
    if let Some(Some(date)) = unit_map_date
        && date < FIRST_KNOWN_DAY
    {
        v.add("unit_map_date", Common::DateBeforeKnown, &[("date", &day::text(FIRST_KNOWN_DAY))]);
    }
    plan?;
    Some(Asked { plan: req.name.clone(), as_of: as_of?, unit_map_date: unit_map_date? })
}

/// The category of training, as events number it.
pub(super) fn training() -> i32 {
    SpendingCategory::Training.into()
}

pub(super) fn figures(of: &Figures) -> pb::CostFigures {
    pb::CostFigures {
        paid_vnd: of.paid_vnd,
        training_paid_vnd: of.training_paid_vnd,
        trained: of.trained,
        recognised: of.recognised,
        cost_per_trained_vnd: each(of.training_paid_vnd, of.trained),
        cost_per_recognised_vnd: each(of.paid_vnd, of.recognised),
    }
}

pub(super) fn category((category, paid_vnd, entries): (i32, i64, i64)) -> pb::CategoryPayments {
    pb::CategoryPayments { category, paid_vnd, entries }
}

pub(super) fn unit(name: String, of: &Figures) -> pb::UnitCosts {
    let display_name = units::by_name(&name).map(|unit| unit.display_name.clone()).unwrap_or_default();
    pb::UnitCosts { unit: name, display_name, figures: Some(figures(of)) }
}
