//! VacancyService.

use kit::{Answer, Call, Kit, Page, Result, day};
use proto::registry::v1 as pb;
use proto::registry::v1::vacancy_service_server::VacancyService;
use reference::units::{self, Unit};
use sea_orm::ConnectionTrait;
use tonic::{Request, async_trait};

use super::domain::{self, Vacancy};
use super::wire::{self, Wanted};
use crate::duties;

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

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A page of vacant units, and one more.
pub(crate) struct Found {
    pub(crate) vacancies: Vec<Vacancy>,
    /// How many units there are.
    units: usize,
    /// How many of them are vacant.
    vacant: usize,
    sample: bool,
}

/// The vacant units behind those that were read.
pub(crate) async fn found(db: &impl ConnectionTrait, call: &Call, want: &Wanted, page: &Page) -> Result<Found> {
    let scope = call.scope();
    let seen = |unit: &&'static Unit| scope.holds(&unit.path) && want.within.holds(&unit.path);
    let units: Vec<_> = units::list(None, Some(want.level), want.as_of).into_iter().filter(seen).collect();
    let posts = duties::store::posts_by_title(db, &scope, &want.within, want.as_of).await?;
    let all = domain::vacant(&units, &posts, &want.title, want.as_of);
    let vacant = all.vacancies.len();
    let last = page.after.as_ref().and_then(|after| after.first()).cloned().unwrap_or_default();
    let most = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
    let shown = all.vacancies.into_iter().filter(|vacancy| vacancy.unit.code > last).take(most);
    Ok(Found { vacancies: shown.collect(), units: units.len(), vacant, sample: all.sample })
}

#[async_trait]
impl VacancyService for Api {
    async fn list_vacancies(&self, request: Request<pb::ListVacanciesRequest>) -> Answer<pb::ListVacanciesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let want = &r.want;
                let found = found(r.db(), &r.call, want, &want.page).await?;
                let (shown, next_page_token) =
                    want.page.cut(found.vacancies, |vacancy| vec![vacancy.unit.code.clone()]);
                Ok(pb::ListVacanciesResponse {
                    vacancies: shown.iter().map(wire::vacancy).collect(),
                    next_page_token,
                    as_of: Some(day::pb(want.as_of)),
                    units: count(found.units),
                    vacant: count(found.vacant),
                    sample: found.sample,
                })
            })
            .await
    }
}
