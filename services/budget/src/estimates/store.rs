//! The queries of estimates and their lines, one statement each.

use std::collections::BTreeMap;

use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Appraisal, NewEstimate, Stage};
use super::lines::{Cost, Priced, PricedLine};
use crate::plans::store::Plan;
use kit::rows::after_id;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "estimate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub title: String,
        pub stage: String,
        pub draft_date: time::Date,
        pub submit_date: Option<time::Date>,
        pub return_date: Option<time::Date>,
        pub return_reason: String,
        pub appraise_date: Option<time::Date>,
        pub approve_date: Option<time::Date>,
        pub assign_date: Option<time::Date>,
        pub last_act_date: time::Date,
        pub amount_vnd: i64,
        pub appraised_vnd: Option<i64>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::line::Entity")]
        Line,
    }

    impl Related<super::line::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Line.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub estimate_id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub place: i32,
        pub category: String,
        pub description: String,
        pub source: String,
        pub norm: String,
        pub quantity: i64,
        pub days: i64,
        pub rate_vnd: i64,
        pub legal_reference: String,
        pub norm_verified: bool,
        pub lump_reason: String,
        pub amount_vnd: i64,
        pub appraised_vnd: Option<i64>,
        pub appraisal_reason: String,
        pub assign_date: Option<time::Date>,
        pub sample: bool,
        pub funding_vnd: i64,
        pub available_vnd: i64,
        pub committed_vnd: i64,
        pub paid_vnd: i64,
        pub settled_vnd: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::row::Entity", from = "Column::EstimateId", to = "super::row::Column::Id")]
        Estimate,
    }

    impl Related<super::row::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Estimate.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An estimate as it is kept.
pub type Estimate = row::Model;
/// A line as it is kept.
pub type Line = line::Model;

/// What selects a list of estimates.
pub struct Filter {
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// Of plans of these units.
    pub within: Scope,
    /// In this stage.
    pub stage: Option<Stage>,
}

/// Where an estimate stands.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub fn stage(estimate: &Estimate) -> Result<Stage> {
    Stage::of(&estimate.stage).ok_or_else(|| Error::internal(format!("stage {}", estimate.stage)))
}

