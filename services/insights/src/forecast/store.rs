//! The queries of forecasts, one statement each.

use std::collections::BTreeMap;

use kit::{Result, Scope};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;

use super::domain::{Known, Stage};
use crate::feeds::pipeline::{CANDIDATE, FILED, GRADED, SEALED, step};
use crate::feeds::store::{self as facts, Target, bundled, plan, recognition};

/// The plan with its targets.
pub(super) async fn plan(db: &impl ConnectionTrait, name: &str) -> Result<Option<(plan::Model, Vec<Target>)>> {
    let Some(plan) = plan::Entity::find_by_id(name.to_owned()).one(db).await? else { return Ok(None) };
    Ok(Some((plan, facts::targets(db, name).await?)))
}

/// What is known of the products of some units.
pub(super) async fn known(db: &impl ConnectionTrait, prefixes: &[String]) -> Result<Vec<Known>> {
    let rows = step::Entity::find()
        .filter(Scope::Within(prefixes.to_vec()).on(step::Column::UnitPath))
        .order_by_asc(step::Column::Resource)
        .order_by_asc(step::Column::Stage)
        .all(db)
        .await?;
    let stage = |number: i32| match number {
        CANDIDATE => Some(Stage::Candidate),
        FILED => Some(Stage::Filed),
        SEALED => Some(Stage::Sealed),
        GRADED => Some(Stage::Graded),
        _ => None,
    };
    let known = |row: step::Model| {
        Some(Known {
            stage: stage(row.stage)?,
            product: row.product,
            day: row.day,
            year: row.year,
            left: row.left_day,
            sample: row.sample,
        })
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// First recognitions of products of some units, latest first: by when each was decided, and whether it is an invented
/// sample. A product that is moving from one certificate to another may be told of twice; its last row is the earliest.
pub(super) async fn recognised(db: &impl ConnectionTrait, prefixes: &[String]) -> Result<Vec<(String, Date, bool)>> {
    use recognition::Column::{DecisionDate, First, Product, Sample, UnitPath};
    let found = recognition::Entity::find()
        .select_only()
        .columns([Product, DecisionDate, Sample])
        .filter(Scope::Within(prefixes.to_vec()).on(UnitPath))
        .filter(First.eq(true))
        .order_by_desc(DecisionDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found)
}

/// The bundle of each product that is in one: products of a bundle count once.
pub(super) async fn bundles(db: &impl ConnectionTrait) -> Result<BTreeMap<String, String>> {
    use bundled::Column::{Bundle, Product};
    let found: Vec<(String, String)> =
        bundled::Entity::find().select_only().columns([Product, Bundle]).into_tuple().all(db).await?;
    Ok(found.into_iter().collect())
}
