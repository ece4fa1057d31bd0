//! The queries of requirements, one statement each.

use kit::{Page, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use crate::courses::domain::Audience;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "requirement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub title: String,
        pub audience: String,
        /// Words of the topics, a space between two.
        pub topics: String,
        pub level: i32,
        pub legal_form: i32,
        pub begin_date: time::Date,
        pub due_date: time::Date,
        pub end_date: Option<time::Date>,
        pub basis: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A requirement as it is kept.
pub(crate) type Requirement = row::Model;

/// What selects a list of requirements.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) audience: Option<Audience>,
    pub(crate) as_of: Option<Date>,
}

/// Keeps a requirement.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Requirement) -> Result<()> {
    row::Entity::insert(new.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// One requirement.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Requirement>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One requirement, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Requirement>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Puts what changed of a requirement.
pub(crate) async fn update(tx: &impl ConnectionTrait, requirement: &Requirement) -> Result<()> {
    row::Entity::update(requirement.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of requirements by their due day, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Requirement>> {
    use row::Column::{Audience as For, BeginDate, DueDate, EndDate, Id, UnitPath};
    let stands = |day: Date| {
        let lasts = Condition::any().add(EndDate.is_null()).add(EndDate.gte(day));
        Condition::all().add(BeginDate.lte(day)).add(lasts)
    };
    let only = Condition::all()
        .add_option(filter.audience.map(|audience| For.eq(audience.word())))
        .add_option(filter.as_of.map(stands));
    let query = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(filter.within.on(UnitPath))
        .filter(only)
        .filter(rows::after(page, DueDate, Id, parse_iso));
    Ok(query.order_by_asc(DueDate).order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