/// Keeps an estimate of a plan with its lines.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    line_ids: &[Uuid],
    (plan, new): (&Plan, &NewEstimate),
    now_us: i64,
) -> Result<(Estimate, Vec<Line>)> {
    let estimate = Estimate {
        id,
        plan_id: plan.id,
        unit: plan.unit.clone(),
        unit_path: plan.unit_path.clone(),
        title: new.title.clone(),
        stage: Stage::Draft.word().to_owned(),
        draft_date: new.draft_date,
        submit_date: None,
        return_date: None,
        return_reason: String::new(),
        appraise_date: None,
        approve_date: None,
        assign_date: None,
        last_act_date: new.draft_date,
        amount_vnd: new.priced.total_vnd,
        appraised_vnd: None,
        sample: new.sample || plan.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    row::Entity::insert(estimate.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let lines = insert_lines(tx, &estimate, line_ids, &new.priced).await?;
    Ok((estimate, lines))
}

/// Keeps the lines of an estimate; `ids` holds at least as many ids.
async fn insert_lines(
    tx: &impl ConnectionTrait,
    estimate: &Estimate,
    ids: &[Uuid],
    priced: &Priced,
) -> Result<Vec<Line>> {
    let numbered = (0..).zip(ids).zip(&priced.lines);
    let lines: Vec<Line> = numbered.map(|((place, id), line)| new_line(estimate, (place, *id), line)).collect();
    let rows = lines.iter().map(|l| l.clone().into_active_model().reset_all());
    line::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(lines)
}

fn new_line(estimate: &Estimate, (place, id): (i32, Uuid), priced: &PricedLine) -> Line {
    let (norm, quantity, days, lump_reason) = match &priced.draft.cost {
        Cost::Norm { norm, quantity, days, .. } => (norm.clone(), *quantity, *days, String::new()),
        Cost::LumpSum { reason, .. } => (String::new(), 0, 0, reason.clone()),
    };
    Line {
        id,
        estimate_id: estimate.id,
        plan_id: estimate.plan_id,
        unit: estimate.unit.clone(),
        unit_path: estimate.unit_path.clone(),
        place,
        category: priced.draft.category.word().to_owned(),
        description: priced.draft.description.clone(),
        source: priced.draft.source.word().to_owned(),
        norm,
        quantity,
        days,
        rate_vnd: priced.rate_vnd,
        legal_reference: priced.legal_reference.clone(),
        norm_verified: priced.norm_verified,
        lump_reason,
        amount_vnd: priced.amount_vnd,
        appraised_vnd: None,
        appraisal_reason: String::new(),
        assign_date: None,
        sample: estimate.sample,
        funding_vnd: 0,
        available_vnd: 0,
        committed_vnd: 0,
        paid_vnd: 0,
        settled_vnd: 0,
    }
}

/// One estimate with its lines in order.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Estimate, Vec<Line>)>> {
    let found =
        row::Entity::find_by_id(id).find_with_related(line::Entity).order_by_asc(line::Column::Place).all(db).await?;
    Ok(found.into_iter().next())
}

/// One estimate, so that nobody else moves it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Estimate>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// The lines of an estimate in order.
pub async fn lines(db: &impl ConnectionTrait, estimate: Uuid) -> Result<Vec<Line>> {
    let query = line::Entity::find().filter(line::Column::EstimateId.eq(estimate));
    Ok(query.order_by_asc(line::Column::Place).all(db).await?)
}

/// Keeps what was changed in an estimate, as its next version.
pub async fn update(tx: &impl ConnectionTrait, mut estimate: Estimate, now_us: i64) -> Result<Estimate> {
    estimate.version += 1;
    estimate.update_us = now_us;
    row::Entity::update(estimate.clone().into_active_model().reset_all()).exec(tx).await?;
    Ok(estimate)
}

/// Puts new lines in place of all lines of a draft.
pub async fn replace_lines(
    tx: &impl ConnectionTrait,
    estimate: &Estimate,
    ids: &[Uuid],
    priced: &Priced,
) -> Result<Vec<Line>> {
    line::Entity::delete_many().filter(line::Column::EstimateId.eq(estimate.id)).exec(tx).await?;
    insert_lines(tx, estimate, ids, priced).await
}

/// Keeps what is granted of each line, in one statement.
pub async fn appraise(tx: &impl ConnectionTrait, mut lines: Vec<Line>, appraisals: &[Appraisal]) -> Result<Vec<Line>> {
    let by_line: BTreeMap<Uuid, &Appraisal> = appraisals.iter().map(|a| (a.line, a)).collect();
    for line in &mut lines {
        if let Some(appraisal) = by_line.get(&line.id) {
            line.appraised_vnd = Some(appraisal.granted_vnd);
            line.appraisal_reason.clone_from(&appraisal.reason);
        }
    }
    let rows = lines.iter().map(|l| l.clone().into_active_model().reset_all());
    let change = OnConflict::column(line::Column::Id)
        .update_columns([line::Column::AppraisedVnd, line::Column::AppraisalReason])
        .to_owned();
    line::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    Ok(lines)
}

/// A page of estimates in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Estimate>> {
    use row::Column::{Id, PlanId, Stage, UnitPath};
    let mut query =
        row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(after_id(page, Id));
    if let Some(plan) = filter.plan {
        query = query.filter(PlanId.eq(plan));
    }
    if let Some(stage) = filter.stage {
        query = query.filter(Stage.eq(stage.word()));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// What a step leaves in an estimate.
pub fn moved(estimate: &mut Estimate, to: Stage, act_date: Date) {
    to.word().clone_into(&mut estimate.stage);
    estimate.last_act_date = act_date;
}
