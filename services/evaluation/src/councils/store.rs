//! The queries of councils.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::{Level, Member, Rules, Seat, rules_on};
use crate::certificates::domain::EndConvention;
use crate::shared::store::{before, of_text, stored, to_text};

mod council {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "council")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub level: String,
        pub decision_number: String,
        pub decision_date: time::Date,
        pub title: String,
        pub members: String,
        pub spread_limit: i32,
        pub end_convention: String,
        pub sample: bool,
        pub create_us: i64,
        pub rules: String,
        pub seats: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use council::Column as C;

/// A council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Council {
    /// Its id.
    pub id: Uuid,
    /// Its unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// Its level.
    pub level: Level,
    /// Number of the decision that set it up.
    pub decision_number: String,
    /// Day of that decision.
    pub decision_date: Date,
    /// Its title.
    pub title: String,
    /// Its members.
    pub members: Vec<Member>,
    /// Widest spread of totals.
    pub spread_limit: i32,
    /// How the last day of its certificates is read.
    pub end_convention: EndConvention,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
    /// Working rules that took the place of the first ones, by their first day.
    pub rules: Vec<Rules>,
    /// Who marks as a member.
    pub seats: Vec<Seat>,
}

impl Council {
    /// The working rules on a day.
    #[must_use]
    pub fn rules_on(&self, day: Date) -> Rules {
        rules_on(Rules::first(self.decision_date, self.spread_limit), &self.rules, day)
    }
}

fn read(row: council::Model) -> Result<Council> {
    Ok(Council {
        id: row.id,
        unit: row.unit,
        unit_path: row.unit_path,
        level: stored(&row.level, Level::of)?,
        decision_number: row.decision_number,
        decision_date: row.decision_date,
        title: row.title,
        members: of_text(&row.members)?,
        spread_limit: row.spread_limit,
        end_convention: stored(&row.end_convention, EndConvention::of)?,
        sample: row.sample,
        create_us: row.create_us,
        rules: of_text(&row.rules)?,
        seats: of_text(&row.seats)?,
    })
}

/// Stores a new council.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, council: &Council) -> Result<()> {
    let row = council::ActiveModel {
        id: Set(council.id),
        unit: Set(council.unit.clone()),
        unit_path: Set(council.unit_path.clone()),
        level: Set(council.level.as_str().to_owned()),
        decision_number: Set(council.decision_number.clone()),
        decision_date: Set(council.decision_date),
        title: Set(council.title.clone()),
        members: Set(to_text(&council.members)?),
        spread_limit: Set(council.spread_limit),
        end_convention: Set(council.end_convention.as_str().to_owned()),
        sample: Set(council.sample),
        create_us: Set(council.create_us),
        rules: Set(to_text(&council.rules)?),
        seats: Set(to_text(&council.seats)?),
    };
    council::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// One council.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Council>> {
    council::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// One council, held until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Council>> {
    council::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(read).transpose()
}

/// Stores what can change of a council: rules and seats.
///
/// # Errors
/// What the database says.
pub async fn update(tx: &impl ConnectionTrait, changed: &Council) -> Result<()> {
    council::Entity::update_many()
        .col_expr(C::Rules, Expr::val(to_text(&changed.rules)?))
        .col_expr(C::Seats, Expr::val(to_text(&changed.seats)?))
        .filter(C::Id.eq(changed.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// A page of councils, the newest decision first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, within: &Scope, page: &Page) -> Result<Vec<Council>> {
    let query = council::Entity::find()
        .filter(scope.on(C::UnitPath))
        .filter(within.on(C::UnitPath))
        .filter(before(page, C::DecisionDate, C::Id))
        .order_by_desc(C::DecisionDate)
        .order_by_desc(C::Id)
        .limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}
