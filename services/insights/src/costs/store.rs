//! The queries of costs, one statement for each table of the answer.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Result, Scope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;

use super::domain::{Payments, Trained};
use crate::feeds::store::{duty, passed, plan, spending};

/// A plan whose costs can be asked for.
pub(super) type Plan = plan::Model;

/// The plan.
pub(super) async fn plan_fetch(db: &impl ConnectionTrait, name: &str) -> Result<Option<Plan>> {
    Ok(plan::Entity::find_by_id(name.to_owned()).one(db).await?)
}

fn within(column: impl sea_orm::sea_query::IntoColumnRef + Clone, prefixes: &[String]) -> Condition {
    Scope::Within(prefixes.to_vec()).on(column)
}

/// What was paid to a day for the plans of a year at these units, by unit and category, and whether any of it is a sample.
pub(super) async fn payments(
    db: &impl ConnectionTrait,
    prefixes: &[String],
    (year, as_of): (i32, Date),
    training: i32,
) -> Result<(Vec<Payments>, bool)> {
    #[derive(FromQueryResult)]
    struct Row {
        unit: String,
        category: i32,
        sample: bool,
        paid_vnd: i64,
        entries: i64,
    }
    let of_year =
        Query::select().column(plan::Column::Plan).from(plan::Entity).and_where(plan::Column::Year.eq(year)).take();
    let rows: Vec<Row> = spending::Entity::find()
        .select_only()
        .columns([spending::Column::Unit, spending::Column::Category, spending::Column::Sample])
        // PostgreSQL sums BIGINT as NUMERIC, hence the cast back.
        .column_as(Expr::col(spending::Column::AmountVnd).sum().cast_as(Alias::new("bigint")), "paid_vnd")
        .column_as(spending::Column::Entry.count(), "entries")
        .filter(within(spending::Column::UnitPath, prefixes))
        .filter(spending::Column::ActDate.lte(as_of))
        .filter(spending::Column::Plan.in_subquery(of_year))
        .group_by(spending::Column::Unit)
        .group_by(spending::Column::Category)
        .group_by(spending::Column::Sample)
        .order_by_asc(spending::Column::Unit)
        .order_by_asc(spending::Column::Category)
        .into_model()
        .all(db)
        .await?;
    let sample = rows.iter().any(|row| row.sample);
    let payments = |row: Row| Payments {
        training: row.category == training,
        unit: row.unit,
        category: row.category,
        paid_vnd: row.paid_vnd,
        entries: row.entries,
    };
    Ok((rows.into_iter().map(payments).collect(), sample))
}

/// Who had a duty at these units within a window and passed a session of its audience in it, once for each unit, and
/// whether any of it is a sample. Duties that were assigned to parts of divided communes stand there.
pub(super) async fn trained(
    db: &impl ConnectionTrait,
    prefixes: &[String],
    (from, to): (Date, Date),
    assigned: &BTreeMap<String, String>,
) -> Result<(Vec<Trained>, bool)> {
    let of_duty = |column: duty::Column| Expr::col((duty::Entity, column));
    let passes = Expr::col((passed::Entity, passed::Column::Person)).eq(of_duty(duty::Column::Person));
    let passes = passes.and(Expr::col((passed::Entity, passed::Column::Audience)).eq(of_duty(duty::Column::Audience)));
    let mut query = Query::select();
    query
        .distinct()
        .expr_as(of_duty(duty::Column::Duty), "duty")
        .expr_as(of_duty(duty::Column::Unit), "unit")
        .expr_as(of_duty(duty::Column::Person), "person")
        .expr_as(of_duty(duty::Column::Sample), "duty_sample")
        .expr_as(Expr::col((passed::Entity, passed::Column::Sample)), "pass_sample")
        .from(duty::Entity)
        .inner_join(passed::Entity, passes)
        .cond_where(within((duty::Entity, duty::Column::UnitPath), prefixes))
        .and_where(of_duty(duty::Column::BeginDate).lte(to))
        .cond_where(
            Condition::any()
                .add(of_duty(duty::Column::EndDate).is_null())
                .add(of_duty(duty::Column::EndDate).gte(from)),
        )
        .and_where(Expr::col((passed::Entity, passed::Column::PassDate)).between(from, to));
    #[derive(FromQueryResult)]
    struct Row {
        duty: String,
        unit: String,
        person: String,
        duty_sample: bool,
        pass_sample: bool,
    }
    let rows = Row::find_by_statement(db.get_database_backend().build(&query)).all(db).await?;
    let sample = rows.iter().any(|row| row.duty_sample || row.pass_sample);
    let trained = |row: Row| (assigned.get(&row.duty).cloned().unwrap_or(row.unit), row.person);
    let trained: BTreeSet<(String, String)> = rows.into_iter().map(trained).collect();
    Ok((trained.into_iter().map(|(unit, person)| Trained { unit, person }).collect(), sample))
}
