//! The queries of complaints.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::{Kind, Outcome, State};
use crate::shared::store::{after, stored};

mod complaint {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "complaint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub certificate: Option<Uuid>,
        pub sitting: Option<Uuid>,
        pub unit: String,
        pub unit_path: String,
        pub receive_date: time::Date,
        pub summary: String,
        pub document: String,
        pub decide_days: i32,
        pub state: String,
        pub due_date: time::Date,
        pub due_provisional: Option<bool>,
        pub term_basis: Option<String>,
        pub step_date: Option<time::Date>,
        pub step_note: String,
        pub outcome: Option<String>,
        pub number: String,
        pub days_late: i32,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use complaint::Column as C;

/// A complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: Uuid,
    /// What came in.
    pub kind: Kind,
    /// The certificate.
    pub certificate: Option<Uuid>,
    /// The sitting.
    pub sitting: Option<Uuid>,
    /// The unit.
    pub unit: String,
    /// Its path.
    pub unit_path: String,
    /// When it came in.
    pub receive_date: Date,
    /// What is said.
    pub summary: String,
    /// Where the paper lies.
    pub document: String,
    /// Days to decide.
    pub decide_days: i32,
    /// Its state.
    pub state: State,
    /// Until when somebody must act.
    pub due_date: Date,
    /// Whether that day may still change; none in rows of before this was kept.
    pub due_provisional: Option<bool>,
    /// What the term rests on, likewise.
    pub term_basis: Option<String>,
    /// Day of the last step.
    pub step_date: Option<Date>,
    /// What was said then.
    pub step_note: String,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Number of the deciding paper.
    pub number: String,
    /// By how many days the last step was late.
    pub days_late: i32,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

fn read(row: complaint::Model) -> Result<Complaint> {
    Ok(Complaint {
        id: row.id,
        kind: stored(&row.kind, Kind::of)?,
        certificate: row.certificate,
        sitting: row.sitting,
        unit: row.unit,
        unit_path: row.unit_path,
        receive_date: row.receive_date,
        summary: row.summary,
        document: row.document,
        decide_days: row.decide_days,
        state: stored(&row.state, State::of)?,
        due_date: row.due_date,
        due_provisional: row.due_provisional,
        term_basis: row.term_basis,
        step_date: row.step_date,
        step_note: row.step_note,
        outcome: row.outcome.map(|text| stored(&text, Outcome::of)).transpose()?,
        number: row.number,
        days_late: row.days_late,
        sample: row.sample,
        create_us: row.create_us,
    })
}

/// Stores a new complaint.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, c: &Complaint) -> Result<()> {
    let row = complaint::ActiveModel {
        id: Set(c.id),
        kind: Set(c.kind.as_str().to_owned()),
        certificate: Set(c.certificate),
        sitting: Set(c.sitting),
        unit: Set(c.unit.clone()),
        unit_path: Set(c.unit_path.clone()),
        receive_date: Set(c.receive_date),
        summary: Set(c.summary.clone()),
        document: Set(c.document.clone()),
        decide_days: Set(c.decide_days),
        state: Set(c.state.as_str().to_owned()),
        due_date: Set(c.due_date),
        due_provisional: Set(c.due_provisional),
        term_basis: Set(c.term_basis.clone()),
        step_date: Set(c.step_date),
        step_note: Set(c.step_note.clone()),
        outcome: Set(c.outcome.map(|of| of.as_str().to_owned())),
        number: Set(c.number.clone()),
        days_late: Set(c.days_late),
        sample: Set(c.sample),
        create_us: Set(c.create_us),
    };
    complaint::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One complaint.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Complaint>> {
    complaint::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// One complaint, locked.
///
/// # Errors
/// What the database says.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Complaint>> {
    complaint::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read).transpose()
}

/// Stores what a step changes.
///
/// # Errors
/// What the database says.
pub async fn step(tx: &impl ConnectionTrait, c: &Complaint) -> Result<()> {
    complaint::Entity::update_many()
        .col_expr(C::State, Expr::val(c.state.as_str()))
        .col_expr(C::DueDate, Expr::val(c.due_date))
        .col_expr(C::DueProvisional, Expr::val(c.due_provisional))
        .col_expr(C::TermBasis, Expr::val(c.term_basis.as_deref()))
        .col_expr(C::StepDate, Expr::val(c.step_date))
        .col_expr(C::StepNote, Expr::val(c.step_note.as_str()))
        .col_expr(C::Outcome, Expr::val(c.outcome.map(Outcome::as_str)))
        .col_expr(C::Number, Expr::val(c.number.as_str()))
        .col_expr(C::DaysLate, Expr::val(c.days_late))
        .filter(C::Id.eq(c.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What a list of complaints is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// About this certificate.
    pub certificate: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this state.
    pub state: Option<State>,
    /// Overdue on this day.
    pub overdue_on: Option<Date>,
}

/// The states in which somebody has to act.
const WAITING: [&str; 2] = ["received", "accepted"];

/// A page of complaints, the earliest due day first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Complaint>> {
    let mut query = complaint::Entity::find()
        .filter(filter.scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(after(page, C::DueDate, C::Id));
    if let Some(certificate) = filter.certificate {
        query = query.filter(C::Certificate.eq(certificate));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(C::Kind.eq(kind.as_str()));
    }
    if let Some(state) = filter.state {
        query = query.filter(C::State.eq(state.as_str()));
    }
    if let Some(day) = filter.overdue_on {
        query = query.filter(C::State.is_in(WAITING)).filter(C::DueDate.lt(day));
    }
    query = query.order_by_asc(C::DueDate).order_by_asc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}

/// Complaints about certificates: (certificate, state, how many).
pub type Tally = (Option<Uuid>, String, i64);

/// Complaints about certificates that wait, or were upheld (wholly or in part) from a day on; counted.
///
/// # Errors
/// What the database says.
pub async fn tally(db: &impl ConnectionTrait, scope: &Scope, upheld_from: Date) -> Result<Vec<Tally>> {
    let upheld = [Outcome::Upheld.as_str(), Outcome::UpheldInPart.as_str()];
    let upheld = sea_orm::Condition::all().add(C::Outcome.is_in(upheld)).add(C::StepDate.gte(upheld_from));
    let query = complaint::Entity::find()
        .select_only()
        .column(C::Certificate)
        .column(C::State)
        .column_as(C::Id.count(), "n")
        .filter(scope.on(C::UnitPath))
        .filter(C::Certificate.is_not_null())
        .filter(sea_orm::Condition::any().add(C::State.is_in(WAITING)).add(upheld))
        .group_by(C::Certificate)
        .group_by(C::State);
    Ok(query.into_tuple().all(db).await?)
}
