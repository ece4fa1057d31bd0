//! Conditions that several tables share.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, LikeExpr};

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
