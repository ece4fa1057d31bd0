//! The queries of pledges and receipts, one statement each.

use std::collections::BTreeMap;

use kit::rows::after_id;
use kit::{Error, Page, Result, Scope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, UnionType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Figures, NewPledge, State};
use crate::estimates::lines::Source;
use crate::estimates::store::line;
use crate::plans::store::Plan;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pledge")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan_id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub pledger_kind: String,
        pub pledger: String,
        pub producer: String,
        pub source: String,
        pub amount_vnd: i64,
        pub received_vnd: i64,
        pub pledge_date: time::Date,
        pub document_number: String,
        pub due_date: Option<time::Date>,
        pub withdraw_date: Option<time::Date>,
        pub withdraw_reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod receipt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "receipt")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub pledge_id: Uuid,
        pub plan_id: Uuid,
        pub unit_path: String,
        pub amount_vnd: i64,
        pub receive_date: time::Date,
        pub document_number: String,
        pub reverses: Option<Uuid>,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A pledge as it is kept.
pub type Pledge = row::Model;
/// A receipt as it is kept.
pub type Receipt = receipt::Model;

/// What selects pledges.
pub struct Filter {
    /// Of this plan.
    pub plan: Option<Uuid>,
    /// For these units.
    pub within: Scope,
    /// Of this source.
    pub source: Option<Source>,
    /// In this state.
    pub state: Option<State>,
    /// Of this producer; empty for all.
    pub producer: String,
}

