//! The queries of estimates and their lines, one statement each.

use std::collections::BTreeMap;

use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use time::Date;
use uuid::Uuid;

use super::amending::{Assigned, totals};
use super::domain::{Appraisal, LineReturn, NewEstimate, Stage};
use super::lines::{Category, Cost, Priced, PricedLine, Source};
use super::quarters::{Quarters, granted};
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
        pub agency: String,
        pub amends: Option<Uuid>,
        pub increase_vnd: i64,
        pub decrease_vnd: i64,
        pub above_ceiling_vnd: i64,
        pub version_count: i32,
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
        pub q1_vnd: i64,
        pub q2_vnd: i64,
        pub q3_vnd: i64,
        pub q4_vnd: i64,
        pub g1_vnd: i64,
        pub g2_vnd: i64,
        pub g3_vnd: i64,
        pub g4_vnd: i64,
        pub amends_line: Option<Uuid>,
        pub decrease: bool,
        pub return_reason: String,
        pub task_id: Option<Uuid>,
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

impl Line {
    /// How it is spread as it is asked for.
    #[must_use]
    pub fn quarters(&self) -> Quarters {
        [self.q1_vnd, self.q2_vnd, self.q3_vnd, self.q4_vnd]
    }

    /// A line of an estimate that says nothing yet.
    #[must_use]
    pub fn blank(estimate: &Estimate) -> Self {
        Self {
            id: Uuid::nil(),
            estimate_id: estimate.id,
            plan_id: estimate.plan_id,
            unit: estimate.unit.clone(),
            unit_path: estimate.unit_path.clone(),
            place: 0,
            category: String::new(),
            description: String::new(),
            source: String::new(),
            norm: String::new(),
            quantity: 0,
            days: 0,
            rate_vnd: 0,
            legal_reference: String::new(),
            norm_verified: false,
            lump_reason: String::new(),
            amount_vnd: 0,
            appraised_vnd: None,
            appraisal_reason: String::new(),
            assign_date: None,
            q1_vnd: 0,
            q2_vnd: 0,
            q3_vnd: 0,
            q4_vnd: 0,
            g1_vnd: 0,
            g2_vnd: 0,
            g3_vnd: 0,
            g4_vnd: 0,
            amends_line: None,
            decrease: false,
            return_reason: String::new(),
            task_id: None,
            sample: estimate.sample,
            funding_vnd: 0,
            available_vnd: 0,
            committed_vnd: 0,
            paid_vnd: 0,
            settled_vnd: 0,
        }
    }
}

/// What selects a list of estimates.
pub struct Filter {
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// Of plans of these units.
    pub within: Scope,
    /// In this stage.
    pub stage: Option<Stage>,
    /// Of this department or body; empty for all.
    pub agency: String,
    /// With a line for this task.
    pub task: Option<Uuid>,
}

/// Where an estimate belongs.
#[derive(Clone, Debug)]
pub struct Place {
    /// The unit that asks.
    pub unit: String,
    /// Its path.
    pub unit_path: String,
    /// The department or body that asks; may be empty.
    pub agency: String,
    /// The estimate that it amends is a sample.
    pub sample: bool,
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
    (plan, place, new): (&Plan, &Place, &NewEstimate),
    now_us: i64,
) -> Result<(Estimate, Vec<Line>)> {
    let estimate = Estimate {
        id,
        plan_id: plan.id,
        unit: place.unit.clone(),
        unit_path: place.unit_path.clone(),
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
        agency: place.agency.clone(),
        amends: new.amends,
        increase_vnd: 0,
        decrease_vnd: 0,
        above_ceiling_vnd: 0,
        version_count: 0,
        sample: new.sample || plan.sample || place.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    let estimate = changed(estimate, &new.priced);
    row::Entity::insert(estimate.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let lines = insert_lines(tx, &estimate, line_ids, &new.priced).await?;
    Ok((estimate, lines))
}

/// The estimate with the totals of these lines; a sample where one of them is priced by one.
#[must_use]
pub fn changed(mut estimate: Estimate, priced: &Priced) -> Estimate {
    estimate.amount_vnd = priced.total_vnd;
    estimate.sample |= priced.lines.iter().any(|line| line.norm_sample);
    if estimate.amends.is_some() {
        let lines = priced.lines.iter().map(|line| (line.amount_vnd, line.draft.decrease));
        (estimate.increase_vnd, estimate.decrease_vnd) = totals(lines);
    }
    estimate
}

/// The estimate with what its lines move: what is granted of each, or what is asked for before the appraisal.
#[must_use]
pub fn moves(mut estimate: Estimate, lines: &[Line]) -> Estimate {
    if estimate.amends.is_some() {
        let lines = lines.iter().map(|line| (line.appraised_vnd.unwrap_or(line.amount_vnd), line.decrease));
        (estimate.increase_vnd, estimate.decrease_vnd) = totals(lines);
    }
    estimate
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
    let [q1_vnd, q2_vnd, q3_vnd, q4_vnd] = priced.quarters;
    Line {
        id,
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
        q1_vnd,
        q2_vnd,
        q3_vnd,
        q4_vnd,
        amends_line: priced.draft.amends,
        decrease: priced.draft.decrease,
        task_id: priced.draft.task,
        ..Line::blank(estimate)
    }
}

/// One estimate with its lines in order.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Estimate, Vec<Line>)>> {
    let found =
        row::Entity::find_by_id(id).find_with_related(line::Entity).order_by_asc(line::Column::Place).all(db).await?;
    Ok(found.into_iter().next())
}

/// One estimate without its lines.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Estimate>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
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
            let parts = granted(&line.quarters(), appraisal.granted_vnd);
            [line.g1_vnd, line.g2_vnd, line.g3_vnd, line.g4_vnd] = parts;
        }
    }
    use line::Column::{AppraisalReason, AppraisedVnd, G1Vnd, G2Vnd, G3Vnd, G4Vnd};
    change_lines(tx, &lines, &[AppraisedVnd, AppraisalReason, G1Vnd, G2Vnd, G3Vnd, G4Vnd]).await?;
    Ok(lines)
}

