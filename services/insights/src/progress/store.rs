//! The queries of progress, one statement each.

use std::collections::BTreeMap;

use kit::{Page, Result, Scope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::Date;

use super::domain::targets::Task;
use super::domain::{OnDuty, Recognised};
use crate::feeds::store::{self as facts, Target, assigned, bundled, duty, passed, plan, recognition};

/// A plan that progress can be asked for.
pub(super) type Plan = plan::Model;

/// The plan with its targets, by measure.
pub(super) async fn plan_fetch(db: &impl ConnectionTrait, name: &str) -> Result<Option<(Plan, Vec<Target>)>> {
    let Some(plan) = plan::Entity::find_by_id(name.to_owned()).one(db).await? else { return Ok(None) };
    Ok(Some((plan, facts::targets(db, name).await?)))
}

/// The tasks of a plan.
pub(super) async fn tasks(db: &impl ConnectionTrait, plan: &str) -> Result<Vec<Task>> {
    let task = |t: facts::Task| Task { task: t.task, unit: t.unit, state: t.state, due: t.due_date, end: t.end_date };
    Ok(facts::tasks(db, plan).await?.into_iter().map(task).collect())
}

/// A page of plans, newest year first.
pub(super) async fn plan_list(db: &impl ConnectionTrait, scope: &Scope, year: i32, page: &Page) -> Result<Vec<Plan>> {
    let mut query = plan::Entity::find().filter(scope.on(plan::Column::UnitPath));
    if year != 0 {
        query = query.filter(plan::Column::Year.eq(year));
    }
    if let Some([year, name]) = page.after.as_deref() {
        let year: i32 = year.parse().unwrap_or(i32::MAX);
        let later = plan::Column::Year.eq(year).and(plan::Column::Plan.gt(name));
        query = query.filter(plan::Column::Year.lt(year).or(later));
    }
    query = query.order_by_desc(plan::Column::Year).order_by_asc(plan::Column::Plan).limit(page.size + 1);
    Ok(query.all(db).await?)
}

fn within(column: impl sea_orm::sea_query::IntoColumnRef + Clone, prefixes: &[String]) -> Condition {
    Scope::Within(prefixes.to_vec()).on(column)
}

/// The parts of divided communes to which products and managers were assigned before a day, by resource: of several the
/// latest.
pub(crate) async fn assigned(
    db: &impl ConnectionTrait,
    prefixes: &[String],
    day: Date,
) -> Result<BTreeMap<String, String>> {
    let found: Vec<(String, String)> = assigned::Entity::find()
        .select_only()
        .columns([assigned::Column::Resource, assigned::Column::ToUnit])
        .filter(within(assigned::Column::FromPath, prefixes))
        .filter(assigned::Column::EndDate.lt(day))
        .order_by_asc(assigned::Column::EndDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// How many stars are many, for the measure that counts products with them.
const MANY_STARS: i32 = 4;

/// The recognitions of a period by unit and month (0 where the month is not known): the first ones of products, and those of
/// products that were recognised before the period. A product counts once: between the two events that move its first
/// recognition to another certificate, both may say to be the first. Products of one bundle count once together, by the
/// earliest of them.
pub(crate) async fn recognised(
    db: &impl ConnectionTrait,
    prefixes: &[String],
    (from, to): (Date, Date),
    assigned: &BTreeMap<String, String>,
) -> Result<(Vec<Recognised>, Vec<Recognised>)> {
    #[derive(FromQueryResult)]
    struct Row {
        product: String,
        bundle: Option<String>,
        unit: String,
        earliest_date: Date,
        decision_date: Date,
        stars: i32,
        first: bool,
        sample: bool,
    }
    let bundle = Query::select()
        .column((bundled::Entity, bundled::Column::Bundle))
        .from(bundled::Entity)
        .and_where(
            Expr::col((bundled::Entity, bundled::Column::Product))
                .equals((recognition::Entity, recognition::Column::Product)),
        )
        .take();
    let rows: Vec<Row> = recognition::Entity::find()
        .select_only()
        .columns([recognition::Column::Product, recognition::Column::Unit, recognition::Column::Sample])
        .columns([recognition::Column::EarliestDate, recognition::Column::DecisionDate])
        .columns([recognition::Column::Stars, recognition::Column::First])
        .column_as(Expr::SubQuery(None, Box::new(bundle.into())), "bundle")
        .filter(within(recognition::Column::UnitPath, prefixes))
        .filter(recognition::Column::EarliestDate.gte(from))
        .filter(recognition::Column::DecisionDate.lte(to))
        .order_by_desc(recognition::Column::DecisionDate)
        .into_model()
        .all(db)
        .await?;
    let key = |row: &Row| row.bundle.clone().unwrap_or_else(|| row.product.clone());
    let (first, again): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.first);
    // The last one kept of a product is the earliest.
    let first: BTreeMap<String, Row> = first.into_iter().map(|row| (key(&row), row)).collect();
    let again = again.into_iter().filter(|row| !first.contains_key(&key(row)));
    let again: BTreeMap<String, Row> = again.map(|row| (key(&row), row)).collect();
    // A decision whose day is known as a range counts in the period that holds all of it, and in a month likewise.
    let group = |row: Row| Recognised {
        month: if row.earliest_date.month() == row.decision_date.month() {
            row.decision_date.month().into()
        } else {
            0
        },
        unit: assigned.get(&row.product).cloned().unwrap_or(row.unit),
        count: 1,
        samples: i64::from(row.sample),
        four_stars: i64::from(row.stars >= MANY_STARS),
    };
    Ok((first.into_values().map(group).collect(), again.into_values().map(group).collect()))
}

/// Which passed sessions train somebody.
pub(super) struct Counts<'a> {
    /// Of courses for this audience.
    pub(super) audience: i32,
    /// Of courses about one of these topics; none for any.
    pub(super) topics: &'a [i32],
    /// Ended between these days.
    pub(super) window: (Date, Date),
}

/// The duties of an audience that were active in a window, each with when its person first passed a session that counts.
pub(super) async fn on_duty(
    db: &impl ConnectionTrait,
    prefixes: &[String],
    counts: &Counts<'_>,
    assigned: &BTreeMap<String, String>,
) -> Result<Vec<OnDuty>> {
    let (audience, (from, as_of)) = (counts.audience, counts.window);
    #[derive(FromQueryResult)]
    struct Row {
        duty: String,
        unit: String,
        person: String,
        begin_date: Date,
        end_date: Option<Date>,
        sample: bool,
        passed: Option<Date>,
        passed_really: Option<Date>,
    }
    let pass_date = || Expr::col(passed::Column::PassDate);
    let real = Expr::case(Expr::col(passed::Column::Sample).eq(false), pass_date());
    let about = Expr::col(passed::Column::Topic).is_in(counts.topics.iter().copied());
    let about = Condition::all().add_option((!counts.topics.is_empty()).then_some(about));
    // One row per person, so that somebody with two passed sessions joins once.
    let sessions = Query::select()
        .column(passed::Column::Person)
        .expr_as(Func::min(pass_date()), "passed")
        .expr_as(Func::min(real), "passed_really")
        .from(passed::Entity)
        .and_where(passed::Column::Audience.eq(audience))
        .and_where(passed::Column::PassDate.between(from, as_of))
        .cond_where(about)
        .group_by_col(passed::Column::Person)
        .take();
    let passed_person = Expr::col((Alias::new("p"), passed::Column::Person));
    let mut query = Query::select();
    query
        .column((duty::Entity, duty::Column::Duty))
        .column((duty::Entity, duty::Column::Unit))
        .column((duty::Entity, duty::Column::Person))
        .column((duty::Entity, duty::Column::Sample))
        .column((duty::Entity, duty::Column::BeginDate))
        .column((duty::Entity, duty::Column::EndDate))
        .column((Alias::new("p"), Alias::new("passed")))
        .column((Alias::new("p"), Alias::new("passed_really")))
        .from(duty::Entity)
        .join_subquery(JoinType::LeftJoin, sessions, "p", passed_person.equals((duty::Entity, duty::Column::Person)))
        .cond_where(within((duty::Entity, duty::Column::UnitPath), prefixes))
        .and_where(duty::Column::Audience.eq(audience))
        .and_where(duty::Column::BeginDate.lte(as_of))
        .cond_where(Condition::any().add(duty::Column::EndDate.is_null()).add(duty::Column::EndDate.gte(from)));
    let rows = Row::find_by_statement(db.get_database_backend().build(&query)).all(db).await?;
    let duty = |r: Row| OnDuty {
        unit: assigned.get(&r.duty).cloned().unwrap_or(r.unit),
        person: r.person,
        sample: r.sample,
        begin: r.begin_date,
        end: r.end_date,
        passed: r.passed,
        passed_really: r.passed_really,
    };
    Ok(rows.into_iter().map(duty).collect())
}
