//! The queries of the ledger, one statement each.

use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Account, Balances, Kind, Posting};
use crate::estimates::store::{Line, line};
use kit::rows::{after_id, padded};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub line_id: Uuid,
        pub estimate_id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub kind: String,
        pub debit: String,
        pub credit: String,
        pub amount_vnd: i64,
        pub act_date: time::Date,
        pub note: String,
        pub reverses: Option<Uuid>,
        pub sample: bool,
        pub create_us: i64,
        pub transfer_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An entry as it is kept.
pub type Entry = row::Model;

/// What selects entries.
#[derive(Default)]
pub struct Filter {
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// Of this estimate.
    pub estimate: Option<Uuid>,
    /// Of this line.
    pub line: Option<Uuid>,
    /// Balances of lines as of these two times.
    pub times: Times,
}

/// The two times of what is looked at; none for all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// Only acts of this day and before.
    pub as_of: Option<Date>,
    /// Only what was recorded by this instant.
    pub known_us: Option<i64>,
}

impl Times {
    fn whole(self) -> bool {
        self.as_of.is_none() && self.known_us.is_none()
    }

    fn condition(self) -> Condition {
        let dated = self.as_of.map(|day| row::Column::ActDate.lte(day));
        let known = self.known_us.map(|instant| row::Column::CreateUs.lte(instant));
        Condition::all().add_option(dated).add_option(known)
    }
}

/// A line with balances, and how many entries they were summed from (0 where they are the kept ones).
pub struct Balanced {
    /// The line.
    pub line: Line,
    /// Its balances.
    pub balances: Balances,
    /// Entries that were summed.
    pub entries: i64,
}

/// What an entry carries beside its posting.
pub struct Act<'a> {
    /// Day of the act.
    pub date: Date,
    /// What it stands for.
    pub note: &'a str,
    /// The entry that it corrects.
    pub reverses: Option<Uuid>,
    /// The transfer that it belongs to.
    pub transfer: Option<Uuid>,
    /// An invented sample.
    pub sample: bool,
    /// When it is recorded.
    pub now_us: i64,
}

