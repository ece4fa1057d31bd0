//! Every query about samples.

use kit::{Page, Result, rows};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sample_handover")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub count: i32,
        pub hand_in_date: time::Date,
        pub received_by: String,
        pub return_count: i32,
        pub return_date: Option<time::Date>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored handover.
pub(crate) type Handover = row::Model;

/// Inserts a handover.
pub(crate) async fn handover_insert(tx: &impl ConnectionTrait, new: &Handover) -> Result<()> {
    row::Entity::insert(row::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// The handover, locked until the transaction ends.
pub(crate) async fn handover_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Handover>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Stores a handover as it is now.
pub(crate) async fn handover_update(tx: &impl ConnectionTrait, now: &Handover) -> Result<()> {
    let row = row::ActiveModel::from(now.clone()).reset_all();
    row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// A page of a dossier's handovers in the order in which they were recorded.
pub(crate) async fn handover_list(db: &impl ConnectionTrait, dossier: Uuid, page: &Page) -> Result<Vec<Handover>> {
    use row::Column::{DossierId, Id};
    let query = row::Entity::find().filter(DossierId.eq(dossier)).filter(rows::after_id(page, Id));
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// How many samples of a dossier lie with the authority.
pub(crate) async fn held(db: &impl ConnectionTrait, dossier: Uuid) -> Result<i64> {
    use row::Column::{Count, DossierId, ReturnCount};
    let here = Expr::col(Count).sub(Expr::col(ReturnCount)).sum().cast_as(Alias::new("bigint"));
    let query = row::Entity::find().select_only().column_as(here, "held").filter(DossierId.eq(dossier));
    let held: Option<Option<i64>> = query.into_tuple().one(db).await?;
    Ok(held.flatten().unwrap_or(0))
}
