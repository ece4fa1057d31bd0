//! Where the copy of certificates is kept. Every statement may be repeated without harm.

use kit::Result;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use time::Date;
use uuid::Uuid;

use super::SOURCE;
use super::domain::{End, Standing};
use crate::producers::store::{is_or_merged_into, shown};
use crate::products::store::row as product;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognition")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        pub stars: i32,
        pub decision_date: time::Date,
        pub first_out: time::Date,
        pub end_date: Option<time::Date>,
        pub end_kind: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod suspension {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognition_suspension")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub act: Uuid,
        pub certificate: Uuid,
        pub from_date: time::Date,
        pub until_date: Option<time::Date>,
        pub lifted_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod transfer {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognition_transfer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub act: Uuid,
        pub certificate: Uuid,
        pub holder_id: Uuid,
        pub from_date: time::Date,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A certificate as its event tells it.
pub(crate) struct Issued {
    pub(crate) certificate: Uuid,
    /// All products that stand under it.
    pub(crate) products: Vec<Uuid>,
    pub(crate) stars: i32,
    pub(crate) decision_date: Date,
    pub(crate) first_out: Date,
}

/// Puts a certificate, once for each of its products; its end, if known, stays.
pub(crate) async fn issued(tx: &impl ConnectionTrait, new: &Issued) -> Result<()> {
    use row::Column::{Certificate, DecisionDate, FirstOut, ProductId, Stars};
    let row = |product: &Uuid| row::ActiveModel {
        certificate: Set(new.certificate),
        product_id: Set(*product),
        stars: Set(new.stars),
        decision_date: Set(new.decision_date),
        first_out: Set(new.first_out),
        end_date: Set(None),
        end_kind: Set(0),
    };
    let again =
        OnConflict::columns([Certificate, ProductId]).update_columns([Stars, DecisionDate, FirstOut]).to_owned();
    row::Entity::insert_many(new.products.iter().map(row)).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts the end of a certificate before its time.
pub(crate) async fn ended(tx: &impl ConnectionTrait, certificate: Uuid, on: Date, why: Option<End>) -> Result<()> {
    let end = row::Entity::update_many().col_expr(row::Column::EndDate, Expr::val(on));
    let end = end.col_expr(row::Column::EndKind, Expr::val(why.map_or(0, End::number)));
    end.filter(row::Column::Certificate.eq(certificate)).exec(tx).await?;
    Ok(())
}

/// Puts a suspension; its end, if known, stays.
pub(crate) async fn suspended(tx: &impl ConnectionTrait, act: Uuid, certificate: Uuid, on: Date) -> Result<()> {
    let row = suspension::ActiveModel {
        act: Set(act),
        certificate: Set(certificate),
        from_date: Set(on),
        until_date: Set(None),
        lifted_by: Set(None),
    };
    let again = OnConflict::column(suspension::Column::Act).do_nothing().to_owned();
    suspension::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Lifts what suspends a certificate on a day, once for each act: what was suspended anew on that day stays so.
pub(crate) async fn lifted(tx: &impl ConnectionTrait, act: Uuid, certificate: Uuid, on: Date) -> Result<()> {
    use suspension::Column::{Certificate, FromDate, LiftedBy, UntilDate};
    let done = Query::select().expr(Expr::val(1)).from(suspension::Entity).and_where(LiftedBy.eq(act)).take();
    suspension::Entity::update_many()
        .col_expr(UntilDate, Expr::val(on))
        .col_expr(LiftedBy, Expr::val(act))
        .filter(Certificate.eq(certificate))
        .filter(FromDate.lte(on))
        .filter(UntilDate.is_null().or(UntilDate.gt(on)))
        .filter(Expr::exists(done).not())
        .exec(tx)
        .await?;
    Ok(())
}

/// Puts a transfer to another producer.
pub(crate) async fn transferred(
    tx: &impl ConnectionTrait,
    act: Uuid,
    certificate: Uuid,
    (holder, on): (Uuid, Date),
) -> Result<()> {
    let row = transfer::ActiveModel {
        act: Set(act),
        certificate: Set(certificate),
        holder_id: Set(holder),
        from_date: Set(on),
    };
    let again = OnConflict::column(transfer::Column::Act).do_nothing().to_owned();
    transfer::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// The certificate that a product's standing is told by, as it stands in the joins.
pub(crate) const HELD: &str = "held";

/// The same inside of the look-ups.
const ANY: &str = "any_recognition";

fn any(column: row::Column) -> SimpleExpr {
    Expr::col((ANY, column))
}

/// Its term runs, suspended or not.
fn runs(on: Date) -> SimpleExpr {
    let endless = any(row::Column::EndDate).is_null().or(any(row::Column::EndDate).gt(on));
    any(row::Column::FirstOut).gt(on).and(endless)
}

/// Suspensions of a certificate on a day.
fn suspending(certificate: (&'static str, row::Column), on: Date) -> SelectStatement {
    use suspension::Column::{Certificate, FromDate, UntilDate};
    let of = |column| Expr::col((suspension::Entity, column));
    let mut found = Query::select();
    found.from(suspension::Entity).and_where(of(Certificate).equals(certificate)).and_where(of(FromDate).lte(on));
    found.and_where(of(UntilDate).is_null().or(of(UntilDate).gt(on)));
    found
}

/// The certificates that are suspended on a day: few, and found by their own index.
fn standing_still(on: Date) -> SelectStatement {
    use suspension::Column::{Certificate, FromDate, UntilDate};
    let mut found = Query::select();
    found.column(Certificate).from(suspension::Entity).and_where(FromDate.lte(on));
    found.and_where(UntilDate.is_null().or(UntilDate.gt(on)));
    found
}

fn is_suspended(on: Date) -> SimpleExpr {
    Expr::exists(suspending((ANY, row::Column::Certificate), on).expr(Expr::val(1)).take())
}

fn in_force(on: Date) -> SimpleExpr {
    runs(on).and(is_suspended(on).not())
}

/// Since when the certificate at hand is suspended on a day, as a value.
pub(crate) fn suspended_since(on: Date) -> SimpleExpr {
    let from = (suspension::Entity, suspension::Column::FromDate);
    let mut found = suspending((HELD, row::Column::Certificate), on);
    found.column(from).order_by(from, Order::Asc).limit(1);
    Expr::SubQuery(None, Box::new(found.into()))
}

/// To whom the certificate at hand was transferred last by a day, as that producer is shown; NULL where it was to nobody.
pub(crate) fn transferred_to(on: Date) -> SimpleExpr {
    use transfer::Column::{Act, Certificate, FromDate, HolderId};
    let of = |column| (transfer::Entity, column);
    let mut found = Query::select();
    found.expr(shown(of(HolderId))).from(transfer::Entity);
    found.and_where(Expr::col(of(Certificate)).equals((HELD, row::Column::Certificate)));
    found.and_where(Expr::col(of(FromDate)).lte(on)).order_by(of(FromDate), Order::Desc).order_by(of(Act), Order::Desc);
    Expr::SubQuery(None, Box::new(found.limit(1).take().into()))
}

/// Products of which a certificate was transferred to a producer, or to one merged into it, at some time.
pub(crate) fn ever_transferred_to(producer: Uuid) -> SimpleExpr {
    use transfer::Column::{Certificate, HolderId};
    let to = is_or_merged_into((transfer::Entity, HolderId), producer);
    let certificates = Query::select().column(Certificate).from(transfer::Entity).cond_where(to).take();
    let with = row::Column::Certificate.in_subquery(certificates);
    let products = Query::select().column(row::Column::ProductId).from(row::Entity).and_where(with).take();
    Expr::col((product::Entity, product::Column::Id)).in_subquery(products)
}

/// Certificates decided by a day.
fn decided(on: Date) -> SelectStatement {
    let mut found = Query::select();
    found.from_as(row::Entity, ANY).and_where(any(row::Column::DecisionDate).lte(on));
    found
}

/// The certificate of the product at hand that is in force on a day, else one that is suspended, else the last one decided by then.
pub(crate) fn standing_on(on: Date) -> SelectStatement {
    let mut found = decided(on);
    found
        .column((ANY, row::Column::Certificate))
        .and_where(any(row::Column::ProductId).equals((product::Entity, product::Column::Id)))
        .order_by_expr(in_force(on), Order::Desc)
        .order_by_expr(runs(on), Order::Desc)
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
        Some(Standing::Suspended) => {
            let suspended =
                with.and_where(runs(on)).and_where(any(row::Column::Certificate).in_subquery(standing_still(on)));
            let suspended = suspended.take();
            Some(id().in_subquery(suspended).and(none_of(decided(on).and_where(in_force(on)).take())))
        }
        // As for those in force.
        Some(Standing::Lapsed) if stars == 0 => {
            Some(one_of(decided(on)).and(none_of(decided(on).and_where(runs(on)).take())))
        }
        Some(Standing::Lapsed) => {
            let mut valid = decided(on);
            valid.and_where(runs(on));
            Some(id().in_subquery(with).and(none_of(valid)))
        }
        Some(Standing::Never) if stars != 0 => Some(Expr::val(1).eq(0)),
        Some(Standing::Never) => Some(none_of(decided(on))),
    }
}
