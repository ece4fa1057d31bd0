//! Vacancies on the wire.

use kit::{Page, Scope, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use reference::units::{FIRST_KNOWN_DAY, Level};
use time::Date;

use super::domain::Vacancy;
use crate::shared::wire::within;
use crate::units::wire::{level, level_of};

/// What is asked for.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) as_of: Date,
    pub(crate) level: Level,
    pub(crate) within: Scope,
    pub(crate) title: String,
    pub(crate) page: Page,
}

pub(crate) fn list(req: &pb::ListVacanciesRequest, v: &mut Violations) -> Option<Wanted> {
    let today = v.today();
    let as_of = v.date_or("as_of", req.as_of.as_ref(), today);
    if as_of.is_some_and(|day| day < FIRST_KNOWN_DAY) {
        v.add("as_of", Common::DateBeforeKnown, &[("date", &day::text(FIRST_KNOWN_DAY))]);
    }
    let within = within(v, &req.unit, Some(as_of));
    // Left out it stays today: a walk over midnight goes on.
    let day = req.as_of.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&day, &req.level.to_string(), &req.unit, &req.title]);
    Some(Wanted { as_of: as_of?, level: level_of(req.level)?, within: within?, title: req.title.clone(), page: page? })
}

pub(crate) fn vacancy(v: &Vacancy) -> pb::Vacancy {
    pb::Vacancy {
        unit: v.unit.name.clone(),
        display_name: v.unit.display_name.clone(),
        level: level(v.unit.level).into(),
        last_held_date: v.last.map(day::pb),
        sample: v.sample,
    }
}
