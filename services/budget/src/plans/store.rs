//! The queries of plans, one statement each.
//!
//! Targets are values of their plan, always read and written whole: they stand in its row as JSON that no query looks into.
//! Tasks are rows of their own room, read with their plan in one statement.

use kit::{Error, OnUnique, Page, Reason, Result, Scope};
use sea_orm::sea_query::{Condition, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::domain::{Measure, NewPlan, Target, Topic, UnitTarget};
use crate::tasks::store::{Task, row as task};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub title: String,
        pub decision_number: String,
        pub decision_date: time::Date,
        pub targets: String,
        /// What releases before tasks were rows read and write; empty lists since.
        pub tasks: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
        pub rolled_from: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {
        Task,
    }

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            Entity::belongs_to(super::task::Entity).from(Column::Id).to(super::task::Column::PlanId).into()
        }
    }

    impl Related<super::task::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Task.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A plan as it is kept.
pub type Plan = row::Model;

/// What selects a list of plans.
pub struct Filter {
    /// Of these units.
    pub within: Scope,
    /// Of this year; 0 for all.
    pub year: i32,
}

#[derive(Serialize, Deserialize)]
struct KeptTarget {
    measure: String,
    value: i64,
    // Targets that were kept before there were topics count any.
    #[serde(default)]
    topics: Vec<String>,
    // Nor had the first ones a month or units.
    #[serde(default)]
    due_month: i32,
    #[serde(default)]
    each_unit: i64,
    #[serde(default)]
    units: Vec<KeptUnit>,
}

#[derive(Serialize, Deserialize)]
struct KeptUnit {
    unit: String,
    value: i64,
}

fn keep_targets(targets: &[Target]) -> Result<String> {
    let kept = |t: &Target| KeptTarget {
        measure: t.measure.word().to_owned(),
        value: t.value,
        topics: t.topics.iter().map(|topic| topic.word().to_owned()).collect(),
        due_month: t.due_month,
        each_unit: t.each_unit,
        units: t.units.iter().map(|unit| KeptUnit { unit: unit.unit.clone(), value: unit.value }).collect(),
    };
    serde_json::to_string(&targets.iter().map(kept).collect::<Vec<_>>()).map_err(Error::internal)
}

/// The targets of a plan.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn targets(plan: &Plan) -> Result<Vec<Target>> {
    let kept: Vec<KeptTarget> = serde_json::from_str(&plan.targets).map_err(Error::internal)?;
    let read = |t: KeptTarget| {
        let measure = Measure::of(&t.measure).ok_or_else(|| Error::internal(format!("measure {}", t.measure)))?;
        let topic = |word: &String| Topic::of(word).ok_or_else(|| Error::internal(format!("topic {word}")));
        Ok(Target {
            measure,
            value: t.value,
            topics: t.topics.iter().map(topic).collect::<Result<_>>()?,
            due_month: t.due_month,
            each_unit: t.each_unit,
            units: t.units.into_iter().map(|kept| UnitTarget { unit: kept.unit, value: kept.value }).collect(),
        })
    };
    kept.into_iter().map(read).collect()
}

/// Keeps a plan; its tasks are kept by their own room.
///
/// # Errors
/// ALREADY_EXISTS with the reason where the unit has a plan for the year.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    new: &NewPlan,
    now_us: i64,
    (taken, name): (impl Reason, &str),
) -> Result<Plan> {
    let plan = Plan {
        id,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        year: new.year,
        title: new.title.clone(),
        decision_number: new.decision_number.clone(),
        decision_date: new.decision_date,
        targets: keep_targets(&new.targets)?,
        tasks: "[]".to_owned(),
        sample: new.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
        rolled_from: new.rolled_from,
    };
    // A model made active counts its columns as unchanged until they are reset.
    let row = plan.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await.on_unique(taken, name)?;
    Ok(plan)
}

/// One plan with its tasks in order.
pub async fn whole(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Plan, Vec<Task>)>> {
    let query = row::Entity::find_by_id(id).find_with_related(task::Entity);
    let found = query.order_by_asc(task::Column::Place).order_by_asc(task::Column::Id).all(db).await?;
    Ok(found.into_iter().next())
}

