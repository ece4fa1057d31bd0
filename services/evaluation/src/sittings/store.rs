//! The queries of sittings, marks and gradings.

mod finished;
mod row;
mod sheets;

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

pub use finished::{Finished, by_ids, finished, in_round};
pub use row::Sitting;
use row::{grading, led, mark_sheet, read, sitting, written};
pub use sheets::{MarkSheet, lock_sheets, put_sheets, sheets};

use super::domain::record::Record;
use super::domain::{SheetState, State};
use crate::shared::store::{after, to_text};

use sitting::Column as C;

/// A sitting with what belongs to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The sitting.
    pub sitting: Sitting,
    /// Who has handed in marks for the present attempt.
    pub handed_in: Vec<String>,
    /// Who of them has locked.
    pub locked: Vec<String>,
    /// The last grading.
    pub grading: Option<Grading>,
}

/// A stored grading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grading {
    /// What was graded and what came of it.
    pub record: Record,
    /// Version of the program that graded.
    pub program_version: String,
    /// When.
    pub grade_us: i64,
}

#[derive(FromQueryResult)]
struct WholeRow {
    #[sea_orm(nested)]
    sitting: sitting::Model,
    handed_in: Option<String>,
    locked: Option<String>,
    grading_input: Option<String>,
    grading_input_digest: Option<String>,
    grading_result: Option<String>,
    grading_result_digest: Option<String>,
    grading_program_version: Option<String>,
    grading_grade_us: Option<i64>,
}

impl WholeRow {
    fn read(self) -> Result<Whole> {
        let grading = match (self.grading_result, self.grading_grade_us) {
            (Some(result), Some(grade_us)) => Some(Grading {
                record: Record {
                    // Lists leave the input out.
                    input: self.grading_input.unwrap_or_default(),
                    input_digest: self.grading_input_digest.unwrap_or_default(),
                    result,
                    result_digest: self.grading_result_digest.unwrap_or_default(),
                },
                program_version: self.grading_program_version.unwrap_or_default(),
                grade_us,
            }),
            _ => None,
        };
        let (handed_in, locked) = (listed(self.handed_in), listed(self.locked));
        Ok(Whole { sitting: read(self.sitting)?, handed_in, locked, grading })
    }
}

fn listed(members: Option<String>) -> Vec<String> {
    members.unwrap_or_default().split(',').filter(|m| !m.is_empty()).map(str::to_owned).collect()
}

/// The members whose sheets of the sitting's present marking stand in one of these states.
fn members_with(states: &[SheetState]) -> SelectStatement {
    use mark_sheet::Column as S;
    Query::select()
        .expr(Func::cust("string_agg").arg(Expr::col(S::Member)).arg(","))
        .from(mark_sheet::Entity)
        .and_where(Expr::col((mark_sheet::Entity, S::Sitting)).equals((sitting::Entity, C::Id)))
        .and_where(Expr::col((mark_sheet::Entity, S::Attempt)).equals((sitting::Entity, C::Attempt)))
        .and_where(Expr::col((mark_sheet::Entity, S::State)).is_in(states.iter().map(|state| state.as_str())))
        .take()
}

/// Sittings with what belongs to their answers, by one statement. Lists do not read what was graded, which is long.
fn whole(with_input: bool) -> Select<sitting::Entity> {
    use grading::Column as G;
    let handed_in = members_with(&[SheetState::HandedIn, SheetState::Locked]);
    let locked = members_with(&[SheetState::Locked]);
    let mut query = sitting::Entity::find();
    let of_grading = |column: G| Expr::col((grading::Entity, column));
    QueryTrait::query(&mut query)
        .left_join(
            grading::Entity,
            of_grading(G::Sitting)
                .equals((sitting::Entity, C::Id))
                .and(of_grading(G::Attempt).equals((sitting::Entity, C::GradedAttempt))),
        )
        .expr_as(Expr::from(handed_in), "handed_in")
        .expr_as(Expr::from(locked), "locked")
        .expr_as(if with_input { of_grading(G::Input) } else { Expr::val("") }, "grading_input")
        .expr_as(of_grading(G::InputDigest), "grading_input_digest")
        .expr_as(of_grading(G::Result), "grading_result")
        .expr_as(of_grading(G::ResultDigest), "grading_result_digest")
        .expr_as(of_grading(G::ProgramVersion), "grading_program_version")
        .expr_as(of_grading(G::GradeUs), "grading_grade_us");
    query
}

/// One sitting with all that belongs to its answer.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Whole>> {
    let row = whole(true).filter(C::Id.eq(id)).into_model::<WholeRow>().one(db).await?;
    row.map(WholeRow::read).transpose()
}

/// One sitting, held until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Sitting>> {
    sitting::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read).transpose()
}

/// Several sittings, held until the transaction ends. Taken in one order, so that two writes never wait for each other.
///
/// # Errors
/// What the database says.
pub async fn lock_many(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Sitting>> {
    let query = sitting::Entity::find().filter(C::Id.is_in(rows::padded(ids))).order_by_asc(C::Id).lock_exclusive();
    query.all(tx).await?.into_iter().map(read).collect()
}

/// What a list of sittings is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// Only this round.
    pub round: Option<Uuid>,
    /// Only where this product is judged, alone or in its bundle.
    pub product: Option<Uuid>,
    /// Only this state.
    pub state: Option<State>,
}

