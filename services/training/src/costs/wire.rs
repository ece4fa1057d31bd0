//! Costs between the wire and the domain.

use kit::{Scope, Violations};
use proto::training::v1 as pb;
use reference::units::{self, Unit};
use time::Date;

use super::domain::{CourseFigures, Figures};
use crate::courses::wire::name_of;
use crate::shared::wire::{in_order, unit_of_report};

/// What was asked for.
pub struct Asked {
    pub unit: &'static Unit,
    pub within: Scope,
    pub from: Date,
    pub to: Date,
}

/// Reads a request.
pub fn get(req: &pb::GetTrainingCostsRequest, v: &mut Violations) -> Option<Asked> {
    let from = v.date("end_date_from", req.end_date_from.as_ref());
    let to = v.date("end_date_to", req.end_date_to.as_ref());
    let unit = unit_of_report(v, "unit", &req.unit, ("end_date_from", from));
    let (from, to) = (from?, to?);
    in_order(v, "end_date_to", from, to);
    let unit = unit?;
    Some(Asked { unit, within: Scope::Within(units::prefixes(&unit.name)), from, to })
}

fn figures(figures: &Figures) -> pb::CostFigures {
    pb::CostFigures {
        sessions: figures.sessions,
        cancelled: figures.cancelled,
        planned_cost_vnd: figures.planned_vnd,
        actual_cost_vnd: figures.actual_vnd,
        without_actual_cost: figures.without_actual,
        trained: i32::try_from(figures.trained).unwrap_or(i32::MAX),
        cost_per_trained_vnd: figures.per_trained(),
        sample: figures.sample,
    }
}

/// Costs as they are answered.
#[must_use]
pub fn costs(unit: &Unit, total: &Figures, courses: Vec<CourseFigures>) -> pb::TrainingCosts {
    let course = |((id, title), sums): CourseFigures| pb::CourseCosts {
        course: name_of(id),
        title,
        figures: Some(figures(&sums)),
    };
    pb::TrainingCosts {
        unit: unit.name.clone(),
        total: Some(figures(total)),
        courses: courses.into_iter().map(course).collect(),
    }
}