/// One plan without its tasks.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Plan>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// The paths of the units of some plans.
pub async fn paths(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<String>> {
    let query = row::Entity::find().select_only().column(row::Column::UnitPath).distinct();
    Ok(query.filter(row::Column::Id.is_in(kit::rows::padded(ids))).into_tuple().all(db).await?)
}

/// The plans of a year, by their ids.
#[must_use]
pub fn of_year(year: i32) -> SelectStatement {
    let mut ids = Query::select();
    ids.column(row::Column::Id).from(row::Entity).and_where(row::Column::Year.eq(year));
    ids
}

/// One plan, so that nobody else changes it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Plan>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Changes title and targets of a plan; none for what stays.
pub async fn update(
    tx: &impl ConnectionTrait,
    mut plan: Plan,
    (title, targets): (Option<&str>, Option<&[Target]>),
    now_us: i64,
) -> Result<Plan> {
    if let Some(title) = title {
        title.clone_into(&mut plan.title);
    }
    if let Some(targets) = targets {
        plan.targets = keep_targets(targets)?;
    }
    plan.version += 1;
    plan.update_us = now_us;
    let row = row::ActiveModel {
        id: Set(plan.id),
        title: Set(plan.title.clone()),
        targets: Set(plan.targets.clone()),
        version: Set(plan.version),
        update_us: Set(plan.update_us),
        ..Default::default()
    };
    row::Entity::update(row).exec(tx).await?;
    Ok(plan)
}

/// A page of plans with their tasks, newest year first, with one more than the page.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Plan, Vec<Task>)>> {
    use row::Column::{Id, UnitPath, Year};
    let mut ids = row::Entity::find().select_only().column(Id);
    ids = ids.filter(scope.on((row::Entity, UnitPath))).filter(filter.within.on((row::Entity, UnitPath)));
    if filter.year != 0 {
        ids = ids.filter(Year.eq(filter.year));
    }
    if let Some([year, id]) = page.after.as_deref() {
        // Tokens are sealed, so both can be read; anything else would end the walk.
        let (year, id) = (year.parse().unwrap_or(i32::MIN), Uuid::try_parse(id).unwrap_or(Uuid::max()));
        ids = ids.filter(Condition::any().add(Year.lt(year)).add(Year.eq(year).and(Id.gt(id))));
    }
    let ids = ids.order_by_desc(Year).order_by_asc(Id).limit(page.size + 1).into_query();
    // `find_with_related` would sort by id first.
    let query = row::Entity::find().filter(Id.in_subquery(ids)).find_also_related(task::Entity);
    let query = query.order_by_desc(Year).order_by_asc(Id);
    let rows = query.order_by_asc(task::Column::Place).order_by_asc(task::Column::Id).all(db).await?;
    let mut found: Vec<(Plan, Vec<Task>)> = Vec::new();
    for (plan, task) in rows {
        match found.last_mut() {
            Some((last, tasks)) if last.id == plan.id => tasks.extend(task),
            _ => found.push((plan, task.into_iter().collect())),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_back_as_they_were_kept_and_older_ones_count_any_topic() {
        let target = |measure, topics: &[Topic]| Target::of(measure, 100, topics.to_vec());
        let units = vec![UnitTarget { unit: "units/555-20180507".to_owned(), value: 3 }];
        let by_unit = Target { due_month: 6, each_unit: 2, units, ..target(Measure::ProductsRecognisedAgain, &[]) };
        let all = vec![
            by_unit,
            target(Measure::OfficersTrainedPercent, Topic::ALL),
            target(Measure::ProductsRecognised, &[]),
        ];
        let kept = |targets: &str| Plan {
            id: Uuid::nil(),
            unit: String::new(),
            unit_path: String::new(),
            year: 2021,
            title: String::new(),
            decision_number: String::new(),
            decision_date: time::macros::date!(2021 - 02 - 26),
            targets: targets.to_owned(),
            tasks: "[]".to_owned(),
            sample: false,
            version: 1,
            create_us: 0,
            update_us: 0,
            rolled_from: None,
        };
        assert_eq!(targets(&kept(&keep_targets(&all).unwrap())).unwrap(), all);
        let older = r#"[{"measure":"officers_trained_percent","value":100}]"#;
        assert_eq!(targets(&kept(older)).unwrap(), [target(Measure::OfficersTrainedPercent, &[])]);
        let unknown = r#"[{"measure":"officers_trained_percent","value":100,"topics":["none"]}]"#;
        assert_eq!(targets(&kept(unknown)).unwrap_err().reason(), "INTERNAL");
    }
}
