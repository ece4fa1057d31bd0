//! The queries of rounds.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::State;
use crate::shared::store::{before, stored};

mod round {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub council: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub title: String,
        pub regime: String,
        pub open_date: time::Date,
        pub state: String,
        pub sample: bool,
        pub create_us: i64,
        pub update_us: i64,
        pub dossiers_by: Option<time::Date>,
        pub close_by: Option<time::Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use round::Column as C;

/// A round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its id.
    pub id: Uuid,
    /// Its council.
    pub council: Uuid,
    /// The council's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// Year of the programme.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Id of the regime.
    pub regime: String,
    /// The day on which it opens.
    pub open_date: Date,
    /// Where it stands.
    pub state: State,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
    /// When it was last changed.
    pub update_us: i64,
    /// Last day for dossiers.
    pub dossiers_by: Option<Date>,
    /// Last day of the round.
    pub close_by: Option<Date>,
}

fn read(row: round::Model) -> Result<Round> {
    Ok(Round {
        id: row.id,
        council: row.council,
        unit: row.unit,
        unit_path: row.unit_path,
        year: row.year,
        title: row.title,
        regime: row.regime,
        open_date: row.open_date,
        state: stored(&row.state, State::of)?,
        sample: row.sample,
        create_us: row.create_us,
        update_us: row.update_us,
        dossiers_by: row.dossiers_by,
        close_by: row.close_by,
    })
}

/// Stores a new round.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, round: &Round) -> Result<()> {
    let row = round::ActiveModel {
        id: Set(round.id),
        council: Set(round.council),
        unit: Set(round.unit.clone()),
        unit_path: Set(round.unit_path.clone()),
        year: Set(round.year),
        title: Set(round.title.clone()),
        regime: Set(round.regime.clone()),
        open_date: Set(round.open_date),
        state: Set(round.state.as_str().to_owned()),
        sample: Set(round.sample),
        create_us: Set(round.create_us),
        update_us: Set(round.update_us),
        dossiers_by: Set(round.dossiers_by),
        close_by: Set(round.close_by),
    };
    round::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One round.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Round>> {
    round::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// One round, held until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Round>> {
    round::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read).transpose()
}

/// Stores a round's new state.
///
/// # Errors
/// What the database says.
pub async fn set_state(tx: &impl ConnectionTrait, id: Uuid, state: State, now_us: i64) -> Result<()> {
    round::Entity::update_many()
        .col_expr(C::State, Expr::val(state.as_str()))
        .col_expr(C::UpdateUs, Expr::val(now_us))
        .filter(C::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Open rounds in some units, by the day on which they opened; at most so many.
///
/// # Errors
/// What the database says.
pub async fn open(db: &impl ConnectionTrait, scopes: [&Scope; 2], most: u64) -> Result<Vec<Round>> {
    let mut query = round::Entity::find().filter(C::State.eq(State::Open.as_str()));
    for scope in scopes {
        query = query.filter(scope.on(C::UnitPath));
    }
    let rows = query.order_by_asc(C::OpenDate).order_by_asc(C::Id).limit(most).all(db).await?;
    rows.into_iter().map(read).collect()
}

/// What a list of rounds is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Only this year.
    pub year: Option<i32>,
    /// Only this state.
    pub state: Option<State>,
}

/// A page of rounds, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Round>> {
    let mut query = round::Entity::find()
        .filter(filter.scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(before(page, C::OpenDate, C::Id));
    if let Some(year) = filter.year {
        query = query.filter(C::Year.eq(year));
    }
    if let Some(state) = filter.state {
        query = query.filter(C::State.eq(state.as_str()));
    }
    query = query.order_by_desc(C::OpenDate).order_by_desc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}
