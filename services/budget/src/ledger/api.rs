//! The RPCs of the ledger.

use kit::{Answer, Error, Fact, Kit, Result, Write};
use proto::budget::v1::ledger_service_server::LedgerService;
use proto::budget::v1::{
    self as pb, Entry, LedgerVerdict, LineBalance, ListEntriesResponse, ListLineBalancesResponse, TrialBalance,
};
use tonic::{Request, async_trait};

use super::domain::{self, Corrected, Posting};
use super::{store, wire};
use crate::estimates::store::Line;
use crate::shared::wire::not_before;
use crate::{periods, plans, transfers};

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

/// What is to be posted to a locked line: the kind's own movement, or one that takes back part of an earlier entry.
async fn posting(w: &Write<wire::Post>, line: &Line) -> Result<Posting> {
    let want = &w.want;
    let Some(reversed) = want.reverses else { return Ok(Posting::of(want.kind, want.amount_vnd)) };
    let entry = store::fetch(w.tx(), reversed).await?.ok_or_else(|| wire::no_entry(reversed))?;
    not_before("act_date", want.act_date, entry.act_date)?;
    let corrected = Corrected {
        same_line: entry.line_id == line.id,
        kind: store::kind(&entry)?,
        amount_vnd: entry.amount_vnd,
        is_correction: entry.reverses.is_some(),
        taken_back_vnd: store::taken_back(w.tx(), reversed).await?,
    };
    domain::correction(&corrected, want.kind, want.amount_vnd).map_err(|fault| wire::not_correctable(reversed, fault))
}

#[async_trait]
impl LedgerService for Api {
    async fn post_entry(&self, request: Request<pb::PostEntryRequest>) -> Answer<Entry> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::post_entry, move |w| async move {
                let want = &w.want;
                let line = store::lock_line(w.tx(), want.line).await?.ok_or_else(|| wire::no_line(want.line))?;
                w.call.at(&line.unit_path)?;
                let assigned = line.assign_date.ok_or_else(|| wire::not_assigned(line.id))?;
                not_before("act_date", want.act_date, assigned)?;
                let posting = posting(&w, &line).await?;
                let book = periods::store::hold(w.tx(), line.plan_id).await?;
                periods::wire::admitted(
                    &book,
                    posting,
                    ("act_date", want.act_date),
                    (w.call.as_ref(), &line.unit_path),
                )?;
                let after = store::balances(&line).post(posting).map_err(wire::too_low)?;
                store::keep_balances(w.tx(), line.id, &after).await?;
                let act = store::Act {
                    date: want.act_date,
                    note: &want.note,
                    reverses: want.reverses,
                    transfer: None,
                    sample: want.sample,
                    now_us: w.call.now_us,
                };
                let entry = store::entry(id, &line, posting, &act);
                store::insert(w.tx(), std::slice::from_ref(&entry)).await?;
                store::mark_sample(w.tx(), &line, entry.sample).await?;
                w.record(
                    Fact::of(&wire::name_of(id))
                        .at(&entry.unit)
                        .on(entry.act_date)
                        .sample(entry.sample)
                        .tells(&wire::posted(&entry, &line)?),
                );
                Ok(wire::entry(entry))
            })
            .await
    }

    async fn get_entry(&self, request: Request<pb::GetEntryRequest>) -> Answer<Entry> {
        self.kit
            .read(request, wire::get_entry, |r| async move {
                let entry = store::fetch(r.db(), r.want).await?;
                let entry = entry.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&entry.unit_path)?;
                Ok(wire::entry(entry))
            })
            .await
    }

    async fn list_entries(&self, request: Request<pb::ListEntriesRequest>) -> Answer<ListEntriesResponse> {
        self.kit
            .read(request, wire::list_entries, |r| async move {
                let (filter, page) = &r.want;
                let entries = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (entries, next_page_token) = page.cut(entries, |e| vec![e.id.to_string()]);
                Ok(ListEntriesResponse { entries: entries.into_iter().map(wire::entry).collect(), next_page_token })
            })
            .await
    }

    async fn get_line_balance(&self, request: Request<pb::GetLineBalanceRequest>) -> Answer<LineBalance> {
        self.kit
            .read(request, wire::get_line_balance, |r| async move {
                let (id, times) = r.want;
                let found = store::fetch_line(r.db(), id, times).await?;
                let found = found.ok_or_else(|| Error::not_found(crate::estimates::wire::line_name(id)))?;
                r.call.at(&found.line.unit_path)?;
                Ok(wire::line_balance(found))
            })
            .await
    }

    async fn list_line_balances(
        &self,
        request: Request<pb::ListLineBalancesRequest>,
    ) -> Answer<ListLineBalancesResponse> {
        self.kit
            .read(request, wire::list_line_balances, |r| async move {
                let (filter, page) = &r.want;
                let lines = store::lines(r.db(), &r.call.scope(), filter, page).await?;
                let (lines, next_page_token) = page.cut(lines, wire::line_cursor);
                let line_balances = lines.into_iter().map(wire::line_balance).collect();
                Ok(ListLineBalancesResponse { line_balances, next_page_token })
            })
            .await
    }

    async fn get_trial_balance(&self, request: Request<pb::GetTrialBalanceRequest>) -> Answer<TrialBalance> {
        self.kit
            .read(request, wire::get_trial_balance, |r| async move {
                let (id, times) = r.want;
                let plan = plans::store::fetch(r.db(), id).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(id)))?;
                r.call.at(&plan.unit_path)?;
                let (sums, sample) = store::sums(r.db(), plan.id, times).await?;
                Ok(wire::trial_balance(plan.id, &sums, sample))
            })
            .await
    }

    async fn verify_ledger(&self, request: Request<pb::VerifyLedgerRequest>) -> Answer<LedgerVerdict> {
        self.kit
            .read(request, wire::verify_ledger, |r| async move {
                let plan = plans::store::fetch(r.db(), r.want).await?;
                let plan = plan.ok_or_else(|| Error::not_found(plans::wire::name_of(r.want)))?;
                r.call.at(&plan.unit_path)?;
                // One state of the database for both statements: a posting in between is no fault.
                let tx = r.snapshot().await?;
                let recounted = store::of_plan(&tx, plan.id, store::Times::default()).await?;
                let broken = transfers::store::broken(&tx, plan.id).await?;
                tx.commit().await?;
                Ok(wire::verdict(plan.id, &recounted, broken))
            })
            .await
    }
}
