//! Every query about the sizes of enterprises.

use kit::{Result, rows};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use time::Date;
use uuid::Uuid;

use crate::shared::records::record;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "producer_size")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub size_class: i32,
        pub begin_date: time::Date,
        pub basis: String,
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

/// A recorded size.
pub(crate) type Size = row::Model;
/// The table of sizes.
pub(crate) type Sizes = row::Entity;

/// The classes of several producers with the days from which they hold, in no order.
pub(crate) async fn sizes_of(db: &impl ConnectionTrait, producers: &[Uuid]) -> Result<Vec<(Uuid, i32, Date)>> {
    use row::Column::{BeginDate, ProducerId, SizeClass};
    let mut found = Vec::new();
    for some in producers.chunks(rows::CHUNK) {
        let query = row::Entity::find().select_only().columns([ProducerId, SizeClass, BeginDate]);
        found.extend(
            query.filter(ProducerId.is_in(rows::padded(some))).into_tuple::<(Uuid, i32, Date)>().all(db).await?,
        );
    }
    Ok(found)
}

/// The classes of a producer with the days from which they hold, in no order.
pub(crate) async fn sizes(db: &impl ConnectionTrait, producer: Uuid) -> Result<Vec<(i32, Date)>> {
    use row::Column::{BeginDate, ProducerId, SizeClass};
    let query = row::Entity::find().select_only().columns([SizeClass, BeginDate]).filter(ProducerId.eq(producer));
    Ok(query.into_tuple().all(db).await?)
}
