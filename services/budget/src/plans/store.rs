//! The queries of plans, one statement each.
//!
//! Targets and tasks are values of their plan, always read and written whole: they stand in its row as JSON that no query
//! looks into.

use kit::{Error, OnUnique, Page, Reason, Result, Scope};
use sea_orm::sea_query::{Condition, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::domain::{Change, Measure, NewPlan, Target, Task, Topic};

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
        pub tasks: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

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
}

#[derive(Serialize, Deserialize)]
struct KeptTask {
    title: String,
    lead_agency: String,
    coordinating_agencies: Vec<String>,
    due_date: Option<String>,
}

fn keep_targets(targets: &[Target]) -> Result<String> {
    let kept = |t: &Target| KeptTarget {
        measure: t.measure.word().to_owned(),
        value: t.value,
        topics: t.topics.iter().map(|topic| topic.word().to_owned()).collect(),
    };
    serde_json::to_string(&targets.iter().map(kept).collect::<Vec<_>>()).map_err(Error::internal)
}

fn keep_tasks(tasks: &[Task]) -> Result<String> {
    let kept = |t: &Task| KeptTask {
        title: t.title.clone(),
        lead_agency: t.lead_agency.clone(),
        coordinating_agencies: t.coordinating_agencies.clone(),
        due_date: t.due_date.map(reference::calendar::format_iso),
    };
    serde_json::to_string(&tasks.iter().map(kept).collect::<Vec<_>>()).map_err(Error::internal)
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
        Ok(Target { measure, value: t.value, topics: t.topics.iter().map(topic).collect::<Result<_>>()? })
    };
    kept.into_iter().map(read).collect()
}

/// The tasks of a plan.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn tasks(plan: &Plan) -> Result<Vec<Task>> {
    let kept: Vec<KeptTask> = serde_json::from_str(&plan.tasks).map_err(Error::internal)?;
    let read = |t: KeptTask| Task {
        title: t.title,
        lead_agency: t.lead_agency,
        coordinating_agencies: t.coordinating_agencies,
        due_date: t.due_date.as_deref().and_then(reference::calendar::parse_iso),
    };
    Ok(kept.into_iter().map(read).collect())
}

/// Keeps a plan.
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
        tasks: keep_tasks(&new.tasks)?,
        sample: new.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    // A model made active counts its columns as unchanged until they are reset.
    let row = plan.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await.on_unique(taken, name)?;
    Ok(plan)
}

/// One plan.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Plan>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
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

/// Changes a plan.
pub async fn update(tx: &impl ConnectionTrait, mut plan: Plan, change: &Change, now_us: i64) -> Result<Plan> {
    if let Some(title) = &change.title {
        plan.title.clone_from(title);
    }
    if let Some(targets) = &change.targets {
        plan.targets = keep_targets(targets)?;
    }
    if let Some(tasks) = &change.tasks {
        plan.tasks = keep_tasks(tasks)?;
    }
    plan.version += 1;
    plan.update_us = now_us;
    let row = row::ActiveModel {
        id: Set(plan.id),
        title: Set(plan.title.clone()),
        targets: Set(plan.targets.clone()),
        tasks: Set(plan.tasks.clone()),
        version: Set(plan.version),
        update_us: Set(plan.update_us),
        ..Default::default()
    };
    row::Entity::update(row).exec(tx).await?;
    Ok(plan)
}

/// A page of plans, newest year first, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Plan>> {
    use row::Column::{Id, UnitPath, Year};
    let mut query = row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath));
    if filter.year != 0 {
        query = query.filter(Year.eq(filter.year));
    }
    if let Some([year, id]) = page.after.as_deref() {
        // Tokens are sealed, so both can be read; anything else would end the walk.
        let (year, id) = (year.parse().unwrap_or(i32::MIN), Uuid::try_parse(id).unwrap_or(Uuid::max()));
        query = query.filter(Condition::any().add(Year.lt(year)).add(Year.eq(year).and(Id.gt(id))));
    }
    Ok(query.order_by_desc(Year).order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_back_as_they_were_kept_and_older_ones_count_any_topic() {
        let target = |measure, topics: &[Topic]| Target { measure, value: 100, topics: topics.to_vec() };
        let all = vec![target(Measure::OfficersTrainedPercent, Topic::ALL), target(Measure::ProductsRecognised, &[])];
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
        };
        assert_eq!(targets(&kept(&keep_targets(&all).unwrap())).unwrap(), all);
        let older = r#"[{"measure":"officers_trained_percent","value":100}]"#;
        assert_eq!(targets(&kept(older)).unwrap(), [target(Measure::OfficersTrainedPercent, &[])]);
        let unknown = r#"[{"measure":"officers_trained_percent","value":100,"topics":["none"]}]"#;
        assert_eq!(targets(&kept(unknown)).unwrap_err().reason(), "INTERNAL");
    }
}
