//! Every query about accounts, but for the condition of other rooms' lists (`shared::own`).

use kit::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::shared::records::record;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer_account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub subject: String,
        pub begin_date: time::Date,
        pub end_date: Option<time::Date>,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

record!(row);

/// A stored account.
pub(crate) type Account = row::Model;
/// The table of accounts.
pub(crate) type Accounts = row::Entity;

/// The account by which a subject speaks for a producer, if it does.
pub(crate) async fn held(db: &impl ConnectionTrait, producer: Uuid, subject: &str) -> Result<Option<Uuid>> {
    let account = row::Entity::find()
        .select_only()
        .column(row::Column::Id)
        .filter(row::Column::ProducerId.eq(producer))
        .filter(row::Column::Subject.eq(subject))
        .filter(row::Column::EndDate.is_null());
    Ok(account.into_tuple().one(db).await?)
}
