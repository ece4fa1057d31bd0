//! The queries of aggregations, one statement each.

use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{NewAggregation, State, Sums};
use crate::estimates::domain::Stage;
use crate::estimates::store::{Estimate, line, row as estimate};
use kit::rows::{CHUNK, after_id};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "aggregation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub year: i32,
        pub unit: String,
        pub unit_path: String,
        pub level: i32,
        pub title: String,
        pub document_number: String,
        pub act_date: time::Date,
        pub state: i32,
        pub approve_document_number: String,
        pub approve_date: Option<time::Date>,
        pub amount_vnd: i64,
        pub appraised_vnd: i64,
        pub estimate_count: i32,
        pub line_count: i32,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod frozen {
    use sea_orm::entity::prelude::*;

    use crate::estimates::store::row as estimate;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "aggregation_estimate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aggregation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub estimate_id: Uuid,
        pub unit: String,
        pub shown_unit: String,
        pub agency: String,
        pub title: String,
        pub amount_vnd: i64,
        pub appraised_vnd: i64,
        pub number: i32,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "estimate::Entity", from = "Column::EstimateId", to = "estimate::Column::Id")]
        Estimate,
    }

    impl Related<estimate::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Estimate.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod part {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "aggregation_part")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aggregation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub line_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub quarter: i32,
        pub unit: String,
        pub agency: String,
        pub source: String,
        pub category: String,
        pub amount_vnd: i64,
        pub appraised_vnd: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An aggregation as it is kept.
pub type Aggregation = row::Model;
/// An estimate of it as it was then.
pub type Frozen = frozen::Model;
/// What the tables are cut by.
pub use part::Column as Cut;

/// What selects a list of aggregations.
pub struct Filter {
    /// Of these units.
    pub within: Scope,
    /// Of this year; 0 for all.
    pub year: i32,
}

/// Where an aggregation stands.
///
/// # Errors
/// INTERNAL for a number that this program does not know.
pub fn state(aggregation: &Aggregation) -> Result<State> {
    State::of_number(aggregation.state).ok_or_else(|| Error::internal(format!("state {}", aggregation.state)))
}

/// The appraised estimates of plans of a year within units, in the order in which they were drafted, so that none of them
/// moves until the transaction ends. Amendments are left out.
pub async fn appraised(tx: &impl ConnectionTrait, year: i32, within: &Scope) -> Result<Vec<Estimate>> {
    use estimate::Column::{Amends, Id, PlanId, Stage as OfStage, UnitPath};
    let query = estimate::Entity::find()
        .filter(within.on(UnitPath))
        .filter(OfStage.eq(Stage::Appraised.word()))
        .filter(Amends.is_null())
        .filter(PlanId.in_subquery(crate::plans::store::of_year(year)));
    Ok(query.order_by_asc(Id).lock_exclusive().all(tx).await?)
}

/// A new aggregation of estimates.
///
/// # Errors
/// INTERNAL where there are more estimates than can be counted.
pub fn new(id: Uuid, new: &NewAggregation, of: &[Estimate], now_us: i64) -> Result<Aggregation> {
    Ok(Aggregation {
        id,
        year: new.year,
        unit: new.unit.name.clone(),
        unit_path: new.unit.path.clone(),
        level: new.level.number(),
        title: new.title.clone(),
        document_number: new.document_number.clone(),
        act_date: new.act_date,
        state: State::Draft.number(),
        approve_document_number: String::new(),
        approve_date: None,
        amount_vnd: of.iter().map(|estimate| estimate.amount_vnd).sum(),
        appraised_vnd: of.iter().filter_map(|estimate| estimate.appraised_vnd).sum(),
        estimate_count: i32::try_from(of.len()).map_err(Error::internal)?,
        line_count: 0,
        sample: of.iter().any(|estimate| estimate.sample),
        version: 1,
        create_us: now_us,
        update_us: now_us,
    })
}

