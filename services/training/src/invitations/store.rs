//! Every query about invitations.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Channel, InvitationState, InvitationStep, before};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub session_id: Uuid,
        pub person: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub state: i32,
        pub reply_by: time::Date,
        /// How it was sent the last time; 0 while it was not.
        pub channel: i32,
        pub send_date: Option<time::Date>,
        pub answer_date: Option<time::Date>,
        pub answered_by: i32,
        pub reason: String,
        pub registration: Option<Uuid>,
        pub reminders: i32,
        pub remind_date: Option<time::Date>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use row::Column as C;

/// An invitation as it is kept.
pub(crate) type Invitation = row::Model;

/// What selects a list of invitations.
pub(crate) struct Filter {
    pub(crate) session: Option<Uuid>,
    pub(crate) person: Option<Uuid>,
    pub(crate) states: Vec<InvitationState>,
    pub(crate) within: Scope,
    /// Sent and to be answered by this day.
    pub(crate) unanswered_by: Option<Date>,
}

/// Keeps invitations.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &[Invitation]) -> Result<()> {
    for chunk in new.chunks(rows::CHUNK) {
        let rows = chunk.iter().map(|invitation| invitation.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Puts what changed of an invitation.
pub(crate) async fn update(tx: &impl ConnectionTrait, invitation: &Invitation) -> Result<()> {
    row::Entity::update(invitation.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// One invitation.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Invitation>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The invitations of persons to a session, at most 500 persons.
pub(crate) async fn of_persons(tx: &impl ConnectionTrait, session: Uuid, persons: &[Uuid]) -> Result<Vec<Invitation>> {
    let found = row::Entity::find().filter(C::SessionId.eq(session)).filter(C::Person.is_in(rows::padded(persons)));
    Ok(found.all(tx).await?)
}

fn late(by: Date) -> Condition {
    Condition::all().add(C::State.eq(InvitationState::Sent.number())).add(C::ReplyBy.lte(by))
}

/// A page of invitations in the order in which they were made, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Invitation>> {
    let states = filter.states.iter().map(|state| state.number());
    let only = Condition::all()
        .add_option(filter.session.map(|session| C::SessionId.eq(session)))
        .add_option(filter.person.map(|person| C::Person.eq(person)))
        .add_option((!filter.states.is_empty()).then(|| C::State.is_in(states)))
        .add_option(filter.unanswered_by.map(late));
    let query = row::Entity::find()
        .filter(scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(only)
        .filter(rows::after_id(page, C::Id));
    Ok(query.order_by_asc(C::Id).limit(page.size + 1).all(db).await?)
}

/// How many of a session's invitations stand in each state, and how many of them were to be answered by a day.
pub(crate) async fn counts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    session: Uuid,
    by: Date,
) -> Result<Vec<(i32, i64, i64)>> {
    let late: Expr = Expr::case(late(by), 1_i64).into();
    let late: Expr = Func::count(late).into();
    let query = row::Entity::find()
        .select_only()
        .column(C::State)
        .column_as(C::Id.count(), "invitations")
        .column_as(late, "late")
        .filter(C::SessionId.eq(session))
        .filter(scope.on(C::UnitPath))
        .group_by(C::State)
        .order_by_asc(C::State);
    Ok(query.into_tuple().all(db).await?)
}

/// Invitations of a session that can be sent, of units, as many as `most`.
pub(crate) async fn unsent(
    tx: &impl ConnectionTrait,
    session: Uuid,
    within: &Scope,
    most: u64,
) -> Result<Vec<Invitation>> {
    let can = before(InvitationStep::Send).map(InvitationState::number);
    let query = row::Entity::find()
        .filter(C::SessionId.eq(session))
        .filter(C::State.is_in(can))
        .filter(within.on(C::UnitPath))
        .order_by_asc(C::Id)
        .limit(most);
    Ok(query.all(tx).await?)
}

/// Invitations of a session that were to be answered by a day and whose persons were not reminded today, of units.
pub(crate) async fn unanswered(
    tx: &impl ConnectionTrait,
    (session, within): (Uuid, &Scope),
    (by, today): (Date, Date),
    most: u64,
) -> Result<Vec<Invitation>> {
    let not_today = Condition::any().add(C::RemindDate.is_null()).add(C::RemindDate.ne(today));
    let query = row::Entity::find()
        .filter(C::SessionId.eq(session))
        .filter(late(by))
        .filter(not_today)
        .filter(within.on(C::UnitPath))
        .order_by_asc(C::Id)
        .limit(most);
    Ok(query.all(tx).await?)
}

/// A page of a session's invitations that can be printed, of units, with one more than the page: not those that were
/// declined or cancelled. The cursor may carry more than the id.
pub(crate) async fn printable(
    db: &impl ConnectionTrait,
    session: Uuid,
    within: &Scope,
    page: &Page,
) -> Result<Vec<Invitation>> {
    let gone = [InvitationState::Declined, InvitationState::Cancelled].map(InvitationState::number);
    let last = page.after.as_deref().and_then(<[String]>::first);
    let last = last.map(|id| C::Id.gt(Uuid::try_parse(id).unwrap_or(Uuid::max())));
    let query = row::Entity::find()
        .filter(C::SessionId.eq(session))
        .filter(C::State.is_not_in(gone))
        .filter(within.on(C::UnitPath))
        .filter(Condition::all().add_option(last));
    Ok(query.order_by_asc(C::Id).limit(page.size + 1).all(db).await?)
}

/// Invitations of a session that are not cancelled.
pub(crate) async fn standing(tx: &impl ConnectionTrait, session: Uuid) -> Result<Vec<Invitation>> {
    let query = row::Entity::find()
        .filter(C::SessionId.eq(session))
        .filter(C::State.ne(InvitationState::Cancelled.number()))
        .order_by_asc(C::Id);
    Ok(query.all(tx).await?)
}

/// What is put of many invitations at once.
pub(crate) enum Put<'a> {
    /// They were sent on a day.
    Sent(Channel, Date),
    /// Their persons were reminded on a day.
    Reminded(Channel, Date),
    /// They are cancelled.
    Cancelled(&'a str),
}

/// Puts the same of many invitations; a statement for every 500.
pub(crate) async fn put(tx: &impl ConnectionTrait, ids: &[Uuid], what: &Put<'_>, now_us: i64) -> Result<()> {
    for chunk in ids.chunks(rows::CHUNK) {
        let update = row::Entity::update_many()
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .col_expr(C::UpdateUs, Expr::val(now_us))
            .filter(C::Id.is_in(rows::padded(chunk)));
        let state = |state: InvitationState| Expr::val(state.number());
        let update = match what {
            Put::Sent(channel, day) => update
                .col_expr(C::State, state(InvitationState::Sent))
                .col_expr(C::Channel, Expr::val(channel.number()))
                .col_expr(C::Reason, Expr::val(""))
                .col_expr(C::SendDate, Expr::val(*day)),
            Put::Reminded(channel, day) => {
                let update = update
                    .col_expr(C::Reminders, Expr::col(C::Reminders).add(1))
                    .col_expr(C::RemindDate, Expr::val(*day));
                // Who knows by mail and is called once more still learns by mail of a cancellation.
                match channel {
                    Channel::Mail => update.col_expr(C::Channel, Expr::val(channel.number())),
                    Channel::HandedOver => update,
                }
            }
            Put::Cancelled(reason) => {
                update.col_expr(C::State, state(InvitationState::Cancelled)).col_expr(C::Reason, Expr::val(*reason))
            }
        };
        update.exec(tx).await?;
    }
    Ok(())
}
