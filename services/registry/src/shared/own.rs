//! Who may act for a row that belongs to a producer: officers of its unit, and the producer's own account.
//!
//! A row may name a registration that was merged since; it belongs to the producer under which it is shown. A token that
//! names the merged registration reaches nothing any more: the account gets a token of the one that stands.

use kit::{Call, Error, Result, Standing};
use proto::common::v1::ErrorReason as Common;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{producers, products};

/// Judges a row of a unit and a producer. One statement more where a producer calls.
///
/// # Errors
/// PERMISSION_DENIED, UNIT_FORBIDDEN.
pub async fn at(call: &Call, db: &impl ConnectionTrait, path: &str, producer: Uuid) -> Result<Standing> {
    if call.owners().is_empty() {
        return call.at(path).map(|()| Standing::Unit);
    }
    call.at_own(path, producers::store::shown_id(db, producer).await?)
}

/// Judges a row of a unit and a product. One statement more where a producer calls.
///
/// # Errors
/// PERMISSION_DENIED, UNIT_FORBIDDEN.
pub async fn at_product(call: &Call, db: &impl ConnectionTrait, path: &str, product: Uuid) -> Result<Standing> {
    if call.owners().is_empty() {
        return call.at(path).map(|()| Standing::Unit);
    }
    let owner = products::store::owner(db, product).await?;
    call.at_own(path, owner.ok_or_else(|| Error::denied(Common::UnitForbidden))?)
}
