//! The queries of transfers, one statement each.

use kit::rows::after_id;
use kit::{Page, Result, Scope};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use time::Date;
use uuid::Uuid;

use super::domain::Transfer;
use crate::ledger::store::row as entry;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "transfer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub from_line: Uuid,
        pub to_line: Uuid,
        pub from_plan: Uuid,
        pub to_plan: Uuid,
        pub from_entry: Uuid,
        pub to_entry: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub amount_vnd: i64,
        pub act_date: time::Date,
        pub document_number: String,
        pub reason: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A transfer as it is kept.
pub type Kept = row::Model;

/// What selects transfers.
pub struct Filter {
    /// That this plan gives or takes.
    pub plan: Option<Uuid>,
    /// That this line gives or takes.
    pub line: Option<Uuid>,
}

/// Keeps a transfer.
pub async fn insert(tx: &impl ConnectionTrait, transfer: &Kept) -> Result<()> {
    row::Entity::insert(transfer.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// The giving and taking lines of what a document moved within a plan on a day. Until the transaction ends nobody else
/// moves by that document: SQLite has one writer anyway.
pub async fn moves(tx: &impl ConnectionTrait, plan: Uuid, (document, day): (&str, Date)) -> Result<Vec<(Uuid, Uuid)>> {
    use row::Column::{ActDate, DocumentNumber, FromLine, FromPlan, Kind, ToLine};
    if tx.get_database_backend() == DbBackend::Postgres {
        let key = format!("{plan} {document}");
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()])).await?;
    }
    let query = row::Entity::find().select_only().columns([FromLine, ToLine]);
    let query = query.filter(FromPlan.eq(plan)).filter(Kind.eq(Transfer::Within.word()));
    Ok(query.filter(DocumentNumber.eq(document)).filter(ActDate.eq(day)).into_tuple().all(tx).await?)
}

/// One transfer.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Kept>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

fn either(one: row::Column, other: row::Column, id: Option<Uuid>) -> Condition {
    let Some(id) = id else { return Condition::all() };
    Condition::any().add(one.eq(id)).add(other.eq(id))
}

/// A page of transfers in the order in which they were recorded, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, page: &Page) -> Result<Vec<Kept>> {
    use row::Column::{FromLine, FromPlan, Id, ToLine, ToPlan, UnitPath};
    let query = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(after_id(page, Id))
        .filter(either(FromPlan, ToPlan, filter.plan))
        .filter(either(FromLine, ToLine, filter.line));
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// How many transfers of a plan lack one of their two entries, or have one that moves something else.
pub async fn broken(db: &impl ConnectionTrait, plan: Uuid) -> Result<i64> {
    use row::Column::{AmountVnd, FromEntry, FromLine, FromPlan, Id, ToEntry, ToLine, ToPlan};
    let own = |column: row::Column| Expr::col((row::Entity, column));
    let of = |column: entry::Column| Expr::col((entry::Entity, column));
    let side = |id, line, debit: &str, credit: &str| {
        Condition::all()
            .add(of(entry::Column::Id).eq(own(id)))
            .add(of(entry::Column::LineId).eq(own(line)))
            .add(of(entry::Column::Debit).eq(debit))
            .add(of(entry::Column::Credit).eq(credit))
    };
    let sound = Query::select()
        .expr(of(entry::Column::Id).count())
        .from(entry::Entity)
        .cond_where(of(entry::Column::TransferId).eq(own(Id)))
        .cond_where(of(entry::Column::AmountVnd).eq(own(AmountVnd)))
        .cond_where(Condition::any().add(side(FromEntry, FromLine, "funding", "available")).add(side(
            ToEntry,
            ToLine,
            "available",
            "funding",
        )))
        .take();
    let broken = row::Entity::find()
        .filter(either(FromPlan, ToPlan, Some(plan)))
        .filter(Expr::SubQuery(None, Box::new(sound.into())).ne(2));
    Ok(i64::try_from(broken.count(db).await?).unwrap_or(i64::MAX))
}
