//! Every query about messages.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::domain::{MailKind, MailState, pause_us};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub session_id: Uuid,
        pub invitation: Uuid,
        pub unit_path: String,
        pub kind: i32,
        pub state: i32,
        pub attempts: i32,
        /// When it is due.
        pub next_us: i64,
        pub last_error: String,
        pub create_us: i64,
        pub done_us: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use row::Column as C;

/// A message as it is kept.
pub(crate) type Mail = row::Model;

/// What selects a list of messages.
pub(crate) struct Filter {
    pub(crate) session: Option<Uuid>,
    pub(crate) invitation: Option<Uuid>,
    pub(crate) states: Vec<MailState>,
}

/// A message that is due at once.
#[must_use]
pub(crate) fn queued(id: Uuid, of: (Uuid, Uuid, &str), kind: MailKind, now_us: i64) -> Mail {
    let (session_id, invitation, unit_path) = of;
    Mail {
        id,
        session_id,
        invitation,
        unit_path: unit_path.to_owned(),
        kind: kind.number(),
        state: MailState::Queued.number(),
        attempts: 0,
        next_us: now_us,
        last_error: String::new(),
        create_us: now_us,
        done_us: None,
    }
}

/// Queues messages.
pub(crate) async fn queue(tx: &impl ConnectionTrait, new: &[Mail]) -> Result<()> {
    for chunk in new.chunks(rows::CHUNK) {
        let rows = chunk.iter().map(|mail| mail.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn due(now_us: i64) -> sea_orm::Select<row::Entity> {
    let due = Condition::all().add(C::State.eq(MailState::Queued.number())).add(C::NextUs.lte(now_us));
    row::Entity::find().filter(due).order_by_asc(C::NextUs).order_by_asc(C::Id).limit(1)
}

/// True where a message is due.
pub(crate) async fn any_due(db: &impl ConnectionTrait, now_us: i64) -> Result<bool> {
    Ok(due(now_us).one(db).await?.is_some())
}

/// Takes a message that is due, past those that other replicas take: it is due again after a pause, whatever happens.
pub(crate) async fn take(tx: &impl ConnectionTrait, now_us: i64) -> Result<Option<Mail>> {
    let free = due(now_us).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let Some(mut mail) = free.one(tx).await? else { return Ok(None) };
    mail.attempts += 1;
    mail.next_us = now_us + pause_us(mail.attempts);
    put(tx, &mail).await?;
    Ok(Some(mail))
}

/// Puts what became of a try of a message; false where it is settled already or another try was begun since.
pub(crate) async fn settle(tx: &impl ConnectionTrait, mail: &Mail) -> Result<bool> {
    let put = row::Entity::update_many()
        .col_expr(C::State, Expr::val(mail.state))
        .col_expr(C::LastError, Expr::val(mail.last_error.as_str()))
        .col_expr(C::DoneUs, Expr::val(mail.done_us))
        .filter(C::Id.eq(mail.id))
        .filter(C::State.eq(MailState::Queued.number()))
        .filter(C::Attempts.eq(mail.attempts));
    Ok(put.exec(tx).await?.rows_affected > 0)
}

async fn put(tx: &impl ConnectionTrait, mail: &Mail) -> Result<()> {
    row::Entity::update(mail.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// True where some message about an invitation was sent, or may have been: one that was tried and is still queued can be on
/// its way, or have arrived without the server's word for it.
pub(crate) async fn any_sent(db: &impl ConnectionTrait, invitation: Uuid) -> Result<bool> {
    let tried = Condition::all()
        .add(C::State.eq(MailState::Queued.number()))
        .add(C::Attempts.gt(0))
        .add(C::Kind.ne(MailKind::Cancel.number()));
    let sent = Condition::any().add(C::State.eq(MailState::Sent.number())).add(tried);
    Ok(row::Entity::find().filter(C::Invitation.eq(invitation)).filter(sent).count(db).await? > 0)
}

/// A page of messages in the order in which they were queued, with one more than the page.
pub(crate) async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Mail>> {
    let states = filter.states.iter().map(|state| state.number());
    let only = Condition::all()
        .add_option(filter.session.map(|session| C::SessionId.eq(session)))
        .add_option(filter.invitation.map(|invitation| C::Invitation.eq(invitation)))
        .add_option((!filter.states.is_empty()).then(|| C::State.is_in(states)));
    let query = row::Entity::find().filter(scope.on(C::UnitPath)).filter(only).filter(rows::after_id(page, C::Id));
    Ok(query.order_by_asc(C::Id).limit(page.size + 1).all(db).await?)
}
