//! VisitService.

use kit::{Answer, Call, Error, Fact, Kit, Page, Result, Scope, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::visit_service_server::VisitService;
use reference::units::Unit;
use sea_orm::ConnectionTrait;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{is_visited, year_begin};
use super::store::{self, Visit};
use super::wire::{self, Found, Unvisited};
use crate::assignments::wire::map_day;
use crate::duties::domain::held;
use crate::{duties, products, units};

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

fn tell<P>(w: &Write<P>, visit: &Visit, on: Date) {
    let fact = Fact::of(&name::of("visits", visit.id)).at(&visit.unit).on(on);
    w.record(fact.sample(visit.sample).tells(&wire::recorded(visit)));
}

/// Checks what a visit names; true where any of it is a sample.
async fn check(
    tx: &impl ConnectionTrait,
    (officers, candidates): (&[Uuid], &[Uuid]),
    on: Date,
    scope: &Scope,
) -> Result<bool> {
    let posts = if officers.is_empty() { Vec::new() } else { duties::store::post_batch(tx, officers).await? };
    let goods = if candidates.is_empty() { Vec::new() } else { products::store::product_batch(tx, candidates).await? };
    let sample = posts.iter().any(|p| p.sample) || goods.iter().any(|p| p.sample);
    let found = Found {
        officers: posts.iter().map(|p| (p.id, held(p.begin_date, p.end_date, on))).collect(),
        candidates: goods.into_iter().map(|p| (p.id, p.unit_path)).collect(),
    };
    wire::referenced((officers, candidates), &found, on, scope)?;
    Ok(sample)
}

/// The units that were not visited, behind those that were read: a page and one more.
pub(crate) async fn unvisited(
    db: &impl ConnectionTrait,
    call: &Call,
    want: &Unvisited,
    page: &Page,
) -> Result<Vec<&'static Unit>> {
    call.at(&want.unit.path)?;
    let within = Scope::Within(reference::units::prefixes(&want.unit.name));
    let visited = store::visited(db, &within, year_begin(want.as_of), want.as_of).await?;
    let last = page.after.as_ref().and_then(|after| after.first().cloned()).unwrap_or_default();
    let most = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
    let below = reference::units::list(Some(&want.unit.name), want.level, want.as_of).into_iter();
    let missing = below
        .filter(|unit| unit.code > last)
        .filter(|unit| !is_visited(&reference::units::prefixes(&unit.name), &visited));
    Ok(missing.take(most).collect())
}

#[async_trait]
impl VisitService for Api {
    async fn create_visit(&self, request: Request<pb::CreateVisitRequest>) -> Answer<pb::Visit> {
        self.kit
            .write(request, wire::create_visit, move |w| async move {
                let want = &w.want;
                w.call.at(&want.unit.path)?;
                let named = (&*want.officers, &*want.candidates);
                let sample = check(w.tx(), named, want.visit_date, &w.call.scope()).await?;
                let visit = Visit {
                    id: self.kit.new_id(),
                    unit: want.unit.name.clone(),
                    unit_path: want.unit.path.clone(),
                    visit_date: want.visit_date,
                    officers: want.officers.clone(),
                    findings: want.findings.clone(),
                    candidates: want.candidates.clone(),
                    steps: want.steps.clone(),
                    sample: want.sample || sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                store::visit_insert(w.tx(), &visit).await?;
                tell(&w, &visit, visit.visit_date);
                Ok(wire::visit(visit))
            })
            .await
    }

    async fn get_visit(&self, request: Request<pb::GetVisitRequest>) -> Answer<pb::Visit> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "visits"),
                |r| async move {
                    let visit = store::visit_fetch(r.db(), r.want).await?;
                    let visit = visit.ok_or_else(|| Error::not_found(name::of("visits", r.want)))?;
                    r.call.at(&visit.unit_path)?;
                    Ok(wire::visit(visit))
                },
            )
            .await
    }

    async fn list_visits(&self, request: Request<pb::ListVisitsRequest>) -> Answer<pb::ListVisitsResponse> {
        self.kit
            .read(request, wire::list_visits, |r| async move {
                let (filter, page) = &r.want;
                let visits = store::visit_list(r.db(), &r.call.scope(), filter, page).await?;
                let key = |v: &Visit| kit::rows::cursor(kit::day::iso(v.visit_date), v.id);
                let (visits, next_page_token) = page.cut(visits, key);
                let map = filter.map.as_ref();
                let visits = visits.into_iter().map(|visit| wire::listed(visit, map)).collect();
                Ok(pb::ListVisitsResponse { visits, next_page_token, map_date: map_day(map) })
            })
            .await
    }

    async fn update_visit(&self, request: Request<pb::UpdateVisitRequest>) -> Answer<pb::Visit> {
        self.kit
            .write(request, wire::update_visit, move |w| async move {
                let want = &w.want;
                let name = name::of("visits", want.id);
                let mut visit = store::visit_lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&visit.unit_path)?;
                kit::fresh(&want.etag, visit.version, &name)?;
                if let Some(candidates) = &want.candidates {
                    let named: (&[Uuid], &[Uuid]) = (&[], candidates);
                    let sample = check(w.tx(), named, visit.visit_date, &w.call.scope()).await?;
                    visit.sample = visit.sample || sample;
                    visit.candidates.clone_from(candidates);
                }
                if let Some(steps) = &want.steps {
                    wire::in_order(steps, visit.visit_date)?;
                    visit.steps.clone_from(steps);
                }
                if let Some(findings) = &want.findings {
                    visit.findings.clone_from(findings);
                }
                visit.version += 1;
                visit.update_us = w.call.now_us;
                store::visit_update(w.tx(), &visit).await?;
                tell(&w, &visit, w.call.today);
                Ok(wire::visit(visit))
            })
            .await
    }

    async fn list_unvisited_units(
        &self,
        request: Request<pb::ListUnvisitedUnitsRequest>,
    ) -> Answer<pb::ListUnvisitedUnitsResponse> {
        self.kit
            .read(request, wire::list_unvisited, |r| async move {
                let want = &r.want;
                let missing = unvisited(r.db(), &r.call, want, &want.page).await?;
                let (missing, next_page_token) = want.page.cut(missing, |u| vec![u.code.clone()]);
                let units = missing.into_iter().map(units::wire::unit).collect();
                Ok(pb::ListUnvisitedUnitsResponse { units, next_page_token })
            })
            .await
    }
}
