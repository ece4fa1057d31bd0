//! Every query about products and their serials.

pub(crate) mod bulk;

use std::collections::BTreeSet;

use kit::{Page, Reach, Result, Scope, rows};
use reference::text::{fold, sort_key};
use reference::units::Unit;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, IntoColumnRef, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};
use time::Date;
use uuid::Uuid;

use super::domain::Content;
use crate::producers::store::{is_or_merged_into, owned, row as producer};
use crate::recognitions::domain::Standing;
use crate::recognitions::store::{self as recognitions, HELD, row as recognition};
use crate::shared::maps::{Columns, MapCut, no_part};
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
        pub bundle_id: Option<Uuid>,
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
    pub(crate) bundle_id: Option<Uuid>,
    pub(crate) sample: bool,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
}

/// The producer of a product that is entered, as far as the product shows or inherits it.
pub(crate) struct Maker<'a> {
    pub(crate) id: Uuid,
    pub(crate) display_name: &'a str,
    pub(crate) sample: bool,
}

/// What is entered of a product.
pub(crate) struct New {
    pub(crate) content: Content,
    pub(crate) product_set: String,
    pub(crate) registration_date: Date,
    pub(crate) sample: bool,
}

impl Product {
    /// A product as it is entered in the commune of its day; a sample where its producer is one. Its code is that of its serial.
    pub(crate) fn entered(id: Uuid, new: New, maker: &Maker<'_>, commune: &Unit, now_us: i64) -> Self {
        let Content { display_name, target_year, target_stars } = new.content;
        Self {
            id,
            producer_id: maker.id,
            producer_display_name: maker.display_name.to_owned(),
            code: String::new(),
            product_set: new.product_set,
            sort_key: sort_key(display_name.as_str()),
            display_name: display_name.into_string(),
            unit: commune.name.clone(),
            unit_path: commune.path.clone(),
            registration_date: new.registration_date,
            target_year,
            target_stars,
            bundle_id: None,
            sample: new.sample || maker.sample,
            version: 1,
            create_us: now_us,
            update_us: now_us,
        }
    }
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

/// The row of a product, with its keys.
fn row_of(p: &Product) -> row::ActiveModel {
    row::ActiveModel {
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
        bundle_id: Set(p.bundle_id),
    }
}

/// Inserts a product.
pub(crate) async fn product_insert(tx: &impl ConnectionTrait, p: &Product) -> std::result::Result<(), DbErr> {
    let row = row_of(p);
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

/// What the copy of certificates says of a product: columns of [`HELD`], and how fresh the copy is.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(crate) struct Copied {
    pub(crate) held_certificate: Option<Uuid>,
    pub(crate) held_stars: Option<i32>,
    pub(crate) held_decision_date: Option<Date>,
    pub(crate) held_first_out: Option<Date>,
    pub(crate) held_end_date: Option<Date>,
    pub(crate) held_end_kind: Option<i32>,
    pub(crate) held_suspended_since: Option<Date>,
    pub(crate) held_by: Option<Uuid>,
    pub(crate) known_us: Option<i64>,
}

/// A product with its standing on a day.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Shown {
    #[sea_orm(nested)]
    pub(crate) product: Product,
    #[sea_orm(nested)]
    pub(crate) copied: Copied,
}

/// Who would hold a certificate of the product at hand on a day: the one to whom it was transferred, or the product's producer.
fn held_by(on: Date) -> Expr {
    Func::coalesce([recognitions::transferred_to(on), of_survivor(producer::Column::Id)]).into()
}

/// Products with the producer that they are shown under and their standing on a day.
fn with_standing(on: Date) -> Select<row::Entity> {
    let held = |column| Expr::col((HELD, column));
    let mut query = with_producer();
    let look_up = Expr::SubQuery(None, Box::new(recognitions::standing_on(on).into()));
    QuerySelect::query(&mut query).join_as(
        JoinType::LeftJoin,
        recognition::Entity,
        HELD,
        held(recognition::Column::Certificate)
            .eq(look_up)
            .and(held(recognition::Column::ProductId).equals((row::Entity, row::Column::Id))),
    );
    query
        .column_as(held(recognition::Column::Certificate), "held_certificate")
        .column_as(held(recognition::Column::Stars), "held_stars")
        .column_as(held(recognition::Column::DecisionDate), "held_decision_date")
        .column_as(held(recognition::Column::FirstOut), "held_first_out")
        .column_as(held(recognition::Column::EndDate), "held_end_date")
        .column_as(held(recognition::Column::EndKind), "held_end_kind")
        .column_as(recognitions::suspended_since(on), "held_suspended_since")
        .column_as(held_by(on), "held_by")
        .column_as(recognitions::known_us(), "known_us")
}

