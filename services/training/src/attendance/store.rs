//! The queries of attendance.

use std::collections::BTreeMap;

use kit::{Page, Result, rows};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub(crate) mod row {
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
        /// Numbers of the half days, a space between two; empty where only how many is known.
        pub half_days: String,
        pub test_points: Option<i32>,
        pub correction_reason: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::sessions::store::row::Entity",
            from = "Column::SessionId",
            to = "crate::sessions::store::row::Column::Id"
        )]
        Session,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What one person attended, as it is kept.
pub type Attendance = row::Model;

/// Puts records in place of what was kept of the same persons; a statement for every 500.
pub async fn put(tx: &impl ConnectionTrait, records: &[Attendance]) -> Result<()> {
    use row::Column::{
        CorrectionReason, HalfDays, HalfDaysAttended, Passed, Person, Sample, SessionId, TestPoints, UpdateUs,
    };
    for chunk in records.chunks(rows::CHUNK) {
        let rows = chunk.iter().map(|a| a.clone().into_active_model().reset_all());
        let changed = [HalfDaysAttended, HalfDays, TestPoints, Passed, Sample, CorrectionReason, UpdateUs];
        let change = OnConflict::columns([SessionId, Person]).update_columns(changed).to_owned();
        row::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What is kept of persons in a session.
pub async fn of_persons(
    tx: &impl ConnectionTrait,
    session: Uuid,
    persons: &[Uuid],
) -> Result<BTreeMap<Uuid, Attendance>> {
    let mut found = BTreeMap::new();
    for chunk in persons.chunks(rows::CHUNK) {
        let of_chunk = row::Entity::find()
            .filter(row::Column::SessionId.eq(session))
            .filter(row::Column::Person.is_in(rows::padded(chunk)));
        found.extend(of_chunk.all(tx).await?.into_iter().map(|a| (a.person, a)));
    }
    Ok(found)
}

/// True where anybody attended any of a session.
pub async fn any(tx: &impl ConnectionTrait, session: Uuid) -> Result<bool> {
    let there =
        row::Entity::find().filter(row::Column::SessionId.eq(session)).filter(row::Column::HalfDaysAttended.gt(0));
    Ok(there.count(tx).await? > 0)
}

/// A page of a session's attendance by person, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, session: Uuid, page: &Page) -> Result<Vec<Attendance>> {
    let query = row::Entity::find()
        .filter(row::Column::SessionId.eq(session))
        .filter(rows::after_id(page, row::Column::Person));
    Ok(query.order_by_asc(row::Column::Person).limit(page.size + 1).all(db).await?)
}
