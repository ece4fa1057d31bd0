//! Every query about registrations.

use std::collections::BTreeSet;

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::RegistrationState;
use crate::sessions::domain::SessionState;
use crate::sessions::store::{half_day, row as session};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "registration")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub session_id: Uuid,
        pub person: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub state: i32,
        /// Order in the session's list.
        pub place: i64,
        pub substitutes: Option<Uuid>,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A registration as it is kept.
pub(crate) type Registration = row::Model;

/// A registration with its place in the queue of those who wait; 0 for who does not wait.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Queued {
    #[sea_orm(nested)]
    pub(crate) registration: Registration,
    pub(crate) waiting_place: i64,
}

/// What selects a list of registrations.
pub(crate) struct Filter {
    pub(crate) session: Option<Uuid>,
    pub(crate) person: Option<Uuid>,
    pub(crate) states: Vec<RegistrationState>,
    pub(crate) within: Scope,
}

/// Keeps registrations.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &[Registration]) -> Result<()> {
    for chunk in new.chunks(rows::CHUNK) {
        let rows = chunk.iter().map(|r| r.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Puts what changed of a registration.
pub(crate) async fn update(tx: &impl ConnectionTrait, registration: &Registration) -> Result<()> {
    row::Entity::update(registration.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// One registration.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Queued>> {
    Ok(queued().filter(row::Column::Id.eq(id)).into_model().one(db).await?)
}

/// One registration as it is kept. Its session is locked first: nothing of a list changes beside that lock.
pub(crate) async fn kept(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Registration>> {
    Ok(row::Entity::find_by_id(id).one(tx).await?)
}

/// Registrations with their place in the queue: how many wait that stand in the session's list up to here.
fn queued() -> sea_orm::Select<row::Entity> {
    let before = Alias::new("before");
    let column = |column: row::Column| Expr::col((before.clone(), column));
    let own = |column: row::Column| Expr::col((row::Entity, column));
    let up_to_here = Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .from_as(row::Entity, before.clone())
        .and_where(column(row::Column::SessionId).eq(own(row::Column::SessionId)))
        .and_where(column(row::Column::State).eq(RegistrationState::Waiting.number()))
        .and_where(column(row::Column::Place).lte(own(row::Column::Place)))
        .take();
    let place: Expr = Expr::case(
        own(row::Column::State).eq(RegistrationState::Waiting.number()),
        Expr::SubQuery(None, Box::new(up_to_here.into())),
    )
    .finally(0_i64)
    .into();
    row::Entity::find().column_as(place, "waiting_place")
}

/// A page of registrations in the order of registering, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Queued>> {
    use row::Column::{Id, Person, SessionId, State, UnitPath};
    let states = filter.states.iter().map(|state| state.number());
    let only = Condition::all()
        .add_option(filter.session.map(|session| SessionId.eq(session)))
        .add_option(filter.person.map(|person| Person.eq(person)))
        .add_option((!filter.states.is_empty()).then(|| State.is_in(states)));
    let query = queued()
        .filter(scope.on((row::Entity, UnitPath)))
        .filter(filter.within.on((row::Entity, UnitPath)))
        .filter(only)
        .filter(rows::after(page, (row::Entity, row::Column::Place), (row::Entity, Id), |key| key.parse::<i64>().ok()));
    let query = query.order_by_asc(row::Column::Place).order_by_asc(Id).limit(page.size + 1);
    Ok(query.into_model().all(db).await?)
}

fn of_session(session: Uuid, state: RegistrationState) -> Condition {
    Condition::all().add(row::Column::SessionId.eq(session)).add(row::Column::State.eq(state.number()))
}

/// How many have a place in a session.
pub(crate) async fn taken(tx: &impl ConnectionTrait, session: Uuid) -> Result<u64> {
    Ok(row::Entity::find().filter(of_session(session, RegistrationState::Registered)).count(tx).await?)
}

/// How many wait for a place in a session.
pub(crate) async fn waiting(tx: &impl ConnectionTrait, session: Uuid) -> Result<u64> {
    Ok(row::Entity::find().filter(of_session(session, RegistrationState::Waiting)).count(tx).await?)
}

/// Who has a place in a session.
pub(crate) async fn with_place(tx: &impl ConnectionTrait, session: Uuid) -> Result<BTreeSet<Uuid>> {
    let persons = row::Entity::find().select_only().column(row::Column::Person);
    let persons = persons.filter(of_session(session, RegistrationState::Registered));
    Ok(persons.into_tuple::<Uuid>().all(tx).await?.into_iter().collect())
}

/// A page of those who have a place in a session, in the order of registering, with one more than the page.
pub(crate) async fn placed(db: &impl ConnectionTrait, session: Uuid, page: &Page) -> Result<Vec<Registration>> {
    let query = row::Entity::find().filter(of_session(session, RegistrationState::Registered)).filter(rows::after(
        page,
        row::Column::Place,
        row::Column::Id,
        |key| key.parse::<i64>().ok(),
    ));
    let query = query.order_by_asc(row::Column::Place).order_by_asc(row::Column::Id).limit(page.size + 1);
    Ok(query.all(db).await?)
}

/// True where the registration of a person in a session is a sample.
pub(crate) async fn sample(tx: &impl ConnectionTrait, session: Uuid, person: Uuid) -> Result<bool> {
    let samples = row::Entity::find()
        .filter(row::Column::SessionId.eq(session))
        .filter(row::Column::Person.eq(person))
        .filter(row::Column::Sample.eq(true));
    Ok(samples.count(tx).await? > 0)
}

/// The first of those who wait for a place in a session.
pub(crate) async fn first_waiting(tx: &impl ConnectionTrait, session: Uuid, most: u64) -> Result<Vec<Registration>> {
    let waiting = row::Entity::find().filter(of_session(session, RegistrationState::Waiting));
    let most = Ord::min(most, i64::MAX as u64);
    Ok(waiting.order_by_asc(row::Column::Place).limit(most).all(tx).await?)
}

/// The end of a session's list.
pub(crate) async fn last_place(tx: &impl ConnectionTrait, session: Uuid) -> Result<i64> {
    let last = row::Entity::find()
        .select_only()
        .column_as(row::Column::Place.max(), "last")
        .filter(row::Column::SessionId.eq(session));
    let last: Option<Option<i64>> = last.into_tuple().one(tx).await?;
    Ok(last.flatten().unwrap_or(0))
}

/// Those of the persons who are registered for a session or wait for it, each with the registration.
pub(crate) async fn there(tx: &impl ConnectionTrait, session: Uuid, persons: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let living = [RegistrationState::Registered, RegistrationState::Waiting].map(RegistrationState::number);
    let found = row::Entity::find()
        .select_only()
        .columns([row::Column::Person, row::Column::Id])
        .filter(row::Column::SessionId.eq(session))
        .filter(row::Column::State.is_in(living))
        .filter(row::Column::Person.is_in(rows::padded(persons)));
    Ok(found.into_tuple().all(tx).await?)
}

/// Those of the persons who have a place in another session at a half day of this one: person, session, day, part.
pub(crate) async fn overlaps(
    tx: &impl ConnectionTrait,
    session: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Uuid, Date, i32)>> {
    use half_day::Column as H;
    let (theirs, ours) = (Alias::new("theirs"), Alias::new("ours"));
    let col = |table: &Alias, column: H| Expr::col((table.clone(), column));
    let select = Query::select()
        .columns([(row::Entity, row::Column::Person), (row::Entity, row::Column::SessionId)])
        .columns([(theirs.clone(), H::Date), (theirs.clone(), H::Part)])
        .from(row::Entity)
        .join(
            JoinType::InnerJoin,
            session::Entity,
            Expr::col((session::Entity, session::Column::Id)).equals((row::Entity, row::Column::SessionId)),
        )
        .join_as(
            JoinType::InnerJoin,
            half_day::Entity,
            theirs.clone(),
            col(&theirs, H::SessionId).equals((row::Entity, row::Column::SessionId)),
        )
        .join_as(
            JoinType::InnerJoin,
            half_day::Entity,
            ours.clone(),
            col(&ours, H::Date)
                .equals((theirs.clone(), H::Date))
                .and(col(&ours, H::Part).equals((theirs.clone(), H::Part))),
        )
        .and_where(col(&ours, H::SessionId).eq(session))
        .and_where(row::Column::SessionId.ne(session))
        .and_where(row::Column::State.eq(RegistrationState::Registered.number()))
        .and_where(session::Column::State.eq(SessionState::Planned.number()))
        .and_where(row::Column::Person.is_in(rows::padded(persons)))
        .take();
    let found = tx.query_all(&select).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok((row.try_get_by(0)?, row.try_get_by(1)?, row.try_get_by(2)?, row.try_get_by(3)?))
    };
    found.into_iter().map(read).collect::<std::result::Result<Vec<_>, sea_orm::DbErr>>().map_err(Into::into)
}
