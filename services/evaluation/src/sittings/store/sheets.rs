//! The queries of mark sheets.

use kit::Result;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::row::mark_sheet::{self, Column as S};
use crate::shared::store::{of_text, stored, to_text};
use crate::sittings::domain::{Mark, Note, SheetState};

/// The marks of one member in one marking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkSheet {
    /// The sitting.
    pub sitting: Uuid,
    /// The marking, from 1.
    pub attempt: i32,
    /// The member.
    pub member: String,
    /// The answers, in the card's order.
    pub answers: Vec<Mark>,
    /// Remarks, in the card's order.
    pub notes: Vec<Note>,
    /// Where it stands.
    pub state: SheetState,
    /// The login that began it; empty for sheets from before this was kept.
    pub author: String,
    /// Carried over from the marking before.
    pub kept: bool,
    /// When it was last changed.
    pub record_us: i64,
}

fn read(row: mark_sheet::Model) -> Result<MarkSheet> {
    Ok(MarkSheet {
        sitting: row.sitting,
        attempt: row.attempt,
        member: row.member,
        answers: of_text(&row.answers)?,
        notes: of_text(&row.notes)?,
        state: stored(&row.state, SheetState::of)?,
        author: row.author,
        kept: row.kept,
        record_us: row.record_us,
    })
}

fn written(sheet: &MarkSheet) -> Result<mark_sheet::ActiveModel> {
    Ok(mark_sheet::ActiveModel {
        sitting: Set(sheet.sitting),
        attempt: Set(sheet.attempt),
        member: Set(sheet.member.clone()),
        answers: Set(to_text(&sheet.answers)?),
        record_us: Set(sheet.record_us),
        state: Set(sheet.state.as_str().to_owned()),
        notes: Set(to_text(&sheet.notes)?),
        author: Set(sheet.author.clone()),
        kept: Set(sheet.kept),
    })
}

/// Stores sheets in place of those of the same members and marking, by one statement.
///
/// # Errors
/// What the database says.
pub async fn put_sheets(tx: &impl ConnectionTrait, sheets: &[MarkSheet]) -> Result<()> {
    if sheets.is_empty() {
        return Ok(());
    }
    let rows = sheets.iter().map(written).collect::<Result<Vec<_>>>()?;
    let again = OnConflict::columns([S::Sitting, S::Attempt, S::Member])
        .update_columns([S::Answers, S::RecordUs, S::State, S::Notes, S::Author, S::Kept])
        .to_owned();
    mark_sheet::Entity::insert_many(rows).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// All sheets of a marking, by member; drafts among them.
///
/// # Errors
/// What the database says.
pub async fn sheets(db: &impl ConnectionTrait, sitting: Uuid, attempt: i32) -> Result<Vec<MarkSheet>> {
    let query = mark_sheet::Entity::find()
        .filter(S::Sitting.eq(sitting))
        .filter(S::Attempt.eq(attempt))
        .order_by_asc(S::Member);
    query.all(db).await?.into_iter().map(read).collect()
}

/// Locks everything that was handed in for a marking.
///
/// # Errors
/// What the database says.
pub async fn lock_sheets(tx: &impl ConnectionTrait, sitting: Uuid, attempt: i32) -> Result<()> {
    mark_sheet::Entity::update_many()
        .col_expr(S::State, Expr::val(SheetState::Locked.as_str()))
        .filter(S::Sitting.eq(sitting))
        .filter(S::Attempt.eq(attempt))
        .filter(S::State.eq(SheetState::HandedIn.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}