/// Keeps these columns of lines that are there, in one statement.
async fn change_lines(tx: &impl ConnectionTrait, lines: &[Line], columns: &[line::Column]) -> Result<()> {
    let rows = lines.iter().map(|l| l.clone().into_active_model().reset_all());
    let change = OnConflict::column(line::Column::Id).update_columns(columns.iter().copied()).to_owned();
    line::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes back what an appraisal said about the lines, in one statement.
pub async fn reopen(tx: &impl ConnectionTrait, mut lines: Vec<Line>) -> Result<Vec<Line>> {
    for line in &mut lines {
        line.appraised_vnd = None;
        line.appraisal_reason.clear();
        [line.g1_vnd, line.g2_vnd, line.g3_vnd, line.g4_vnd] = Quarters::default();
    }
    use line::Column::{AppraisalReason, AppraisedVnd, G1Vnd, G2Vnd, G3Vnd, G4Vnd};
    change_lines(tx, &lines, &[AppraisedVnd, AppraisalReason, G1Vnd, G2Vnd, G3Vnd, G4Vnd]).await?;
    Ok(lines)
}

/// Keeps why lines are returned; none clears all.
pub async fn say_returned(tx: &impl ConnectionTrait, mut lines: Vec<Line>, said: &[LineReturn]) -> Result<Vec<Line>> {
    let mut any = false;
    for line in &mut lines {
        let of = said.iter().find(|of| of.line == line.id).map(|of| of.reason.clone()).unwrap_or_default();
        any |= of != line.return_reason;
        line.return_reason = of;
    }
    if any {
        change_lines(tx, &lines, &[line::Column::ReturnReason]).await?;
    }
    Ok(lines)
}

/// The lines of an assigned estimate that an amendment may change.
///
/// # Errors
/// INTERNAL for a word that this program does not know.
pub async fn amendable(db: &impl ConnectionTrait, estimate: Uuid) -> Result<Assigned> {
    let found = lines(db, estimate).await?.into_iter().filter(|line| line.assign_date.is_some());
    let read = |line: Line| {
        let words = Category::of(&line.category).zip(Source::of(&line.source));
        let words = words.ok_or_else(|| Error::internal(format!("{}, {}", line.category, line.source)))?;
        Ok((line.id, words))
    };
    found.map(read).collect()
}

/// A page of estimates in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Estimate>> {
    use row::Column::{Agency, Id, PlanId, Stage, UnitPath};
    let mut query =
        row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(after_id(page, Id));
    if let Some(plan) = filter.plan {
        query = query.filter(PlanId.eq(plan));
    }
    if let Some(stage) = filter.stage {
        query = query.filter(Stage.eq(stage.word()));
    }
    if !filter.agency.is_empty() {
        query = query.filter(Agency.eq(filter.agency.as_str()));
    }
    if let Some(task) = filter.task {
        let of_task = line::Entity::find().select_only().column(line::Column::EstimateId);
        query = query.filter(Id.in_subquery(of_task.filter(line::Column::TaskId.eq(task)).into_query()));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// One of these tasks for which a line pays, if there is any.
pub async fn any_of_tasks(db: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Option<Uuid>> {
    if tasks.is_empty() {
        return Ok(None);
    }
    let query = line::Entity::find().select_only().column(line::Column::TaskId);
    let query = query.filter(line::Column::TaskId.is_in(kit::rows::padded(tasks))).limit(1);
    Ok(query.into_tuple().one(db).await?)
}

/// What a step leaves in an estimate.
pub fn moved(estimate: &mut Estimate, to: Stage, act_date: Date) {
    to.word().clone_into(&mut estimate.stage);
    estimate.last_act_date = act_date;
}
