//! The queries of sessions and attendance, one statement each.

use kit::{Error, Page, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{self, Content, CourseTerms, NewSession};
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
        pub test_pass_points: Option<i32>,
        pub validity_months: i32,
        pub correction_days: i32,
        pub state: i32,
        /// The half days, a line each: day and part. Empty for mornings and afternoons in turn from the first day on.
        pub schedule: String,
        pub cancel_reason: String,
        pub register_by: Option<time::Date>,
        pub registration_required: bool,
        pub trainer: String,
        /// A line each.
        pub materials: String,
        pub budget_line: String,
        pub planned_cost_vnd: Option<i64>,
        pub actual_cost_vnd: Option<i64>,
        pub version: i64,
        /// When its half days begin and end; empty for the usual hours.
        pub hours: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::courses::store::row::Entity",
            from = "Column::CourseId",
            to = "crate::courses::store::row::Column::Id"
        )]
        Course,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod half_day {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "half_day")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub date: time::Date,
        pub part: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A session as it is kept.
pub type Session = row::Model;

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
        test_pass_points: course.test_pass_points,
        validity_months: course.validity_months,
        correction_days: course.correction_days,
        adopt_date: course.adopt_date,
        sample: course.sample,
    })
}

/// Keeps a session with its half days.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (new, plan): (&NewSession, &[domain::HalfDay]),
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
        half_days: i32::try_from(plan.len()).unwrap_or(i32::MAX),
        place: String::new(),
        capacity: 0,
        audience: course.audience.word().to_owned(),
        topic: course.topic.word().to_owned(),
        pass_percent: course.pass_percent,
        sample: new.sample || course.sample,
        create_us: now_us,
        test_pass_points: course.test_pass_points,
        validity_months: course.validity_months,
        correction_days: course.correction_days,
        state: domain::SessionState::Planned.number(),
        schedule: plan.iter().map(domain::HalfDay::line).collect::<Vec<_>>().join("\n"),
        cancel_reason: String::new(),
        register_by: None,
        registration_required: new.registration_required,
        trainer: String::new(),
        materials: String::new(),
        budget_line: String::new(),
        planned_cost_vnd: None,
        actual_cost_vnd: None,
        version: 1,
        hours: String::new(),
    };
    let session = with_content(session, &new.content);
    let row = session.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await?;
    let half_days = plan.iter().zip(1..).map(|(half_day, number)| {
        let kept = half_day::Model { session_id: id, number, date: half_day.date, part: half_day.part.number() };
        kept.into_active_model().reset_all()
    });
    half_day::Entity::insert_many(half_days).exec_without_returning(tx).await?;
    Ok(session)
}

/// A session with other content.
#[must_use]
pub fn with_content(session: Session, content: &Content) -> Session {
    Session {
        place: content.place.clone(),
        capacity: content.capacity,
        register_by: content.register_by,
        trainer: content.trainer.clone(),
        materials: content.materials.join("\n"),
        budget_line: content.budget_line.clone(),
        planned_cost_vnd: content.planned_cost_vnd,
        actual_cost_vnd: content.actual_cost_vnd,
        hours: content.hours.line(),
        ..session
    }
}

/// Puts what changed of a session, under its version.
pub async fn update(tx: &impl ConnectionTrait, session: &Session) -> Result<()> {
    row::Entity::update(session.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
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
