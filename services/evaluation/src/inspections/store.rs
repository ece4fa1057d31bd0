//! The queries of plans and visits.

mod row;

use kit::{Page, Result, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::domain::{Kind, PlanState, State};
use crate::shared::store::{before, of_text, stored, to_text};

use row::{plan, visit};

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: Uuid,
    /// The unit.
    pub unit: String,
    /// Its path.
    pub unit_path: String,
    /// The year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Number of the paper.
    pub number: String,
    /// Day of the paper.
    pub plan_date: Date,
    /// Its state.
    pub state: PlanState,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

/// An item of a checklist, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What was looked at.
    pub title: String,
    /// What was found: number of the contract's value.
    pub result: i32,
    /// More of it.
    pub note: String,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: Uuid,
    /// The plan.
    pub plan: Option<Uuid>,
    /// The certificate.
    pub certificate: Uuid,
    /// The product.
    pub product: Uuid,
    /// The product's unit.
    pub unit: String,
    /// Its path.
    pub unit_path: String,
    /// Why.
    pub kind: Kind,
    /// The planned day.
    pub planned_date: Date,
    /// Who goes.
    pub team: String,
    /// Its state.
    pub state: State,
    /// The day on which it was held.
    pub held_date: Option<Date>,
    /// The checklist.
    pub checklist: Vec<Item>,
    /// What was concluded.
    pub conclusion: String,
    /// How many findings it made.
    pub findings: i32,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

fn read_plan(row: plan::Model) -> Result<Plan> {
    Ok(Plan {
        id: row.id,
        unit: row.unit,
        unit_path: row.unit_path,
        year: row.year,
        title: row.title,
        number: row.number,
        plan_date: row.plan_date,
        state: stored(&row.state, PlanState::of)?,
        sample: row.sample,
        create_us: row.create_us,
    })
}

fn read_visit(row: visit::Model) -> Result<Visit> {
    Ok(Visit {
        id: row.id,
        plan: row.plan,
        certificate: row.certificate,
        product: row.product,
        unit: row.unit,
        unit_path: row.unit_path,
        kind: stored(&row.kind, Kind::of)?,
        planned_date: row.planned_date,
        team: row.team,
        state: stored(&row.state, State::of)?,
        held_date: row.held_date,
        checklist: of_text(&row.checklist)?,
        conclusion: row.conclusion,
        findings: row.findings,
        sample: row.sample,
        create_us: row.create_us,
    })
}

/// Stores a new plan.
///
/// # Errors
/// What the database says.
pub async fn insert_plan(tx: &impl ConnectionTrait, new: &Plan) -> Result<()> {
    let row = plan::ActiveModel {
        id: Set(new.id),
        unit: Set(new.unit.clone()),
        unit_path: Set(new.unit_path.clone()),
        year: Set(new.year),
        title: Set(new.title.clone()),
        number: Set(new.number.clone()),
        plan_date: Set(new.plan_date),
        state: Set(new.state.as_str().to_owned()),
        sample: Set(new.sample),
        create_us: Set(new.create_us),
    };
    plan::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One plan.
///
/// # Errors
/// What the database says.
pub async fn find_plan(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Plan>> {
    plan::Entity::find_by_id(id).one(db).await?.map(read_plan).transpose()
}

/// One plan, locked: visits are planned and plans are closed one write after the other.
///
/// # Errors
/// What the database says.
pub async fn lock_plan(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Plan>> {
    plan::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read_plan).transpose()
}

/// A page of plans, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list_plans(db: &impl ConnectionTrait, scope: &Scope, within: &Scope, page: &Page) -> Result<Vec<Plan>> {
    use plan::Column as C;
    let query = plan::Entity::find()
        .filter(scope.on(C::UnitPath))
        .filter(within.on(C::UnitPath))
        .filter(before(page, C::PlanDate, C::Id))
        .order_by_desc(C::PlanDate)
        .order_by_desc(C::Id)
        .limit(page.size + 1);
    query.all(db).await?.into_iter().map(read_plan).collect()
}

/// Closes a plan.
///
/// # Errors
/// What the database says.
pub async fn close_plan(tx: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    use plan::Column as C;
    plan::Entity::update_many()
        .col_expr(C::State, Expr::val(PlanState::Closed.as_str()))
        .filter(C::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// How many visits of a plan lie ahead.
///
/// # Errors
/// What the database says.
pub async fn count_ahead(tx: &impl ConnectionTrait, plan: Uuid) -> Result<u64> {
    use visit::Column as C;
    let ahead = visit::Entity::find().filter(C::Plan.eq(plan)).filter(C::State.eq(State::Planned.as_str()));
    Ok(ahead.count(tx).await?)
}

/// Stores a new visit.
///
/// # Errors
/// What the database says.
pub async fn insert_visit(tx: &impl ConnectionTrait, new: &Visit) -> Result<()> {
    let row = visit::ActiveModel {
        id: Set(new.id),
        plan: Set(new.plan),
        certificate: Set(new.certificate),
        product: Set(new.product),
        unit: Set(new.unit.clone()),
        unit_path: Set(new.unit_path.clone()),
        kind: Set(new.kind.as_str().to_owned()),
        planned_date: Set(new.planned_date),
        team: Set(new.team.clone()),
        state: Set(new.state.as_str().to_owned()),
        held_date: Set(new.held_date),
        checklist: Set(to_text(&new.checklist)?),
        conclusion: Set(new.conclusion.clone()),
        findings: Set(new.findings),
        sample: Set(new.sample),
        create_us: Set(new.create_us),
    };
    visit::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One visit.
///
/// # Errors
/// What the database says.
pub async fn find_visit(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Visit>> {
    visit::Entity::find_by_id(id).one(db).await?.map(read_visit).transpose()
}

/// One visit, locked.
///
/// # Errors
/// What the database says.
pub async fn lock_visit(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Visit>> {
    visit::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read_visit).transpose()
}

/// Stores what a step changes.
///
/// # Errors
/// What the database says.
pub async fn step(tx: &impl ConnectionTrait, changed: &Visit) -> Result<()> {
    use visit::Column as C;
    visit::Entity::update_many()
        .col_expr(C::State, Expr::val(changed.state.as_str()))
        .col_expr(C::HeldDate, Expr::val(changed.held_date))
        .col_expr(C::Checklist, Expr::val(to_text(&changed.checklist)?))
        .col_expr(C::Conclusion, Expr::val(changed.conclusion.as_str()))
        .col_expr(C::Findings, Expr::val(changed.findings))
        .filter(C::Id.eq(changed.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What a list of visits is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// For this certificate.
    pub certificate: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
}

/// A page of visits, the latest planned day first.
///
/// # Errors
/// What the database says.
pub async fn list_visits(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Visit>> {
    use visit::Column as C;
    let mut query = visit::Entity::find()
        .filter(filter.scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(before(page, C::PlannedDate, C::Id));
    if let Some(plan) = filter.plan {
        query = query.filter(C::Plan.eq(plan));
    }
    if let Some(certificate) = filter.certificate {
        query = query.filter(C::Certificate.eq(certificate));
    }
    if let Some(state) = filter.state {
        query = query.filter(C::State.eq(state.as_str()));
    }
    query = query.order_by_desc(C::PlannedDate).order_by_desc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read_visit).collect()
}

/// The last visit of each product that was held by a day, with the product.
///
/// # Errors
/// What the database says.
pub async fn last_visits(db: &impl ConnectionTrait, scope: &Scope, by: Date) -> Result<Vec<(Uuid, Date)>> {
    use visit::Column as C;
    let query = visit::Entity::find()
        .select_only()
        .column(C::Product)
        .column_as(C::HeldDate.max(), "last")
        .filter(scope.on(C::UnitPath))
        .filter(C::HeldDate.lte(by))
        .group_by(C::Product);
    Ok(query.into_tuple().all(db).await?)
}
