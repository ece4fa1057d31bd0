//! The RPCs of books and periods.

use kit::{Answer, Call, Error, Fact, Kit, Page, Result, Write, fresh};
use proto::budget::v1::period_service_server::PeriodService;
use proto::budget::v1::{self as pb, LedgerBook, ListPeriodsResponse, Period};
use sea_orm::ConnectionTrait;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Book, State, Verb};
use super::store::{self, Act, Kept};
use super::wire;
use crate::shared::wire::not_before;
use crate::{ledger, plans};

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

    async fn step(&self, w: Write<wire::Step>, verb: Verb) -> Result<Period> {
        let step = &w.want;
        let (kept, mut book) = locked(&w, step.plan).await?;
        if book.close_date.is_some() {
            return Err(wire::year_closed(&book));
        }
        let span = book.span(step.number).ok_or_else(|| wire::no_period(&book))?;
        book.step(step.number, verb).map_err(|refused| wire::forbidden(step.number, &refused))?;
        if verb == Verb::Close {
            if let Some(open) = book.open_before(step.number) {
                return Err(wire::still_open(open));
            }
            not_before("act_date", step.act_date, span.end.next_day().unwrap_or(span.end))?;
        }
        if let Some(before) = last(&store::acts(w.tx(), step.plan).await?, step.number) {
            not_before("act_date", step.act_date, before.act_date)?;
        }
        let act = Act {
            id: self.kit.new_id(),
            plan_id: step.plan,
            number: step.number,
            verb: verb.word().to_owned(),
            act_date: step.act_date,
            document_number: step.document_number.clone(),
            reason: step.reason.clone(),
            sample: kept.sample,
            create_us: w.call.now_us,
        };
        let act = store::insert_act(w.tx(), act).await?;
        let kept = store::update(w.tx(), kept, &book, w.call.now_us).await?;
        tell(&w, &kept, step.number, book.state(step.number));
        Ok(wire::period(&kept, &book, span, Some(&act)))
    }
}

fn last(acts: &[Act], number: i32) -> Option<&Act> {
    acts.iter().rev().find(|act| act.number == number)
}

fn tell(w: &Write<wire::Step>, kept: &Kept, number: i32, state: State) {
    let moved = wire::moved(kept.id, number, state);
    let fact = Fact::of(&plans::wire::name_of(kept.id)).at(&kept.unit).on(w.want.act_date).sample(kept.sample);
    w.record(fact.tells(&moved));
}

/// The plan's book, which the transaction now holds alone.
async fn locked<P>(w: &Write<P>, id: Uuid) -> Result<(Kept, Book)> {
    let plan = plans::store::fetch(w.tx(), id).await?.ok_or_else(|| Error::not_found(plans::wire::name_of(id)))?;
    w.call.at(&plan.unit_path)?;
    store::open(w.tx(), &plan, w.call.now_us).await?;
    let kept = store::lock(w.tx(), plan.id).await?;
    let book = store::book(&kept)?;
    Ok((kept, book))
}

async fn read(db: &impl ConnectionTrait, call: &Call, id: Uuid) -> Result<Kept> {
    let plan = plans::store::fetch(db, id).await?.ok_or_else(|| Error::not_found(plans::wire::name_of(id)))?;
    call.at(&plan.unit_path)?;
    let kept = store::fetch(db, plan.id).await?;
    Ok(kept.unwrap_or_else(|| store::fresh(&plan, call.now_us)))
}

/// The periods of a plan's year from a page on, to the last one.
///
/// # Errors
/// NOT_FOUND RESOURCE_NOT_FOUND, PERMISSION_DENIED UNIT_FORBIDDEN.
pub async fn after(db: &impl ConnectionTrait, call: &Call, plan: Uuid, page: &Page) -> Result<Vec<Period>> {
    let kept = read(db, call, plan).await?;
    let book = store::book(&kept)?;
    let acts = store::acts(db, plan).await?;
    let after = page.after.as_ref().and_then(|after| after.first()?.parse().ok()).unwrap_or(0);
    let spans = book.spans().into_iter().filter(|span| span.number > after);
    Ok(spans.map(|span| wire::period(&kept, &book, span, last(&acts, span.number))).collect())
}

