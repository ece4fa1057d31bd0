//! Every query about sites.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use time::Date;

use crate::shared::records::record;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "site")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub producer_id: Uuid,
        pub commune: String,
        pub kind: i32,
        pub display_name: String,
        pub address: String,
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

/// A stored one.
pub(crate) type Site = row::Model;
/// The table.
pub(crate) type Sites = row::Entity;

/// What is in use on a day; all without one.
pub(crate) fn in_use(day: Option<Date>) -> Condition {
    let Some(day) = day else { return Condition::all() };
    let lasting = Condition::any().add(row::Column::EndDate.is_null()).add(row::Column::EndDate.gte(day));
    Condition::all().add(row::Column::BeginDate.lte(day)).add(lasting)
}
