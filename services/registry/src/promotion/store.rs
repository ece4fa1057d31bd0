//! Every query about fairs and applications.

use kit::{Page, Reach, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, IntoColumnRef};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::Date;
use uuid::Uuid;

use crate::products::store::of_owned;
use crate::shared::maps::{Columns, MapCut, unowned};

mod fair {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fair")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub title: String,
        pub organiser: String,
        pub unit: String,
        pub unit_path: String,
        pub place: String,
        pub location: i32,
        pub begin_date: time::Date,
        pub end_date: time::Date,
        pub places: i32,
        pub call_begin_date: time::Date,
        pub call_end_date: time::Date,
        pub decision_number: String,
        pub decision_date: time::Date,
        pub state: i32,
        pub open_date: Option<time::Date>,
        pub close_date: Option<time::Date>,
        pub hold_date: Option<time::Date>,
        pub cancel_date: Option<time::Date>,
        pub cancel_reason: String,
        pub chosen: i32,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod application {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "application")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub fair_id: Uuid,
        pub product_id: Uuid,
        pub fair_path: String,
        pub unit: String,
        pub unit_path: String,
        pub state: i32,
        pub apply_date: time::Date,
        pub decide_date: Option<time::Date>,
        pub withdraw_date: Option<time::Date>,
        pub reason: String,
        pub report_date: Option<time::Date>,
        pub sales_vnd: i64,
        pub contracts: i32,
        pub contracts_vnd: i64,
        pub visitors_note: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored fair.
pub(crate) type Fair = fair::Model;

/// A stored application.
pub(crate) type Application = application::Model;

/// Inserts a fair.
pub(crate) async fn fair_insert(tx: &impl ConnectionTrait, new: &Fair) -> Result<()> {
    fair::Entity::insert(fair::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// The fair.
pub(crate) async fn fair_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Fair>> {
    Ok(fair::Entity::find_by_id(id).one(db).await?)
}

/// The titles of several fairs, in no order.
pub(crate) async fn fair_titles(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    use fair::Column::{Id, Title};
    let query = fair::Entity::find().select_only().columns([Id, Title]);
    Ok(query.filter(Id.is_in(rows::padded(ids))).into_tuple().all(db).await?)
}

/// The fair, locked until the transaction ends: who holds the lock gives its places.
pub(crate) async fn fair_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Fair>> {
    Ok(fair::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Stores a fair as it is now.
pub(crate) async fn fair_update(tx: &impl ConnectionTrait, now: &Fair) -> Result<()> {
    let row = fair::ActiveModel::from(now.clone()).reset_all();
    fair::Entity::update_many().set(row).filter(fair::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// What a list of fairs is cut by.
pub(crate) struct FairFilter {
    pub(crate) within: Scope,
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    /// First and last day on which a fair begins.
    pub(crate) begins: Option<(Date, Date)>,
    pub(crate) state: i32,
}

/// The columns by which a fair is shown on a map: its unit is read on the day of its decision.
fn of_fair() -> Columns {
    let column = |column| (fair::Entity, column).into_column_ref();
    unowned(column(fair::Column::UnitPath), column(fair::Column::DecisionDate))
}

/// A page of fairs, the latest first.
pub(crate) async fn fair_list(db: &impl ConnectionTrait, filter: &FairFilter, page: &Page) -> Result<Vec<Fair>> {
    use fair::Column::{BeginDate, Id, State, UnitPath};
    let mut query =
        fair::Entity::find().filter(filter.within.on(UnitPath)).filter(rows::before(page, BeginDate, Id, parse_iso));
    if let Some(map) = &filter.map {
        query = query.filter(map.holds(&of_fair()));
    }
    if let Some((first, last)) = filter.begins {
        query = query.filter(BeginDate.gte(first)).filter(BeginDate.lte(last));
    }
    if filter.state != 0 {
        query = query.filter(State.eq(filter.state));
    }
    Ok(query.order_by_desc(BeginDate).order_by_desc(Id).limit(page.size + 1).all(db).await?)
}

/// Inserts an application; the unique key is product and fair among those that were not withdrawn.
pub(crate) async fn application_insert(tx: &impl ConnectionTrait, new: &Application) -> std::result::Result<(), DbErr> {
    let row = application::ActiveModel::from(new.clone());
    application::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// The application of a product to a fair that was not withdrawn.
pub(crate) async fn application_of(
    tx: &impl ConnectionTrait,
    fair_id: Uuid,
    product_id: Uuid,
    withdrawn: i32,
) -> Result<Option<Uuid>> {
    use application::Column::{FairId, Id, ProductId, State};
    let query = application::Entity::find().select_only().column(Id).filter(FairId.eq(fair_id));
    Ok(query.filter(ProductId.eq(product_id)).filter(State.ne(withdrawn)).into_tuple().one(tx).await?)
}

/// The application.
pub(crate) async fn application_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Application>> {
    Ok(application::Entity::find_by_id(id).one(db).await?)
}

/// The applications to a fair among these, in no order. The lock of their fair is theirs too.
pub(crate) async fn application_batch(
    tx: &impl ConnectionTrait,
    fair_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Application>> {
    use application::Column::{FairId, Id};
    let query = application::Entity::find().filter(FairId.eq(fair_id)).filter(Id.is_in(rows::padded(ids)));
    Ok(query.all(tx).await?)
}

/// Stores an application as it is now.
pub(crate) async fn application_update(tx: &impl ConnectionTrait, now: &Application) -> Result<()> {
    let row = application::ActiveModel::from(now.clone()).reset_all();
    application::Entity::update_many().set(row).filter(application::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// Gives places to applications: one statement for all.
pub(crate) async fn application_choose(
    tx: &impl ConnectionTrait,
    ids: &[Uuid],
    chosen: i32,
    on: Date,
    now_us: i64,
) -> Result<()> {
    use application::Column::{DecideDate, Id, State, UpdateUs, Version};
    application::Entity::update_many()
        .col_expr(State, Expr::val(chosen))
        .col_expr(DecideDate, Expr::val(on))
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdateUs, Expr::val(now_us))
        .filter(Id.is_in(rows::padded(ids)))
        .exec(tx)
        .await?;
    Ok(())
}

/// What a list of applications is cut by.
pub(crate) struct ApplicationFilter {
    pub(crate) within: Scope,
    pub(crate) fair: Option<Uuid>,
    pub(crate) product: Option<Uuid>,
    pub(crate) state: i32,
}

/// A page of the applications of products or to fairs in the scope, in the order in which they were recorded.
pub(crate) async fn application_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &ApplicationFilter,
    page: &Page,
) -> Result<Vec<Application>> {
    use application::Column::{FairId, FairPath, Id, ProductId, State, UnitPath};
    let mut query = application::Entity::find()
        .filter(
            Condition::any()
                .add(reach.on(UnitPath, |owners| of_owned((application::Entity, ProductId), owners)))
                .add(reach.by_unit().on(FairPath)),
        )
        .filter(filter.within.on(UnitPath))
        .filter(rows::after_id(page, Id));
    if let Some(fair) = filter.fair {
        query = query.filter(FairId.eq(fair));
    }
    if let Some(product) = filter.product {
        query = query.filter(ProductId.eq(product));
    }
    if filter.state != 0 {
        query = query.filter(State.eq(filter.state));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// What the applications of one state came to, samples apart.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Sum {
    pub(crate) state: i32,
    pub(crate) sample: bool,
    pub(crate) applications: i64,
    pub(crate) reported: i64,
    pub(crate) sales_vnd: i64,
    pub(crate) contracts: i64,
    pub(crate) contracts_vnd: i64,
}

/// What a fair came to: one statement.
pub(crate) async fn totals(db: &impl ConnectionTrait, fair_id: Uuid) -> Result<Vec<Sum>> {
    use application::Column::{Contracts, ContractsVnd, FairId, Id, ReportDate, SalesVnd, Sample, State};
    // PostgreSQL sums BIGINT as NUMERIC, hence the casts back.
    let sum = |column: application::Column| Expr::col(column).sum().cast_as(Alias::new("bigint"));
    let query = application::Entity::find()
        .select_only()
        .column(State)
        .column(Sample)
        .column_as(Expr::col(Id).count(), "applications")
        .column_as(Expr::col(ReportDate).count(), "reported")
        .column_as(sum(SalesVnd), "sales_vnd")
        .column_as(sum(Contracts), "contracts")
        .column_as(sum(ContractsVnd), "contracts_vnd")
        .filter(FairId.eq(fair_id))
        .group_by(State)
        .group_by(Sample);
    Ok(query.into_model().all(db).await?)
}
