//! What new certificates, their ends and pending re-evaluations write.

use kit::{Result, rows};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::row::product;
use super::{C, Certificate, certificate, covering, end, led, read, span, written};
use crate::certificates::domain::{EndKind, SpanKind, replaces};

/// Lets the certificates of these products be changed by one write after the other. Sorted, so that two writes never wait
/// for each other.
///
/// # Errors
/// What the database says.
pub async fn lock_products(tx: &impl ConnectionTrait, products: &[Uuid]) -> Result<()> {
    let mut products = products.to_vec();
    products.sort_unstable();
    products.dedup();
    let rows = products.iter().map(|product| product::ActiveModel { product: Set(*product) });
    product::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(product::Column::Product).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    product::Entity::find()
        .filter(product::Column::Product.is_in(rows::padded(&products)))
        .order_by_asc(product::Column::Product)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(())
}

/// Stores new certificates.
///
/// # Errors
/// What the database says: a violated unique key means that the product has a certificate of the same day of decision.
pub async fn insert(tx: &impl ConnectionTrait, certificates: &[Certificate]) -> Result<(), DbErr> {
    let rows = certificates.iter().map(written).collect::<Result<Vec<_>, DbErr>>()?;
    certificate::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let others =
        |of: &Certificate| of.products().into_iter().skip(1).map(|product| (product, of.id)).collect::<Vec<_>>();
    let led: Vec<led::ActiveModel> = certificates
        .iter()
        .flat_map(others)
        .map(|(product, certificate)| led::ActiveModel { product: Set(product), certificate: Set(certificate) })
        .collect();
    if !led.is_empty() {
        led::Entity::insert_many(led).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// A terminal event to be stored.
pub struct NewEnd {
    /// The certificate that ends.
    pub certificate: Uuid,
    /// Why.
    pub kind: EndKind,
    /// From when.
    pub end_date: Date,
    /// What took its place.
    pub by_certificate: Option<Uuid>,
}

/// Stores terminal events. The rules let an event take the place of a stored one only where it comes earlier.
///
/// # Errors
/// What the database says.
pub async fn put_ends(tx: &impl ConnectionTrait, ends: &[NewEnd], now_us: i64) -> Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    let rows = ends.iter().map(|end| end::ActiveModel {
        certificate: Set(end.certificate),
        kind: Set(end.kind.as_str().to_owned()),
        end_date: Set(end.end_date),
        by_certificate: Set(end.by_certificate),
        create_us: Set(now_us),
    });
    let newer = [end::Column::Kind, end::Column::EndDate, end::Column::ByCertificate, end::Column::CreateUs];
    end::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(end::Column::Certificate).update_columns(newer).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A pending re-evaluation to be stored.
pub struct NewFiling {
    /// Id of the row.
    pub id: Uuid,
    /// The products that are judged, the lead first.
    pub products: Vec<Uuid>,
    /// The sitting that the dossier came to.
    pub sitting: Uuid,
    /// When it was filed.
    pub filed_on: Date,
    /// When it was recorded.
    pub now_us: i64,
}

/// Notes a re-evaluation dossier with the lead product's newest certificate decided by the day of filing, if there is one whose place
/// the new one would take.
///
/// # Errors
/// What the database says.
pub async fn file(tx: &impl ConnectionTrait, filing: &NewFiling) -> Result<()> {
    let newest = certificate::Entity::find()
        .filter(C::Id.in_subquery(covering(filing.products.get(..1).unwrap_or_default())))
        .filter(C::LatestDate.lte(filing.filed_on))
        .order_by_desc(C::LatestDate)
        .order_by_desc(C::Id)
        .one(tx)
        .await?;
    let Some(newest) = newest.map(read).transpose()? else { return Ok(()) };
    if !replaces(&filing.products, &newest.products()) {
        return Ok(());
    }
    let row = span::ActiveModel {
        id: Set(filing.id),
        certificate: Set(newest.id),
        kind: Set(SpanKind::ReEvaluation.as_str().to_owned()),
        from_date: Set(filing.filed_on),
        until_date: Set(None),
        sitting: Set(Some(filing.sitting)),
        create_us: Set(filing.now_us),
    };
    span::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that the re-evaluations of these sittings are settled.
///
/// # Errors
/// What the database says.
pub async fn settle(tx: &impl ConnectionTrait, sittings: &[Uuid], on: Date) -> Result<()> {
    span::Entity::update_many()
        .col_expr(span::Column::UntilDate, Expr::val(on))
        .filter(span::Column::Sitting.is_in(rows::padded(sittings)))
        .filter(span::Column::UntilDate.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