/// The product with its standing on a day.
pub(crate) async fn product_shown(db: &impl ConnectionTrait, id: Uuid, on: Date) -> Result<Option<Shown>> {
    Ok(with_standing(on).filter(row::Column::Id.eq(id)).into_model().one(db).await?)
}

/// Several products with their standing on a day, in no order.
pub(crate) async fn products_shown(db: &impl ConnectionTrait, ids: &[Uuid], on: Date) -> Result<Vec<Shown>> {
    Ok(with_standing(on).filter(row::Column::Id.is_in(rows::padded(ids))).into_model().all(db).await?)
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

/// The producer that registered the product that a column names, as a value.
pub(crate) fn producer_of<C: IntoColumnRef>(column: C) -> Expr {
    let of = Query::select()
        .column((row::Entity, row::Column::ProducerId))
        .from(row::Entity)
        .and_where(Expr::col((row::Entity, row::Column::Id)).equals(column))
        .take();
    Expr::SubQuery(None, Box::new(of.into()))
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
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    pub(crate) producer: Option<Uuid>,
    pub(crate) product_set: String,
    pub(crate) target_year: i32,
    /// The whole code; empty for all.
    pub(crate) code: String,
    pub(crate) query: String,
    pub(crate) standing: Option<Standing>,
    pub(crate) stars: i32,
    /// The producer that holds the certificate.
    pub(crate) holder: Option<Uuid>,
    pub(crate) as_of: Date,
}

/// A product in a list, with the part that its producer was assigned to before the list's map.
#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    shown: Shown,
    chosen_unit: Option<String>,
}

/// The columns by which a product is shown on a map: it moves along with the producer that registered it.
fn of_product() -> Columns {
    use row::Column::{ProducerId, RegistrationDate, UnitPath};
    let column = |column| (row::Entity, column).into_column_ref();
    Columns { producer: Expr::col((row::Entity, ProducerId)), path: column(UnitPath), since: column(RegistrationDate) }
}

/// The names of a producer's own products registered by a day.
pub(crate) async fn names_until(db: &impl ConnectionTrait, producer_id: Uuid, day: Date) -> Result<Vec<String>> {
    let of = row::Entity::find().select_only().column(row::Column::Id).filter(row::Column::ProducerId.eq(producer_id));
    let ids: Vec<Uuid> = of.filter(row::Column::RegistrationDate.lte(day)).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(|id| kit::name::of("products", id)).collect())
}

/// A page of products in Vietnamese order, each with the part that its producer was assigned to before the list's map.
pub(crate) async fn product_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Shown, Option<String>)>> {
    let listed: Vec<Listed> = product_page(reach, filter, page).into_model().all(db).await?;
    Ok(listed.into_iter().map(|l| (l.shown, l.chosen_unit)).collect())
}

/// The statement of a page, and one row more.
pub(crate) fn product_page(reach: &Reach, filter: &Filter, page: &Page) -> Select<row::Entity> {
    use row::Column::{Code, Id, ProducerId, ProductSet, SortKey, TargetYear, UnitPath};
    let path = (row::Entity, UnitPath);
    let of = of_product();
    let chosen = filter.map.as_ref().map_or_else(no_part, |map| map.chosen(&of));
    let mut query = with_standing(filter.as_of)
        .column_as(chosen, "chosen_unit")
        .filter(reach.on(path, |owners| owned((row::Entity, ProducerId), owners)))
        .filter(filter.within.on(path))
        .filter(filter.map.as_ref().map_or_else(Condition::all, |map| map.holds(&of)))
        .filter(PRODUCTS.found((row::Entity, Id), &filter.query))
        .filter(rows::after(page, (row::Entity, SortKey), (row::Entity, Id), rows::text));
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    if let Some(of_standing) = recognitions::of_standing(filter.standing, filter.stars, filter.as_of) {
        query = query.filter(of_standing);
    }
    if let Some(holder) = filter.holder {
        let own = is_or_merged_into((row::Entity, ProducerId), holder);
        let any = Condition::any().add(own).add(recognitions::ever_transferred_to(holder));
        let held = Expr::col((HELD, recognition::Column::Certificate)).is_not_null();
        query = query.filter(any).filter(held).filter(held_by(filter.as_of).eq(holder));
    }
    if !filter.product_set.is_empty() {
        query = query.filter(ProductSet.eq(&filter.product_set));
    }
    if !filter.code.is_empty() {
        query = query.filter(Code.eq(&filter.code));
    }
    if filter.target_year != 0 {
        query = query.filter(TargetYear.eq(filter.target_year));
    }
    query.order_by(order((row::Entity, SortKey), &filter.query), Order::Asc).order_by_asc(Id).limit(page.size + 1)
}
