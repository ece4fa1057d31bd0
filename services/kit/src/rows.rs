//! What every store's lists need: the rows behind a page's cursor, and lists of ids that leave the statement cache alone.
//!
//! Cursors are compared as rows, `(key, id) > ($1, $2)`: both engines answer that from the index of that order. Keys of
//! text must be ordered by bytes on both (`kit::migrate::bytes_text`).

use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, PostgresQueryBuilder, SelectStatement};
use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

use crate::page::Page;

/// The cursor of a row in the order (key, id), for [`Page::cut`].
#[must_use]
pub fn cursor(key: impl Into<String>, id: Uuid) -> Vec<String> {
    vec![key.into(), id.to_string()]
}

/// Reads a key of text back from a cursor.
#[must_use]
pub fn text(key: &str) -> Option<String> {
    Some(key.to_owned())
}

/// Rows behind the page's cursor in the order (key, id); `read` makes the key's value of the cursor's text.
pub fn after<K: Into<Value>>(
    page: &Page,
    key: impl IntoColumnRef,
    id: impl IntoColumnRef,
    read: impl FnOnce(&str) -> Option<K>,
) -> Condition {
    behind(page, read, |last| Expr::tuple([Expr::col(key), Expr::col(id)]).gt(last))
}

/// Rows behind the page's cursor in the order (key descending, id descending).
pub fn before<K: Into<Value>>(
    page: &Page,
    key: impl IntoColumnRef,
    id: impl IntoColumnRef,
    read: impl FnOnce(&str) -> Option<K>,
) -> Condition {
    behind(page, read, |last| Expr::tuple([Expr::col(key), Expr::col(id)]).lt(last))
}

fn behind<K: Into<Value>>(
    page: &Page,
    read: impl FnOnce(&str) -> Option<K>,
    compare: impl FnOnce(Expr) -> Expr,
) -> Condition {
    let Some([key, id]) = page.after.as_deref() else { return Condition::all() };
    // Tokens are sealed, so both are what this list wrote; anything else ends the walk.
    match (read(key), Uuid::try_parse(id)) {
        (Some(key), Ok(id)) => Condition::all().add(compare(Expr::tuple([Expr::val(key), Expr::val(id)]))),
        _ => Condition::all().add(Expr::val(1).eq(0)),
    }
}

/// Rows behind the page's cursor in the order of their ids. Ids are UUIDv7: the order in which rows were recorded.
pub fn after_id(page: &Page, id: impl IntoColumnRef) -> Condition {
    let Some([last]) = page.after.as_deref() else { return Condition::all() };
    Condition::all().add(Expr::col(id).gt(Uuid::try_parse(last).unwrap_or(Uuid::max())))
}

/// The sizes that lists of ids are padded to.
const SIZES: [usize; 5] = [1, 10, 50, 200, CHUNK];

/// Most ids in one statement.
pub const CHUNK: usize = 500;

/// The ids, the last one repeated up to the next fixed size: one statement text per size, because statements are
/// cached by their text and lists of every length would push the others out.
#[must_use]
pub fn padded(ids: &[Uuid]) -> Vec<Uuid> {
    let size = SIZES.into_iter().find(|s| *s >= ids.len()).unwrap_or(ids.len());
    let last = ids.last().copied();
    ids.iter().copied().chain(last.into_iter().cycle()).take(if last.is_some() { size } else { 0 }).collect()
}

/// The statement of a report over many rows. On PostgreSQL its values stand in its text: a prepared statement gets one plan for
/// all values after five executions, made without knowing how many rows they select, and a report over 100,000 rows then
/// took four times as long (`ocop bench coverage`). Not for statements that run often: each text takes a place in
/// the cache of statements. Values are escaped by sea-query; still, none should be a text that a caller wrote.
#[must_use]
pub fn report(backend: DbBackend, select: &SelectStatement) -> Statement {
    match backend {
        DbBackend::Postgres => Statement::from_string(backend, select.to_string(PostgresQueryBuilder)),
        _ => backend.build(select),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_padded_to_fixed_sizes_with_nothing_new() {
        let ids: Vec<Uuid> = (1..=11).map(Uuid::from_u128).collect();
        for (have, want) in [(0, 0), (1, 1), (2, 10), (10, 10), (11, 50)] {
            let padded = padded(&ids[..have]);
            assert_eq!(padded.len(), want);
            assert_eq!(&padded[..have], &ids[..have]);
            assert!(padded.iter().all(|id| ids[..have].contains(id)));
        }
    }
}