/// Keeps a pledge.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    (plan, new): (&Plan, &NewPledge),
    now_us: i64,
) -> Result<Pledge> {
    let (unit, unit_path) = match new.unit {
        Some(unit) => (unit.name.clone(), unit.path.clone()),
        None => (plan.unit.clone(), plan.unit_path.clone()),
    };
    let pledge = Pledge {
        id,
        plan_id: plan.id,
        unit,
        unit_path,
        pledger_kind: new.kind.word().to_owned(),
        pledger: new.pledger.clone(),
        producer: new.producer.clone(),
        source: new.kind.source().word().to_owned(),
        amount_vnd: new.amount_vnd,
        received_vnd: 0,
        pledge_date: new.pledge_date,
        document_number: new.document_number.clone(),
        due_date: new.due_date,
        withdraw_date: None,
        withdraw_reason: String::new(),
        sample: new.sample || plan.sample,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    };
    row::Entity::insert(pledge.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(pledge)
}

/// One pledge.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Pledge>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One pledge, so that nobody else changes it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Pledge>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Keeps what was received of a locked pledge, and whether it is withdrawn.
pub async fn update(tx: &impl ConnectionTrait, mut pledge: Pledge, now_us: i64) -> Result<Pledge> {
    pledge.version += 1;
    pledge.update_us = now_us;
    let row = row::ActiveModel {
        id: Set(pledge.id),
        received_vnd: Set(pledge.received_vnd),
        sample: Set(pledge.sample),
        withdraw_date: Set(pledge.withdraw_date),
        withdraw_reason: Set(pledge.withdraw_reason.clone()),
        version: Set(pledge.version),
        update_us: Set(pledge.update_us),
        ..Default::default()
    };
    row::Entity::update(row).exec(tx).await?;
    Ok(pledge)
}

fn in_state(state: State) -> Condition {
    use row::Column::{AmountVnd, ReceivedVnd, WithdrawDate};
    let (received, amount) = (Expr::col(ReceivedVnd), Expr::col(AmountVnd));
    let open = Condition::all().add(WithdrawDate.is_null());
    match state {
        State::Withdrawn => Condition::all().add(WithdrawDate.is_not_null()),
        State::Pledged => open.add(received.eq(0)),
        State::PartlyReceived => open.add(received.clone().gt(0)).add(received.lt(amount)),
        State::Received => open.add(received.gte(amount)),
    }
}

/// A page of pledges in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Pledge>> {
    use row::Column::{Id, PlanId, Producer, Source, UnitPath};
    let of = Condition::all()
        .add_option(filter.plan.map(|plan| PlanId.eq(plan)))
        .add_option(filter.source.map(|source| Source.eq(source.word())))
        .add_option((!filter.producer.is_empty()).then(|| Producer.eq(filter.producer.as_str())))
        .add_option(filter.state.map(in_state));
    let query = row::Entity::find().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(of);
    Ok(query.filter(after_id(page, Id)).order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// Keeps a receipt.
pub async fn insert_receipt(tx: &impl ConnectionTrait, receipt: Receipt) -> Result<Receipt> {
    receipt::Entity::insert(receipt.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(receipt)
}

/// One receipt, and what later ones took back of it, in đồng.
pub async fn fetch_receipt(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Receipt, i64)>> {
    let ids = Condition::any().add(receipt::Column::Id.eq(id)).add(receipt::Column::Reverses.eq(id));
    let found = receipt::Entity::find().filter(ids).all(tx).await?;
    let taken_back = found.iter().filter(|r| r.reverses == Some(id)).map(|r| r.amount_vnd).sum();
    Ok(found.into_iter().find(|r| r.id == id).map(|receipt| (receipt, taken_back)))
}

/// A page of receipts in the order in which they were recorded, with one more than the page.
pub async fn receipts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (plan, pledge): (Option<Uuid>, Option<Uuid>),
    page: &Page,
) -> Result<Vec<Receipt>> {
    use receipt::Column::{Id, PlanId, PledgeId, UnitPath};
    let of = Condition::all()
        .add_option(plan.map(|plan| PlanId.eq(plan)))
        .add_option(pledge.map(|pledge| PledgeId.eq(pledge)));
    let query = receipt::Entity::find().filter(scope.on(UnitPath)).filter(of).filter(after_id(page, Id));
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// What a plan has by source, and whether anything of it is a sample.
pub async fn figures(db: &impl ConnectionTrait, plan: Uuid) -> Result<(BTreeMap<Source, Figures>, bool)> {
    let sum = |expr: Expr| Expr::from(Func::coalesce([expr.sum(), Expr::val(0)])).cast_as(Alias::new("bigint"));
    let nothing = || Expr::val(0).cast_as(Alias::new("bigint"));
    let assigned = line::Entity::find()
        .select_only()
        .column(line::Column::Source)
        .column(line::Column::Sample)
        .column_as(sum(Expr::val(0).sub(Expr::col(line::Column::FundingVnd))), "assigned_vnd")
        .column_as(nothing(), "pledged_vnd")
        .column_as(nothing(), "received_vnd")
        .filter(line::Column::PlanId.eq(plan))
        .filter(line::Column::AssignDate.is_not_null())
        .group_by(line::Column::Source)
        .group_by(line::Column::Sample);
    let (amount, received) = (Expr::col(row::Column::AmountVnd), Expr::col(row::Column::ReceivedVnd));
    let pledged = Expr::case(row::Column::WithdrawDate.is_null(), amount).finally(received.clone());
    let pledged = row::Entity::find()
        .select_only()
        .column(row::Column::Source)
        .column(row::Column::Sample)
        .column_as(nothing(), "assigned_vnd")
        .column_as(sum(pledged.into()), "pledged_vnd")
        .column_as(sum(received), "received_vnd")
        .filter(row::Column::PlanId.eq(plan))
        .group_by(row::Column::Source)
        .group_by(row::Column::Sample);
    let mut all = assigned.into_query();
    all.union(UnionType::All, pledged.into_query());
    let (mut figures, mut sample) = (BTreeMap::new(), false);
    for found in db.query_all(&all).await? {
        let word: String = found.try_get("", "source")?;
        let source = Source::of(&word).ok_or_else(|| Error::internal(format!("source {word}")))?;
        let of: &mut Figures = figures.entry(source).or_default();
        *of = of.plus(Figures {
            assigned_vnd: found.try_get("", "assigned_vnd")?,
            pledged_vnd: found.try_get("", "pledged_vnd")?,
            received_vnd: found.try_get("", "received_vnd")?,
        });
        sample |= found.try_get::<bool>("", "sample")?;
    }
    Ok((figures, sample))
}

/// True where a pledge should have come by a day and has not.
#[must_use]
pub fn overdue(pledge: &Pledge, today: Date) -> bool {
    let late = pledge.due_date.is_some_and(|due| due < today);
    late && pledge.withdraw_date.is_none() && pledge.received_vnd < pledge.amount_vnd
}
