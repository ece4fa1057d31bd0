//! The queries of sessions and attendance, one statement each.

use kit::{Error, Page, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Attended, CourseTerms, NewSession};
use crate::courses::domain::{Audience, Topic};
use crate::courses::store::Course;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub course_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub begin_date: time::Date,
        pub end_date: time::Date,
        pub half_days: i32,
        pub place: String,
        pub capacity: i32,
        pub audience: String,
        pub topic: String,
        pub pass_percent: i32,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod attended {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub half_days_attended: i32,
        pub passed: bool,
        pub sample: bool,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::row::Entity", from = "Column::SessionId", to = "super::row::Column::Id")]
        Session,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A session as it is kept.
pub type Session = row::Model;
/// What one person attended, as it is kept.
pub type Attendance = attended::Model;

/// What selects a list of sessions.
pub struct Filter {
    /// Of this course.
    pub course: Option<Uuid>,
    /// Of these units.
    pub within: Scope,
    /// Beginning on this day or later.
    pub from: Option<Date>,
    /// Beginning on this day or earlier.
    pub to: Option<Date>,
}

/// What a session takes over from a course.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub fn terms(course: &Course) -> Result<CourseTerms> {
    let unknown = || Error::internal(format!("course {} has an unknown audience or topic", course.id));
    Ok(CourseTerms {
        audience: Audience::of(&course.audience).ok_or_else(unknown)?,
        topic: Topic::of(&course.topic).ok_or_else(unknown)?,
        half_days: course.half_days,
        pass_percent: course.pass_percent,
        adopt_date: course.adopt_date,
        sample: course.sample,
    })
}

/// Keeps a session.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (new, half_days): (&NewSession, i32),
    course: &CourseTerms,
    now_us: i64,
) -> Result<Session> {
    let session = Session {
        id,
        course_id: new.course,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        begin_date: new.begin_date,
        end_date: new.end_date,
        half_days,
        place: new.place.clone(),
        capacity: new.capacity,
        audience: course.audience.word().to_owned(),
        topic: course.topic.word().to_owned(),
        pass_percent: course.pass_percent,
        sample: new.sample || course.sample,
        create_us: now_us,
    };
    let row = session.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(session)
}

/// One session.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Session>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One session, so that nobody else records its attendance until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Session>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// A page of sessions by their first day, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Session>> {
    // A cursor is sealed, so its day can be read; anything else would end the walk.
    let mut query = row::Entity::find()
        .filter(scope.on(row::Column::UnitPath))
        .filter(filter.within.on(row::Column::UnitPath))
        .filter(rows::after(page, row::Column::BeginDate, row::Column::Id, parse_iso));
    if let Some(course) = filter.course {
        query = query.filter(row::Column::CourseId.eq(course));
    }
    if let Some(from) = filter.from {
        query = query.filter(row::Column::BeginDate.gte(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(row::Column::BeginDate.lte(to));
    }
    let query = query.order_by_asc(row::Column::BeginDate).order_by_asc(row::Column::Id).limit(page.size + 1);
    Ok(query.all(db).await?)
}

/// A record to be put: what somebody attended, whether it is enough, whether it is a sample.
pub struct Put {
    /// What was attended.
    pub attended: Attended,
    /// It is enough.
    pub passed: bool,
    /// Session or person is a sample.
    pub sample: bool,
}

/// Puts records in place of what was kept of the same persons; a statement for every 500.
pub async fn put(tx: &impl ConnectionTrait, session: Uuid, records: &[Put], now_us: i64) -> Result<Vec<Attendance>> {
    use attended::Column::{HalfDaysAttended, Passed, Person, Sample, SessionId, UpdateUs};
    let kept: Vec<Attendance> = records
        .iter()
        .map(|record| Attendance {
            session_id: session,
            person: record.attended.person,
            half_days_attended: record.attended.half_days,
            passed: record.passed,
            sample: record.sample,
            update_us: now_us,
        })
        .collect();
    for chunk in kept.chunks(rows::CHUNK) {
        let rows = chunk.iter().map(|a| a.clone().into_active_model().reset_all());
        let change = OnConflict::columns([SessionId, Person])
            .update_columns([HalfDaysAttended, Passed, Sample, UpdateUs])
            .to_owned();
        attended::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    }
    Ok(kept)
}

/// A page of a session's attendance by person, with one more than the page.
pub async fn attendances(db: &impl ConnectionTrait, session: Uuid, page: &Page) -> Result<Vec<Attendance>> {
    let mut query = attended::Entity::find().filter(attended::Column::SessionId.eq(session));
    if let Some([last]) = page.after.as_deref() {
        let last = Uuid::try_parse(last).unwrap_or(Uuid::max());
        query = query.filter(attended::Column::Person.gt(last));
    }
    Ok(query.order_by_asc(attended::Column::Person).limit(page.size + 1).all(db).await?)
}
