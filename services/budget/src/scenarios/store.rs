//! The queries of scenarios, one statement each. Question and answer are kept as the contract writes them; no query looks
//! into them.

use kit::{Page, Result, Scope};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::plans::store::Plan;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "scenario")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub title: String,
        pub as_of: time::Date,
        pub inputs: Vec<u8>,
        pub result: Option<Vec<u8>>,
        pub solved: bool,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A scenario as it is kept.
pub type Scenario = row::Model;

/// A scenario without question and answer, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Head {
    /// Its id.
    pub id: Uuid,
    /// Its plan.
    pub plan_id: Uuid,
    /// The plan's unit.
    pub unit: String,
    /// Its title.
    pub title: String,
    /// The day of its unit map.
    pub as_of: time::Date,
    /// Whether it has a result.
    pub solved: bool,
    /// An invented sample.
    pub sample: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was recorded.
    pub create_us: i64,
    /// When it was solved last.
    pub update_us: i64,
}

/// A question to be kept.
pub struct NewScenario {
    /// The plan.
    pub plan: Uuid,
    /// The title.
    pub title: String,
    /// The day of its unit map.
    pub as_of: time::Date,
    /// The question as the contract writes it.
    pub inputs: Vec<u8>,
    /// An invented sample.
    pub sample: bool,
}

/// Keeps a question about a plan.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (plan, new): (&Plan, &NewScenario),
    now_us: i64,
) -> Result<Scenario> {
    let scenario = Scenario {
        id,
        plan_id: plan.id,
        unit: plan.unit.clone(),
        unit_path: plan.unit_path.clone(),
        title: new.title.clone(),
        as_of: new.as_of,
        inputs: new.inputs.clone(),
        result: None,
        solved: false,
        sample: new.sample || plan.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    row::Entity::insert(scenario.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(scenario)
}

/// One scenario.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Scenario>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One scenario, so that nobody else changes it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Scenario>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Keeps a result.
pub async fn solved(
    tx: &impl ConnectionTrait,
    mut scenario: Scenario,
    result: Vec<u8>,
    now_us: i64,
) -> Result<Scenario> {
    scenario.result = Some(result);
    scenario.solved = true;
    scenario.version += 1;
    scenario.update_us = now_us;
    let row = row::ActiveModel {
        id: Set(scenario.id),
        result: Set(scenario.result.clone()),
        solved: Set(true),
        version: Set(scenario.version),
        update_us: Set(scenario.update_us),
        ..Default::default()
    };
    row::Entity::update(row).exec(tx).await?;
    Ok(scenario)
}

/// Removes a scenario.
pub async fn delete(tx: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    row::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// A page of scenarios, newest first, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, plan: Option<Uuid>, page: &Page) -> Result<Vec<Head>> {
    use row::Column::{AsOf, CreateUs, Id, PlanId, Sample, Solved, Title, Unit, UnitPath, UpdateUs, Version};
    let columns = [Id, PlanId, Unit, Title, AsOf, Solved, Sample, Version, CreateUs, UpdateUs];
    let mut query = row::Entity::find().select_only().columns(columns).filter(scope.on(UnitPath));
    if let Some(plan) = plan {
        query = query.filter(PlanId.eq(plan));
    }
    if let Some([id]) = page.after.as_deref() {
        // Tokens are sealed, so it can be read; anything else would end the walk.
        query = query.filter(Id.lt(Uuid::try_parse(id).unwrap_or(Uuid::nil())));
    }
    Ok(query.order_by_desc(Id).limit(page.size + 1).into_model().all(db).await?)
}
