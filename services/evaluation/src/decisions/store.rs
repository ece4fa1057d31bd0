//! The queries of decisions.

use kit::{Page, Result, Scope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use crate::shared::store::before;

mod decision {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "decision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub number: String,
        pub number_key: String,
        pub year: i32,
        pub decision_date: time::Date,
        pub authority: String,
        pub signed_by: String,
        pub certificates: i32,
        pub sample: bool,
        pub create_us: i64,
        pub signer_authorisation: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use decision::Column as C;

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: Uuid,
    /// The unit that decides.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// Its number as printed.
    pub number: String,
    /// Its day.
    pub decision_date: Date,
    /// Who decides, as printed.
    pub authority: String,
    /// The post that signed.
    pub signed_by: String,
    /// How many certificates it made.
    pub certificates: i32,
    /// One of its sittings is an invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
    /// By what another post than the law's signed.
    pub signer_authorisation: String,
}

fn read(row: decision::Model) -> Decision {
    Decision {
        id: row.id,
        unit: row.unit,
        unit_path: row.unit_path,
        number: row.number,
        decision_date: row.decision_date,
        authority: row.authority,
        signed_by: row.signed_by,
        certificates: row.certificates,
        sample: row.sample,
        create_us: row.create_us,
        signer_authorisation: row.signer_authorisation,
    }
}

/// Stores a new decision.
///
/// # Errors
/// What the database says: a violated unique key means that the unit has a decision of this number in this year.
pub async fn insert(tx: &impl ConnectionTrait, decision: &Decision) -> Result<(), DbErr> {
    let row = decision::ActiveModel {
        id: Set(decision.id),
        unit: Set(decision.unit.clone()),
        unit_path: Set(decision.unit_path.clone()),
        number: Set(decision.number.clone()),
        number_key: Set(reference::text::fold_tight(&decision.number)),
        year: Set(decision.decision_date.year()),
        decision_date: Set(decision.decision_date),
        authority: Set(decision.authority.clone()),
        signed_by: Set(decision.signed_by.clone()),
        certificates: Set(decision.certificates),
        sample: Set(decision.sample),
        create_us: Set(decision.create_us),
        signer_authorisation: Set(decision.signer_authorisation.clone()),
    };
    decision::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One decision.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Decision>> {
    Ok(decision::Entity::find_by_id(id).one(db).await?.map(read))
}

/// A page of decisions, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    year: Option<i32>,
    page: &Page,
) -> Result<Vec<Decision>> {
    let mut query = decision::Entity::find()
        .filter(scope.on(C::UnitPath))
        .filter(within.on(C::UnitPath))
        .filter(before(page, C::DecisionDate, C::Id));
    if let Some(year) = year {
        query = query.filter(C::Year.eq(year));
    }
    query = query.order_by_desc(C::DecisionDate).order_by_desc(C::Id).limit(page.size + 1);
    Ok(query.all(db).await?.into_iter().map(read).collect())
}
