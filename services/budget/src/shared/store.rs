//! Conditions that several tables share.

use kit::Page;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

/// Rows behind the page's cursor in the order of their ids. Ids are UUIDv7: the order in which rows were recorded.
#[must_use]
pub fn after_id(page: &Page, id: impl ColumnTrait) -> Condition {
    let Some([last]) = page.after.as_deref() else { return Condition::all() };
    // Tokens are sealed, so the id is one that this list wrote; anything else would end the walk.
    Condition::all().add(id.gt(Uuid::try_parse(last).unwrap_or(Uuid::max())))
}
