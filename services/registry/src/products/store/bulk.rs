//! Many products at once, for imports.

use std::collections::{BTreeMap, BTreeSet};

use kit::rows::CHUNK;
use kit::{Error, Result};
use reference::text::fold;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

use super::{Product, SURVIVOR, of_survivor, producer, row, row_of, serial, words_of};
use crate::shared::bulk;
use crate::shared::store::PRODUCTS;

/// The key that product names are looked for by.
pub(crate) fn key(display_name: &str) -> String {
    fold(display_name)
}

/// A product of a producer.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Known {
    pub(crate) id: Uuid,
    /// The producer as it is shown.
    pub(crate) owner: Uuid,
    pub(crate) display_name: String,
    pub(crate) search_key: String,
}

/// Products of these producers, or of those merged into them, whose names have one of these keys.
pub(crate) async fn product_known(
    db: &impl ConnectionTrait,
    producers: &BTreeSet<Uuid>,
    keys: &BTreeSet<String>,
) -> Result<Vec<Known>> {
    let (producers, keys): (Vec<Uuid>, Vec<&str>) =
        (producers.iter().copied().collect(), keys.iter().map(String::as_str).collect());
    let mut known = Vec::new();
    for of in producers.chunks(CHUNK) {
        for named in keys.chunks(CHUNK * 4) {
            let own = Condition::any()
                .add(row::Column::ProducerId.is_in(of.iter().copied()))
                .add(producer::Column::MergedInto.is_in(of.iter().copied()));
            let found = row::Entity::find()
                .select_only()
                .columns([row::Column::Id, row::Column::DisplayName, row::Column::SearchKey])
                .join(JoinType::InnerJoin, row::Relation::Producer.def())
                .join_as(JoinType::LeftJoin, producer::Relation::Survivor.def(), SURVIVOR)
                .column_as(of_survivor(producer::Column::Id), "owner")
                .filter(own)
                .filter(row::Column::SearchKey.is_in(named.iter().copied()));
            known.extend(found.into_model::<Known>().all(db).await?);
        }
    }
    Ok(known)
}

/// Takes so many serials of each commune and answers the last one taken. The rows stay locked until the transaction ends, in
/// the order of their codes.
pub(crate) async fn serials_take(
    tx: &impl ConnectionTrait,
    wanted: &BTreeMap<String, i64>,
) -> Result<BTreeMap<String, i64>> {
    let mut last = BTreeMap::new();
    let all: Vec<(&String, &i64)> = wanted.iter().collect();
    for some in all.chunks(CHUNK) {
        let mut take = Query::insert();
        take.into_table(serial::Entity).columns([serial::Column::Commune, serial::Column::Last]);
        for (commune, count) in some {
            take.values_panic([Expr::val(commune.as_str()), Expr::val(**count)]);
        }
        let more = Expr::col((serial::Entity, serial::Column::Last)).add(Expr::cust("excluded.last"));
        take.on_conflict(OnConflict::column(serial::Column::Commune).value(serial::Column::Last, more).to_owned());
        take.returning(Query::returning().columns([serial::Column::Commune, serial::Column::Last]));
        for row in tx.query_all(&take).await? {
            last.insert(row.try_get("", "commune")?, row.try_get("", "last")?);
        }
    }
    if last.len() == wanted.len() { Ok(last) } else { Err(Error::internal("serials were not given")) }
}

/// Inserts products with their words.
pub(crate) async fn product_insert_all(tx: &impl ConnectionTrait, products: &[Product]) -> Result<(), DbErr> {
    let words = products.iter().flat_map(|p| words_of(p).into_iter().map(|word| (word, p.id))).collect();
    bulk::insert_all(tx, products.iter().map(row_of).collect()).await?;
    PRODUCTS.add_new(tx, words).await
}
