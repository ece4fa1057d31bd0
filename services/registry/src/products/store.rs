//! Every query about products and their serials.

use std::collections::BTreeSet;

use kit::{Page, Reach, Result, Scope, rows};
use reference::text::fold;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, IntoColumnRef, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};
use time::Date;
use uuid::Uuid;

use crate::producers::store::{is_or_merged_into, owned, row as producer};
use crate::shared::store::{PRODUCTS, order};
use crate::shared::words;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub producer_id: Uuid,
        pub code: String,
        pub product_set: String,
        pub display_name: String,
        pub sort_key: String,
        pub search_key: String,
        pub unit: String,
        pub unit_path: String,
        pub registration_date: time::Date,
        pub target_year: i32,
        pub target_stars: i32,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::producers::store::row::Entity",
            from = "Column::ProducerId",
            to = "crate::producers::store::row::Column::Id"
        )]
        Producer,
    }

    impl Related<crate::producers::store::row::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Producer.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod serial {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "serial")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub commune: String,
        pub last: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A product as lists show it: with the name of its producer.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Product {
    pub(crate) id: Uuid,
    /// The producer as it is shown; what the row names is written once and never read alone.
    #[sea_orm(from_alias = "shown_producer_id")]
    pub(crate) producer_id: Uuid,
    pub(crate) producer_display_name: String,
    pub(crate) code: String,
    pub(crate) product_set: String,
    pub(crate) display_name: String,
    pub(crate) sort_key: String,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) registration_date: Date,
    pub(crate) target_year: i32,
    pub(crate) target_stars: i32,
    pub(crate) sample: bool,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
}

/// The next serial of a commune. The row stays locked until the transaction ends, so serials have neither gaps nor
/// repeats: a product that is rolled back gives its serial back.
pub(crate) async fn serial_next(tx: &impl ConnectionTrait, commune: &str) -> Result<i64> {
    let mut next = Query::insert();
    next.into_table(serial::Entity)
        .columns([serial::Column::Commune, serial::Column::Last])
        .values_panic([Expr::val(commune), Expr::val(1i64)])
        .on_conflict(
            OnConflict::column(serial::Column::Commune)
                .value(serial::Column::Last, Expr::col((serial::Entity, serial::Column::Last)).add(1))
                .to_owned(),
        )
        .returning_col(serial::Column::Last);
    let row = tx.query_one(&next).await?;
    let row = row.ok_or_else(|| kit::Error::internal("the serial was not given"))?;
    Ok(row.try_get("", "last")?)
}

/// Inserts a product.
pub(crate) async fn product_insert(tx: &impl ConnectionTrait, p: &Product) -> std::result::Result<(), DbErr> {
    let row = row::ActiveModel {
        id: Set(p.id),
        producer_id: Set(p.producer_id),
        code: Set(p.code.clone()),
        product_set: Set(p.product_set.clone()),
        display_name: Set(p.display_name.clone()),
        sort_key: Set(p.sort_key.clone()),
        search_key: Set(fold(&p.display_name)),
        unit: Set(p.unit.clone()),
        unit_path: Set(p.unit_path.clone()),
        registration_date: Set(p.registration_date),
        target_year: Set(p.target_year),
        target_stars: Set(p.target_stars),
        sample: Set(p.sample),
        version: Set(p.version),
        create_us: Set(p.create_us),
        update_us: Set(p.update_us),
    };
    row::Entity::insert(row).exec_without_returning(tx).await?;
    PRODUCTS.add(tx, p.id, words_of(p)).await
}

/// What a product is found by: its name and its code.
fn words_of(p: &Product) -> BTreeSet<String> {
    let mut all = words::of_name(&p.display_name);
    all.extend(words::of_code(&p.code));
    all
}

/// The producer that a product's own was merged into, as it stands in the joins.
const SURVIVOR: &str = "survivor";

fn of_survivor(column: producer::Column) -> Expr {
    Func::coalesce([Expr::col((SURVIVOR, column)), Expr::col((producer::Entity, column))]).into()
}

