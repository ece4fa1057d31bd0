//! The queries of books and their periods, one statement each.

use kit::{Error, Result};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::domain::{Book, CarryOver, Length};
use crate::plans::store::Plan;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_book")]
    pub struct Model {
        /// The plan's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub period_length: String,
        pub adjustment_days: i32,
        pub backdate_days: i32,
        pub carry_over_rule: String,
        pub closed_periods: i64,
        pub close_date: Option<time::Date>,
        pub close_document_number: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod act {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "period_act")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan_id: Uuid,
        pub number: i32,
        pub verb: String,
        pub act_date: time::Date,
        pub document_number: String,
        pub reason: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A book as it is kept.
pub type Kept = row::Model;
/// A closing or opening of a period as it is kept.
pub type Act = act::Model;

/// What a kept book says.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub fn book(kept: &Kept) -> Result<Book> {
    let unknown = |word: &str| Error::internal(format!("a book of {word}"));
    Ok(Book {
        year: kept.year,
        length: Length::of(&kept.period_length).ok_or_else(|| unknown(&kept.period_length))?,
        adjustment_days: kept.adjustment_days,
        backdate_days: kept.backdate_days,
        carry_over: CarryOver::of(&kept.carry_over_rule).ok_or_else(|| unknown(&kept.carry_over_rule))?,
        closed: kept.closed_periods,
        close_date: kept.close_date,
    })
}

/// The book of a plan with its defaults.
#[must_use]
pub fn fresh(plan: &Plan, now_us: i64) -> Kept {
    let book = Book::of(plan.year);
    Kept {
        id: plan.id,
        unit: plan.unit.clone(),
        unit_path: plan.unit_path.clone(),
        year: plan.year,
        period_length: book.length.word().to_owned(),
        adjustment_days: book.adjustment_days,
        backdate_days: book.backdate_days,
        carry_over_rule: book.carry_over.word().to_owned(),
        closed_periods: book.closed,
        close_date: None,
        close_document_number: String::new(),
        sample: plan.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

/// Puts the book of a plan where it has none.
pub async fn open(tx: &impl ConnectionTrait, plan: &Plan, now_us: i64) -> Result<()> {
    let row = fresh(plan, now_us).into_active_model().reset_all();
    let there = OnConflict::column(row::Column::Id).do_nothing().to_owned();
    row::Entity::insert(row).on_conflict(there).exec_without_returning(tx).await?;
    Ok(())
}

/// The book of a plan, if it has one.
pub async fn fetch(db: &impl ConnectionTrait, plan: Uuid) -> Result<Option<Kept>> {
    Ok(row::Entity::find_by_id(plan).one(db).await?)
}

/// The book of a plan, shared with everybody who posts: it does not change until the transaction ends.
///
/// # Errors
/// INTERNAL where there is none: the first assignment opens it.
pub async fn hold(tx: &impl ConnectionTrait, plan: Uuid) -> Result<Book> {
    let kept = row::Entity::find_by_id(plan).lock(LockType::KeyShare).one(tx).await?;
    book(&kept.ok_or_else(|| Error::internal(format!("plan {plan} has no book")))?)
}

/// The book of a plan, so that nobody posts by it until the transaction ends.
///
/// # Errors
/// INTERNAL where there is none: [`open`] comes first.
pub async fn lock(tx: &impl ConnectionTrait, plan: Uuid) -> Result<Kept> {
    let book = row::Entity::find_by_id(plan).lock_exclusive().one(tx).await?;
    book.ok_or_else(|| Error::internal(format!("plan {plan} has no book")))
}

/// Keeps what was changed in a locked book, as its next version.
pub async fn update(tx: &impl ConnectionTrait, mut kept: Kept, book: &Book, now_us: i64) -> Result<Kept> {
    book.length.word().clone_into(&mut kept.period_length);
    book.carry_over.word().clone_into(&mut kept.carry_over_rule);
    kept.adjustment_days = book.adjustment_days;
    kept.backdate_days = book.backdate_days;
    kept.closed_periods = book.closed;
    kept.close_date = book.close_date;
    kept.version += 1;
    kept.update_us = now_us;
    let row = row::ActiveModel {
        id: Set(kept.id),
        period_length: Set(kept.period_length.clone()),
        adjustment_days: Set(kept.adjustment_days),
        backdate_days: Set(kept.backdate_days),
        carry_over_rule: Set(kept.carry_over_rule.clone()),
        closed_periods: Set(kept.closed_periods),
        close_date: Set(kept.close_date),
        close_document_number: Set(kept.close_document_number.clone()),
        version: Set(kept.version),
        update_us: Set(kept.update_us),
        ..Default::default()
    };
    row::Entity::update(row).exec(tx).await?;
    Ok(kept)
}

/// Keeps a closing or opening.
pub async fn insert_act(tx: &impl ConnectionTrait, act: Act) -> Result<Act> {
    act::Entity::insert(act.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(act)
}

/// All closings and openings of a plan's periods in the order in which they were recorded.
pub async fn acts(db: &impl ConnectionTrait, plan: Uuid) -> Result<Vec<Act>> {
    let acts = act::Entity::find().filter(act::Column::PlanId.eq(plan));
    Ok(acts.order_by_asc(act::Column::Number).order_by_asc(act::Column::Id).all(db).await?)
}
