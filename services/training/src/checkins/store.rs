//! Every query about check-ins.

use kit::{Page, Result, rows};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "check_in")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub how: i32,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use row::Column as C;

/// A check-in as it is kept.
pub(crate) type CheckIn = row::Model;

/// Keeps a check-in, and answers the one that counts: the first.
pub(crate) async fn keep(tx: &impl ConnectionTrait, new: CheckIn) -> Result<CheckIn> {
    let key = (new.session_id, new.number, new.person);
    let first = OnConflict::columns([C::SessionId, C::Number, C::Person]).do_nothing().to_owned();
    let row = new.clone().into_active_model().reset_all();
    row::Entity::insert(row).on_conflict(first).exec_without_returning(tx).await?;
    Ok(row::Entity::find_by_id(key).one(tx).await?.unwrap_or(new))
}

/// A page of the check-ins of a session by half day and person, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    session: Uuid,
    number: Option<i32>,
    page: &Page,
) -> Result<Vec<CheckIn>> {
    let read = |key: &str| key.parse::<i32>().ok();
    let mut query = row::Entity::find().filter(C::SessionId.eq(session));
    if let Some(number) = number {
        query = query.filter(C::Number.eq(number));
    }
    let query = query.filter(rows::after(page, C::Number, C::Person, read));
    Ok(query.order_by_asc(C::Number).order_by_asc(C::Person).limit(page.size + 1).all(db).await?)
}
