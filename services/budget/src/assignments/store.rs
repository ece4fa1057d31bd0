//! The queries of assignments, one statement each.

use kit::{Page, Result, Scope};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use crate::estimates::store::Estimate;
use kit::rows::after_id;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "assignment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub estimate_id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub decision_number: String,
        pub decision_date: time::Date,
        pub amount_vnd: i64,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An assignment as it is kept.
pub type Assignment = row::Model;

/// Keeps the assignment of an estimate.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    estimate: &Estimate,
    (decision_number, decision_date): (&str, Date),
    now_us: i64,
) -> Result<Assignment> {
    let assignment = Assignment {
        id,
        estimate_id: estimate.id,
        plan_id: estimate.plan_id,
        unit: estimate.unit.clone(),
        unit_path: estimate.unit_path.clone(),
        decision_number: decision_number.to_owned(),
        decision_date,
        amount_vnd: match estimate.amends {
            None => estimate.appraised_vnd.unwrap_or(0),
            Some(_) => estimate.increase_vnd - estimate.decrease_vnd,
        },
        sample: estimate.sample,
        create_us: now_us,
    };
    row::Entity::insert(assignment.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(assignment)
}

/// One assignment.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Assignment>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// A page of assignments in the order in which they were recorded, with one more than the page.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Assignment>> {
    use row::Column::{Id, PlanId, UnitPath};
    let mut query = row::Entity::find().filter(scope.on(UnitPath)).filter(after_id(page, Id));
    if let Some(plan) = plan {
        query = query.filter(PlanId.eq(plan));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
