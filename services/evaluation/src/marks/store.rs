//! The queries of pre-scores. Sheets stand with their sittings.

use kit::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::shared::store::{of_text, to_text};
use crate::sittings::domain::{Mark, Note};

mod pre_score {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pre_score")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sitting: Uuid,
        pub answers: String,
        pub notes: String,
        pub total: i32,
        pub record_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use pre_score::Column as C;

/// The help team's pre-score of a sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreScore {
    /// The sitting.
    pub sitting: Uuid,
    /// The answers, in the card's order.
    pub answers: Vec<Mark>,
    /// Remarks, in the card's order.
    pub notes: Vec<Note>,
    /// Sum of the answers.
    pub total: i32,
    /// When it was recorded.
    pub record_us: i64,
}

/// Stores a pre-score in place of the one before.
///
/// # Errors
/// What the database says.
pub async fn put(tx: &impl ConnectionTrait, score: &PreScore) -> Result<()> {
    let row = pre_score::ActiveModel {
        sitting: Set(score.sitting),
        answers: Set(to_text(&score.answers)?),
        notes: Set(to_text(&score.notes)?),
        total: Set(score.total),
        record_us: Set(score.record_us),
    };
    let again = OnConflict::column(C::Sitting).update_columns([C::Answers, C::Notes, C::Total, C::RecordUs]).to_owned();
    pre_score::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// The pre-score of a sitting.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, sitting: Uuid) -> Result<Option<PreScore>> {
    let Some(row) = pre_score::Entity::find_by_id(sitting).one(db).await? else { return Ok(None) };
    Ok(Some(PreScore {
        sitting: row.sitting,
        answers: of_text(&row.answers)?,
        notes: of_text(&row.notes)?,
        total: row.total,
        record_us: row.record_us,
    }))
}

/// The totals of the pre-scores of several sittings.
///
/// # Errors
/// What the database says.
pub async fn totals(db: &impl ConnectionTrait, sittings: &[Uuid]) -> Result<Vec<(Uuid, i32)>> {
    let query = pre_score::Entity::find().select_only().columns([C::Sitting, C::Total]);
    Ok(query.filter(C::Sitting.is_in(kit::rows::padded(sittings))).into_tuple().all(db).await?)
}
