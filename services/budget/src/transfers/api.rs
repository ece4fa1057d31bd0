//! The RPCs of transfers.

use kit::{Answer, Error, Fact, Kit, Result, Write};
use proto::budget::v1::transfer_service_server::TransferService;
use proto::budget::v1::{self as pb, ListTransfersResponse, Transfer};
use tonic::{Request, async_trait};

use super::domain::{self, Between};
use super::store::{self, Kept};
use super::wire::{self, Move};
use crate::estimates::store::Line;
use crate::ledger::store::Act;
use crate::periods::domain::{Book, CarryOver};
use crate::shared::wire::not_before;
use crate::{ledger, periods};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

/// The books of the giving and the taking line's plan, each held until the transaction ends.
async fn books(w: &Write<Move>, from: &Line, to: &Line) -> Result<(Book, Book)> {
    let giving = periods::store::hold(w.tx(), from.plan_id).await?;
    let taking = match from.plan_id == to.plan_id {
        true => giving.clone(),
        false => periods::store::hold(w.tx(), to.plan_id).await?,
    };
    Ok((giving, taking))
}

fn between<'a>(from: &'a Line, to: &'a Line, books: &(Book, Book)) -> Between<'a> {
    let prefixes = reference::units::prefixes(&to.unit);
    Between {
        same_plan: from.plan_id == to.plan_id,
        years: (books.0.year, books.1.year),
        // A province and what took its place: the giving unit is the taking one or a predecessor of it, not below it.
        same_unit: prefixes.contains(&from.unit_path),
        sources: (&from.source, &to.source),
    }
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }

    async fn move_money(&self, w: Write<Move>, kind: domain::Transfer) -> Result<Transfer> {
        let want = &w.want;
        let lines = ledger::store::lock_lines(w.tx(), &[want.from_line, want.to_line]).await?;
        let (from, to) = wire::sides(want, lines)?;
        w.call.at(&to.unit_path)?;
        w.call.at(&from.unit_path)?;
        for line in [&from, &to] {
            let assigned = line.assign_date.ok_or_else(|| ledger::wire::not_assigned(line.id))?;
            not_before("transfer.act_date", want.act_date, assigned)?;
        }
        let books = books(&w, &from, &to).await?;
        domain::judge(kind, &between(&from, &to, &books)).map_err(|fault| wire::refused(fault, &from, &to))?;
        if kind == domain::Transfer::CarryOver && books.0.carry_over == CarryOver::Nothing {
            return Err(wire::not_carried(books.0.year));
        }
        if kind == domain::Transfer::Within {
            let moves = store::moves(w.tx(), from.plan_id, (&want.document_number, want.act_date)).await?;
            if domain::closes_circle(&moves, (from.id, to.id)) {
                return Err(wire::circle(want));
            }
        }
        let (gives, takes) = kind.postings(want.amount_vnd);
        for (book, posting, line) in [(&books.0, gives, &from), (&books.1, takes, &to)] {
            let by = (w.call.as_ref(), line.unit_path.as_str());
            periods::wire::admitted(book, posting, ("transfer.act_date", want.act_date), by)?;
        }
        let after = |line, posting| ledger::store::balances(line).post(posting).map_err(ledger::wire::too_low);
        let (given, taken) = (after(&from, gives)?, after(&to, takes)?);
        ledger::store::keep_balances(w.tx(), from.id, &given).await?;
        ledger::store::keep_balances(w.tx(), to.id, &taken).await?;

        let transfer = self.kept(&w, kind, (&from, &to));
        store::insert(w.tx(), &transfer).await?;
        let act = Act {
            date: want.act_date,
            note: &want.document_number,
            reverses: None,
            transfer: Some(transfer.id),
            sample: transfer.sample,
            now_us: w.call.now_us,
        };
        let entries = [
            ledger::store::entry(transfer.from_entry, &from, gives, &act),
            ledger::store::entry(transfer.to_entry, &to, takes, &act),
        ];
        ledger::store::insert(w.tx(), &entries).await?;
        for (entry, line) in entries.iter().zip([&from, &to]) {
            ledger::store::mark_sample(w.tx(), line, entry.sample).await?;
            let fact = Fact::of(&ledger::wire::name_of(entry.id)).at(&entry.unit).on(entry.act_date);
            w.record(fact.sample(entry.sample).tells(&ledger::wire::posted(entry, line)?));
        }
        Ok(wire::transfer(transfer))
    }

    fn kept(&self, w: &Write<Move>, kind: domain::Transfer, (from, to): (&Line, &Line)) -> Kept {
        let want = &w.want;
        Kept {
            id: self.kit.new_id(),
            kind: kind.word().to_owned(),
            from_line: from.id,
            to_line: to.id,
            from_plan: from.plan_id,
            to_plan: to.plan_id,
            from_entry: self.kit.new_id(),
            to_entry: self.kit.new_id(),
            unit: from.unit.clone(),
            unit_path: from.unit_path.clone(),
            amount_vnd: want.amount_vnd,
            act_date: want.act_date,
            document_number: want.document_number.clone(),
            reason: want.reason.clone(),
            sample: want.sample || from.sample || to.sample,
            create_us: w.call.now_us,
        }
    }
}

#[async_trait]
impl TransferService for Api {
    async fn create_transfer(&self, request: Request<pb::CreateTransferRequest>) -> Answer<Transfer> {
        self.kit
            .write(request, wire::create_transfer, move |w| async move {
                self.move_money(w, domain::Transfer::Within).await
            })
            .await
    }

    async fn carry_over(&self, request: Request<pb::CarryOverRequest>) -> Answer<Transfer> {
        self.kit
            .write(
                request,
                wire::carry_over,
                move |w| async move { self.move_money(w, domain::Transfer::CarryOver).await },
            )
            .await
    }

    async fn get_transfer(&self, request: Request<pb::GetTransferRequest>) -> Answer<Transfer> {
        self.kit
            .read(request, wire::get_transfer, |r| async move {
                let kept = store::fetch(r.db(), r.want).await?;
                let kept = kept.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&kept.unit_path)?;
                Ok(wire::transfer(kept))
            })
            .await
    }

    async fn list_transfers(&self, request: Request<pb::ListTransfersRequest>) -> Answer<ListTransfersResponse> {
        self.kit
            .read(request, wire::list_transfers, |r| async move {
                let (filter, page) = &r.want;
                let transfers = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (transfers, next_page_token) = page.cut(transfers, |t| vec![t.id.to_string()]);
                let transfers = transfers.into_iter().map(wire::transfer).collect();
                Ok(ListTransfersResponse { transfers, next_page_token })
            })
            .await
    }
}
