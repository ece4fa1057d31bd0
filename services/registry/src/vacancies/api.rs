//! VacancyService.

use kit::{Answer, Kit, day};
use proto::registry::v1 as pb;
use proto::registry::v1::vacancy_service_server::VacancyService;
use reference::units::{self, Unit};
use tonic::{Request, async_trait};

use super::{domain, wire};
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

#[async_trait]
impl VacancyService for Api {
    async fn list_vacancies(&self, request: Request<pb::ListVacanciesRequest>) -> Answer<pb::ListVacanciesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let want = &r.want;
                let scope = r.call.scope();
                let seen = |unit: &&'static Unit| scope.holds(&unit.path) && want.within.holds(&unit.path);
                let units: Vec<_> = units::list(None, Some(want.level), want.as_of).into_iter().filter(seen).collect();
                let posts = duties::store::posts_by_title(r.db(), &scope, &want.within, want.as_of).await?;
                let vacant = domain::vacant(&units, &posts, &want.title, want.as_of);
                let all = count(vacant.len());
                let last = want.page.after.as_ref().and_then(|after| after.first()).cloned().unwrap_or_default();
                let most = usize::try_from(want.page.size).unwrap_or(usize::MAX).saturating_add(1);
                let shown = vacant.into_iter().filter(|vacancy| vacancy.unit.code > last).take(most).collect();
                let (shown, next_page_token) = want.page.cut(shown, |vacancy| vec![vacancy.unit.code.clone()]);
                Ok(pb::ListVacanciesResponse {
                    vacancies: shown.iter().map(wire::vacancy).collect(),
                    next_page_token,
                    as_of: Some(day::pb(want.as_of)),
                    units: count(units.len()),
                    vacant: all,
                })
            })
            .await
    }
}
