//! Every query about changes of units.

use kit::{Error, Page, Result, rows};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use time::Date;
use uuid::Uuid;

use super::domain::Rows;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit_change")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub title: String,
        pub begin_date: time::Date,
        pub source: String,
        pub source_date: time::Date,
        pub verified: bool,
        pub content: String,
        pub unit_count: i32,
        pub link_count: i32,
        pub state: i32,
        pub force_date: Option<time::Date>,
        pub place: Option<i32>,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A change without its rows.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Head {
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) begin_date: Date,
    pub(crate) source: String,
    pub(crate) source_date: Date,
    pub(crate) verified: bool,
    pub(crate) unit_count: i32,
    pub(crate) link_count: i32,
    pub(crate) state: i32,
    pub(crate) force_date: Option<Date>,
    pub(crate) place: Option<i32>,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
}

/// A stored change.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) rows: Rows,
}

fn of_row(row: row::Model) -> Result<Stored> {
    let rows = serde_json::from_str(&row.content).map_err(Error::internal)?;
    let head = Head {
        id: row.id,
        title: row.title,
        begin_date: row.begin_date,
        source: row.source,
        source_date: row.source_date,
        verified: row.verified,
        unit_count: row.unit_count,
        link_count: row.link_count,
        state: row.state,
        force_date: row.force_date,
        place: row.place,
        version: row.version,
        create_us: row.create_us,
        update_us: row.update_us,
    };
    Ok(Stored { head, rows })
}

fn to_row(stored: &Stored) -> Result<row::ActiveModel> {
    let head = stored.head.clone();
    let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let row = row::Model {
        id: head.id,
        title: head.title,
        begin_date: head.begin_date,
        source: head.source,
        source_date: head.source_date,
        verified: head.verified,
        content: serde_json::to_string(&stored.rows).map_err(Error::internal)?,
        unit_count: count(stored.rows.units.len()),
        link_count: count(stored.rows.links.len()),
        state: head.state,
        force_date: head.force_date,
        place: head.place,
        version: head.version,
        create_us: head.create_us,
        update_us: head.update_us,
    };
    Ok(row::ActiveModel::from(row).reset_all())
}

/// Inserts a change.
pub(crate) async fn change_insert(tx: &impl ConnectionTrait, new: &Stored) -> Result<()> {
    row::Entity::insert(to_row(new)?).exec_without_returning(tx).await?;
    Ok(())
}

/// The change with its rows.
pub(crate) async fn change_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Stored>> {
    row::Entity::find_by_id(id).one(db).await?.map(of_row).transpose()
}

/// The change, locked until the transaction ends.
pub(crate) async fn change_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Stored>> {
    row::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(of_row).transpose()
}

/// Stores a change as it is now; the unique key is its place among those in force.
pub(crate) async fn change_update(tx: &impl ConnectionTrait, now: &Stored) -> Result<std::result::Result<(), DbErr>> {
    let row = to_row(now)?;
    let done = row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.head.id)).exec(tx).await;
    Ok(done.map(|_| ()))
}

fn heads() -> Select<row::Entity> {
    use row::Column::{
        BeginDate, CreateUs, ForceDate, Id, LinkCount, Place, Source, SourceDate, State, Title, UnitCount, UpdateUs,
        Verified, Version,
    };
    row::Entity::find().select_only().columns([
        Id, Title, BeginDate, Source, SourceDate, Verified, UnitCount, LinkCount, State, ForceDate, Place, Version,
        CreateUs, UpdateUs,
    ])
}

/// A page of changes in the order in which they were drafted.
pub(crate) async fn change_list(db: &impl ConnectionTrait, state: i32, page: &Page) -> Result<Vec<Head>> {
    let mut query = heads().filter(rows::after_id(page, row::Column::Id));
    if state != 0 {
        query = query.filter(row::Column::State.eq(state));
    }
    Ok(query.order_by_asc(row::Column::Id).limit(page.size + 1).into_model().all(db).await?)
}

/// The changes in force, in their order: place and id.
pub(crate) async fn in_force(db: &impl ConnectionTrait) -> Result<Vec<(i32, Uuid)>> {
    let query = row::Entity::find().select_only().columns([row::Column::Place, row::Column::Id]);
    let query = query.filter(row::Column::Place.is_not_null()).order_by_asc(row::Column::Place);
    Ok(query.into_tuple().all(db).await?)
}
