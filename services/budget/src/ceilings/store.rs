//! The queries of ceilings, one statement each.
//!
//! The ceilings of a plan are one value, always read and written whole: they stand in one row as JSON that no query looks
//! into. Whoever submits or appraises locks that row, so that two of them at once do not both take what is left.

use kit::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

use super::domain::BySource;
use crate::estimates::domain::Stage;
use crate::estimates::lines::Source;
use crate::estimates::store::{line, row as estimate};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ceiling")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan_id: Uuid,
        pub amounts: String,
        pub refuse: bool,
        pub document_number: String,
        pub act_date: time::Date,
        pub version: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The ceilings of a plan as they are kept.
pub type Ceilings = row::Model;

fn source(word: &str) -> Result<Source> {
    Source::of(word).ok_or_else(|| Error::internal(format!("source {word}")))
}

/// The ceilings by source.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn amounts(ceilings: &Ceilings) -> Result<BySource> {
    let kept: Vec<(String, i64)> = serde_json::from_str(&ceilings.amounts).map_err(Error::internal)?;
    kept.into_iter().map(|(word, amount)| Ok((source(&word)?, amount))).collect()
}

/// How they are kept.
///
/// # Errors
/// INTERNAL where they cannot be written, which does not happen.
pub fn keep_amounts(amounts: &BySource) -> Result<String> {
    let kept: Vec<(&str, i64)> = amounts.iter().map(|(source, amount)| (source.word(), *amount)).collect();
    serde_json::to_string(&kept).map_err(Error::internal)
}

/// The ceilings of a plan.
pub async fn fetch(db: &impl ConnectionTrait, plan: Uuid) -> Result<Option<Ceilings>> {
    Ok(row::Entity::find_by_id(plan).one(db).await?)
}

/// The ceilings of a plan, so that nobody else submits or appraises under them until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, plan: Uuid) -> Result<Option<Ceilings>> {
    Ok(row::Entity::find_by_id(plan).lock_exclusive().one(tx).await?)
}

/// Keeps the ceilings of a plan in the place of those before.
pub async fn set(tx: &impl ConnectionTrait, ceilings: &Ceilings) -> Result<()> {
    use row::Column::{ActDate, Amounts, DocumentNumber, PlanId, Refuse, UpdateUs, Version};
    let columns = [Amounts, Refuse, DocumentNumber, ActDate, Version, UpdateUs];
    let change = OnConflict::column(PlanId).update_columns(columns).to_owned();
    let row = ceilings.clone().into_active_model().reset_all();
    row::Entity::insert(row).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// What the plan's estimates beyond the draft ask for, or were granted, by source; amendments left out, and one estimate.
pub async fn asked(db: &impl ConnectionTrait, plan: Uuid, without: Option<Uuid>) -> Result<BySource> {
    let amount = Func::coalesce([
        Expr::col((line::Entity, line::Column::AppraisedVnd)),
        Expr::col((line::Entity, line::Column::AmountVnd)),
    ]);
    // PostgreSQL sums BIGINT as NUMERIC, hence the cast back.
    let total = Expr::expr(amount).sum().cast_as(Alias::new("bigint"));
    let mut query = line::Entity::find()
        .select_only()
        .column(line::Column::Source)
        .column_as(total, "total")
        .join(JoinType::InnerJoin, line::Relation::Estimate.def())
        .filter(line::Column::PlanId.eq(plan))
        .filter(estimate::Column::Stage.ne(Stage::Draft.word()))
        .filter(estimate::Column::Amends.is_null())
        .group_by(line::Column::Source);
    if let Some(estimate) = without {
        query = query.filter(line::Column::EstimateId.ne(estimate));
    }
    let rows: Vec<(String, i64)> = query.into_tuple().all(db).await?;
    rows.into_iter().map(|(word, sum)| Ok((source(&word)?, sum))).collect()
}
