//! Sittings with a final result, and several sittings at once.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use time::Date;
use uuid::Uuid;

use super::sitting::{self, Column as C};
use super::{Whole, WholeRow, whole};
use crate::shared::store::after;
use crate::sittings::domain::State;

/// What a list of final results is cut by.
pub struct Finished {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Only this round.
    pub round: Option<Uuid>,
    /// Only what this decision recognised.
    pub decision: Option<Uuid>,
    /// Only sittings between these days, both included.
    pub between: (Date, Date),
}

/// A page of final results by the day of the sitting; what was graded is left out.
///
/// # Errors
/// What the database says.
pub async fn finished(db: &impl ConnectionTrait, filter: &Finished, page: &Page) -> Result<Vec<Whole>> {
    let (from, to) = filter.between;
    let mut query = whole(false)
        .filter(filter.scope.on((sitting::Entity, C::UnitPath)))
        .filter(filter.within.on((sitting::Entity, C::UnitPath)))
        .filter(C::State.is_in([State::Graded.as_str(), State::Decided.as_str()]))
        .filter(C::SittingDate.between(from, to))
        .filter(after(page, (sitting::Entity, C::SittingDate), (sitting::Entity, C::Id)));
    if let Some(round) = filter.round {
        query = query.filter(C::Round.eq(round));
    }
    if let Some(decision) = filter.decision {
        query = query.filter(C::Decision.eq(decision));
    }
    query = query.order_by_asc(C::SittingDate).order_by_asc(C::Id).limit(page.size + 1);
    query.into_model::<WholeRow>().all(db).await?.into_iter().map(WholeRow::read).collect()
}

/// Several sittings with their results, in no order; what was graded is left out.
///
/// # Errors
/// What the database says.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Whole>> {
    let query = whole(false).filter(C::Id.is_in(rows::padded(ids)));
    query.into_model::<WholeRow>().all(db).await?.into_iter().map(WholeRow::read).collect()
}

/// The ids of a round's sittings, to be asked for inside of another statement.
#[must_use]
pub fn in_round(round: Uuid) -> SelectStatement {
    sitting::Entity::find().select_only().column(C::Id).filter(C::Round.eq(round)).into_query()
}