/// One line, so that nobody else posts to it until the transaction ends.
pub async fn lock_line(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Line>> {
    Ok(line::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// One line with its balances.
pub async fn fetch_line(db: &impl ConnectionTrait, id: Uuid, times: Times) -> Result<Option<Balanced>> {
    Ok(balanced(db, line::Entity::find_by_id(id), times).await?.into_iter().next())
}

/// The latest day of an entry of a plan after a day.
pub async fn last_after(tx: &impl ConnectionTrait, plan: Uuid, day: Date) -> Result<Option<Date>> {
    let query = row::Entity::find().select_only().column_as(row::Column::ActDate.max(), "last");
    let query = query.filter(row::Column::PlanId.eq(plan)).filter(row::Column::ActDate.gt(day));
    Ok(query.into_tuple::<Option<Date>>().one(tx).await?.flatten())
}

/// All lines of a plan with the balances that their entries sum to, as of two times.
pub async fn of_plan(db: &impl ConnectionTrait, plan: Uuid, times: Times) -> Result<Vec<Balanced>> {
    summed(db, line::Entity::find().filter(line::Column::PlanId.eq(plan)), times).await
}

/// What is bound and unpaid, and paid and unsettled, on all lines of a plan, in đồng.
pub async fn unsettled(tx: &impl ConnectionTrait, plan: Uuid) -> Result<(i64, i64)> {
    let sum = |column: line::Column| Expr::col(column).sum().cast_as(Alias::new("bigint"));
    let sums: Option<(Option<i64>, Option<i64>)> = line::Entity::find()
        .select_only()
        .column_as(sum(line::Column::CommittedVnd), "committed")
        .column_as(sum(line::Column::PaidVnd), "paid")
        .filter(line::Column::PlanId.eq(plan))
        .into_tuple()
        .one(tx)
        .await?;
    let (committed, paid) = sums.unwrap_or_default();
    Ok((committed.unwrap_or(0), paid.unwrap_or(0)))
}

/// Lines with their balances: the kept ones, or as of two times the sums of their entries.
async fn balanced(db: &impl ConnectionTrait, lines: Select<line::Entity>, times: Times) -> Result<Vec<Balanced>> {
    if !times.whole() {
        return summed(db, lines, times).await;
    }
    let kept = |line: Line| Balanced { balances: balances(&line), line, entries: 0 };
    Ok(lines.all(db).await?.into_iter().map(kept).collect())
}

/// Lines with the balances that their entries sum to, in one statement: each line once for every pair of accounts that an
/// entry moved between.
async fn summed(db: &impl ConnectionTrait, lines: Select<line::Entity>, times: Times) -> Result<Vec<Balanced>> {
    let rows = db.query_all(&summing(lines, times)).await?;
    let mut found: Vec<Balanced> = Vec::new();
    let mut sums = Vec::new();
    for row in &rows {
        let line = Line::from_query_result(row, "")?;
        if found.last().is_none_or(|last| last.line.id != line.id) {
            sums.clear();
            found.push(Balanced { line, balances: Balances::default(), entries: 0 });
        }
        let Some(debit) = row.try_get::<Option<String>>("", "summed_debit")? else { continue };
        sums.push((
            account(&debit)?,
            account(&row.try_get::<String>("", "summed_credit")?)?,
            row.try_get("", "total")?,
        ));
        if let Some(last) = found.last_mut() {
            last.balances = Balances::summed(&sums);
            last.entries += row.try_get::<i64>("", "entries")?;
        }
    }
    Ok(found)
}

fn summing(lines: Select<line::Entity>, times: Times) -> SelectStatement {
    let ids = lines.clone().select_only().column(line::Column::Id).into_query();
    let sums = row::Entity::find()
        .select_only()
        .column(row::Column::LineId)
        .column_as(row::Column::Debit, "summed_debit")
        .column_as(row::Column::Credit, "summed_credit")
        .column_as(total(), "total")
        .column_as(row::Column::Id.count(), "entries")
        .filter(row::Column::LineId.in_subquery(ids))
        .filter(times.condition())
        .group_by(row::Column::LineId)
        .group_by(row::Column::Debit)
        .group_by(row::Column::Credit)
        .into_query();
    let (page, sum) = (Alias::new("page"), Alias::new("sums"));
    let own = |column: line::Column| Expr::col((Alias::new("page"), column));
    Query::select()
        .expr(Expr::col((page.clone(), sea_orm::sea_query::Asterisk)))
        .columns(["summed_debit", "summed_credit", "total", "entries"].map(|column| (sum.clone(), Alias::new(column))))
        .from_subquery(lines.into_query(), page)
        .join_subquery(
            JoinType::LeftJoin,
            sums,
            sum.clone(),
            Expr::col((sum, row::Column::LineId)).eq(own(line::Column::Id)),
        )
        .order_by_expr(own(line::Column::EstimateId), sea_orm::Order::Asc)
        .order_by_expr(own(line::Column::Place), sea_orm::Order::Asc)
        .order_by_expr(own(line::Column::Id), sea_orm::Order::Asc)
        .take()
}

fn account(word: &str) -> Result<Account> {
    Account::of(word).ok_or_else(|| Error::internal(format!("account {word}")))
}

/// The balances of a line.
#[must_use]
pub fn balances(line: &Line) -> Balances {
    Balances {
        funding: line.funding_vnd,
        available: line.available_vnd,
        committed: line.committed_vnd,
        paid: line.paid_vnd,
        settled: line.settled_vnd,
    }
}

/// Keeps the balances of a locked line.
pub async fn keep_balances(tx: &impl ConnectionTrait, line: Uuid, after: &Balances) -> Result<()> {
    let row = line::ActiveModel {
        funding_vnd: Set(after.funding),
        available_vnd: Set(after.available),
        committed_vnd: Set(after.committed),
        paid_vnd: Set(after.paid),
        settled_vnd: Set(after.settled),
        ..Default::default()
    };
    line::Entity::update_many().set(row).filter(line::Column::Id.eq(line)).exec(tx).await?;
    Ok(())
}

/// Marks a locked line that holds invented đồng from now on.
pub async fn mark_sample(tx: &impl ConnectionTrait, line: &Line, entry: bool) -> Result<()> {
    if entry && !line.sample {
        let mark = line::Entity::update_many().col_expr(line::Column::Sample, Expr::val(true));
        mark.filter(line::Column::Id.eq(line.id)).exec(tx).await?;
    }
    Ok(())
}

/// Gives every line of an estimate what was granted of it; lines that change others have no budget of their own.
pub async fn open(tx: &impl ConnectionTrait, estimate: Uuid, date: Date) -> Result<()> {
    let granted = || Expr::col(line::Column::AppraisedVnd);
    line::Entity::update_many()
        .col_expr(line::Column::AssignDate, Expr::val(date))
        .col_expr(line::Column::FundingVnd, Expr::val(0).sub(granted()))
        .col_expr(line::Column::AvailableVnd, granted())
        .filter(line::Column::EstimateId.eq(estimate))
        .filter(line::Column::AmendsLine.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Some lines in the order of their ids, so that nobody else posts to them until the transaction ends. Everybody who locks
/// several lines locks them in this order, so that none waits for another in a circle.
pub async fn lock_lines(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Line>> {
    let query = line::Entity::find().filter(line::Column::Id.is_in(padded(ids)));
    Ok(query.order_by_asc(line::Column::Id).lock_exclusive().all(tx).await?)
}

/// The assignments of some lines, and what takes them back, in the order in which they were posted.
pub async fn assigned(tx: &impl ConnectionTrait, lines: &[Uuid]) -> Result<Vec<Entry>> {
    use row::Column::{Id, Kind as OfKind, LineId};
    let query = row::Entity::find().filter(LineId.is_in(padded(lines))).filter(OfKind.eq(Kind::Assign.word()));
    Ok(query.order_by_asc(Id).all(tx).await?)
}

/// An entry of a line.
#[must_use]
pub fn entry(id: Uuid, line: &Line, posting: Posting, act: &Act<'_>) -> Entry {
    Entry {
        id,
        line_id: line.id,
        estimate_id: line.estimate_id,
        plan_id: line.plan_id,
        unit: line.unit.clone(),
        unit_path: line.unit_path.clone(),
        kind: posting.kind.word().to_owned(),
        debit: posting.debit.word().to_owned(),
        credit: posting.credit.word().to_owned(),
        amount_vnd: posting.amount_vnd,
        act_date: act.date,
        note: act.note.to_owned(),
        reverses: act.reverses,
        sample: line.sample || act.sample,
        create_us: act.now_us,
        transfer_id: act.transfer,
    }
}

/// Adds entries.
pub async fn insert(tx: &impl ConnectionTrait, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().map(|entry| entry.clone().into_active_model().reset_all());
    row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// One entry.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Entry>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The kind of an entry.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub fn kind(entry: &Entry) -> Result<Kind> {
    Kind::of(&entry.kind).ok_or_else(|| Error::internal(format!("entry of kind {}", entry.kind)))
}

/// A sum of amounts. PostgreSQL sums BIGINT as NUMERIC, hence the cast back.
fn total() -> Expr {
    Expr::col((row::Entity, row::Column::AmountVnd)).sum().cast_as(Alias::new("bigint"))
}

/// What the corrections of an entry took back, in đồng.
pub async fn taken_back(tx: &impl ConnectionTrait, entry: Uuid) -> Result<i64> {
    let sum: Option<Option<i64>> = row::Entity::find()
        .select_only()
        .column_as(total(), "total")
        .filter(row::Column::Reverses.eq(entry))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

/// A page of entries in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Entry>> {
    use row::Column::{EstimateId, Id, LineId, PlanId, UnitPath};
    let mut query = row::Entity::find().filter(scope.on(UnitPath)).filter(after_id(page, Id));
    for (column, id) in [(PlanId, filter.plan), (EstimateId, filter.estimate), (LineId, filter.line)] {
        if let Some(id) = id {
            query = query.filter(column.eq(id));
        }
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// A page of lines by estimate and place, with one more than the page.
pub async fn lines(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Balanced>> {
    use line::Column::{EstimateId, Place, PlanId, UnitPath};
    let mut query = line::Entity::find().filter(scope.on(UnitPath));
    for (column, id) in [(PlanId, filter.plan), (EstimateId, filter.estimate)] {
        if let Some(id) = id {
            query = query.filter(column.eq(id));
        }
    }
    if let Some([estimate, place]) = page.after.as_deref() {
        // Tokens are sealed, so both can be read; anything else would end the walk.
        let (estimate, place) = (Uuid::try_parse(estimate).unwrap_or(Uuid::max()), place.parse().unwrap_or(i32::MAX));
        let later = Condition::any().add(EstimateId.gt(estimate)).add(EstimateId.eq(estimate).and(Place.gt(place)));
        query = query.filter(later);
    }
    balanced(db, query.order_by_asc(EstimateId).order_by_asc(Place).limit(page.size + 1), filter.times).await
}

/// What entries of a unit, source and category moved between two accounts.
pub struct Sum {
    /// The unit's name.
    pub unit: String,
    /// Where the money comes from.
    pub source: String,
    /// What it is spent on.
    pub category: String,
    /// The debited account.
    pub debit: Account,
    /// The credited account.
    pub credit: Account,
    /// The sum in đồng.
    pub total_vnd: i64,
}

/// Sums of a plan's entries by unit, source, category, debited and credited account, and whether any of them is a sample.
pub async fn sums(db: &impl ConnectionTrait, plan: Uuid, times: Times) -> Result<(Vec<Sum>, bool)> {
    use row::Column::{Credit, Debit, PlanId, Sample, Unit};
    let of_line = Expr::col((line::Entity, line::Column::Id)).eq(Expr::col((row::Entity, row::Column::LineId)));
    let mut query = row::Entity::find().select_only();
    QuerySelect::query(&mut query).inner_join(line::Entity, of_line);
    let query = query
        .column(Unit)
        .column(line::Column::Source)
        .column(line::Column::Category)
        .column(Debit)
        .column(Credit)
        .column(Sample)
        .column_as(total(), "total")
        .filter(PlanId.eq(plan))
        .filter(times.condition())
        .group_by(Unit)
        .group_by(line::Column::Source)
        .group_by(line::Column::Category)
        .group_by(Debit)
        .group_by(Credit)
        .group_by(Sample);
    type Found = (String, String, String, String, String, bool, i64);
    let rows: Vec<Found> = query.into_tuple().all(db).await?;
    let sample = rows.iter().any(|row| row.5);
    let read = |(unit, source, category, debit, credit, _, total_vnd): Found| {
        Ok(Sum { unit, source, category, debit: account(&debit)?, credit: account(&credit)?, total_vnd })
    };
    Ok((rows.into_iter().map(read).collect::<Result<_>>()?, sample))
}
