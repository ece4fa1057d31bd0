//! Conditions that several tables share. Both engines order and compare these columns by bytes.

use kit::Page;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, LikeExpr};
use uuid::Uuid;

/// Rows behind the page's cursor in the order (key, id).
///
/// Written as a row comparison, which both engines answer from the index of that order.
pub fn after(page: &Page, key: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
    let Some([last_key, last_id]) = page.after.as_deref() else { return Condition::all() };
    // Tokens are sealed, so the id is one that this list wrote; anything else would end the walk.
    let last_id = Uuid::try_parse(last_id).unwrap_or(Uuid::max());
    let here = Expr::tuple([Expr::col(key), Expr::col(id)]);
    Condition::all().add(here.gt(Expr::tuple([Expr::val(last_key.as_str()), Expr::val(last_id)])))
}

/// The cursor of [`after`] for a row.
#[must_use]
pub fn cursor(key: &str, id: Uuid) -> Vec<String> {
    vec![key.to_owned(), id.to_string()]
}

/// Rows whose search key contains what was typed, folded the same way; every row where nothing was.
pub fn contains(search_key: impl IntoColumnRef, folded: &str) -> Condition {
    if folded.is_empty() {
        return Condition::all();
    }
    let mut pattern = String::with_capacity(folded.len() + 2);
    pattern.push('%');
    for c in folded.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Condition::all().add(Expr::col(search_key).like(LikeExpr::new(pattern).escape('\\')))
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