/// Keeps an aggregation, its estimates as they are, and a copy of what their lines come to: in five statements, one for
/// each quarter and one for lines that are not spread. Answers it with the number of its lines.
pub async fn insert(
    tx: &impl ConnectionTrait,
    mut aggregation: Aggregation,
    of: &[Estimate],
    shown: impl Fn(&str) -> String,
) -> Result<Aggregation> {
    let kept = |of: &Estimate| Frozen {
        aggregation_id: aggregation.id,
        estimate_id: of.id,
        unit: of.unit.clone(),
        shown_unit: shown(&of.unit),
        agency: of.agency.clone(),
        title: of.title.clone(),
        amount_vnd: of.amount_vnd,
        appraised_vnd: of.appraised_vnd.unwrap_or(0),
        number: of.version_count,
        version: of.version,
    };
    let kept: Vec<Frozen> = of.iter().map(kept).collect();
    row::Entity::insert(aggregation.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    for some in kept.chunks(CHUNK) {
        let rows = some.iter().map(|frozen| frozen.clone().into_active_model().reset_all());
        frozen::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    for quarter in 0..=4 {
        copy(tx, aggregation.id, quarter).await?;
    }
    let all = sums(tx, aggregation.id, Cut::AggregationId).await?;
    let lines = all.first().map_or(0, |(_, sums): &(Uuid, Sums)| sums.lines);
    aggregation.line_count = i32::try_from(lines).map_err(Error::internal)?;
    row::Entity::update(aggregation.clone().into_active_model().reset_all()).exec(tx).await?;
    Ok(aggregation)
}

/// Asked-for and granted amount of a line in a quarter; of all of it for quarter 0.
fn amounts(quarter: i32) -> (line::Column, line::Column) {
    use line::Column as C;
    match quarter {
        1 => (C::Q1Vnd, C::G1Vnd),
        2 => (C::Q2Vnd, C::G2Vnd),
        3 => (C::Q3Vnd, C::G3Vnd),
        4 => (C::Q4Vnd, C::G4Vnd),
        _ => (C::AmountVnd, C::AppraisedVnd),
    }
}

/// Copies what the lines of an aggregation come to in a quarter; quarter 0 for lines that are not spread.
async fn copy(tx: &impl ConnectionTrait, aggregation: Uuid, quarter: i32) -> Result<()> {
    use line::Column as C;
    let of = |column: C| Expr::col((line::Entity, column));
    let (amount, granted) = amounts(quarter);
    let mut select = Query::select();
    select
        .expr(Expr::col((frozen::Entity, frozen::Column::AggregationId)))
        .expr(of(C::Id))
        .expr(Expr::val(quarter))
        .expr(Expr::col((frozen::Entity, frozen::Column::ShownUnit)))
        .expr(Expr::col((frozen::Entity, frozen::Column::Agency)))
        .exprs([of(C::Source), of(C::Category), of(amount), of(granted)])
        .from(line::Entity)
        .inner_join(frozen::Entity, of(C::EstimateId).equals((frozen::Entity, frozen::Column::EstimateId)))
        .and_where(Expr::col((frozen::Entity, frozen::Column::AggregationId)).eq(aggregation));
    if quarter == 0 {
        for quarter in 1..=4 {
            select.and_where(of(amounts(quarter).0).eq(0));
        }
    } else {
        select.and_where(of(amount).gt(0));
    }
    use part::Column as P;
    let columns = [
        P::AggregationId,
        P::LineId,
        P::Quarter,
        P::Unit,
        P::Agency,
        P::Source,
        P::Category,
        P::AmountVnd,
        P::AppraisedVnd,
    ];
    let mut insert = Query::insert();
    insert.into_table(part::Entity).columns(columns).select_from(select).map_err(Error::internal)?;
    tx.execute(&insert).await?;
    Ok(())
}

/// What the parts of an aggregation come to, by one of their columns.
pub async fn sums<K: sea_orm::TryGetable + Send>(
    db: &impl ConnectionTrait,
    aggregation: Uuid,
    by: Cut,
) -> Result<Vec<(K, Sums)>> {
    use part::Column as P;
    // PostgreSQL sums BIGINT as NUMERIC, hence the casts back.
    let total = |column: P| Expr::col(column).sum().cast_as(Alias::new("bigint"));
    let rows: Vec<(K, i64, i64, i64)> = part::Entity::find()
        .select_only()
        .column(by)
        .column_as(Expr::col(P::LineId).count_distinct(), "lines")
        .column_as(total(P::AmountVnd), "amount")
        .column_as(total(P::AppraisedVnd), "appraised")
        .filter(P::AggregationId.eq(aggregation))
        .group_by(by)
        .order_by_asc(by)
        .into_tuple()
        .all(db)
        .await?;
    let read = |(key, lines, amount_vnd, appraised_vnd)| (key, Sums { lines, amount_vnd, appraised_vnd });
    Ok(rows.into_iter().map(read).collect())
}

/// One aggregation.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Aggregation>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One aggregation, so that nobody else approves it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Aggregation>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// The estimates of an aggregation as they were then, in the order in which they were drafted, each with its version now.
pub async fn estimates(db: &impl ConnectionTrait, aggregation: Uuid) -> Result<Vec<(Frozen, i64)>> {
    use frozen::Column::{AggregationId, EstimateId};
    let found = frozen::Entity::find()
        .find_also_related(estimate::Entity)
        .filter(AggregationId.eq(aggregation))
        .order_by_asc(EstimateId)
        .all(db)
        .await?;
    Ok(found.into_iter().map(|(frozen, now)| (frozen, now.map_or(0, |now| now.version))).collect())
}

/// The estimates of an aggregation, by their ids.
fn members(aggregation: Uuid) -> SelectStatement {
    let mut ids = Query::select();
    ids.column(frozen::Column::EstimateId).from(frozen::Entity);
    ids.and_where(Expr::col(frozen::Column::AggregationId).eq(aggregation));
    ids
}

/// The estimates of an aggregation as they are now, so that none of them moves until the transaction ends.
pub async fn lock_estimates(tx: &impl ConnectionTrait, aggregation: Uuid) -> Result<Vec<Estimate>> {
    let query = estimate::Entity::find().filter(estimate::Column::Id.in_subquery(members(aggregation)));
    Ok(query.order_by_asc(estimate::Column::Id).lock_exclusive().all(tx).await?)
}

/// Approves the locked estimates of an aggregation in one statement; answers them as they are then.
pub async fn approve(
    tx: &impl ConnectionTrait,
    aggregation: Uuid,
    estimates: Vec<Estimate>,
    (on, now_us): (Date, i64),
) -> Result<Vec<Estimate>> {
    use estimate::Column::{ApproveDate, Id, LastActDate, Stage as OfStage, UpdateUs, Version};
    estimate::Entity::update_many()
        .col_expr(OfStage, Expr::val(Stage::Approved.word()))
        .col_expr(ApproveDate, Expr::val(on))
        .col_expr(LastActDate, Expr::val(on))
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdateUs, Expr::val(now_us))
        .filter(Id.in_subquery(members(aggregation)))
        .exec(tx)
        .await?;
    let approved = |mut of: Estimate| {
        crate::estimates::store::moved(&mut of, Stage::Approved, on);
        of.approve_date = Some(on);
        of.version += 1;
        of.update_us = now_us;
        of
    };
    Ok(estimates.into_iter().map(approved).collect())
}

/// Keeps what was changed in an aggregation, as its next version.
pub async fn update(tx: &impl ConnectionTrait, mut aggregation: Aggregation, now_us: i64) -> Result<Aggregation> {
    aggregation.version += 1;
    aggregation.update_us = now_us;
    row::Entity::update(aggregation.clone().into_active_model().reset_all()).exec(tx).await?;
    Ok(aggregation)
}

/// A page of aggregations in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Aggregation>> {
    use row::Column::{Id, UnitPath, Year};
    let mut query =
        row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(after_id(page, Id));
    if filter.year != 0 {
        query = query.filter(Year.eq(filter.year));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
