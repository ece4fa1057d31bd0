//! Every query about support packages.

use kit::{Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, IntoColumnRef};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use crate::products::store::{of_owned, producer_of};
use crate::shared::maps::{Columns, MapCut, no_part};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "support_package")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub product_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub recognition_year: i32,
        pub year: i32,
        pub kind: i32,
        pub description: String,
        pub amount_vnd: i64,
        pub propose_date: time::Date,
        pub state: i32,
        pub decision_number: String,
        pub decision_date: Option<time::Date>,
        pub deliver_date: Option<time::Date>,
        pub evidence: String,
        pub end_date: Option<time::Date>,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored support package.
pub(crate) type Support = row::Model;

/// Inserts a package.
pub(crate) async fn support_insert(tx: &impl ConnectionTrait, new: &Support) -> Result<()> {
    row::Entity::insert(row::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// The package.
pub(crate) async fn support_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Support>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The package, locked until the transaction ends.
pub(crate) async fn support_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Support>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Stores a package as it is now.
pub(crate) async fn support_update(tx: &impl ConnectionTrait, now: &Support) -> Result<()> {
    let row = row::ActiveModel::from(now.clone()).reset_all();
    row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// What lists and sums are cut by; zeros stand for all.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    pub(crate) year: i32,
    pub(crate) recognition_year: i32,
    pub(crate) kind: i32,
    pub(crate) state: i32,
    pub(crate) product: Option<Uuid>,
}

fn filtered(reach: &Reach, filter: &Filter) -> Select<row::Entity> {
    use row::Column::{Kind, ProductId, RecognitionYear, State, UnitPath, Year};
    let mut query = row::Entity::find()
        .filter(reach.on(UnitPath, |owners| of_owned((row::Entity, ProductId), owners)))
        .filter(filter.within.on((row::Entity, UnitPath)))
        .filter(filter.map.as_ref().map_or_else(Condition::all, |map| map.holds(&of_package())));
    let numbers =
        [(Year, filter.year), (RecognitionYear, filter.recognition_year), (Kind, filter.kind), (State, filter.state)];
    for (column, number) in numbers {
        if number != 0 {
            query = query.filter(column.eq(number));
        }
    }
    match filter.product {
        Some(product) => query.filter(ProductId.eq(product)),
        None => query,
    }
}

/// The columns by which a package is shown on a map: it moves along with the producer of its product.
fn of_package() -> Columns {
    let column = |column| (row::Entity, column).into_column_ref();
    let producer = producer_of((row::Entity, row::Column::ProductId));
    Columns { producer, path: column(row::Column::UnitPath), since: column(row::Column::ProposeDate) }
}

/// A package in a list, with the part that its producer was assigned to before the list's map.
#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    support: Support,
    chosen_unit: Option<String>,
}

/// A page of packages in the order in which they were recorded, each with the part that its producer was assigned to before the
/// list's map.
pub(crate) async fn support_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Support, Option<String>)>> {
    use row::Column::Id;
    let chosen = filter.map.as_ref().map_or_else(no_part, |map| map.chosen(&of_package()));
    let query = filtered(reach, filter).column_as(chosen, "chosen_unit").filter(rows::after_id(page, Id));
    let listed: Vec<Listed> = query.order_by_asc(Id).limit(page.size + 1).into_model().all(db).await?;
    Ok(listed.into_iter().map(|l| (l.support, l.chosen_unit)).collect())
}

/// What the packages of one kind and state come to, samples apart.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Sum {
    pub(crate) kind: i32,
    pub(crate) state: i32,
    pub(crate) sample: bool,
    pub(crate) packages: i64,
    pub(crate) total_vnd: i64,
}

/// The sums by kind and state: one statement.
pub(crate) async fn totals(db: &impl ConnectionTrait, reach: &Reach, filter: &Filter) -> Result<Vec<Sum>> {
    use row::Column::{AmountVnd, Id, Kind, Sample, State};
    // PostgreSQL sums BIGINT as NUMERIC, hence the cast back.
    let query = filtered(reach, filter)
        .select_only()
        .column(Kind)
        .column(State)
        .column(Sample)
        .column_as(Expr::col(Id).count(), "packages")
        .column_as(Expr::col(AmountVnd).sum().cast_as(Alias::new("bigint")), "total_vnd")
        .group_by(Kind)
        .group_by(State)
        .group_by(Sample)
        .order_by_asc(Kind)
        .order_by_asc(State)
        .order_by_asc(Sample);
    Ok(query.into_model().all(db).await?)
}
