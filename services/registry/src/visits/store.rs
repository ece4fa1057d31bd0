//! Every query about visits. Officers, candidates and steps are small lists that are always read whole: JSON in a column.

use kit::{Error, Page, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::IntoColumnRef;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::Date;
use uuid::Uuid;

use super::domain::Step;
use crate::shared::maps::{Columns, MapCut, unowned};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub visit_date: time::Date,
        pub officers: String,
        pub findings: String,
        pub candidates: String,
        pub steps: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored visit.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) id: Uuid,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) visit_date: Date,
    pub(crate) officers: Vec<Uuid>,
    pub(crate) findings: String,
    pub(crate) candidates: Vec<Uuid>,
    pub(crate) steps: Vec<Step>,
    pub(crate) sample: bool,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
}

fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn of_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn to_row(visit: &Visit) -> Result<row::ActiveModel> {
    let row = row::Model {
        id: visit.id,
        unit: visit.unit.clone(),
        unit_path: visit.unit_path.clone(),
        visit_date: visit.visit_date,
        officers: to_text(&visit.officers)?,
        findings: visit.findings.clone(),
        candidates: to_text(&visit.candidates)?,
        steps: to_text(&visit.steps)?,
        sample: visit.sample,
        version: visit.version,
        create_us: visit.create_us,
        update_us: visit.update_us,
    };
    Ok(row::ActiveModel::from(row).reset_all())
}

fn of_row(row: row::Model) -> Result<Visit> {
    Ok(Visit {
        id: row.id,
        officers: of_text(&row.officers)?,
        candidates: of_text(&row.candidates)?,
        steps: of_text(&row.steps)?,
        unit: row.unit,
        unit_path: row.unit_path,
        visit_date: row.visit_date,
        findings: row.findings,
        sample: row.sample,
        version: row.version,
        create_us: row.create_us,
        update_us: row.update_us,
    })
}

/// Inserts a visit.
pub(crate) async fn visit_insert(tx: &impl ConnectionTrait, new: &Visit) -> Result<()> {
    row::Entity::insert(to_row(new)?).exec_without_returning(tx).await?;
    Ok(())
}

/// The visit.
pub(crate) async fn visit_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Visit>> {
    row::Entity::find_by_id(id).one(db).await?.map(of_row).transpose()
}

/// The visit, locked until the transaction ends.
pub(crate) async fn visit_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Visit>> {
    row::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(of_row).transpose()
}

/// Stores a visit as it is now.
pub(crate) async fn visit_update(tx: &impl ConnectionTrait, now: &Visit) -> Result<()> {
    row::Entity::update_many().set(to_row(now)?).filter(row::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// What a list of visits is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    /// The map that it is read by, if any.
    pub(crate) map: Option<MapCut>,
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
}

/// The columns by which a visit is shown on a map.
fn of_visit() -> Columns {
    let column = |column| (row::Entity, column).into_column_ref();
    unowned(column(row::Column::UnitPath), column(row::Column::VisitDate))
}

/// A page of visits, the latest first.
pub(crate) async fn visit_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Visit>> {
    use row::Column::{Id, UnitPath, VisitDate};
    let mut query = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(filter.within.on(UnitPath))
        .filter(rows::before(page, VisitDate, Id, parse_iso));
    if let Some(map) = &filter.map {
        query = query.filter(map.holds(&of_visit()));
    }
    if let Some(from) = filter.from {
        query = query.filter(VisitDate.gte(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(VisitDate.lte(to));
    }
    let found = query.order_by_desc(VisitDate).order_by_desc(Id).limit(page.size + 1).all(db).await?;
    found.into_iter().map(of_row).collect()
}

/// The paths of the units that were visited within a scope between two days.
pub(crate) async fn visited(db: &impl ConnectionTrait, within: &Scope, from: Date, to: Date) -> Result<Vec<String>> {
    use row::Column::{UnitPath, VisitDate};
    let query = row::Entity::find().select_only().column(UnitPath).distinct().filter(within.on(UnitPath));
    Ok(query.filter(VisitDate.gte(from)).filter(VisitDate.lte(to)).into_tuple().all(db).await?)
}
