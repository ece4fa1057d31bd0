//! What acts do to certificates, and certificates by their ends.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::{C, Row, Standing, certificate, end, span, standing};
use crate::certificates::domain::SpanKind;
use crate::shared::store::after;

/// The product of a certificate.
///
/// # Errors
/// What the database says.
pub async fn product_of(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Uuid>> {
    let query = certificate::Entity::find_by_id(id).select_only().column(C::Product);
    Ok(query.into_tuple().one(db).await?)
}

/// Suspends a certificate; `id` is that of the act.
///
/// # Errors
/// What the database says.
pub async fn suspend(tx: &impl ConnectionTrait, id: Uuid, certificate: Uuid, from: Date, now_us: i64) -> Result<()> {
    let row = span::ActiveModel {
        id: Set(id),
        certificate: Set(certificate),
        kind: Set(SpanKind::Suspended.as_str().to_owned()),
        from_date: Set(from),
        until_date: Set(None),
        sitting: Set(None),
        create_us: Set(now_us),
    };
    span::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Lifts what suspends a certificate on a day.
///
/// # Errors
/// What the database says.
pub async fn lift(tx: &impl ConnectionTrait, certificate: Uuid, on: Date) -> Result<()> {
    use span::Column as S;
    span::Entity::update_many()
        .col_expr(S::UntilDate, Expr::val(on))
        .filter(S::Certificate.eq(certificate))
        .filter(S::Kind.eq(SpanKind::Suspended.as_str()))
        .filter(S::FromDate.lte(on))
        .filter(Condition::any().add(S::UntilDate.is_null()).add(S::UntilDate.gt(on)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes corrected texts: pairs of field and text.
///
/// # Errors
/// What the database says.
pub async fn correct(tx: &impl ConnectionTrait, id: Uuid, texts: &[(&str, &str)]) -> Result<()> {
    let mut update = certificate::Entity::update_many().filter(C::Id.eq(id));
    for (field, text) in texts {
        let column = match *field {
            "product_display_name" => C::ProductDisplayName,
            "product_code" => C::ProductCode,
            "number" => C::Number,
            "decision_number" => C::DecisionNumber,
            _ => C::Authority,
        };
        update = update.col_expr(column, Expr::val(*text));
    }
    update.exec(tx).await?;
    Ok(())
}

/// Writes the new holder.
///
/// # Errors
/// What the database says.
pub async fn hand_over(tx: &impl ConnectionTrait, id: Uuid, holder: Option<Uuid>) -> Result<()> {
    certificate::Entity::update_many().col_expr(C::Holder, Expr::val(holder)).filter(C::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// A page of certificates of a known day of decision whose end lies in one of these stretches, and which had not ended
/// early by a day; the earliest end first. One statement.
///
/// # Errors
/// What the database says.
pub async fn reminded(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    ends: &[(Date, Date)],
    as_of: Date,
    page: &Page,
) -> Result<Vec<Standing>> {
    let stretch =
        |(from, to): &(Date, Date)| Condition::all().add(C::EarliestOut.gte(*from)).add(C::EarliestOut.lte(*to));
    let stretches = ends.iter().fold(Condition::any(), |any, ends| any.add(stretch(ends)));
    let going = Condition::any().add(end::Column::EndDate.is_null()).add(end::Column::EndDate.gt(as_of));
    let rows = standing(as_of)
        .filter(scope.on(C::UnitPath))
        .filter(within.on(C::UnitPath))
        .filter(stretches)
        .filter(Expr::col(C::EarliestDate).equals(C::LatestDate))
        .filter(going)
        .filter(after(page, C::EarliestOut, C::Id))
        .order_by_asc(C::EarliestOut)
        .order_by_asc(C::Id)
        .limit(page.size + 1)
        .into_model::<Row>()
        .all(db)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Certificates that may be in force or suspended on a day, with their standing: decided by then, not ended early, and not
/// past their end by more than the grace. The earliest end first, at most so many.
///
/// # Errors
/// What the database says.
pub async fn alive(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    (as_of, grace): (Date, time::Duration),
    most: u64,
) -> Result<Vec<Standing>> {
    let going = Condition::any().add(end::Column::EndDate.is_null()).add(end::Column::EndDate.gt(as_of));
    let rows = standing(as_of)
        .filter(scope.on(C::UnitPath))
        .filter(within.on(C::UnitPath))
        .filter(C::EarliestDate.lte(as_of))
        .filter(C::LatestOut.gt(as_of.checked_sub(grace).unwrap_or(Date::MIN)))
        .filter(going)
        .order_by_asc(C::EarliestOut)
        .order_by_asc(C::Id)
        .limit(most)
        .into_model::<Row>()
        .all(db)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// How many certificates of one number a check answers.
const SAME_NUMBER: u64 = 10;

/// Certificates of a number as printed, with their standing.
///
/// # Errors
/// What the database says.
pub async fn by_number(db: &impl ConnectionTrait, number: &str, as_of: Date) -> Result<Vec<Standing>> {
    let query = standing(as_of).filter(C::Number.eq(number)).order_by_desc(C::Id).limit(SAME_NUMBER);
    query.into_model::<Row>().all(db).await?.into_iter().map(Row::read).collect()
}
