//! The tables of plans and visits.

pub(super) mod plan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inspection_plan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub title: String,
        pub number: String,
        pub plan_date: time::Date,
        pub state: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod visit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inspection_visit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub plan: Option<Uuid>,
        pub certificate: Uuid,
        pub product: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub kind: String,
        pub planned_date: time::Date,
        pub team: String,
        pub state: String,
        pub held_date: Option<time::Date>,
        pub checklist: String,
        pub conclusion: String,
        pub findings: i32,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