/// Products with the producer that they are shown under.
fn with_producer() -> Select<row::Entity> {
    row::Entity::find()
        .join(JoinType::InnerJoin, row::Relation::Producer.def())
        .join_as(JoinType::LeftJoin, producer::Relation::Survivor.def(), SURVIVOR)
        .column_as(of_survivor(producer::Column::Id), "shown_producer_id")
        .column_as(of_survivor(producer::Column::DisplayName), "producer_display_name")
}

/// The product.
pub(crate) async fn product_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Product>> {
    Ok(with_producer().filter(row::Column::Id.eq(id)).into_model().one(db).await?)
}

/// Locks the product's row until the transaction ends; false where there is none.
pub(crate) async fn product_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?.is_some())
}

/// Several products, in no order.
pub(crate) async fn product_batch(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Product>> {
    Ok(with_producer().filter(row::Column::Id.is_in(rows::padded(ids))).into_model().all(db).await?)
}

/// Stores what changed of a product.
pub(crate) async fn product_update(tx: &impl ConnectionTrait, p: &Product) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::DisplayName, Expr::val(p.display_name.as_str()))
        .col_expr(row::Column::SortKey, Expr::val(p.sort_key.as_str()))
        .col_expr(row::Column::SearchKey, Expr::val(fold(&p.display_name)))
        .col_expr(row::Column::TargetYear, Expr::val(p.target_year))
        .col_expr(row::Column::TargetStars, Expr::val(p.target_stars))
        .col_expr(row::Column::Version, Expr::val(p.version))
        .col_expr(row::Column::UpdateUs, Expr::val(p.update_us))
        .filter(row::Column::Id.eq(p.id))
        .exec(tx)
        .await?;
    Ok(PRODUCTS.replace(tx, p.id, words_of(p)).await?)
}

/// Rows whose column names a product of one of these producers.
pub(crate) fn of_owned<C: IntoColumnRef>(column: C, owners: &[Uuid]) -> Condition {
    let all = Query::select()
        .column(row::Column::Id)
        .from(row::Entity)
        .cond_where(owned((row::Entity, row::Column::ProducerId), owners))
        .take();
    Condition::all().add(Expr::col(column).in_subquery(all))
}

/// The producer that a product is shown under.
pub(crate) async fn owner(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Uuid>> {
    Ok(product_fetch(db, id).await?.map(|product| product.producer_id))
}

/// How many products a producer has.
pub(crate) async fn count_of_producer(db: &impl ConnectionTrait, producer_id: Uuid) -> Result<u64> {
    Ok(row::Entity::find().filter(row::Column::ProducerId.eq(producer_id)).count(db).await?)
}

/// What a list of products is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) producer: Option<Uuid>,
    pub(crate) product_set: String,
    pub(crate) target_year: i32,
    pub(crate) query: String,
}

/// A page of products in Vietnamese order.
pub(crate) async fn product_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Product>> {
    Ok(product_page(reach, filter, page).into_model().all(db).await?)
}

/// The statement of a page, and one row more.
pub(crate) fn product_page(reach: &Reach, filter: &Filter, page: &Page) -> Select<row::Entity> {
    use row::Column::{Id, ProducerId, ProductSet, SortKey, TargetYear, UnitPath};
    let path = (row::Entity, UnitPath);
    let mut query = with_producer()
        .filter(reach.on(path, |owners| owned((row::Entity, ProducerId), owners)))
        .filter(filter.within.on(path))
        .filter(PRODUCTS.found((row::Entity, Id), &filter.query))
        .filter(rows::after(page, (row::Entity, SortKey), (row::Entity, Id), rows::text));
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    if !filter.product_set.is_empty() {
        query = query.filter(ProductSet.eq(&filter.product_set));
    }
    if filter.target_year != 0 {
        query = query.filter(TargetYear.eq(filter.target_year));
    }
    query.order_by(order((row::Entity, SortKey), &filter.query), Order::Asc).order_by_asc(Id).limit(page.size + 1)
}