/// A page of sittings by the day on which they are held; what was graded is left out.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Whole>> {
    let mut query = whole(false).filter(filter.scope.on((sitting::Entity, C::UnitPath))).filter(after(
        page,
        (sitting::Entity, C::SittingDate),
        (sitting::Entity, C::Id),
    ));
    if let Some(round) = filter.round {
        query = query.filter(C::Round.eq(round));
    }
    if let Some(product) = filter.product {
        query = query.filter(C::Id.in_subquery(judging(&[product])));
    }
    if let Some(state) = filter.state {
        query = query.filter(C::State.eq(state.as_str()));
    }
    query = query.order_by_asc(C::SittingDate).order_by_asc(C::Id).limit(page.size + 1);
    query.into_model::<WholeRow>().all(db).await?.into_iter().map(WholeRow::read).collect()
}

/// Sittings that are not graded for good, in some units, by the day on which they are held; at most so many.
///
/// # Errors
/// What the database says.
pub async fn unfinished(db: &impl ConnectionTrait, scopes: [&Scope; 2], most: u64) -> Result<Vec<Sitting>> {
    let unfinished = [State::Open.as_str(), State::Rescore.as_str()];
    let mut query = sitting::Entity::find().filter(C::State.is_in(unfinished));
    for scope in scopes {
        query = query.filter(scope.on(C::UnitPath));
    }
    let rows = query.order_by_asc(C::SittingDate).order_by_asc(C::Id).limit(most).all(db).await?;
    rows.into_iter().map(read).collect()
}

/// The sittings of a round with their results, by the day on which they are held; at most so many.
///
/// # Errors
/// What the database says.
pub async fn of_round(db: &impl ConnectionTrait, round: Uuid, most: u64, with_input: bool) -> Result<Vec<Whole>> {
    let query = whole(with_input).filter(C::Round.eq(round)).order_by_asc(C::SittingDate).order_by_asc(C::Id);
    query.limit(most).into_model::<WholeRow>().all(db).await?.into_iter().map(WholeRow::read).collect()
}

/// How many sittings of a round are not graded for good.
///
/// # Errors
/// What the database says.
pub async fn count_unfinished(tx: &impl ConnectionTrait, round: Uuid) -> Result<u64> {
    let unfinished = [State::Open.as_str(), State::Rescore.as_str()];
    Ok(sitting::Entity::find().filter(C::Round.eq(round)).filter(C::State.is_in(unfinished)).count(tx).await?)
}

/// Stores a new sitting.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, new: &Sitting) -> Result<()> {
    sitting::Entity::insert(written(new)?).exec_without_returning(tx).await?;
    let led = |product: &Uuid| led::ActiveModel { product: Set(*product), sitting: Set(new.id) };
    let products = new.products();
    if let Some((_, others)) = products.split_first()
        && !others.is_empty()
    {
        led::Entity::insert_many(others.iter().map(led)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The sittings in which one of these products is judged, alone or in its bundle.
fn judging(products: &[Uuid]) -> SelectStatement {
    let products = rows::padded(products);
    let of_bundles = Query::select()
        .column(led::Column::Sitting)
        .from(led::Entity)
        .and_where(led::Column::Product.is_in(products.clone()))
        .take();
    let mut own = Query::select().column(C::Id).from(sitting::Entity).and_where(C::Product.is_in(products)).take();
    own.union(UnionType::All, of_bundles).take()
}

/// A sitting in a round in which one of these products is judged.
///
/// # Errors
/// What the database says.
pub async fn of_products(tx: &impl ConnectionTrait, round: Uuid, products: &[Uuid]) -> Result<Option<Uuid>> {
    let found = sitting::Entity::find().select_only().column(C::Id).filter(C::Round.eq(round));
    Ok(found.filter(C::Id.in_subquery(judging(products))).order_by_asc(C::Id).into_tuple().one(tx).await?)
}

/// Stores what can change of a sitting.
///
/// # Errors
/// What the database says.
pub async fn update(tx: &impl ConnectionTrait, changed: &Sitting) -> Result<()> {
    sitting::Entity::update_many()
        .col_expr(C::State, Expr::val(changed.state.as_str()))
        .col_expr(C::Attempt, Expr::val(changed.attempt))
        .col_expr(C::GradedAttempt, Expr::val(changed.graded_attempt))
        .col_expr(C::Outcome, Expr::val(changed.outcome.map(|o| o.as_str()).unwrap_or_default()))
        .col_expr(C::Stars, Expr::val(changed.stars))
        .col_expr(C::Knockouts, Expr::val(to_text(&changed.knockouts)?))
        .col_expr(C::Agreed, Expr::val(to_text(&changed.agreed)?))
        .col_expr(C::SittingDate, Expr::val(changed.sitting_date))
        .col_expr(C::Panel, Expr::val(to_text(&changed.panel)?))
        .col_expr(C::UpdateUs, Expr::val(changed.update_us))
        .filter(C::Id.eq(changed.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes the decision on graded sittings.
///
/// # Errors
/// What the database says.
pub async fn decide(tx: &impl ConnectionTrait, ids: &[Uuid], decision: Uuid, state: State, now_us: i64) -> Result<()> {
    sitting::Entity::update_many()
        .col_expr(C::State, Expr::val(state.as_str()))
        .col_expr(C::Decision, Expr::val(decision))
        .col_expr(C::UpdateUs, Expr::val(now_us))
        .filter(C::Id.is_in(rows::padded(ids)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Stores a grading. An attempt is graded once: the key says so.
///
/// # Errors
/// What the database says.
pub async fn insert_grading(
    tx: &impl ConnectionTrait,
    (sitting, attempt): (Uuid, i32),
    graded: &Grading,
) -> Result<(), DbErr> {
    let row = grading::ActiveModel {
        sitting: Set(sitting),
        attempt: Set(attempt),
        input: Set(graded.record.input.clone()),
        input_digest: Set(graded.record.input_digest.clone()),
        result: Set(graded.record.result.clone()),
        result_digest: Set(graded.record.result_digest.clone()),
        program_version: Set(graded.program_version.clone()),
        grade_us: Set(graded.grade_us),
    };
    grading::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
