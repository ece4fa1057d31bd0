//! Conditions that several tables share, and how structured columns are read.

use kit::{Error, Page, Result, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::{Condition, IntoColumnRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::Date;
use uuid::Uuid;

/// The cursor of [`after`] and [`before`] for a row.
#[must_use]
pub fn cursor(day: Date, id: Uuid) -> Vec<String> {
    rows::cursor(kit::day::iso(day), id)
}

/// Rows behind the page's cursor in the order (day, id).
pub fn after(page: &Page, day: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
    rows::after(page, day, id, parse_iso)
}

/// Rows behind the page's cursor in the order (day descending, id descending).
pub fn before(page: &Page, day: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
    rows::before(page, day, id, parse_iso)
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

/// Writes what a row may lack; nothing is the empty text.
///
/// # Errors
/// As for [`to_text`].
pub fn to_opt_text<T: Serialize>(value: Option<&T>) -> Result<String> {
    value.map_or_else(|| Ok(String::new()), to_text)
}

/// Reads what [`to_opt_text`] wrote.
///
/// # Errors
/// As for [`of_text`].
pub fn of_opt_text<T: DeserializeOwned>(text: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { of_text(text).map(Some) }
}

/// Reads a stored value.
///
/// # Errors
/// INTERNAL for a text that no release wrote.
pub fn stored<T>(text: &str, of: impl Fn(&str) -> Option<T>) -> Result<T> {
    of(text).ok_or_else(|| Error::internal(format!("{text:?} is not a stored value")))
}
