//! Every query about people.

use std::collections::BTreeSet;

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, IntoColumnRef, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::shared::maps::{Columns, MapCut, unowned};
use crate::shared::store::{PEOPLE, order};
use crate::shared::{bulk, words};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub display_name: String,
        pub sort_key: String,
        pub unit: String,
        pub unit_path: String,
        pub registration_date: time::Date,
        pub sample: bool,
        pub create_us: i64,
        pub erase_us: Option<i64>,
        pub merged_into: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored person.
pub(crate) type Person = row::Model;

/// Inserts a person.
pub(crate) async fn person_insert(tx: &impl ConnectionTrait, new: &Person) -> Result<()> {
    row::Entity::insert(row::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(PEOPLE.add(tx, new.id, words::of_name(&new.display_name)).await?)
}

/// Inserts several people with their words.
pub(crate) async fn person_insert_all(tx: &impl ConnectionTrait, new: Vec<Person>) -> Result<()> {
    let words = new.iter().flat_map(|p| words::of_name(&p.display_name).into_iter().map(|w| (w, p.id))).collect();
    let rows = new.into_iter().map(row::ActiveModel::from).collect::<Vec<_>>();
    bulk::insert_all(tx, rows).await?;
    Ok(PEOPLE.add_new(tx, words).await?)
}

/// People whose names sort as one of these, in no order: found by the index of the lists.
pub(crate) async fn person_named(db: &impl ConnectionTrait, sort_keys: &[String]) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    for keys in sort_keys.chunks(rows::CHUNK) {
        found.extend(row::Entity::find().filter(row::Column::SortKey.is_in(keys)).all(db).await?);
    }
    Ok(found)
}

/// The person.
pub(crate) async fn person_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Person>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The person, locked until the transaction ends.
pub(crate) async fn person_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Person>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

fn of_one(id: Uuid) -> Select<row::Entity> {
    let same = Condition::any().add(row::Column::Id.eq(id)).add(row::Column::MergedInto.eq(id));
    row::Entity::find().filter(same).order_by_asc(row::Column::Id)
}

/// The records of one person in the order of their ids: the one that stands, and those merged into it.
pub(crate) async fn same(db: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Person>> {
    Ok(of_one(id).all(db).await?)
}

/// The same, locked in this order.
pub(crate) async fn same_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Person>> {
    Ok(of_one(id).lock_exclusive().all(tx).await?)
}

/// Points a record to the one that it was merged into, or to none again.
pub(crate) async fn point(tx: &impl ConnectionTrait, id: Uuid, into: Option<Uuid>) -> Result<()> {
    let row = row::Entity::update_many().col_expr(row::Column::MergedInto, Expr::val(into));
    row.filter(row::Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// The person under which a row is shown: the one that it names, or the one that this was merged into.
pub(crate) fn shown<C: IntoColumnRef + Clone>(column: C) -> Expr {
    let survivor = Query::select()
        .column((row::Entity, row::Column::MergedInto))
        .from(row::Entity)
        .and_where(Expr::col((row::Entity, row::Column::Id)).equals(column.clone()))
        .take();
    Func::coalesce([Expr::SubQuery(None, Box::new(survivor.into())), Expr::col(column)]).into()
}

/// Rows of a person, and of the records merged into it.
pub(crate) fn is_or_merged_into<C: IntoColumnRef + Clone>(column: C, person: Uuid) -> Condition {
    let merged =
        Query::select().column(row::Column::Id).from(row::Entity).and_where(row::Column::MergedInto.eq(person)).take();
    Condition::any().add(Expr::col(column.clone()).eq(person)).add(Expr::col(column).in_subquery(merged))
}

/// Rows of several persons, and of the records merged into them.
pub(crate) fn are_or_merged_into<C: IntoColumnRef + Clone>(column: C, persons: &[Uuid]) -> Condition {
    let persons = rows::padded(persons);
    let merged = row::Column::MergedInto.is_in(persons.clone());
    let merged = Query::select().column(row::Column::Id).from(row::Entity).and_where(merged).take();
    Condition::any().add(Expr::col(column.clone()).is_in(persons)).add(Expr::col(column).in_subquery(merged))
}

/// Records in whose names every word of this one stands; the person's own among them.
pub(crate) async fn person_like(
    db: &impl ConnectionTrait,
    scope: &Scope,
    display_name: &str,
    most: u64,
) -> Result<Vec<Person>> {
    use row::Column::{EraseUs, Id, MergedInto, SortKey, UnitPath};
    let rows = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(EraseUs.is_null())
        .filter(MergedInto.is_null())
        .filter(PEOPLE.found((row::Entity, Id), display_name));
    let rows = rows.order_by(order(SortKey, display_name), Order::Asc).order_by_asc(Id).limit(most);
    Ok(rows.all(db).await?)
}

/// Empties what is personal of a person; its id, unit and days stay.
pub(crate) async fn person_erase(tx: &impl ConnectionTrait, person: &Person) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::DisplayName, Expr::val(""))
        .col_expr(row::Column::SortKey, Expr::val(""))
        .col_expr(row::Column::EraseUs, Expr::val(person.erase_us))
        .filter(row::Column::Id.eq(person.id))
        .exec(tx)
        .await?;
    Ok(PEOPLE.replace(tx, person.id, BTreeSet::new()).await?)
}

/// Several people, in no order.
pub(crate) async fn person_batch(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Person>> {
    Ok(row::Entity::find().filter(row::Column::Id.is_in(rows::padded(ids))).all(db).await?)
}

/// What a list of people is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    pub(crate) query: String,
}

/// A page of people in Vietnamese order of their names.
pub(crate) async fn person_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Person>> {
    Ok(person_page(scope, filter, page).all(db).await?)
}

/// The columns by which a person is shown on a map.
fn of_person() -> Columns {
    let column = |column| (row::Entity, column).into_column_ref();
    unowned(column(row::Column::UnitPath), column(row::Column::RegistrationDate))
}

/// The statement of a page, and one row more.
pub(crate) fn person_page(scope: &Scope, filter: &Filter, page: &Page) -> Select<row::Entity> {
    use row::Column::{EraseUs, Id, MergedInto, SortKey, UnitPath};
    let rows = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(filter.within.on(UnitPath))
        .filter(filter.map.as_ref().map_or_else(Condition::all, |map| map.holds(&of_person())))
        .filter(EraseUs.is_null())
        .filter(MergedInto.is_null())
        .filter(PEOPLE.found((row::Entity, Id), &filter.query))
        .filter(rows::after(page, SortKey, Id, rows::text));
    rows.order_by(order(SortKey, &filter.query), Order::Asc).order_by_asc(Id).limit(page.size + 1)
}
