//! Conditions that several tables share, and how structured columns are read.

use kit::{Error, Page, Result};
use reference::calendar::parse_iso;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::Date;
use uuid::Uuid;

/// The cursor of [`after`] and [`before`] for a row.
#[must_use]
pub fn cursor(day: Date, id: Uuid) -> Vec<String> {
    vec![kit::day::iso(day), id.to_string()]
}

/// Rows behind the page's cursor in the order (day, id).
///
/// Written as a row comparison, which both engines answer from the index of that order.
pub fn after(page: &Page, day: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
    let Some(last) = place(page) else { return Condition::all() };
    Condition::all().add(Expr::tuple([Expr::col(day), Expr::col(id)]).gt(last))
}

/// Rows behind the page's cursor in the order (day descending, id descending).
pub fn before(page: &Page, day: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
    let Some(last) = place(page) else { return Condition::all() };
    Condition::all().add(Expr::tuple([Expr::col(day), Expr::col(id)]).lt(last))
}

fn place(page: &Page) -> Option<Expr> {
    // Tokens are sealed, so both values are ones that this list wrote.
    let [day, id] = page.after.as_deref()? else { return None };
    Some(Expr::tuple([Expr::val(parse_iso(day)?), Expr::val(Uuid::try_parse(id).ok()?)]))
}

/// The sizes that lists of ids are padded to.
const SIZES: [usize; 5] = [1, 10, 50, 200, 500];

/// The ids, the last one repeated up to the next fixed size: one statement text per size, because statements are
/// cached by their text and lists of every length would push the others out.
#[must_use]
pub fn padded(ids: &[Uuid]) -> Vec<Uuid> {
    let size = SIZES.into_iter().find(|s| *s >= ids.len()).unwrap_or(ids.len());
    let last = ids.last().copied();
    ids.iter().copied().chain(last.into_iter().cycle()).take(if last.is_some() { size } else { 0 }).collect()
}

/// Writes a small structured value that is always read whole and never searched in.
///
/// # Errors
/// INTERNAL; no value of ours fails to be written.
pub fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Reads what [`to_text`] wrote.
///
/// # Errors
/// INTERNAL for a text that it did not write.
pub fn of_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Reads a stored value.
///
/// # Errors
/// INTERNAL for a text that no release wrote.
pub fn stored<T>(text: &str, of: impl Fn(&str) -> Option<T>) -> Result<T> {
    of(text).ok_or_else(|| Error::internal(format!("{text:?} is not a stored value")))
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
