//! The queries of the norms that units have set, one statement each.

use kit::{OnUnique, Page, Reason, Result};
use reference::norms::Areas;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Cut, NewNorm, Own, Rate, and_above};
use crate::estimates::lines::Category;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "norm")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner_unit: String,
        pub owner_path: String,
        pub same_key: String,
        pub name_vi: String,
        pub name_en: String,
        pub kind: i32,
        pub amount_vnd: i64,
        pub ceiling: bool,
        pub unit: i32,
        pub category: String,
        pub areas: i32,
        pub stars: i32,
        pub legal_reference: String,
        pub verified: bool,
        pub valid_from: time::Date,
        pub valid_to: Option<time::Date>,
        pub source: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A norm as it is kept.
pub type Norm = row::Model;

fn from_day(day: Date) -> Condition {
    Condition::any().add(row::Column::ValidTo.is_null()).add(row::Column::ValidTo.gte(day))
}

/// Lets nobody else record a norm of the same unit and key until the transaction ends. SQLite has one writer anyway.
pub async fn alone(tx: &impl ConnectionTrait, new: &NewNorm) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let key = format!("{} {}", new.owner.name, new.key());
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()])).await?;
    }
    Ok(())
}

/// A norm of the same unit and key that counts on some of these days.
pub async fn overlapping(tx: &impl ConnectionTrait, new: &NewNorm) -> Result<Option<Uuid>> {
    use row::Column::{Id, OwnerUnit, SameKey, ValidFrom};
    let mut query = row::Entity::find()
        .select_only()
        .column(Id)
        .filter(OwnerUnit.eq(&new.owner.name))
        .filter(SameKey.eq(new.key()))
        .filter(from_day(new.valid_from));
    if let Some(last) = new.valid_to {
        query = query.filter(ValidFrom.lte(last));
    }
    Ok(query.order_by_asc(Id).into_tuple().one(tx).await?)
}

/// Keeps a norm.
///
/// # Errors
/// ALREADY_EXISTS with the reason where another one of the same key and first day was recorded at the same time.
pub async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    new: &NewNorm,
    now_us: i64,
    (taken, name): (impl Reason, &str),
) -> Result<Norm> {
    let norm = Norm {
        id,
        owner_unit: new.owner.name.clone(),
        owner_path: new.owner.path.clone(),
        same_key: new.key(),
        name_vi: new.name_vi.clone(),
        name_en: new.name_en.clone(),
        kind: new.kind.number(),
        amount_vnd: new.amount_vnd,
        ceiling: new.ceiling,
        unit: new.unit.number(),
        category: new.category.map_or("", Category::word).to_owned(),
        areas: new.areas.bits(),
        stars: new.stars,
        legal_reference: new.legal_reference.clone(),
        verified: new.verified,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        source: new.source.clone(),
        sample: new.sample,
        create_us: now_us,
    };
    let row = norm.clone().into_active_model().reset_all();
    row::Entity::insert(row).exec_without_returning(tx).await.on_unique(taken, name)?;
    Ok(norm)
}

/// One norm.
pub async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Norm>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One norm, so that nobody else ends it until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Norm>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Gives a norm its last day.
pub async fn end(tx: &impl ConnectionTrait, norm: Norm, last: Date) -> Result<Norm> {
    let row = row::ActiveModel { id: Set(norm.id), valid_to: Set(Some(last)), ..Default::default() };
    row::Entity::update(row).exec(tx).await?;
    Ok(Norm { valid_to: Some(last), ..norm })
}

/// The rates of these norms by id; those that are not there are left out.
pub async fn rates(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Own> {
    if ids.is_empty() {
        return Ok(Own::new());
    }
    let ids = kit::rows::padded(ids);
    let found = row::Entity::find().filter(row::Column::Id.is_in(ids)).all(db).await?;
    let rate = |norm: Norm| {
        let rate = Rate {
            amount_vnd: norm.amount_vnd,
            ceiling: norm.ceiling,
            legal_reference: norm.legal_reference,
            verified: norm.verified,
            sample: norm.sample,
            path: norm.owner_path,
            days: (norm.valid_from, norm.valid_to),
        };
        (norm.id.to_string(), rate)
    };
    Ok(found.into_iter().map(rate).collect())
}

fn areas(areas: Areas) -> Condition {
    if areas == Areas::default() {
        return Condition::all();
    }
    let column = || Expr::col(row::Column::Areas);
    Condition::any().add(column().eq(0)).add(column().bit_and(areas.bits()).ne(0))
}

/// The norms of units behind an id that a list leaves, in the order of their ids, with one more than the page.
pub async fn list(db: &impl ConnectionTrait, cut: &Cut, after: Option<&str>, page: &Page) -> Result<Vec<Norm>> {
    use row::Column::{Category, Id, Kind, OwnerUnit, ValidFrom};
    let mut query =
        row::Entity::find().filter(ValidFrom.lte(cut.as_of)).filter(from_day(cut.as_of)).filter(areas(cut.areas));
    if let Some(last) = after {
        // Behind an id of the reference data there is none of these: theirs begin with digits.
        query = query.filter(Id.gt(Uuid::try_parse(last).unwrap_or(Uuid::max())));
    }
    if let Some(path) = &cut.path {
        query = query.filter(OwnerUnit.is_in(and_above(path)));
    }
    if let Some(kind) = cut.kind {
        query = query.filter(Kind.eq(kind.number()));
    }
    if let Some(category) = cut.category {
        query = query.filter(Category.is_in(["", category.word()]));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
