//! Which products are judged under a dossier, and that each of them has one open dossier: the unique key is the product among
//! the rows that are open.

use kit::{Result, rows};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier_goods")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        pub is_open: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An open dossier judges exactly these products from now on. They are locked, and looked up with [`open_of`] before.
pub(crate) async fn cover(tx: &impl ConnectionTrait, dossier: Uuid, products: &[Uuid]) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::DossierId.eq(dossier)).exec(tx).await?;
    let of = |id: &Uuid| row::ActiveModel { dossier_id: Set(dossier), product_id: Set(*id), is_open: Set(true) };
    row::Entity::insert_many(products.iter().map(of)).exec_without_returning(tx).await?;
    Ok(())
}

/// The dossier is open no more.
pub(crate) async fn close(tx: &impl ConnectionTrait, dossier: Uuid) -> Result<()> {
    use row::Column::{DossierId, IsOpen};
    row::Entity::update_many().col_expr(IsOpen, Expr::val(false)).filter(DossierId.eq(dossier)).exec(tx).await?;
    Ok(())
}

/// Another open dossier of one of these products.
pub(crate) async fn open_of(tx: &impl ConnectionTrait, own: Uuid, products: &[Uuid]) -> Result<Option<Uuid>> {
    use row::Column::{DossierId, IsOpen, ProductId};
    let query = row::Entity::find().select_only().column(DossierId).filter(ProductId.is_in(rows::padded(products)));
    let query = query.filter(IsOpen.eq(true)).filter(DossierId.ne(own)).order_by_asc(DossierId);
    Ok(query.into_tuple().one(tx).await?)
}

/// Dossiers under which a product is judged.
pub(crate) fn judged<C: IntoColumnRef>(dossier: C, product: Uuid) -> SimpleExpr {
    let all = Query::select()
        .column(row::Column::DossierId)
        .from(row::Entity)
        .and_where(row::Column::ProductId.eq(product))
        .take();
    Expr::col(dossier).in_subquery(all)
}
