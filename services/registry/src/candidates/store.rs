//! Every query about candidates.

use kit::{Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::domain::{CandidateState, OPEN};
use crate::producers::store::{is_or_merged_into, owned};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "candidate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub product_id: Option<Uuid>,
        pub producer_id: Option<Uuid>,
        pub display_name: String,
        pub product_set: String,
        pub subject: String,
        pub target_stars: i32,
        pub kind: i32,
        pub state: i32,
        pub propose_date: time::Date,
        pub accept_date: Option<time::Date>,
        pub file_date: Option<time::Date>,
        pub dossier: String,
        pub end_date: Option<time::Date>,
        pub reason: String,
        pub visit_id: Option<Uuid>,
        pub carried_from: Option<Uuid>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored candidate.
pub(crate) type Candidate = row::Model;

/// Inserts candidates; the unique key is year and subject among those that are on the list.
pub(crate) async fn candidate_insert(tx: &impl ConnectionTrait, new: &[Candidate]) -> std::result::Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().cloned().map(row::ActiveModel::from);
    row::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ())
}

/// The candidate.
pub(crate) async fn candidate_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Candidate>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The candidate, locked until the transaction ends.
pub(crate) async fn candidate_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Candidate>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Stores a candidate as it is now.
pub(crate) async fn candidate_update(tx: &impl ConnectionTrait, now: &Candidate) -> std::result::Result<(), DbErr> {
    let row = row::ActiveModel::from(now.clone()).reset_all();
    row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.id)).exec(tx).await.map(|_| ())
}

/// The accepted candidates of products whose dossier is filed on a day, the newest list first, locked.
pub(crate) async fn accepted_lock(
    tx: &impl ConnectionTrait,
    products: &[Uuid],
    on: time::Date,
) -> Result<Vec<Candidate>> {
    use row::Column::{AcceptDate, Id, ProductId, State, Year};
    let query = row::Entity::find().filter(ProductId.is_in(rows::padded(products))).filter(AcceptDate.lte(on));
    let query = query.filter(State.eq(CandidateState::Accepted.number()));
    Ok(query.order_by_desc(Year).order_by_asc(Id).lock_exclusive().all(tx).await?)
}

/// The candidates of products that a dossier filed, locked.
pub(crate) async fn filed_lock(tx: &impl ConnectionTrait, products: &[Uuid], dossier: &str) -> Result<Vec<Candidate>> {
    use row::Column::{Dossier, Id, ProductId, State};
    let query = row::Entity::find().filter(ProductId.is_in(rows::padded(products))).filter(Dossier.eq(dossier));
    let query = query.filter(State.eq(CandidateState::Filed.number()));
    Ok(query.order_by_asc(Id).lock_exclusive().all(tx).await?)
}

/// Which of these subjects are on the list of a year, with the candidates that hold them.
pub(crate) async fn listed(tx: &impl ConnectionTrait, year: i32, subjects: &[String]) -> Result<Vec<(String, Uuid)>> {
    use row::Column::{Id, State, Subject, Year};
    let query = row::Entity::find().select_only().columns([Subject, Id]).filter(Year.eq(year));
    let query = query.filter(Subject.is_in(subjects)).filter(State.lte(CandidateState::Filed.number()));
    Ok(query.into_tuple().all(tx).await?)
}

/// What a list of candidates is cut by; zeros stand for all.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) year: i32,
    pub(crate) target_stars: i32,
    pub(crate) state: i32,
    pub(crate) kind: i32,
    pub(crate) product: Option<Uuid>,
    pub(crate) producer: Option<Uuid>,
}

/// A page of candidates in the order in which they were recorded.
pub(crate) async fn candidate_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Candidate>> {
    use row::Column::{Id, Kind, ProducerId, ProductId, State, TargetStars, UnitPath, Year};
    let mut query = row::Entity::find()
        .filter(reach.on(UnitPath, |owners| owned((row::Entity, ProducerId), owners)))
        .filter(filter.within.on(UnitPath))
        .filter(rows::after_id(page, Id));
    let numbers = [(Year, filter.year), (TargetStars, filter.target_stars), (State, filter.state), (Kind, filter.kind)];
    for (column, number) in numbers {
        if number != 0 {
            query = query.filter(column.eq(number));
        }
    }
    if let Some(product) = filter.product {
        query = query.filter(ProductId.eq(product));
    }
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// Candidates of a unit that are alike.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Group {
    pub(crate) unit: String,
    pub(crate) state: i32,
    pub(crate) kind: i32,
    pub(crate) target_stars: i32,
    pub(crate) idea: bool,
    pub(crate) sample: bool,
    pub(crate) candidates: i64,
}

/// The candidates of a year, counted: one statement.
pub(crate) async fn groups(db: &impl ConnectionTrait, within: &Scope, year: i32) -> Result<Vec<Group>> {
    use row::Column::{Id, Kind, ProductId, Sample, State, TargetStars, Unit, UnitPath, Year};
    let idea = || Expr::col((row::Entity, ProductId)).is_null();
    let query = row::Entity::find()
        .select_only()
        .columns([Unit, State, Kind, TargetStars, Sample])
        .column_as(idea(), "idea")
        .column_as(Expr::col((row::Entity, Id)).count().cast_as(Alias::new("bigint")), "candidates")
        .filter(within.on(UnitPath))
        .filter(Year.eq(year));
    let query = [Unit, State, Kind, TargetStars, Sample].into_iter().fold(query, QuerySelect::group_by);
    Ok(query.group_by(idea()).into_model().all(db).await?)
}

fn open(within: &[Scope; 2], year: i32) -> Select<row::Entity> {
    use row::Column::{State, UnitPath, Year};
    let within = within.iter().fold(Condition::all(), |all, scope| all.add(scope.on(UnitPath)));
    let states = OPEN.map(CandidateState::number);
    row::Entity::find().filter(within).filter(Year.eq(year)).filter(State.is_in(states))
}

/// The first open candidates of a year, locked until the transaction ends.
pub(crate) async fn open_lock(
    tx: &impl ConnectionTrait,
    within: &[Scope; 2],
    year: i32,
    most: u64,
) -> Result<Vec<Candidate>> {
    Ok(open(within, year).order_by_asc(row::Column::Id).limit(most).lock_exclusive().all(tx).await?)
}

/// How many candidates of a year are open.
pub(crate) async fn open_count(tx: &impl ConnectionTrait, within: &[Scope; 2], year: i32) -> Result<u64> {
    Ok(open(within, year).count(tx).await?)
}

/// Closes candidates that go on on another list: one statement for all.
pub(crate) async fn candidate_close(
    tx: &impl ConnectionTrait,
    ids: &[Uuid],
    state: i32,
    on: time::Date,
    now_us: i64,
) -> Result<()> {
    use row::Column::{EndDate, Id, State, UpdateUs, Version};
    row::Entity::update_many()
        .col_expr(State, Expr::val(state))
        .col_expr(EndDate, Expr::val(on))
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdateUs, Expr::val(now_us))
        .filter(Id.is_in(rows::padded(ids)))
        .exec(tx)
        .await?;
    Ok(())
}
