//! Every query about changes and owners. What was before and what is proposed are read whole: JSON in columns.

use kit::{Error, Result};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::{ChangeState, KeyData, Proposal};
use crate::shared::records::record;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer_change")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub document_number: String,
        pub reason: String,
        pub before: String,
        pub after: String,
        pub proposer: String,
        pub decider: String,
        pub decide_reason: String,
        pub state: i32,
        pub effective_date: time::Date,
        pub document_date: Option<time::Date>,
        pub decide_date: Option<time::Date>,
        pub producer_version: i64,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod owner {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer_owner")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub producer_id: Uuid,
        pub person_id: Uuid,
        pub begin_date: time::Date,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

record!(row);

/// A stored change.
pub(crate) type Change = row::Model;
/// The table of changes.
pub(crate) type Changes = row::Entity;

impl Change {
    /// What was before.
    pub(crate) fn before(&self) -> Result<KeyData> {
        serde_json::from_str(&self.before).map_err(Error::internal)
    }

    /// What is proposed.
    pub(crate) fn after(&self) -> Result<Proposal> {
        serde_json::from_str(&self.after).map_err(Error::internal)
    }
}

/// A column of JSON.
pub(crate) fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Changes in a state; 0 stands for all.
pub(crate) fn in_state(state: i32) -> Condition {
    if state == 0 { Condition::all() } else { Condition::all().add(row::Column::State.eq(state)) }
}

/// The changes of a producer that took effect, the oldest first.
pub(crate) async fn effective(db: &impl ConnectionTrait, producer: Uuid) -> Result<Vec<Change>> {
    let changes = row::Entity::find()
        .filter(row::Column::ProducerId.eq(producer))
        .filter(row::Column::State.eq(ChangeState::Approved.number()))
        .order_by_asc(row::Column::EffectiveDate)
        .order_by_asc(row::Column::UpdateUs);
    Ok(changes.all(db).await?)
}

/// The day of the last change of a producer that took effect.
pub(crate) async fn last_effective(db: &impl ConnectionTrait, producer: Uuid) -> Result<Option<Date>> {
    let last = row::Entity::find()
        .select_only()
        .column(row::Column::EffectiveDate)
        .filter(row::Column::ProducerId.eq(producer))
        .filter(row::Column::State.eq(ChangeState::Approved.number()))
        .order_by_desc(row::Column::EffectiveDate)
        .limit(1);
    Ok(last.into_tuple().one(db).await?)
}

/// Who owns a producer.
pub(crate) async fn owner_of(db: &impl ConnectionTrait, producer: Uuid) -> Result<Option<Uuid>> {
    Ok(owner::Entity::find_by_id(producer).one(db).await?.map(|owner| owner.person_id))
}

/// Records who owns a producer from a day on.
pub(crate) async fn set_owner(tx: &impl ConnectionTrait, producer: Uuid, person: Uuid, from: Date) -> Result<()> {
    owner::Entity::delete_many().filter(owner::Column::ProducerId.eq(producer)).exec(tx).await?;
    let row = owner::Model { producer_id: producer, person_id: person, begin_date: from };
    owner::Entity::insert(owner::ActiveModel::from(row)).exec_without_returning(tx).await?;
    Ok(())
}

/// A live producer that a person owns.
pub(crate) async fn owned_by(db: &impl ConnectionTrait, person: Uuid) -> Result<Option<Uuid>> {
    let live = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("producer"))
        .and_where(Expr::col(Alias::new("delete_us")).is_null())
        .take();
    let owned = owner::Entity::find()
        .filter(owner::Column::PersonId.eq(person))
        .filter(owner::Column::ProducerId.in_subquery(live));
    Ok(owned.one(db).await?.map(|owner| owner.producer_id))
}
