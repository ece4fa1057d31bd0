//! Every query about producers.

pub(crate) mod bulk;
pub(crate) mod matching;

use kit::{Error, Page, Reach, Result, Scope, rows};
use reference::names::ProducerName;
use reference::text::{fold, sort_key};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, IntoColumnRef, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::domain::{Content, NewProducer, TaxCode};
use crate::shared::domain::DisplayName;
use crate::shared::maps::{Columns, MapCut, no_part};
use crate::shared::store::{PRODUCERS, order};
use crate::shared::words;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub display_name: String,
        pub sort_key: String,
        pub search_key: String,
        pub legal_form: i32,
        pub tax_code: Option<String>,
        pub unit: String,
        pub unit_path: String,
        pub registration_date: time::Date,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
        pub delete_us: Option<i64>,
        pub match_key: String,
        pub match_head: String,
        pub match_tail: String,
        pub merged_into: Option<Uuid>,
        pub merge_reason: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// The producer that this one was merged into.
        #[sea_orm(belongs_to = "Entity", from = "Column::MergedInto", to = "Column::Id")]
        Survivor,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored producer.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) id: Uuid,
    pub(crate) new: NewProducer,
    pub(crate) sort_key: String,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
    pub(crate) delete_us: Option<i64>,
    pub(crate) merged: Option<Merged>,
}

/// Where a merged registration went.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) into: Uuid,
    /// Why, although the tax codes differ; empty where they do not.
    pub(crate) reason: String,
}

fn producer(row: row::Model) -> Result<Producer> {
    let name = DisplayName::new(&row.display_name).map_err(|_| Error::internal("a stored name is not one"))?;
    let content = Content {
        display_name: name,
        legal_form: row.legal_form,
        tax_code: row.tax_code.as_deref().and_then(TaxCode::new),
    };
    let new = NewProducer {
        content,
        unit: row.unit,
        unit_path: row.unit_path,
        registration_date: row.registration_date,
        sample: row.sample,
    };
    Ok(Producer {
        id: row.id,
        new,
        sort_key: row.sort_key,
        version: row.version,
        create_us: row.create_us,
        update_us: row.update_us,
        delete_us: row.delete_us,
        merged: row.merged_into.map(|into| Merged { into, reason: row.merge_reason }),
    })
}

/// The names of several producers, in no order.
pub(crate) async fn producer_names(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    use row::Column::{DisplayName, Id};
    let query = row::Entity::find().select_only().columns([Id, DisplayName]);
    Ok(query.filter(Id.is_in(kit::rows::padded(ids))).into_tuple().all(db).await?)
}

