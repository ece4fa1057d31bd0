//! The tables of certificates and of what happens to them.

pub(super) mod certificate {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub product: Uuid,
        pub product_display_name: String,
        pub product_code: String,
        pub unit: String,
        pub unit_path: String,
        pub stars: i32,
        pub number: String,
        pub decision: Option<Uuid>,
        pub serial: i32,
        pub decision_number: String,
        pub earliest_date: time::Date,
        pub latest_date: time::Date,
        pub earliest_out: time::Date,
        pub latest_out: time::Date,
        pub months: i32,
        pub end_convention: String,
        pub authority: String,
        pub regime: String,
        pub sitting: Option<Uuid>,
        pub source_text: String,
        pub source_url: String,
        pub sample: bool,
        pub create_us: i64,
        pub holder: Option<Uuid>,
        pub bundle: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod led {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate_goods")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod end {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate_end")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Uuid,
        pub kind: String,
        pub end_date: time::Date,
        pub by_certificate: Option<Uuid>,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod span {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate_span")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub certificate: Uuid,
        pub kind: String,
        pub from_date: time::Date,
        pub until_date: Option<time::Date>,
        pub sitting: Option<Uuid>,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod product {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognised_product")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
