//! Every query about erasures.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasure")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub person_id: Uuid,
        pub request_date: time::Date,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored erasure.
pub(crate) type Erasure = row::Model;

/// Inserts an erasure.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Erasure) -> Result<()> {
    row::Entity::insert(row::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// The erasure.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Erasure>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// A page of erasures in the order in which they were recorded.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    page: &Page,
) -> Result<Vec<Erasure>> {
    use row::Column::{Id, UnitPath};
    let query = row::Entity::find().filter(scope.on(UnitPath)).filter(within.on(UnitPath));
    let query = query.filter(rows::after_id(page, Id)).order_by_asc(Id).limit(page.size + 1);
    Ok(query.all(db).await?)
}

/// Services whose answers hold personal data.
const PERSONAL: [&str; 2] = ["PersonService/", "ContactService/"];

/// Empties the answers kept for repeats that name a person: a repeat is still no second write, and tells nothing.
pub(crate) async fn forget_replies(tx: &impl ConnectionTrait, person: &str) -> Result<()> {
    let holds = match tx.get_database_backend() {
        DbBackend::Postgres => Expr::cust_with_values("position($1 in reply) > 0", [person.as_bytes().to_vec()]),
        _ => Expr::cust_with_values("instr(reply, ?) > 0", [person.as_bytes().to_vec()]),
    };
    for service in PERSONAL {
        let mut forget = Query::update();
        forget
            .table(Alias::new("request"))
            .value(Alias::new("reply"), Vec::<u8>::new())
            .and_where(Expr::col(Alias::new("method")).like(format!("%{service}%")))
            .and_where(holds.clone());
        tx.execute(&forget).await?;
    }
    Ok(())
}
