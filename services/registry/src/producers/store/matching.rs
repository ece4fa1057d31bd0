//! The registered producers that are worth comparing with one that is asked for: one statement, each arm of it an index
//! range that is read to a limit, so that its cost does not grow with the table.
//!
//! Arms: the taxpayer's codes; the same key in the communes that are or were the asked one (these alone can be SAME by
//! name, so they come before all others); the same key anywhere; names that begin or end alike. No more than [`NEAR`] +
//! [`FAR`] × 6 rows are answered. Rows outside the caller's units are passed over in the index, and those of one key in
//! one commune are sorted: that is the ceiling, at some thousands of equal names.

use kit::{Result, Scope};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::row::{self, Column};
use crate::producers::domain::TaxCode;
use crate::producers::domain::matching::{Matcher, Registered};

/// Most rows of the asked commune.
pub(crate) const NEAR: u64 = 100;
/// Most rows of each other arm.
pub(crate) const FAR: u64 = 50;

/// A registered producer to be compared.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Candidate {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    pub(crate) legal_form: i32,
    pub(crate) tax_code: Option<String>,
    pub(crate) unit: String,
    pub(crate) merged_into: Option<Uuid>,
}

impl Candidate {
    /// As the rules see it.
    pub(crate) fn registered(&self) -> Registered<'_> {
        Registered {
            display_name: &self.display_name,
            tax_code: self.tax_code.as_deref(),
            unit: &self.unit,
            legal_form: self.legal_form,
        }
    }
}

/// Live rows of the caller's units, in the order of an index, to a limit.
fn arm(scope: &Scope, order: &[Column], limit: u64, filter: impl FnOnce(&mut SelectStatement)) -> SelectStatement {
    let mut rows = Query::select();
    rows.column(Column::Id).from(row::Entity).and_where(Expr::col(Column::DeleteUs).is_null());
    rows.cond_where(scope.on(Column::UnitPath));
    filter(&mut rows);
    for column in order {
        rows.order_by(*column, Order::Asc);
    }
    rows.limit(limit);
    // SQLite takes a limit in a part of a union only inside a table of its own.
    Query::select().column(Column::Id).from_subquery(rows, "arm").take()
}

/// The codes of a taxpayer: the one of ten digits and those of its dependent units.
fn of_taxpayer(rows: &mut SelectStatement, tax_code: &TaxCode) {
    let root = tax_code.root();
    // A dot comes directly behind the hyphen.
    rows.and_where(Expr::col(Column::TaxCode).gte(root));
    rows.and_where(Expr::col(Column::TaxCode).lt(format!("{root}.")));
}

/// The names, the last one repeated up to a fixed size: one statement text per size.
fn padded(names: &[&'static str]) -> Vec<&'static str> {
    let size = [1, 4, 16, 64].into_iter().find(|size| *size >= names.len()).unwrap_or(names.len());
    let last = names.last().copied();
    names.iter().copied().chain(last.into_iter().cycle()).take(if last.is_some() { size } else { 0 }).collect()
}

fn arms(scope: &Scope, matcher: &Matcher) -> Vec<SelectStatement> {
    let mut arms = Vec::new();
    if let Some(tax_code) = matcher.tax_code() {
        arms.push(arm(scope, &[Column::TaxCode], FAR, |rows| of_taxpayer(rows, tax_code)));
    }
    let Some(name) = matcher.name() else { return arms };
    let communes = padded(&matcher.communes());
    let key = name.key();
    if !communes.is_empty() {
        arms.push(arm(scope, &[Column::Id], NEAR, |rows| {
            rows.and_where(Expr::col(Column::MatchKey).eq(key.as_str()));
            rows.and_where(Expr::col(Column::Unit).is_in(communes));
        }));
    }
    arms.push(arm(scope, &[Column::Unit, Column::Id], FAR, |rows| {
        rows.and_where(Expr::col(Column::MatchKey).eq(key.as_str()));
    }));
    if name.is_distinct() {
        let mut both = vec![name.head(), name.tail()];
        both.dedup();
        // One value to an arm: its rows come out of the index in order.
        for (column, key) in
            [Column::MatchHead, Column::MatchTail].into_iter().flat_map(|c| both.iter().map(move |k| (c, k)))
        {
            arms.push(arm(scope, &[Column::Id], FAR, |rows| {
                rows.and_where(Expr::col(column).eq(key.as_str()));
            }));
        }
    }
    arms
}

/// The one statement; none where there is nothing to look for.
pub(crate) fn statement(scope: &Scope, matcher: &Matcher) -> Option<SelectStatement> {
    let mut arms = arms(scope, matcher).into_iter();
    let mut ids = arms.next()?;
    ids.unions(arms.map(|arm| (UnionType::Distinct, arm)));
    let columns =
        [Column::Id, Column::DisplayName, Column::LegalForm, Column::TaxCode, Column::Unit, Column::MergedInto];
    let mut found = Query::select();
    found.columns(columns).from(row::Entity).and_where(Expr::col(Column::Id).in_subquery(ids));
    found.order_by(Column::Id, Order::Asc);
    Some(found)
}

/// The candidates, in the order in which they were registered.
pub(crate) async fn candidates(db: &impl ConnectionTrait, scope: &Scope, matcher: &Matcher) -> Result<Vec<Candidate>> {
    let Some(statement) = statement(scope, matcher) else { return Ok(Vec::new()) };
    let rows = db.query_all(&statement).await?;
    Ok(rows.iter().map(|row| Candidate::from_query_result(row, "")).collect::<std::result::Result<_, _>>()?)
}

#[cfg(test)]
mod tests;
