//! Many producers at once, for imports: whole batches are looked up and stored in a statement or two.

use std::collections::BTreeSet;

use kit::Result;
use kit::db::is_postgres;
use kit::rows::CHUNK;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, Query, Value};
use sea_orm::{ActiveValue, ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement};
use time::Date;
use uuid::Uuid;

use super::row::{self, Column};
use super::{Producer, row_of};
use crate::producers::domain::matching::Registered;
use crate::shared::store::PRODUCERS;
use crate::shared::{bulk, words};

/// Most producers of one key. Where more have it, a name alone decides nothing anyway.
const MOST: usize = 200;

/// A producer with all that its row and its words hold.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The producer.
    pub(crate) producer: Producer,
    /// The key that equal names have.
    pub(crate) key: String,
    /// An id for a product that comes with it.
    pub(crate) product_id: Uuid,
    row: row::ActiveModel,
    words: BTreeSet<String>,
}

/// Works a producer out; it costs time and needs no database.
pub(crate) fn draft(producer: Producer, product_id: Uuid) -> Draft {
    let row = row_of(&producer);
    let key = match &row.match_key {
        ActiveValue::Set(key) | ActiveValue::Unchanged(key) => key.clone(),
        ActiveValue::NotSet => String::new(),
    };
    let words = words::of_name(producer.new.content.display_name.as_str());
    Draft { producer, key, product_id, row, words }
}

/// Inserts producers with their words.
pub(crate) async fn producer_insert_all(tx: &impl ConnectionTrait, drafts: Vec<Draft>) -> Result<(), DbErr> {
    let (mut rows, mut all) = (Vec::with_capacity(drafts.len()), Vec::new());
    for draft in drafts {
        all.extend(draft.words.into_iter().map(|word| (word, draft.producer.id)));
        rows.push(draft.row);
    }
    bulk::insert_all(tx, rows).await?;
    PRODUCERS.add_new(tx, all).await
}

/// A live producer as an import compares it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Known {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    pub(crate) legal_form: i32,
    pub(crate) tax_code: Option<String>,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) registration_date: Date,
    pub(crate) sample: bool,
    pub(crate) match_key: String,
    pub(crate) merged_into: Option<Uuid>,
}

impl Known {
    /// As the rules see it.
    pub(crate) fn registered(&self) -> Registered<'_> {
        Registered {
            display_name: &self.display_name,
            tax_code: self.tax_code.as_deref(),
            unit: &self.unit,
            legal_form: self.legal_form,
        }
    }

    /// A new producer, as later rows find it.
    pub(crate) fn of(draft: &Draft) -> Self {
        Self { match_key: draft.key.clone(), ..Self::of_producer(draft.producer.clone()) }
    }

    /// A producer that is shown for another one.
    pub(crate) fn of_producer(producer: Producer) -> Self {
        let Producer { id, new, .. } = producer;
        Self {
            id,
            display_name: new.content.display_name.as_str().to_owned(),
            legal_form: new.content.legal_form,
            tax_code: new.content.tax_code.as_ref().map(|code| code.as_str().to_owned()),
            unit: new.unit,
            unit_path: new.unit_path,
            registration_date: new.registration_date,
            sample: new.sample,
            match_key: String::new(),
            merged_into: None,
        }
    }
}

const COLUMNS: [Column; 10] = [
    Column::Id,
    Column::DisplayName,
    Column::LegalForm,
    Column::TaxCode,
    Column::Unit,
    Column::UnitPath,
    Column::RegistrationDate,
    Column::Sample,
    Column::MatchKey,
    Column::MergedInto,
];

/// Both arms are ranges of an index for each key; LIMIT keeps one common name from reading the table.
const SOME: &str = "\
    SELECT found.* FROM UNNEST($1::text[]) AS asked(key) CROSS JOIN LATERAL (\
    SELECT id, display_name, legal_form, tax_code, unit, unit_path, registration_date, sample, match_key, merged_into \
    FROM producer WHERE match_key = asked.key AND delete_us IS NULL ORDER BY unit, id LIMIT 200) AS found \
    UNION \
    SELECT id, display_name, legal_form, tax_code, unit, unit_path, registration_date, sample, match_key, merged_into \
    FROM producer WHERE tax_code = ANY($2::text[]) AND delete_us IS NULL ORDER BY id";

/// Live producers of these keys or these tax codes, in the order in which they were registered.
pub(crate) async fn producer_known(
    db: &impl ConnectionTrait,
    keys: &BTreeSet<String>,
    tax_codes: &BTreeSet<String>,
) -> Result<Vec<Known>> {
    let read = |rows: Vec<QueryResult>| -> Result<Vec<Known>, DbErr> {
        rows.iter().map(|row| Known::from_query_result(row, "")).collect()
    };
    if is_postgres(db) {
        let array = |set: &BTreeSet<String>| {
            let values = set.iter().map(|text| Value::from(text.as_str())).collect();
            Value::Array(ArrayType::String, Some(Box::new(values)))
        };
        let values = [array(keys), array(tax_codes)];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, SOME, values);
        return Ok(read(db.query_all_raw(statement).await?)?);
    }
    let mut known: Vec<Known> = Vec::new();
    for (column, set) in [(Column::MatchKey, keys), (Column::TaxCode, tax_codes)] {
        let all: Vec<&str> = set.iter().map(String::as_str).collect();
        for some in all.chunks(CHUNK) {
            let mut select = Query::select();
            select.columns(COLUMNS).from(row::Entity).and_where(Expr::col(Column::DeleteUs).is_null());
            select.and_where(Expr::col(column).is_in(some.iter().copied())).limit((MOST * CHUNK) as u64);
            known.extend(read(db.query_all(&select).await?)?);
        }
    }
    known.sort_by_key(|known| known.id);
    known.dedup_by_key(|known| known.id);
    Ok(known)
}

/// Locks producers until the transaction ends, so that they are not deleted or merged meanwhile; in the order of their ids.
/// False where one of them is gone by now.
pub(crate) async fn producer_hold(tx: &impl ConnectionTrait, ids: &BTreeSet<Uuid>) -> Result<bool> {
    // SQLite has one writer, and it is this one.
    if ids.is_empty() || !is_postgres(tx) {
        return Ok(true);
    }
    let values = ids.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT id FROM producer WHERE id = ANY($1::uuid[]) AND delete_us IS NULL ORDER BY id FOR NO KEY UPDATE";
    let array = Value::Array(ArrayType::Uuid, Some(Box::new(values)));
    let held = tx.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [array])).await?;
    Ok(held.len() == ids.len())
}
