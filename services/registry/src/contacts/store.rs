//! Every query about contacts and personal numbers.

use kit::Result;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::people::store::{are_or_merged_into, is_or_merged_into, shown};
use crate::shared::records::{self, record};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "contact")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Option<Uuid>,
        pub person_id: Option<Uuid>,
        pub kind: i32,
        pub value: String,
        pub note: String,
        pub preferred: bool,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod number {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "personal_number")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub number: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

record!(row);
record!(number);

/// A stored contact.
pub(crate) type Contact = row::Model;
/// The table of contacts.
pub(crate) type Contacts = row::Entity;
/// The table of personal numbers.
pub(crate) type Numbers = number::Entity;
/// A stored personal number.
pub(crate) type Number = number::Model;

/// Contacts of a person and of the records merged into it; all without one.
pub(crate) fn of_person(person: Option<Uuid>) -> Condition {
    person.map_or(Condition::all(), |id| is_or_merged_into((row::Entity, row::Column::PersonId), id))
}

/// The contacts of several persons and of the records merged into them: whose, of which kind, and the value.
pub(crate) async fn of_persons(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(Uuid, i32, String)>> {
    use row::Column::{Kind, PersonId, Value};
    let person = (row::Entity, PersonId);
    let query = row::Entity::find().select_only().column_as(shown(person), "person_id").columns([Kind, Value]);
    Ok(query.filter(are_or_merged_into(person, ids)).into_tuple().all(db).await?)
}

/// Deletes a contact.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// Deletes the contacts of a person.
pub(crate) async fn delete_of_person(tx: &impl ConnectionTrait, person: Uuid) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::PersonId.eq(person)).exec(tx).await?;
    Ok(())
}

/// The personal number of a producer.
pub(crate) async fn number_of(db: &impl ConnectionTrait, producer: Uuid) -> Result<Option<Number>> {
    Ok(number::Entity::find().filter(number::Column::ProducerId.eq(producer)).one(db).await?)
}

/// The producer that has a personal number.
pub(crate) async fn holder(db: &impl ConnectionTrait, number: &str) -> Result<Option<Uuid>> {
    let held = number::Entity::find().filter(number::Column::Number.eq(number)).one(db).await?;
    Ok(held.map(|held| held.producer_id))
}

/// Takes the personal number of a producer away.
pub(crate) async fn clear(tx: &impl ConnectionTrait, producer: Uuid) -> Result<()> {
    number::Entity::delete_many().filter(number::Column::ProducerId.eq(producer)).exec(tx).await?;
    Ok(())
}

/// Records a personal number; the unique key is the number.
pub(crate) async fn set(tx: &impl ConnectionTrait, new: &Number) -> std::result::Result<(), DbErr> {
    number::Entity::delete_many().filter(number::Column::ProducerId.eq(new.producer_id)).exec(tx).await?;
    records::insert::<number::Entity>(tx, new).await
}
