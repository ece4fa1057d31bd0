//! Every query about merges of persons.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person_merge")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub into_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub reason: String,
        pub end_reason: String,
        pub end_us: Option<i64>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored merge.
pub(crate) type Merge = row::Model;

/// Inserts a merge; the unique key is the person among the merges that stand.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Merge) -> std::result::Result<(), DbErr> {
    row::Entity::insert(new.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// The merge.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Merge>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// Stores a merge as it is now.
pub(crate) async fn update(tx: &impl ConnectionTrait, now: &Merge) -> Result<()> {
    let row = now.clone().into_active_model().reset_all();
    row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// True where records were merged into this one.
pub(crate) async fn has_merged(tx: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    use row::Column::{EndUs, IntoId};
    Ok(row::Entity::find().filter(IntoId.eq(id)).filter(EndUs.is_null()).count(tx).await? > 0)
}

/// What a list of merges is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) person: Option<Uuid>,
    pub(crate) show_ended: bool,
}

/// A page of merges in the order in which they were recorded.
pub(crate) async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Merge>> {
    use row::Column::{EndUs, Id, IntoId, PersonId, UnitPath};
    let mut query = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(filter.within.on(UnitPath))
        .filter(rows::after_id(page, Id));
    if let Some(person) = filter.person {
        query = query.filter(Condition::any().add(PersonId.eq(person)).add(IntoId.eq(person)));
    }
    if !filter.show_ended {
        query = query.filter(EndUs.is_null());
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
