//! The queries of findings.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::{Severity, State};
use crate::shared::store::{after, stored};

mod finding {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "finding")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub visit: Uuid,
        pub certificate: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub severity: String,
        pub description: String,
        pub required_action: String,
        pub found_date: time::Date,
        pub due_date: time::Date,
        pub state: String,
        pub step_date: Option<time::Date>,
        pub step_note: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use finding::Column as C;

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: Uuid,
    /// The visit.
    pub visit: Uuid,
    /// The certificate.
    pub certificate: Uuid,
    /// The product's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong.
    pub description: String,
    /// What must be done.
    pub required_action: String,
    /// The day of the visit.
    pub found_date: Date,
    /// Until when.
    pub due_date: Date,
    /// Its state.
    pub state: State,
    /// Day of the last step.
    pub step_date: Option<Date>,
    /// What was said then.
    pub step_note: String,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

fn read(row: finding::Model) -> Result<Finding> {
    Ok(Finding {
        id: row.id,
        visit: row.visit,
        certificate: row.certificate,
        unit: row.unit,
        unit_path: row.unit_path,
        severity: stored(&row.severity, Severity::of)?,
        description: row.description,
        required_action: row.required_action,
        found_date: row.found_date,
        due_date: row.due_date,
        state: stored(&row.state, State::of)?,
        step_date: row.step_date,
        step_note: row.step_note,
        sample: row.sample,
        create_us: row.create_us,
    })
}

fn written(finding: &Finding) -> finding::ActiveModel {
    finding::ActiveModel {
        id: Set(finding.id),
        visit: Set(finding.visit),
        certificate: Set(finding.certificate),
        unit: Set(finding.unit.clone()),
        unit_path: Set(finding.unit_path.clone()),
        severity: Set(finding.severity.as_str().to_owned()),
        description: Set(finding.description.clone()),
        required_action: Set(finding.required_action.clone()),
        found_date: Set(finding.found_date),
        due_date: Set(finding.due_date),
        state: Set(finding.state.as_str().to_owned()),
        step_date: Set(finding.step_date),
        step_note: Set(finding.step_note.clone()),
        sample: Set(finding.sample),
        create_us: Set(finding.create_us),
    }
}

/// Stores new findings.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, findings: &[Finding]) -> Result<()> {
    if !findings.is_empty() {
        finding::Entity::insert_many(findings.iter().map(written)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One finding.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Finding>> {
    finding::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// One finding, locked.
///
/// # Errors
/// What the database says.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Finding>> {
    finding::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read).transpose()
}

/// Stores what a step changes.
///
/// # Errors
/// What the database says.
pub async fn step(tx: &impl ConnectionTrait, finding: &Finding) -> Result<()> {
    finding::Entity::update_many()
        .col_expr(C::State, Expr::val(finding.state.as_str()))
        .col_expr(C::DueDate, Expr::val(finding.due_date))
        .col_expr(C::StepDate, Expr::val(finding.step_date))
        .col_expr(C::StepNote, Expr::val(finding.step_note.as_str()))
        .filter(C::Id.eq(finding.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What a list of findings is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// About this certificate.
    pub certificate: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
    /// Overdue on this day.
    pub overdue_on: Option<Date>,
}

/// A page of findings, the earliest due day first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Finding>> {
    let mut query = finding::Entity::find()
        .filter(filter.scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(after(page, C::DueDate, C::Id));
    if let Some(certificate) = filter.certificate {
        query = query.filter(C::Certificate.eq(certificate));
    }
    if let Some(state) = filter.state {
        query = query.filter(C::State.eq(state.as_str()));
    }
    if let Some(day) = filter.overdue_on {
        query = query.filter(C::State.eq(State::Open.as_str())).filter(C::DueDate.lt(day));
    }
    query = query.order_by_asc(C::DueDate).order_by_asc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}

/// How many findings of a certificate are not settled: (certificate, severity, state, the earliest due day, how many).
pub type Tally = (Uuid, String, String, Date, i64);

/// Findings that are not settled, counted.
///
/// # Errors
/// What the database says.
pub async fn tally(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Tally>> {
    let query = finding::Entity::find()
        .select_only()
        .column(C::Certificate)
        .column(C::Severity)
        .column(C::State)
        .column_as(C::DueDate.min(), "due")
        .column_as(C::Id.count(), "n")
        .filter(scope.on(C::UnitPath))
        .filter(C::State.ne(State::Closed.as_str()))
        .group_by(C::Certificate)
        .group_by(C::Severity)
        .group_by(C::State);
    Ok(query.into_tuple().all(db).await?)
}
