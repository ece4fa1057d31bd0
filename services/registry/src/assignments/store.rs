//! Every query about assignments.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use time::Date;
use uuid::Uuid;

use super::domain::Step;
use crate::producers::store::{of_producer, row as producer};
use crate::shared::maps::{Assignment, MapCut, row};

/// What is asked of the producers of divided communes.
pub(crate) struct Filter {
    /// The map before the division, within the divided communes.
    pub(crate) map: MapCut,
    /// Assigned ones, open ones, or both.
    pub(crate) assigned: Option<bool>,
}

/// A producer of a divided commune.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Found {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    pub(crate) sort_key: String,
    pub(crate) unit: String,
    pub(crate) sample: bool,
    /// The part of an earlier division.
    pub(crate) chosen_unit: Option<String>,
    pub(crate) to_unit: Option<String>,
    pub(crate) assign_date: Option<Date>,
    pub(crate) reason: Option<String>,
    pub(crate) create_us: Option<i64>,
}

/// The assignment of a producer at the division that the map ends with.
fn at_division(eve: Date) -> RelationDef {
    let join = producer::Entity::belongs_to(row::Entity).from(producer::Column::Id).to(row::Column::ProducerId);
    let mut join: RelationDef = join.into();
    join.on_condition = Some(std::sync::Arc::new(move |_, assigned| {
        Condition::all().add(Expr::col((assigned, row::Column::EndDate)).eq(eve))
    }));
    join
}

/// A page of the producers of divided communes in Vietnamese order.
pub(crate) async fn page_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Found>> {
    use producer::Column::{DeleteUs, DisplayName, Id, MergedInto, Sample, SortKey, Unit, UnitPath};
    let map = &filter.map;
    let mut query = producer::Entity::find()
        .select_only()
        .columns([Id, DisplayName, SortKey, Unit, Sample])
        .column_as(map.chosen(&of_producer()), "chosen_unit")
        .columns([row::Column::ToUnit, row::Column::AssignDate, row::Column::Reason])
        .column_as(Expr::col((row::Entity, row::Column::CreateUs)), "create_us")
        .join(JoinType::LeftJoin, at_division(map.day))
        .filter(scope.on((producer::Entity, UnitPath)))
        .filter(map.holds(&of_producer()))
        .filter(DeleteUs.is_null())
        .filter(MergedInto.is_null())
        .filter(rows::after(page, (producer::Entity, SortKey), (producer::Entity, Id), rows::text));
    if let Some(assigned) = filter.assigned {
        let to = row::Column::ToUnit;
        query = query.filter(if assigned { to.is_not_null() } else { to.is_null() });
    }
    let query = query.order_by_asc(SortKey).order_by_asc(Id).limit(page.size + 1);
    Ok(query.into_model().all(db).await?)
}

/// The assignments of a producer in the order of their divisions.
pub(crate) async fn of(db: &impl ConnectionTrait, producer: Uuid) -> Result<Vec<Assignment>> {
    let query = row::Entity::find().filter(row::Column::ProducerId.eq(producer));
    Ok(query.order_by_asc(row::Column::EndDate).all(db).await?)
}

/// The assignments of several producers in the order of their divisions.
pub(crate) async fn of_all(db: &impl ConnectionTrait, producers: &[Uuid]) -> Result<Vec<Assignment>> {
    let mut found = Vec::new();
    for some in producers.chunks(rows::CHUNK) {
        let query = row::Entity::find().filter(row::Column::ProducerId.is_in(rows::padded(some)));
        found.extend(query.order_by_asc(row::Column::EndDate).all(db).await?);
    }
    Ok(found)
}

/// What the rules need of assignments.
pub(crate) fn steps(assignments: &[Assignment]) -> Vec<Step> {
    let step = |a: &Assignment| Step { to_unit: a.to_unit.clone(), end_date: a.end_date };
    assignments.iter().map(step).collect()
}

/// Stores an assignment in the place of the one that is there.
pub(crate) async fn put(tx: &impl ConnectionTrait, new: &Assignment) -> Result<()> {
    use row::Column::{AssignDate, CreateUs, FromUnit, ProducerId, Reason, ToPath, ToUnit};
    let mut conflict = OnConflict::columns([ProducerId, FromUnit]);
    conflict.update_columns([ToUnit, ToPath, AssignDate, Reason, CreateUs]);
    let row = new.clone().into_active_model().reset_all();
    row::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes an assignment back.
pub(crate) async fn remove(tx: &impl ConnectionTrait, producer: Uuid, from_unit: &str) -> Result<()> {
    row::Entity::delete_by_id((producer, from_unit.to_owned())).exec(tx).await?;
    Ok(())
}
