//! The queries of courses, one statement each.

use kit::{Page, Result, Scope, rows};
use reference::text;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::domain::{Audience, NewCourse, Topic};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "course")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub title: String,
        pub title_key: String,
        pub audience: String,
        pub topic: String,
        pub half_days: i32,
        pub pass_percent: i32,
        pub outline: String,
        pub adopt_date: time::Date,
        pub sample: bool,
        pub create_us: i64,
        pub test_pass_points: Option<i32>,
        pub validity_months: i32,
        pub correction_days: i32,
        pub replaces: Option<Uuid>,
        pub edition: i32,
        pub hours: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A course as it is kept.
pub type Course = row::Model;

/// What selects a list of courses.
pub struct Filter {
    /// Of these units.
    pub within: Scope,
    /// For this audience.
    pub audience: Option<Audience>,
    /// About this topic.
    pub topic: Option<Topic>,
}

/// Keeps a course.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (new, edition): (&NewCourse, i32),
    now_us: i64,
) -> Result<Course> {
    let course = Course {
        id,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        title: new.title.clone(),
        title_key: text::sort_key(&new.title),
        audience: new.audience.word().to_owned(),
        topic: new.topic.word().to_owned(),
        half_days: new.half_days,
        pass_percent: new.pass_percent,
        outline: new.outline.clone(),
        adopt_date: new.adopt_date,
        sample: new.sample,
        create_us: now_us,
        test_pass_points: new.test_pass_points,
        validity_months: new.validity_months,
        correction_days: new.correction_days,
        replaces: new.replaces,
        edition,
        hours: new.hours,
    };
    let row = course.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(course)
}

/// One course.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Course>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One course, so that nobody else replaces it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Course>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// The next version of a course, if there is one.
pub async fn next(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Uuid>> {
    let next = row::Entity::find().select_only().column(row::Column::Id).filter(row::Column::Replaces.eq(id));
    Ok(next.into_tuple().one(tx).await?)
}

/// A page of courses in Vietnamese order of their titles, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Course>> {
    let mut query = row::Entity::find()
        .filter(scope.on(row::Column::UnitPath))
        .filter(filter.within.on(row::Column::UnitPath))
        .filter(rows::after(page, row::Column::TitleKey, row::Column::Id, rows::text));
    if let Some(audience) = filter.audience {
        query = query.filter(row::Column::Audience.eq(audience.word()));
    }
    if let Some(topic) = filter.topic {
        query = query.filter(row::Column::Topic.eq(topic.word()));
    }
    let query = query.order_by_asc(row::Column::TitleKey).order_by_asc(row::Column::Id).limit(page.size + 1);
    Ok(query.all(db).await?)
}
