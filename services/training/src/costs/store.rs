//! The query of costs.

use kit::{Error, Result, Scope};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::SessionCost;
use crate::completions::store::row as completion;
use crate::courses::store::row as course;
use crate::sessions::domain::SessionState;
use crate::sessions::store::row as session;
use crate::shared::known::STILL;

#[derive(FromQueryResult)]
struct CostRow {
    course_id: Uuid,
    title: String,
    state: i32,
    end_date: Date,
    planned_cost_vnd: Option<i64>,
    actual_cost_vnd: Option<i64>,
    sample: bool,
    trained: i64,
    samples: i64,
}

/// Every session of units that ends in a span of days with its costs, by the courses' titles.
pub(crate) async fn sessions(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    (from, to): (Date, Date),
) -> Result<Vec<SessionCost>> {
    use session::Column::{ActualCostVnd, CourseId, EndDate, PlannedCostVnd, Sample, State, UnitPath};
    let passed = |only_samples: bool| {
        let mut count = Query::select();
        count
            .expr(Func::count(Expr::col(Asterisk)))
            .from(completion::Entity)
            .and_where(
                Expr::col((completion::Entity, completion::Column::SessionId))
                    .equals((session::Entity, session::Column::Id)),
            )
            .and_where(completion::Column::KnownToUs.eq(STILL));
        if only_samples {
            count.and_where(completion::Column::Sample.eq(true));
        }
        Expr::SubQuery(None, Box::new(count.take().into()))
    };
    let rows: Vec<CostRow> = session::Entity::find()
        .select_only()
        .columns([CourseId, State, EndDate, PlannedCostVnd, ActualCostVnd, Sample])
        .column(course::Column::Title)
        .column_as(passed(false), "trained")
        .column_as(passed(true), "samples")
        .join(JoinType::InnerJoin, sea_orm::RelationTrait::def(&session::Relation::Course))
        .filter(scope.on((session::Entity, UnitPath)))
        .filter(within.on((session::Entity, UnitPath)))
        .filter(EndDate.between(from, to))
        .order_by_asc(course::Column::TitleKey)
        .order_by_asc(session::Column::Id)
        .into_model()
        .all(db)
        .await?;
    let read = |row: CostRow| {
        let state = SessionState::of_number(row.state);
        Ok(SessionCost {
            course: (row.course_id, row.title),
            state: state.ok_or_else(|| Error::internal("a session has an unknown state"))?,
            end_date: row.end_date,
            planned_vnd: row.planned_cost_vnd,
            actual_vnd: row.actual_cost_vnd,
            trained: row.trained,
            sample: row.sample || row.samples > 0,
        })
    };
    rows.into_iter().map(read).collect()
}
