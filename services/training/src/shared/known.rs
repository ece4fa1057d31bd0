//! The second time: what was known when. A version of a fact is known from an instant until another version takes its
//! place; the newest is known still.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

/// Until when a version is known that nothing has replaced.
pub(crate) const STILL: i64 = i64::MAX;

/// Versions that were what we knew at an instant; those of now where none is told.
pub(crate) fn known_at(at_us: Option<i64>, from: impl ColumnTrait, to: impl ColumnTrait) -> Condition {
    match at_us {
        None => Condition::all().add(to.eq(STILL)),
        Some(at) => Condition::all().add(from.lte(at)).add(to.gt(at)),
    }
}
