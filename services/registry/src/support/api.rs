//! SupportService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::support_service_server::SupportService;
use time::Date;
use tonic::{Request, async_trait};

use super::domain::{SUPPORT, SupportState, SupportStep, earliest, years_hold};
use super::store::{self, Support};
use super::wire::{self, Act};
use crate::assignments::wire::map_day;
use crate::products;
use crate::shared::own;
use crate::shared::states::step;

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

fn tell<P>(w: &Write<P>, support: &Support, on: Date) {
    let fact = Fact::of(&name::of("supportPackages", support.id)).at(&support.unit).on(on);
    w.record(fact.sample(support.sample).tells(&wire::recorded(support)));
}

/// The package after a step; its state and times change, nothing else.
fn after(mut support: Support, verb: SupportStep, now_us: i64) -> Result<Support> {
    let state = SupportState::of_number(support.state).ok_or_else(|| Error::internal("a package in no state"))?;
    let to = step(SUPPORT, state, verb).map_err(|f| wire::forbids(support.id, &f))?;
    support.state = to.number();
    support.version += 1;
    support.update_us = now_us;
    Ok(support)
}

/// Approves, refuses, delivers or cancels a package.
async fn take(w: &Write<Act>) -> Result<pb::SupportPackage> {
    let act = &w.want;
    let name = name::of("supportPackages", act.id);
    let support = store::support_lock(w.tx(), act.id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&support.unit_path)?;
    kit::fresh(&act.etag, support.version, &name)?;
    let mut support = after(support, act.step, w.call.now_us)?;
    let first = earliest(support.propose_date, support.decision_date);
    if act.on < first {
        return Err(wire::too_early(act.step, first));
    }
    let (on, text) = (Some(act.on), act.text.clone());
    match act.step {
        SupportStep::Approve => (support.decision_date, support.decision_number) = (on, text),
        SupportStep::Deliver => (support.deliver_date, support.evidence) = (on, text),
        _ => (support.end_date, support.reason) = (on, text),
    }
    store::support_update(w.tx(), &support).await?;
    tell(w, &support, act.on);
    Ok(wire::support(support))
}

#[async_trait]
impl SupportService for Api {
    async fn create_support_package(
        &self,
        request: Request<pb::CreateSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let product = products::store::product_fetch(w.tx(), want.product).await?;
                let product = product.ok_or_else(|| wire::unknown_product(want.product))?;
                w.call.at(&product.unit_path)?;
                if want.propose_date < product.registration_date {
                    return Err(wire::proposed_too_early(product.registration_date));
                }
                let support = Support {
                    id: self.kit.new_id(),
                    product_id: product.id,
                    unit: product.unit,
                    unit_path: product.unit_path,
                    recognition_year: want.recognition_year,
                    year: want.year,
                    kind: want.kind,
                    description: want.description.clone(),
                    amount_vnd: want.amount_vnd,
                    propose_date: want.propose_date,
                    state: SupportState::Proposed.number(),
                    decision_number: String::new(),
                    decision_date: None,
                    deliver_date: None,
                    evidence: String::new(),
                    end_date: None,
                    reason: String::new(),
                    sample: want.sample || product.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                store::support_insert(w.tx(), &support).await?;
                tell(&w, &support, support.propose_date);
                Ok(wire::support(support))
            })
            .await
    }

    async fn get_support_package(&self, request: Request<pb::GetSupportPackageRequest>) -> Answer<pb::SupportPackage> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "supportPackages"),
                |r| async move {
                    let support = store::support_fetch(r.db(), r.want).await?;
                    let support = support.ok_or_else(|| Error::not_found(name::of("supportPackages", r.want)))?;
                    own::at_product(&r.call, r.db(), &support.unit_path, support.product_id).await?;
                    Ok(wire::support(support))
                },
            )
            .await
    }

    async fn list_support_packages(
        &self,
        request: Request<pb::ListSupportPackagesRequest>,
    ) -> Answer<pb::ListSupportPackagesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::support_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |(s, _)| vec![s.id.to_string()]);
                let map = filter.map.as_ref();
                let support_packages = found.into_iter().map(|of| wire::listed(of, map)).collect();
                Ok(pb::ListSupportPackagesResponse { support_packages, next_page_token, map_date: map_day(map) })
            })
            .await
    }

    async fn get_support_totals(&self, request: Request<pb::GetSupportTotalsRequest>) -> Answer<pb::SupportTotals> {
        self.kit
            .read(request, wire::get_totals, |r| async move {
                Ok(wire::totals(&store::totals(r.db(), &r.call.reach(), &r.want).await?))
            })
            .await
    }

    async fn update_support_package(
        &self,
        request: Request<pb::UpdateSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let want = &w.want;
                let name = name::of("supportPackages", want.id);
                let support = store::support_lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&support.unit_path)?;
                kit::fresh(&want.etag, support.version, &name)?;
                let mut support = after(support, SupportStep::Update, w.call.now_us)?;
                let change = want.change.clone();
                support.year = change.year.unwrap_or(support.year);
                support.kind = change.kind.unwrap_or(support.kind);
                support.description = change.description.unwrap_or(support.description);
                support.amount_vnd = change.amount_vnd.unwrap_or(support.amount_vnd);
                if !years_hold(support.recognition_year, support.year) {
                    return Err(wire::recognised_later(support.recognition_year));
                }
                store::support_update(w.tx(), &support).await?;
                tell(&w, &support, w.call.today);
                Ok(wire::support(support))
            })
            .await
    }

    async fn approve_support_package(
        &self,
        request: Request<pb::ApproveSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit.write(request, wire::approve, move |w| async move { take(&w).await }).await
    }

    async fn refuse_support_package(
        &self,
        request: Request<pb::RefuseSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit.write(request, wire::refuse, move |w| async move { take(&w).await }).await
    }

    async fn deliver_support_package(
        &self,
        request: Request<pb::DeliverSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit.write(request, wire::deliver, move |w| async move { take(&w).await }).await
    }

    async fn cancel_support_package(
        &self,
        request: Request<pb::CancelSupportPackageRequest>,
    ) -> Answer<pb::SupportPackage> {
        self.kit.write(request, wire::cancel, move |w| async move { take(&w).await }).await
    }
}
