//! The RPCs of other resources.

use kit::{Answer, Error, Fact, Kit, Result, Write};
use proto::budget::v1::resource_service_server::ResourceService;
use proto::budget::v1::{self as pb, ListPledgesResponse, ListReceiptsResponse, Receipt, ResourceSummary};
use tonic::{Request, async_trait};

use super::domain::{Verb, step};
use super::store::{self, Pledge};
use super::wire::{self, NewReceipt};
use crate::plans;
use crate::shared::wire::not_before;

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

fn tell<P>(w: &Write<P>, resource: &str, pledge: &Pledge, on: time::Date) {
    let fact = Fact::of(resource).at(&pledge.unit).on(on).sample(pledge.sample);
    w.record(fact.tells(&wire::moved(pledge)));
}

/// What a pledge has received after a receipt, or after one that takes back.
async fn received(w: &Write<NewReceipt>, pledge: &Pledge) -> Result<i64> {
    let want = &w.want;
    let verb = if want.reverses.is_some() { Verb::Correct } else { Verb::Receive };
    step(wire::state_of(pledge), verb).map_err(|refused| wire::forbidden(&refused))?;
    not_before("receipt.receive_date", want.receive_date, pledge.pledge_date)?;
    let Some(reversed) = want.reverses else { return Ok(pledge.received_vnd.saturating_add(want.amount_vnd)) };
    let found = store::fetch_receipt(w.tx(), reversed).await?;
    let (receipt, taken_back) =
        found.ok_or_else(|| wire::unknown("receipt.reverses", &wire::receipt_name(reversed)))?;
    not_before("receipt.receive_date", want.receive_date, receipt.receive_date)?;
    if receipt.pledge_id != pledge.id || receipt.reverses.is_some() {
        return Err(wire::mismatch(reversed));
    }
    let left = receipt.amount_vnd - taken_back;
    if want.amount_vnd > left {
        return Err(wire::too_large(reversed, left));
    }
    Ok(pledge.received_vnd - want.amount_vnd)
}

#[async_trait]
impl ResourceService for Api {
    async fn create_pledge(&self, request: Request<pb::CreatePledgeRequest>) -> Answer<pb::Pledge> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_pledge, move |w| async move {
                let new = &w.want;
                let plan = plans::store::fetch(w.tx(), new.plan).await?;
                let plan = plan.ok_or_else(|| wire::unknown("pledge.plan", &plans::wire::name_of(new.plan)))?;
                w.call.at(new.unit.map_or(plan.unit_path.as_str(), |unit| unit.path.as_str()))?;
                if let Some(unit) = new.unit {
                    let own = reference::units::prefixes(&plan.unit);
                    if !own.iter().any(|prefix| unit.path.starts_with(prefix)) {
                        return Err(wire::outside(&unit.name, &plan.unit));
                    }
                }
                let pledge = store::insert(w.tx(), id, (&plan, new), w.call.now_us).await?;
                tell(&w, &wire::name_of(id), &pledge, pledge.pledge_date);
                Ok(wire::pledge(pledge, w.call.today))
            })
            .await
    }

    async fn get_pledge(&self, request: Request<pb::GetPledgeRequest>) -> Answer<pb::Pledge> {
        self.kit
            .read(request, wire::get_pledge, |r| async move {
                let pledge = store::fetch(r.db(), r.want).await?;
                let pledge = pledge.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&pledge.unit_path)?;
                Ok(wire::pledge(pledge, r.call.today))
            })
            .await
    }

    async fn list_pledges(&self, request: Request<pb::ListPledgesRequest>) -> Answer<ListPledgesResponse> {
        self.kit
            .read(request, wire::list_pledges, |r| async move {
                let (filter, page) = &r.want;
                let pledges = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (pledges, next_page_token) = page.cut(pledges, |p| vec![p.id.to_string()]);
                let pledges = pledges.into_iter().map(|pledge| wire::pledge(pledge, r.call.today)).collect();
                Ok(ListPledgesResponse { pledges, next_page_token })
            })
            .await
    }

    async fn withdraw_pledge(&self, request: Request<pb::WithdrawPledgeRequest>) -> Answer<pb::Pledge> {
        self.kit
            .write(request, wire::withdraw_pledge, move |w| async move {
                let want = &w.want;
                let name = wire::name_of(want.id);
                let mut pledge = store::lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&pledge.unit_path)?;
                step(wire::state_of(&pledge), Verb::Withdraw).map_err(|refused| wire::forbidden(&refused))?;
                not_before("act_date", want.act_date, pledge.pledge_date)?;
                pledge.withdraw_date = Some(want.act_date);
                pledge.withdraw_reason.clone_from(&want.reason);
                let pledge = store::update(w.tx(), pledge, w.call.now_us).await?;
                tell(&w, &name, &pledge, want.act_date);
                Ok(wire::pledge(pledge, w.call.today))
            })
            .await
    }

    async fn create_receipt(&self, request: Request<pb::CreateReceiptRequest>) -> Answer<Receipt> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_receipt, move |w| async move {
                let want = &w.want;
                let pledge = store::lock(w.tx(), want.pledge).await?;
                let mut pledge = pledge.ok_or_else(|| wire::unknown("receipt.pledge", &wire::name_of(want.pledge)))?;
                w.call.at(&pledge.unit_path)?;
                pledge.received_vnd = received(&w, &pledge).await?;
                pledge.sample |= want.sample;
                let pledge = store::update(w.tx(), pledge, w.call.now_us).await?;
                let receipt = store::Receipt {
                    id,
                    pledge_id: pledge.id,
                    plan_id: pledge.plan_id,
                    unit_path: pledge.unit_path.clone(),
                    amount_vnd: want.amount_vnd,
                    receive_date: want.receive_date,
                    document_number: want.document_number.clone(),
                    reverses: want.reverses,
                    sample: pledge.sample,
                    create_us: w.call.now_us,
                };
                let receipt = store::insert_receipt(w.tx(), receipt).await?;
                tell(&w, &wire::receipt_name(id), &pledge, want.receive_date);
                Ok(wire::receipt(receipt))
            })
            .await
    }

    async fn list_receipts(&self, request: Request<pb::ListReceiptsRequest>) -> Answer<ListReceiptsResponse> {
        self.kit
            .read(request, wire::list_receipts, |r| async move {
                let (of, page) = &r.want;
                let receipts = store::receipts(r.db(), &r.call.scope(), *of, page).await?;
                let (receipts, next_page_token) = page.cut(receipts, |receipt| vec![receipt.id.to_string()]);
                let receipts = receipts.into_iter().map(wire::receipt).collect();
                Ok(ListReceiptsResponse { receipts, next_page_token })
            })
            .await
    }

    async fn get_resource_summary(&self, request: Request<pb::GetResourceSummaryRequest>) -> Answer<ResourceSummary> {
        self.kit
            .read(request, wire::get_resource_summary, |r| async move {
                let plan = plans::store::fetch(r.db(), r.want).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(r.want)))?;
                r.call.at(&plan.unit_path)?;
                let (figures, sample) = store::figures(r.db(), plan.id).await?;
                Ok(wire::summary(plan.id, &figures, sample))
            })
            .await
    }
}
