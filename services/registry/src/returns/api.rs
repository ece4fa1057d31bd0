//! YearlyReturnService.

use kit::{Answer, Error, Fact, Kit, OnUnique, Result, Write, name};
use proto::registry::v1::yearly_return_service_server::YearlyReturnService;
use proto::registry::v1::{self as pb, ErrorReason};
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Figures, RETURNS, ReturnState, ReturnStep};
use super::store::{self, Return, Returns};
use super::wire::{self, Act};
use crate::producers::{self, store::producer_lock};
use crate::shared::states::step;
use crate::shared::wire::{too_early, unknown_producer};
use crate::shared::{own, records};

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

fn tell<P>(w: &Write<P>, row: &Return, on: Date) {
    let fact = Fact::of(&name::of("yearlyReturns", row.id)).at(&row.unit).on(on);
    w.record(fact.sample(row.sample).tells(&wire::recorded(row)));
}

/// The return, locked, where the caller reaches it and its etag is fresh.
async fn lock<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Return> {
    let name = name::of("yearlyReturns", id);
    let row = records::lock::<Returns>(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    own::at(&w.call, w.tx(), &row.unit_path, row.producer_id).await?;
    kit::fresh(etag, row.version, &name)?;
    Ok(row)
}

/// The return after a step; its state and times change, nothing else.
fn after(mut row: Return, verb: ReturnStep, now_us: i64) -> Result<Return> {
    let state = ReturnState::of_number(row.state).ok_or_else(|| Error::internal("a return in no state"))?;
    row.state = step(RETURNS, state, verb).map_err(|f| wire::refused(row.id, &f))?.number();
    row.version += 1;
    row.update_us = now_us;
    Ok(row)
}

/// Submits, accepts or sends back.
async fn take(w: &Write<Act>) -> Result<pb::YearlyReturn> {
    let act = &w.want;
    let mut row = after(lock(w, act.id, &act.etag).await?, act.step, w.call.now_us)?;
    if act.step == ReturnStep::Submit {
        row.submit_date = Some(act.on);
        row.reason = String::new();
    } else {
        if let Some(first) = row.submit_date.filter(|first| act.on < *first) {
            return Err(too_early(wire::day_of(act.step), first));
        }
        row.decide_date = Some(act.on);
        row.reason.clone_from(&act.text);
    }
    if act.step == ReturnStep::Accept {
        supersede(w, &row).await?;
        store::count_lines(w.tx(), row.id, &row.figures()?.lines).await?;
    }
    records::update::<Returns>(w.tx(), &row).await?;
    tell(w, &row, act.on);
    wire::shown(&row)
}

/// The version that counted until now counts no more.
async fn supersede(w: &Write<Act>, by: &Return) -> Result<()> {
    let Some(mut old) = store::counting(w.tx(), by).await? else { return Ok(()) };
    old.state = ReturnState::Superseded.number();
    old.version += 1;
    old.update_us = w.call.now_us;
    store::count_lines(w.tx(), old.id, &[]).await?;
    records::update::<Returns>(w.tx(), &old).await?;
    tell(w, &old, w.want.on);
    Ok(())
}

/// A drafted version.
fn draft(id: Uuid, of: (Uuid, String, String), (year, revision): (i32, i32), sample: bool, now_us: i64) -> Return {
    let (producer_id, unit, unit_path) = of;
    Return {
        id,
        unit,
        unit_path,
        producer_id,
        year,
        revision,
        state: ReturnState::Draft.number(),
        export_percent: 0,
        workers: 0,
        women: 0,
        minorities: 0,
        locals: 0,
        turnover_vnd: 0,
        lines: String::new(),
        note: String::new(),
        submit_date: None,
        decide_date: None,
        reason: String::new(),
        sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

async fn keep<P>(w: &Write<P>, mut row: Return, figures: Figures) -> Result<pb::YearlyReturn> {
    row.take(figures)?;
    let code = name::of("yearlyReturns", row.id);
    records::insert::<Returns>(w.tx(), &row).await.on_unique(ErrorReason::ReturnExists, code)?;
    tell(w, &row, w.call.today);
    wire::shown(&row)
}

#[async_trait]
impl YearlyReturnService for Api {
    async fn create_yearly_return(&self, request: Request<pb::CreateYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer).await?;
                let producer = producer.ok_or_else(|| unknown_producer("yearly_return.producer", want.producer))?;
                own::at(&w.call, w.tx(), &producer.new.unit_path, producer.id).await?;
                producers::wire::standing(&producer)?;
                if let Some(newest) = store::newest(w.tx(), producer.id, want.year).await? {
                    return Err(Error::exists_as(ErrorReason::ReturnExists, name::of("yearlyReturns", newest.id)));
                }
                let sample = want.sample || producer.new.sample;
                let of = (producer.id, producer.new.unit, producer.new.unit_path);
                let row = draft(self.kit.new_id(), of, (want.year, 1), sample, w.call.now_us);
                keep(&w, row, want.figures.clone()).await
            })
            .await
    }

    async fn get_yearly_return(&self, request: Request<pb::GetYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "yearlyReturns"),
                |r| async move {
                    let row = records::fetch::<Returns>(r.db(), r.want).await?;
                    let row = row.ok_or_else(|| Error::not_found(name::of("yearlyReturns", r.want)))?;
                    own::at(&r.call, r.db(), &row.unit_path, row.producer_id).await?;
                    wire::shown(&row)
                },
            )
            .await
    }

    async fn list_yearly_returns(
        &self,
        request: Request<pb::ListYearlyReturnsRequest>,
    ) -> Answer<pb::ListYearlyReturnsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, (year, state), page) = &r.want;
                let only = store::only(*year, *state);
                let found = records::list::<Returns>(r.db(), &r.call.reach(), filter, only, page).await?;
                let (found, next_page_token) = page.cut(found, |row| vec![row.id.to_string()]);
                let yearly_returns = found.iter().map(wire::shown).collect::<Result<_>>()?;
                Ok(pb::ListYearlyReturnsResponse { yearly_returns, next_page_token })
            })
            .await
    }

    async fn get_return_totals(&self, request: Request<pb::GetReturnTotalsRequest>) -> Answer<pb::ReturnTotals> {
        self.kit
            .read(request, wire::get_totals, |r| async move {
                let (within, year) = &r.want;
                let scope = r.call.scope();
                let units = store::totals(r.db(), &scope, within, *year).await?;
                let outputs = store::outputs(r.db(), &scope, within, *year).await?;
                Ok(wire::totals(*year, units, outputs))
            })
            .await
    }

    async fn update_yearly_return(&self, request: Request<pb::UpdateYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let row = lock(&w, w.want.id, &w.want.etag).await?;
                let mut row = after(row, ReturnStep::Update, w.call.now_us)?;
                let figures = wire::changed(row.figures()?, &w.want)?;
                row.take(figures)?;
                records::update::<Returns>(w.tx(), &row).await?;
                tell(&w, &row, w.call.today);
                wire::shown(&row)
            })
            .await
    }

    async fn submit_yearly_return(&self, request: Request<pb::SubmitYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit.write(request, wire::submit, move |w| async move { take(&w).await }).await
    }

    async fn accept_yearly_return(&self, request: Request<pb::AcceptYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit.write(request, wire::accept, move |w| async move { take(&w).await }).await
    }

    async fn return_yearly_return(&self, request: Request<pb::ReturnYearlyReturnRequest>) -> Answer<pb::YearlyReturn> {
        self.kit.write(request, wire::give_back, move |w| async move { take(&w).await }).await
    }

    async fn correct_yearly_return(
        &self,
        request: Request<pb::CorrectYearlyReturnRequest>,
    ) -> Answer<pb::YearlyReturn> {
        self.kit
            .write(request, wire::correct, move |w| async move {
                let (id, etag) = &*w.want;
                let old = lock(&w, *id, etag).await?;
                // Proves that the state allows it; the accepted version itself stays as it is.
                after(old.clone(), ReturnStep::Correct, w.call.now_us)?;
                let newest = store::newest(w.tx(), old.producer_id, old.year).await?;
                if let Some(newest) = newest.filter(|newest| newest.id != old.id) {
                    return Err(Error::exists_as(ErrorReason::ReturnExists, name::of("yearlyReturns", newest.id)));
                }
                let figures = old.figures()?;
                let of = (old.producer_id, old.unit, old.unit_path);
                let row = draft(self.kit.new_id(), of, (old.year, old.revision + 1), old.sample, w.call.now_us);
                keep(&w, row, figures).await
            })
            .await
    }
}
