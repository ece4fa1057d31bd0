//! Every query about the copies of duties and producers.

use std::collections::BTreeMap;

use kit::{Error, Result};
use reference::units::Unit;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use crate::courses::domain::Audience;
use crate::shared::known::STILL;
use crate::shared::levels;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub duty: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        /// Who has it; the person that stays where two records were merged.
        pub person: Uuid,
        /// Who has it by the record that the duty was told with.
        pub own_person: Uuid,
        /// The person has, or once had, another duty too: only these must be counted by person.
        pub several: bool,
        pub audience: String,
        pub unit: String,
        pub unit_path: String,
        pub level: i32,
        pub producer: String,
        pub legal_form: i32,
        pub begin_date: time::Date,
        pub last_date: time::Date,
        pub sample: bool,
        pub known_from_us: i64,
        pub known_to_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod producer {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub producer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub unit: String,
        pub unit_path: String,
        pub legal_form: i32,
        pub registration_date: time::Date,
        pub deleted: bool,
        pub merged_into: String,
        pub known_from_us: i64,
        pub known_to_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod merged {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "merged_person")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub into_person: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod assigned {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "assigned")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub duty: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_unit: String,
        pub to_unit: String,
        /// Last day of the divided commune.
        pub end_date: time::Date,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

type Duty = row::Model;
type Producer = producer::Model;

/// A duty as its first event tells it.
pub(super) struct Began {
    pub(super) duty: String,
    pub(super) person: Uuid,
    pub(super) audience: Audience,
    pub(super) unit: &'static Unit,
    pub(super) begin_date: Date,
    pub(super) producer: String,
    pub(super) sample: bool,
}

/// A producer as its event tells it.
pub(super) struct Recorded {
    pub(super) producer: String,
    pub(super) unit: &'static Unit,
    pub(super) legal_form: i32,
    /// None in events of before it was told.
    pub(super) registration_date: Option<Date>,
    /// The day of what the event is about.
    pub(super) act_date: Option<Date>,
    pub(super) deleted: bool,
}

/// The persons that stay for those of the list that were merged.
pub(crate) async fn stays(db: &impl ConnectionTrait, persons: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let mut found = Vec::new();
    for chunk in persons.chunks(kit::rows::CHUNK) {
        let ids = kit::rows::padded(chunk);
        let rows = merged::Entity::find().filter(merged::Column::Person.is_in(ids)).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.person, row.into_person)));
    }
    Ok(found)
}

/// Those of the persons whose duties of an audience all end before a day, each with the last day of the last one. Persons of
/// whom no duty is known are not among them.
pub(crate) async fn ended_before(
    db: &impl ConnectionTrait,
    audience: &str,
    persons: &[Uuid],
    day: Date,
) -> Result<Vec<(Uuid, Date)>> {
    let last = row::Entity::find()
        .select_only()
        .column(row::Column::OwnPerson)
        .column_as(row::Column::LastDate.max(), "last_date")
        .filter(row::Column::KnownToUs.eq(STILL))
        .filter(row::Column::Audience.eq(audience))
        .filter(row::Column::OwnPerson.is_in(kit::rows::padded(persons)))
        .group_by(row::Column::OwnPerson)
        .having(ExprTrait::lt(row::Column::LastDate.max(), day));
    Ok(last.into_tuple().all(db).await?)
}

/// The duties known now of which a condition holds.
async fn known(tx: &impl ConnectionTrait, that: Condition) -> Result<Vec<Duty>> {
    Ok(row::Entity::find().filter(row::Column::KnownToUs.eq(STILL)).filter(that).all(tx).await?)
}

/// Puts another version in a duty's place.
async fn replace(tx: &impl ConnectionTrait, old: &Duty, new: Duty, now_us: i64) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::KnownToUs, Expr::val(now_us))
        .filter(row::Column::Duty.eq(&old.duty))
        .filter(row::Column::Version.eq(old.version))
        .exec(tx)
        .await?;
    insert(tx, Duty { version: old.version + 1, known_from_us: now_us, known_to_us: STILL, ..new }).await
}

