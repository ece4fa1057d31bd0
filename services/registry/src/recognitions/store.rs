//! Where the copy of certificates is kept. Every statement may be repeated without harm.

use kit::Result;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use time::Date;
use uuid::Uuid;

use super::SOURCE;
use super::domain::Standing;
use crate::products::store::row as product;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognition")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Uuid,
        pub product_id: Uuid,
        pub stars: i32,
        pub decision_date: time::Date,
        pub first_out: time::Date,
        pub end_date: Option<time::Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A certificate as its event tells it.
pub(crate) struct Issued {
    pub(crate) certificate: Uuid,
    pub(crate) product_id: Uuid,
    pub(crate) stars: i32,
    pub(crate) decision_date: Date,
    pub(crate) first_out: Date,
}

/// Puts a certificate; its end, if known, stays.
pub(crate) async fn issued(tx: &impl ConnectionTrait, new: &Issued) -> Result<()> {
    use row::Column::{Certificate, DecisionDate, FirstOut, ProductId, Stars};
    let row = row::ActiveModel {
        certificate: Set(new.certificate),
        product_id: Set(new.product_id),
        stars: Set(new.stars),
        decision_date: Set(new.decision_date),
        first_out: Set(new.first_out),
        end_date: Set(None),
    };
    let again = OnConflict::column(Certificate).update_columns([ProductId, Stars, DecisionDate, FirstOut]).to_owned();
    row::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts the end of a certificate before its time.
pub(crate) async fn ended(tx: &impl ConnectionTrait, certificate: Uuid, on: Date) -> Result<()> {
    let end = row::Entity::update_many().col_expr(row::Column::EndDate, Expr::val(on));
    end.filter(row::Column::Certificate.eq(certificate)).exec(tx).await?;
    Ok(())
}

/// The certificate that a product's standing is told by, as it stands in the joins.
pub(crate) const HELD: &str = "held";

/// The same inside of the look-ups.
const ANY: &str = "any_recognition";

fn any(column: row::Column) -> SimpleExpr {
    Expr::col((ANY, column))
}

fn in_force(on: Date) -> SimpleExpr {
    let endless = any(row::Column::EndDate).is_null().or(any(row::Column::EndDate).gt(on));
    any(row::Column::FirstOut).gt(on).and(endless)
}

/// Certificates decided by a day.
fn decided(on: Date) -> SelectStatement {
    let mut found = Query::select();
    found.from_as(row::Entity, ANY).and_where(any(row::Column::DecisionDate).lte(on));
    found
}

/// The certificate of the product at hand that is in force on a day, else the last one decided by then.
pub(crate) fn standing_on(on: Date) -> SelectStatement {
    let mut found = decided(on);
    found
        .column((ANY, row::Column::Certificate))
        .and_where(any(row::Column::ProductId).equals((product::Entity, product::Column::Id)))
        .order_by_expr(in_force(on), Order::Desc)
        .order_by((ANY, row::Column::DecisionDate), Order::Desc)
        .order_by((ANY, row::Column::Certificate), Order::Desc)
        .limit(1);
    found
}

/// How far the copy is complete, as a value.
pub(crate) fn known_us() -> SimpleExpr {
    let place = kit::follow::complete_us(SOURCE);
    Expr::SubQuery(None, Box::new(place.into()))
}

/// Products of a standing and of stars on a day; 0 stands for all stars, no standing for one in force where stars are told.
pub(crate) fn of_standing(standing: Option<Standing>, stars: i32, on: Date) -> Option<SimpleExpr> {
    let id = || Expr::col((product::Entity, product::Column::Id));
    let mut with = decided(on);
    with.column((ANY, row::Column::ProductId));
    if stars != 0 {
        with.and_where(any(row::Column::Stars).eq(stars));
    }
    let none_of = |mut found: SelectStatement| {
        found.expr(Expr::val(1)).and_where(any(row::Column::ProductId).equals((product::Entity, product::Column::Id)));
        Expr::exists(found).not()
    };
    let one_of = |mut found: SelectStatement| {
        found.expr(Expr::val(1)).and_where(any(row::Column::ProductId).equals((product::Entity, product::Column::Id)));
        Expr::exists(found)
    };
    match standing {
        None if stars == 0 => None,
        // Without stars there are many: the list is walked in its order, and each product looked up.
        Some(Standing::InForce) if stars == 0 => Some(one_of(decided(on).and_where(in_force(on)).take())),
        None | Some(Standing::InForce) => Some(id().in_subquery(with.and_where(in_force(on)).take())),
        Some(Standing::Lapsed) => {
            let mut valid = decided(on);
            valid.and_where(in_force(on));
            Some(id().in_subquery(with).and(none_of(valid)))
        }
        Some(Standing::Never) if stars != 0 => Some(Expr::val(1).eq(0)),
        Some(Standing::Never) => Some(none_of(decided(on))),
    }
}
