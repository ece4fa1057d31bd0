//! Every query about yearly returns. The lines are a small list that is always read whole: JSON in a column; those of
//! accepted returns stand in a table besides, for sums.

use kit::{Error, Result, Scope};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::domain::{Figures, Line, ReturnState};
use crate::shared::records::record;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "yearly_return")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub year: i32,
        pub revision: i32,
        pub state: i32,
        pub export_percent: i32,
        pub workers: i32,
        pub women: i32,
        pub minorities: i32,
        pub locals: i32,
        pub turnover_vnd: i64,
        pub lines: String,
        pub note: String,
        pub submit_date: Option<time::Date>,
        pub decide_date: Option<time::Date>,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// Its lines.
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

mod line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "return_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub return_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub measure: i32,
        pub quantity_milli: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// Its return.
        #[sea_orm(belongs_to = "super::row::Entity", from = "Column::ReturnId", to = "super::row::Column::Id")]
        Return,
    }

    impl Related<super::row::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Return.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

record!(row);

/// A stored return.
pub(crate) type Return = row::Model;
/// The table of returns.
pub(crate) type Returns = row::Entity;

impl Return {
    /// The figures that it has.
    pub(crate) fn figures(&self) -> Result<Figures> {
        Ok(Figures {
            turnover_vnd: self.turnover_vnd,
            export_percent: self.export_percent,
            workers: self.workers,
            women: self.women,
            minorities: self.minorities,
            locals: self.locals,
            lines: serde_json::from_str(&self.lines).map_err(Error::internal)?,
            note: self.note.clone(),
        })
    }

    /// Takes figures in.
    pub(crate) fn take(&mut self, figures: Figures) -> Result<()> {
        self.lines = serde_json::to_string(&figures.lines).map_err(Error::internal)?;
        self.turnover_vnd = figures.turnover_vnd;
        self.export_percent = figures.export_percent;
        self.workers = figures.workers;
        self.women = figures.women;
        self.minorities = figures.minorities;
        self.locals = figures.locals;
        self.note = figures.note;
        Ok(())
    }
}

/// The newest version of a producer's return of a year.
pub(crate) async fn newest(db: &impl ConnectionTrait, producer: Uuid, year: i32) -> Result<Option<Return>> {
    let newest = row::Entity::find().filter(row::Column::ProducerId.eq(producer)).filter(row::Column::Year.eq(year));
    Ok(newest.order_by_desc(row::Column::Revision).limit(1).one(db).await?)
}

/// The version that counted until now, locked.
pub(crate) async fn counting(tx: &impl ConnectionTrait, of: &Return) -> Result<Option<Return>> {
    let accepted = row::Entity::find()
        .filter(row::Column::ProducerId.eq(of.producer_id))
        .filter(row::Column::Year.eq(of.year))
        .filter(row::Column::State.eq(ReturnState::Accepted.number()))
        .filter(row::Column::Id.ne(of.id));
    Ok(accepted.lock_exclusive().one(tx).await?)
}

/// The lines of a return count from now on, or no more.
pub(crate) async fn count_lines(tx: &impl ConnectionTrait, id: Uuid, lines: &[Line]) -> Result<()> {
    line::Entity::delete_many().filter(line::Column::ReturnId.eq(id)).exec(tx).await?;
    let rows: Vec<_> = (0..)
        .zip(lines)
        .map(|(position, l)| line::Model {
            return_id: id,
            position,
            measure: l.measure,
            quantity_milli: l.quantity_milli,
        })
        .map(line::ActiveModel::from)
        .collect();
    if !rows.is_empty() {
        line::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Returns of a year and in a state; zeros stand for all.
pub(crate) fn only(year: i32, state: i32) -> Condition {
    let mut only = Condition::all();
    for (column, number) in [(row::Column::Year, year), (row::Column::State, state)] {
        if number != 0 {
            only = only.add(column.eq(number));
        }
    }
    only
}

/// The sums of one commune, samples apart.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct UnitSum {
    pub(crate) unit: String,
    pub(crate) sample: bool,
    pub(crate) returns: i64,
    pub(crate) turnover_vnd: i64,
    pub(crate) workers: i64,
    pub(crate) women: i64,
    pub(crate) minorities: i64,
    pub(crate) locals: i64,
}

/// The output of one measure.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct OutputSum {
    pub(crate) measure: i32,
    pub(crate) quantity_milli: i64,
}

// PostgreSQL sums BIGINT as NUMERIC, hence the cast back.
fn sum(column: row::Column) -> Expr {
    Expr::col((row::Entity, column)).sum().cast_as(Alias::new("bigint"))
}

fn accepted(scope: &Scope, within: &Scope, year: i32) -> Condition {
    let path = (row::Entity, row::Column::UnitPath);
    Condition::all()
        .add(scope.on(path))
        .add(within.on(path))
        .add(row::Column::Year.eq(year))
        .add(row::Column::State.eq(ReturnState::Accepted.number()))
}

/// The sums of accepted returns by commune: one statement.
pub(crate) async fn totals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    year: i32,
) -> Result<Vec<UnitSum>> {
    use row::Column::{Id, Locals, Minorities, Sample, TurnoverVnd, Unit, UnitPath, Women, Workers};
    let query = row::Entity::find()
        .filter(accepted(scope, within, year))
        .select_only()
        .column(Unit)
        .column(Sample)
        .column_as(Expr::col(Id).count(), "returns")
        .column_as(sum(TurnoverVnd), "turnover_vnd")
        .column_as(sum(Workers), "workers")
        .column_as(sum(Women), "women")
        .column_as(sum(Minorities), "minorities")
        .column_as(sum(Locals), "locals")
        .group_by(UnitPath)
        .group_by(Unit)
        .group_by(Sample)
        .order_by_asc(UnitPath)
        .order_by_asc(Sample);
    Ok(query.into_model().all(db).await?)
}

/// The output of accepted returns by measure: one statement.
pub(crate) async fn outputs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    year: i32,
) -> Result<Vec<OutputSum>> {
    let quantity = Expr::col((line::Entity, line::Column::QuantityMilli)).sum().cast_as(Alias::new("bigint"));
    let query = line::Entity::find()
        .inner_join(row::Entity)
        .filter(accepted(scope, within, year))
        .select_only()
        .column(line::Column::Measure)
        .column_as(quantity, "quantity_milli")
        .group_by(line::Column::Measure)
        .order_by_asc(line::Column::Measure);
    Ok(query.into_model().all(db).await?)
}