async fn insert(tx: &impl ConnectionTrait, duty: Duty) -> Result<()> {
    row::Entity::insert(duty.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that a person has several duties, where it is so; answers whether.
async fn note_several(tx: &impl ConnectionTrait, person: Uuid, than: &str) -> Result<bool> {
    let of_person = Condition::all().add(row::Column::Person.eq(person));
    let another = of_person.clone().add(row::Column::Duty.ne(than));
    let several = row::Entity::find().filter(another).count(tx).await? > 0;
    if several {
        row::Entity::update_many()
            .col_expr(row::Column::Several, Expr::val(true))
            .filter(of_person)
            .filter(row::Column::Several.eq(false))
            .exec(tx)
            .await?;
    }
    Ok(several)
}

/// Puts the beginning of a duty.
pub(super) async fn begin(tx: &impl ConnectionTrait, new: &Began, now_us: i64) -> Result<()> {
    if !known(tx, Condition::all().add(row::Column::Duty.eq(&new.duty))).await?.is_empty() {
        return Ok(());
    }
    let person = stays(tx, &[new.person]).await?.first().map_or(new.person, |(_, into)| *into);
    let duty = Duty {
        duty: new.duty.clone(),
        version: 1,
        person,
        own_person: new.person,
        several: note_several(tx, person, &new.duty).await?,
        audience: new.audience.word().to_owned(),
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        level: levels::number(new.unit.level),
        producer: new.producer.clone(),
        legal_form: producer_known(tx, &new.producer).await?.map_or(0, |p| p.legal_form),
        begin_date: new.begin_date,
        last_date: super::NEVER,
        sample: new.sample,
        known_from_us: now_us,
        known_to_us: STILL,
    };
    insert(tx, duty).await
}

/// Puts the last day of a duty.
pub(super) async fn end(tx: &impl ConnectionTrait, duty: &str, last_date: Date, now_us: i64) -> Result<()> {
    for old in known(tx, Condition::all().add(row::Column::Duty.eq(duty))).await? {
        if old.last_date != last_date {
            replace(tx, &old, Duty { last_date, ..old.clone() }, now_us).await?;
        }
    }
    Ok(())
}

async fn producer_known(tx: &impl ConnectionTrait, name: &str) -> Result<Option<Producer>> {
    let known = producer::Entity::find()
        .filter(producer::Column::Producer.eq(name))
        .filter(producer::Column::KnownToUs.eq(STILL));
    Ok(known.one(tx).await?)
}

async fn producer_version(tx: &impl ConnectionTrait, old: Option<&Producer>, new: Producer, now_us: i64) -> Result<()> {
    if let Some(old) = old {
        producer::Entity::update_many()
            .col_expr(producer::Column::KnownToUs, Expr::val(now_us))
            .filter(producer::Column::Producer.eq(&old.producer))
            .filter(producer::Column::Version.eq(old.version))
            .exec(tx)
            .await?;
    }
    let version = old.map_or(1, |old| old.version + 1);
    let new = Producer { version, known_from_us: now_us, known_to_us: STILL, ..new };
    producer::Entity::insert(new.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts what a producer is; its managers are counted under its new legal form from then on.
pub(super) async fn producer_put(tx: &impl ConnectionTrait, new: &Recorded, now_us: i64) -> Result<()> {
    let old = producer_known(tx, &new.producer).await?;
    // Events of before the day was told: the first one is about the registration itself.
    let known_date = old.as_ref().map(|p| p.registration_date).or(new.act_date);
    let registration_date = new.registration_date.or(known_date);
    let put = Producer {
        producer: new.producer.clone(),
        version: 0,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        legal_form: new.legal_form,
        registration_date: registration_date.ok_or_else(|| Error::internal("a producer was recorded on no day"))?,
        deleted: new.deleted,
        merged_into: old.as_ref().map(|p| p.merged_into.clone()).unwrap_or_default(),
        known_from_us: 0,
        known_to_us: 0,
    };
    let same = |old: &Producer| Producer { version: 0, known_from_us: 0, known_to_us: 0, ..old.clone() } == put;
    if old.as_ref().is_some_and(same) {
        return Ok(());
    }
    producer_version(tx, old.as_ref(), put, now_us).await?;
    let other_form =
        Condition::all().add(row::Column::Producer.eq(&new.producer)).add(row::Column::LegalForm.ne(new.legal_form));
    for duty in known(tx, other_form).await? {
        replace(tx, &duty, Duty { legal_form: new.legal_form, ..duty.clone() }, now_us).await?;
    }
    Ok(())
}

/// Puts what a producer was merged into; nothing where it stands on its own again.
pub(super) async fn producer_merge(tx: &impl ConnectionTrait, name: &str, into: &str, now_us: i64) -> Result<()> {
    let Some(old) = producer_known(tx, name).await?.filter(|old| old.merged_into != into) else { return Ok(()) };
    let new = Producer { merged_into: into.to_owned(), ..old.clone() };
    producer_version(tx, Some(&old), new, now_us).await
}

/// Gives the duties of one record of a person to the person that stays.
pub(super) async fn person_merge(tx: &impl ConnectionTrait, person: Uuid, into: Uuid, now_us: i64) -> Result<()> {
    let link = merged::ActiveModel { person: Set(person), into_person: Set(into) };
    let again = OnConflict::column(merged::Column::Person).update_column(merged::Column::IntoPerson).to_owned();
    merged::Entity::insert(link).on_conflict(again).exec_without_returning(tx).await?;
    move_to(tx, person, into, now_us).await?;
    note_several(tx, into, "").await?;
    Ok(())
}

/// Gives the duties of a record back to it.
pub(super) async fn person_unmerge(tx: &impl ConnectionTrait, person: Uuid, now_us: i64) -> Result<()> {
    merged::Entity::delete_by_id(person).exec(tx).await?;
    move_to(tx, person, person, now_us).await
}

async fn move_to(tx: &impl ConnectionTrait, own: Uuid, person: Uuid, now_us: i64) -> Result<()> {
    let elsewhere = Condition::all().add(row::Column::OwnPerson.eq(own)).add(row::Column::Person.ne(person));
    for duty in known(tx, elsewhere).await? {
        replace(tx, &duty, Duty { person, several: true, ..duty.clone() }, now_us).await?;
    }
    Ok(())
}

/// Puts duties where their producer was assigned to, in place of an earlier assignment from the same commune; nowhere where
/// it was taken back.
pub(super) async fn assign(
    tx: &impl ConnectionTrait,
    (from_unit, to_unit): (&str, &str),
    end_date: Date,
    duties: &[&String],
) -> Result<()> {
    for duties in duties.chunks(kit::rows::CHUNK) {
        assigned::Entity::delete_many()
            .filter(assigned::Column::FromUnit.eq(from_unit))
            .filter(assigned::Column::Duty.is_in(duties.iter().copied()))
            .exec(tx)
            .await?;
        if !to_unit.is_empty() {
            let rows = duties.iter().map(|duty| assigned::ActiveModel {
                duty: Set((*duty).clone()),
                from_unit: Set(from_unit.to_owned()),
                to_unit: Set(to_unit.to_owned()),
                end_date: Set(end_date),
            });
            assigned::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// Where duties of divided communes are shown on the map of a day: of several assignments the latest.
pub(crate) async fn assigned(db: &impl ConnectionTrait, map_date: Date) -> Result<BTreeMap<String, String>> {
    let found: Vec<(String, String)> = assigned::Entity::find()
        .select_only()
        .columns([assigned::Column::Duty, assigned::Column::ToUnit])
        .filter(assigned::Column::EndDate.lt(map_date))
        .order_by_asc(assigned::Column::EndDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// The duties that are shown elsewhere on the map of a day.
pub(crate) fn moved(map_date: Date) -> SelectStatement {
    Query::select()
        .column(assigned::Column::Duty)
        .from(assigned::Entity)
        .and_where(assigned::Column::EndDate.lt(map_date))
        .take()
}
