//! The queries that every table of rows with an id has: insert, fetch, lock, update, and a page of what belongs to producers.
//!
//! A store says which of its columns are which; what else it asks stands in the store.

use kit::{Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::producers::store::{is_or_merged_into, owned};

/// A table of rows with an id.
pub(crate) trait Record: EntityTrait
where
    Self::Model: IntoActiveModel<Self::ActiveModel> + Clone,
{
    /// Column of the id.
    const ID: Self::Column;
    /// Column of the producer that a row belongs to.
    const PRODUCER: Self::Column;
    /// Column of the unit.
    const UNIT: Self::Column;
    /// Column of the unit's path.
    const PATH: Self::Column;
    /// The id of a row.
    fn id(row: &Self::Model) -> Uuid;
}

/// Says which columns of a row module are which.
macro_rules! record {
    ($module:ident) => {
        impl crate::shared::records::Record for $module::Entity {
            const ID: $module::Column = $module::Column::Id;
            const PRODUCER: $module::Column = $module::Column::ProducerId;
            const UNIT: $module::Column = $module::Column::Unit;
            const PATH: $module::Column = $module::Column::UnitPath;
            fn id(row: &$module::Model) -> uuid::Uuid {
                row.id
            }
        }
    };
}

pub(crate) use record;

/// What a list is cut by.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) producer: Option<Uuid>,
}

/// Inserts a row.
pub(crate) async fn insert<E: Record>(tx: &impl ConnectionTrait, new: &E::Model) -> std::result::Result<(), DbErr>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    E::insert(new.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// The row.
pub(crate) async fn fetch<E: Record>(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<E::Model>>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    Ok(E::find().filter(E::ID.eq(id)).one(db).await?)
}

/// The row, locked until the transaction ends.
pub(crate) async fn lock<E: Record>(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<E::Model>>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    Ok(E::find().filter(E::ID.eq(id)).lock_exclusive().one(tx).await?)
}

/// Stores a row as it is now.
pub(crate) async fn update<E: Record>(tx: &impl ConnectionTrait, now: &E::Model) -> std::result::Result<(), DbErr>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    let row = now.clone().into_active_model().reset_all();
    E::update_many().set(row).filter(E::ID.eq(E::id(now))).exec(tx).await.map(|_| ())
}

/// Rows of a producer follow it to another commune.
pub(crate) async fn move_along<E: Record>(
    tx: &impl ConnectionTrait,
    producer: Uuid,
    (unit, path): (&str, &str),
) -> Result<()>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    let rows = E::update_many().col_expr(E::UNIT, Expr::val(unit)).col_expr(E::PATH, Expr::val(path));
    rows.filter(E::PRODUCER.eq(producer)).exec(tx).await?;
    Ok(())
}

/// A page of what a caller reaches, and one row more, in the order in which rows were recorded. What was recorded for a
/// registration that was merged is found under the producer that stays.
pub(crate) async fn list<E: Record>(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    more: Condition,
    page: &Page,
) -> Result<Vec<E::Model>>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    let mut query = E::find()
        .filter(reach.on(E::PATH, |owners| owned(E::PRODUCER, owners)))
        .filter(filter.within.on(E::PATH))
        .filter(more)
        .filter(rows::after_id(page, E::ID));
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into(E::PRODUCER, producer));
    }
    Ok(query.order_by_asc(E::ID).limit(page.size + 1).all(db).await?)
}