/// Several producers, in no order.
pub(crate) async fn producer_batch(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Producer>> {
    let query = row::Entity::find().filter(row::Column::Id.is_in(rows::padded(ids)));
    query.all(db).await?.into_iter().map(producer).collect()
}

/// The row of a producer, with its keys.
fn row_of(p: &Producer) -> row::ActiveModel {
    let content = &p.new.content;
    let named = ProducerName::of(content.display_name.as_str());
    row::ActiveModel {
        id: Set(p.id),
        display_name: Set(content.display_name.as_str().to_owned()),
        sort_key: Set(p.sort_key.clone()),
        search_key: Set(fold(content.display_name.as_str())),
        legal_form: Set(content.legal_form),
        tax_code: Set(content.tax_code.as_ref().map(|t| t.as_str().to_owned())),
        unit: Set(p.new.unit.clone()),
        unit_path: Set(p.new.unit_path.clone()),
        registration_date: Set(p.new.registration_date),
        sample: Set(p.new.sample),
        version: Set(p.version),
        create_us: Set(p.create_us),
        update_us: Set(p.update_us),
        delete_us: Set(p.delete_us),
        match_key: Set(named.key()),
        match_head: Set(named.head()),
        match_tail: Set(named.tail()),
        merged_into: Set(p.merged.as_ref().map(|m| m.into)),
        merge_reason: Set(p.merged.as_ref().map(|m| m.reason.clone()).unwrap_or_default()),
    }
}

/// Inserts a producer; the unique key is the tax code among live ones.
pub(crate) async fn producer_insert(tx: &impl ConnectionTrait, p: &Producer) -> std::result::Result<(), DbErr> {
    let row = row_of(p);
    row::Entity::insert(row).exec_without_returning(tx).await?;
    PRODUCERS.add(tx, p.id, words::of_name(p.new.content.display_name.as_str())).await
}

/// The producer, deleted or not.
pub(crate) async fn producer_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Producer>> {
    row::Entity::find_by_id(id).one(db).await?.map(producer).transpose()
}

/// The producer, locked until the transaction ends.
pub(crate) async fn producer_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Producer>> {
    row::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(producer).transpose()
}

/// The live producer with a tax code.
pub(crate) async fn producer_of_tax_code(db: &impl ConnectionTrait, tax_code: &TaxCode) -> Result<Option<Uuid>> {
    let holder = row::Entity::find()
        .select_only()
        .column(row::Column::Id)
        .filter(row::Column::TaxCode.eq(tax_code.as_str()))
        .filter(row::Column::DeleteUs.is_null());
    Ok(holder.into_tuple().one(db).await?)
}

/// True where others were merged into a producer.
pub(crate) async fn has_merged(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let merged = row::Entity::find().select_only().column(row::Column::Id).filter(row::Column::MergedInto.eq(id));
    Ok(merged.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// A producer and all that were merged into it, as a condition on the column that names a row's producer.
pub(crate) fn is_or_merged_into<C: IntoColumnRef>(column: C, id: Uuid) -> Expr {
    let all = Query::select()
        .column(row::Column::Id)
        .from(row::Entity)
        .cond_where(Condition::any().add(row::Column::Id.eq(id)).add(row::Column::MergedInto.eq(id)))
        .take();
    Expr::col(column).in_subquery(all)
}

/// Rows whose column names one of these producers, or one that was merged into it: what a producer's account owns.
pub(crate) fn owned<C: IntoColumnRef>(column: C, owners: &[Uuid]) -> Condition {
    let stands =
        Condition::all().add(row::Column::Id.is_in(rows::padded(owners))).add(row::Column::MergedInto.is_null());
    let all = Query::select()
        .column(row::Column::Id)
        .from(row::Entity)
        .cond_where(Condition::any().add(stands).add(row::Column::MergedInto.is_in(rows::padded(owners))))
        .take();
    Condition::all().add(Expr::col(column).in_subquery(all))
}

/// The producer under which rows of this one are shown.
pub(crate) async fn shown_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Uuid> {
    let found = row::Entity::find_by_id(id).select_only().column(row::Column::MergedInto);
    let merged: Option<Option<Uuid>> = found.into_tuple().one(db).await?;
    Ok(merged.flatten().unwrap_or(id))
}

/// The producer under which a row is shown: the one that it names, or the one that this was merged into.
pub(crate) fn shown<C: IntoColumnRef + Clone>(column: C) -> Expr {
    let survivor = Query::select()
        .column((row::Entity, row::Column::MergedInto))
        .from(row::Entity)
        .and_where(Expr::col((row::Entity, row::Column::Id)).equals(column.clone()))
        .take();
    Func::coalesce([Expr::SubQuery(None, Box::new(survivor.into())), Expr::col(column)]).into()
}

/// Stores what changed of a producer.
pub(crate) async fn producer_update(tx: &impl ConnectionTrait, p: &Producer) -> std::result::Result<(), DbErr> {
    let content = &p.new.content;
    let tax_code = content.tax_code.as_ref().map(|t| t.as_str().to_owned());
    let named = ProducerName::of(content.display_name.as_str());
    row::Entity::update_many()
        .col_expr(row::Column::DisplayName, Expr::val(content.display_name.as_str()))
        .col_expr(row::Column::SortKey, Expr::val(p.sort_key.as_str()))
        .col_expr(row::Column::SearchKey, Expr::val(fold(content.display_name.as_str())))
        .col_expr(row::Column::LegalForm, Expr::val(content.legal_form))
        .col_expr(row::Column::TaxCode, Expr::val(tax_code))
        .col_expr(row::Column::Unit, Expr::val(p.new.unit.as_str()))
        .col_expr(row::Column::UnitPath, Expr::val(p.new.unit_path.as_str()))
        .col_expr(row::Column::Version, Expr::val(p.version))
        .col_expr(row::Column::UpdateUs, Expr::val(p.update_us))
        .col_expr(row::Column::DeleteUs, Expr::val(p.delete_us))
        .col_expr(row::Column::MatchKey, Expr::val(named.key()))
        .col_expr(row::Column::MatchHead, Expr::val(named.head()))
        .col_expr(row::Column::MatchTail, Expr::val(named.tail()))
        .col_expr(row::Column::MergedInto, Expr::val(p.merged.as_ref().map(|m| m.into)))
        .col_expr(row::Column::MergeReason, Expr::val(p.merged.as_ref().map_or("", |m| &m.reason)))
        .filter(row::Column::Id.eq(p.id))
        .exec(tx)
        .await?;
    PRODUCERS.replace(tx, p.id, words::of_name(content.display_name.as_str())).await
}

/// What a list of producers is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    pub(crate) legal_form: i32,
    pub(crate) query: String,
    pub(crate) show_deleted: bool,
}

/// The columns by which a producer is shown on a map.
pub(crate) fn of_producer() -> Columns {
    use row::Column::{Id, RegistrationDate, UnitPath};
    let column = |column| (row::Entity, column).into_column_ref();
    Columns { producer: column(Id), path: column(UnitPath), since: column(RegistrationDate) }
}

/// A producer in a list, with the part that it was assigned to before the list's map.
#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    row: row::Model,
    chosen_unit: Option<String>,
}

/// A page of producers in Vietnamese order, each with the part that it was assigned to before the list's map.
pub(crate) async fn producer_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Producer, Option<String>)>> {
    let listed: Vec<Listed> = producer_page(reach, filter, page).into_model().all(db).await?;
    listed.into_iter().map(|l| Ok((producer(l.row)?, l.chosen_unit))).collect()
}

/// The statement of a page, and one row more.
pub(crate) fn producer_page(reach: &Reach, filter: &Filter, page: &Page) -> Select<row::Entity> {
    use row::Column::{DeleteUs, Id, LegalForm, MergedInto, SortKey, UnitPath};
    let of = of_producer();
    let chosen = filter.map.as_ref().map_or_else(no_part, |map| map.chosen(&of));
    let mut query = row::Entity::find()
        .column_as(chosen, "chosen_unit")
        .filter(reach.on((row::Entity, UnitPath), |owners| owned((row::Entity, Id), owners)))
        .filter(filter.within.on((row::Entity, UnitPath)))
        .filter(filter.map.as_ref().map_or_else(Condition::all, |map| map.holds(&of)))
        .filter(PRODUCERS.found((row::Entity, Id), &filter.query))
        .filter(rows::after(page, SortKey, Id, rows::text));
    if filter.legal_form != 0 {
        query = query.filter(LegalForm.eq(filter.legal_form));
    }
    if !filter.show_deleted {
        query = query.filter(DeleteUs.is_null()).filter(MergedInto.is_null());
    }
    query.order_by(order(SortKey, &filter.query), Order::Asc).order_by_asc(Id).limit(page.size + 1)
}

/// The sort key of a name.
pub(crate) fn key_of(name: &DisplayName) -> String {
    sort_key(name.as_str())
}