/// Refuses an adjustment period that ends before the last entry: the entry would lie in no period.
async fn holds_entries(w: &Write<wire::Update>, was: &Book, book: &Book) -> Result<()> {
    if book.last_day() >= was.last_day() {
        return Ok(());
    }
    match ledger::store::last_after(w.tx(), w.want.plan, book.last_day()).await? {
        Some(entry) => Err(wire::still_needed(book, entry)),
        None => Ok(()),
    }
}

#[async_trait]
impl PeriodService for Api {
    async fn get_ledger_book(&self, request: Request<pb::GetLedgerBookRequest>) -> Answer<LedgerBook> {
        self.kit
            .read(
                request,
                wire::get_ledger_book,
                |r| async move { Ok(wire::book(read(r.db(), &r.call, r.want).await?)) },
            )
            .await
    }

    async fn update_ledger_book(&self, request: Request<pb::UpdateLedgerBookRequest>) -> Answer<LedgerBook> {
        self.kit
            .write(request, wire::update_ledger_book, move |w| async move {
                let (kept, mut book) = locked(&w, w.want.plan).await?;
                let name = plans::wire::name_of(kept.id);
                fresh(&w.want.etag, kept.version, &name)?;
                let was = book.clone();
                book.change(w.want.change).map_err(|fault| wire::unchanged(&was, fault))?;
                holds_entries(&w, &was, &book).await?;
                let kept = store::update(w.tx(), kept, &book, w.call.now_us).await?;
                w.record(Fact::of(&name).at(&kept.unit).sample(kept.sample).tells(&wire::set(kept.id)));
                Ok(wire::book(kept))
            })
            .await
    }

    async fn list_periods(&self, request: Request<pb::ListPeriodsRequest>) -> Answer<ListPeriodsResponse> {
        self.kit
            .read(request, wire::list_periods, |r| async move {
                let (plan, page) = &r.want;
                let periods = after(r.db(), &r.call, *plan, page).await?;
                let (periods, next_page_token) = page.cut(periods, |period| vec![period.number.to_string()]);
                Ok(ListPeriodsResponse { periods, next_page_token })
            })
            .await
    }

    async fn close_period(&self, request: Request<pb::ClosePeriodRequest>) -> Answer<Period> {
        self.kit.write(request, wire::close_period, move |w| async move { self.step(w, Verb::Close).await }).await
    }

    async fn reopen_period(&self, request: Request<pb::ReopenPeriodRequest>) -> Answer<Period> {
        self.kit.write(request, wire::reopen_period, move |w| async move { self.step(w, Verb::Reopen).await }).await
    }

    async fn close_year(&self, request: Request<pb::CloseYearRequest>) -> Answer<LedgerBook> {
        self.kit
            .write(request, wire::close_year, move |w| async move {
                let (mut kept, mut book) = locked(&w, w.want.plan).await?;
                if book.close_date.is_some() {
                    return Err(wire::year_closed(&book));
                }
                if let Some(open) = book.open_before(i32::MAX) {
                    return Err(wire::still_open(open));
                }
                if let Some(last) = book.spans().last() {
                    not_before("act_date", w.want.act_date, last.end.next_day().unwrap_or(last.end))?;
                }
                let (committed, paid) = ledger::store::unsettled(w.tx(), kept.id).await?;
                if committed + paid > 0 {
                    return Err(wire::not_settled(committed, paid));
                }
                book.close_date = Some(w.want.act_date);
                kept.close_document_number.clone_from(&w.want.document_number);
                let kept = store::update(w.tx(), kept, &book, w.call.now_us).await?;
                tell(&w, &kept, 0, State::Closed);
                Ok(wire::book(kept))
            })
            .await
    }
}
