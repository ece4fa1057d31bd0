//! Every query about completions.

use std::collections::{BTreeMap, BTreeSet};

use kit::Result;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use time::Date;
use uuid::Uuid;

use crate::shared::known::STILL;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "completion")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        /// Who passed, by the record that was told.
        #[sea_orm(primary_key, auto_increment = false)]
        pub own_person: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        /// Who passed; the person that stays where two records were merged.
        pub person: Uuid,
        pub audience: String,
        pub topic: String,
        pub complete_date: time::Date,
        pub sample: bool,
        pub known_from_us: i64,
        pub known_to_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A completion as it is kept.
pub(crate) type Completion = row::Model;

/// What those who pass a session complete.
pub(crate) struct Of<'a> {
    pub(crate) session: Uuid,
    pub(crate) audience: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) complete_date: Date,
}

/// Who has passed a session.
pub(crate) async fn passed(db: &impl ConnectionTrait, session: Uuid) -> Result<BTreeSet<Uuid>> {
    let known = row::Entity::find().filter(row::Column::SessionId.eq(session)).filter(row::Column::KnownToUs.eq(STILL));
    Ok(known.all(db).await?.into_iter().map(|row| row.own_person).collect())
}

/// Puts the completions of those who passed (each with whether it is a sample), takes back those of others.
pub(crate) async fn settle(
    tx: &impl ConnectionTrait,
    of: &Of<'_>,
    passed: &[(Uuid, bool)],
    withdrawn: &[Uuid],
    now_us: i64,
) -> Result<()> {
    let versions = row::Entity::find().filter(row::Column::SessionId.eq(of.session)).all(tx).await?;
    let mut newest: BTreeMap<Uuid, Completion> = BTreeMap::new();
    for version in versions {
        let known = newest.entry(version.own_person).or_insert_with(|| version.clone());
        if version.version > known.version {
            *known = version;
        }
    }
    let stands = |own: &Uuid| newest.get(own).filter(|known| known.known_to_us == STILL);
    let changed: Vec<(Uuid, bool)> =
        passed.iter().filter(|(own, sample)| stands(own).is_none_or(|c| c.sample != *sample)).copied().collect();
    let gone: Vec<Uuid> = withdrawn
        .iter()
        .chain(changed.iter().map(|(own, _)| own))
        .filter(|own| stands(own).is_some())
        .copied()
        .collect();
    take_back(tx, of.session, &gone, now_us).await?;
    let own: Vec<Uuid> = changed.iter().map(|(own, _)| *own).collect();
    let stays: BTreeMap<Uuid, Uuid> = crate::duties::store::stays(tx, &own).await?.into_iter().collect();
    let new = changed.into_iter().map(|(own_person, sample)| Completion {
        session_id: of.session,
        own_person,
        version: newest.get(&own_person).map_or(1, |known| known.version + 1),
        person: stays.get(&own_person).copied().unwrap_or(own_person),
        audience: of.audience.to_owned(),
        topic: of.topic.to_owned(),
        complete_date: of.complete_date,
        sample,
        known_from_us: now_us,
        known_to_us: STILL,
    });
    insert(tx, new.collect()).await
}

async fn insert(tx: &impl ConnectionTrait, new: Vec<Completion>) -> Result<()> {
    for chunk in new.chunks(kit::rows::CHUNK) {
        let rows = chunk.iter().map(|c| c.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn take_back(tx: &impl ConnectionTrait, session: Uuid, persons: &[Uuid], now_us: i64) -> Result<()> {
    for chunk in persons.chunks(kit::rows::CHUNK) {
        row::Entity::update_many()
            .col_expr(row::Column::KnownToUs, Expr::val(now_us))
            .filter(row::Column::SessionId.eq(session))
            .filter(row::Column::OwnPerson.is_in(kit::rows::padded(chunk)))
            .filter(row::Column::KnownToUs.eq(STILL))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Gives what one record of a person completed to the person that it is counted as.
pub(crate) async fn move_to(tx: &impl ConnectionTrait, own: Uuid, person: Uuid, now_us: i64) -> Result<()> {
    let elsewhere = row::Entity::find()
        .filter(row::Column::OwnPerson.eq(own))
        .filter(row::Column::Person.ne(person))
        .filter(row::Column::KnownToUs.eq(STILL));
    let moved = elsewhere.all(tx).await?;
    for old in &moved {
        take_back(tx, old.session_id, &[own], now_us).await?;
    }
    let new = |old: Completion| Completion { version: old.version + 1, person, known_from_us: now_us, ..old };
    insert(tx, moved.into_iter().map(new).collect()).await
}
