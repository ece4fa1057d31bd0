//! The queries of papers and keys.

use kit::{Page, Result, Scope};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use super::domain::Reason;
use super::seal::plain;
use crate::shared::store::{before, stored};

mod paper {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate_paper")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub certificate: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub edition: i32,
        pub reason: String,
        pub paper_date: time::Date,
        pub place: String,
        pub signed_by: String,
        pub holder: String,
        pub sheet: String,
        pub token: String,
        pub kid: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod signing_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub serial: i32,
        pub kid: String,
        pub seed: String,
        pub public: String,
        pub create_us: i64,
        pub retire_us: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use paper::Column as C;

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its id.
    pub id: Uuid,
    /// The certificate.
    pub certificate: Uuid,
    /// The product's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// Which one it is, from 1.
    pub edition: i32,
    /// Why it was issued.
    pub reason: Reason,
    /// Its day.
    pub paper_date: Date,
    /// Its place.
    pub place: String,
    /// The post that signs.
    pub signed_by: String,
    /// The holder's name.
    pub holder: String,
    /// What it says of the certificate, frozen: JSON.
    pub sheet: String,
    /// What its code holds.
    pub token: String,
    /// Id of the key.
    pub kid: String,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

fn read(row: paper::Model) -> Result<Paper> {
    Ok(Paper {
        id: row.id,
        certificate: row.certificate,
        unit: row.unit,
        unit_path: row.unit_path,
        edition: row.edition,
        reason: stored(&row.reason, Reason::of)?,
        paper_date: row.paper_date,
        place: row.place,
        signed_by: row.signed_by,
        holder: row.holder,
        sheet: row.sheet,
        token: row.token,
        kid: row.kid,
        sample: row.sample,
        create_us: row.create_us,
    })
}

/// Stores a new paper.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &impl ConnectionTrait, new: &Paper) -> Result<()> {
    let row = paper::ActiveModel {
        id: Set(new.id),
        certificate: Set(new.certificate),
        unit: Set(new.unit.clone()),
        unit_path: Set(new.unit_path.clone()),
        edition: Set(new.edition),
        reason: Set(new.reason.as_str().to_owned()),
        paper_date: Set(new.paper_date),
        place: Set(new.place.clone()),
        signed_by: Set(new.signed_by.clone()),
        holder: Set(new.holder.clone()),
        sheet: Set(new.sheet.clone()),
        token: Set(new.token.clone()),
        kid: Set(new.kid.clone()),
        sample: Set(new.sample),
        create_us: Set(new.create_us),
    };
    paper::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The newest edition of a certificate; 0 where there is none.
///
/// # Errors
/// What the database says.
pub async fn latest(db: &impl ConnectionTrait, certificate: Uuid) -> Result<i32> {
    let query = paper::Entity::find().select_only().column_as(C::Edition.max(), "edition");
    let found: Option<Option<i32>> = query.filter(C::Certificate.eq(certificate)).into_tuple().one(db).await?;
    Ok(found.flatten().unwrap_or(0))
}

/// One paper.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Paper>> {
    paper::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// A page of papers, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    certificate: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Paper>> {
    let mut query = paper::Entity::find().filter(scope.on(C::UnitPath)).filter(before(page, C::PaperDate, C::Id));
    if let Some(certificate) = certificate {
        query = query.filter(C::Certificate.eq(certificate));
    }
    query = query.order_by_desc(C::PaperDate).order_by_desc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}

/// A key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Its place in the row of keys, from 1.
    pub serial: i32,
    /// Its id.
    pub kid: String,
    /// Its public half, base64url.
    pub public: String,
    /// Its secret, sealed.
    pub sealed: String,
    /// When it was made.
    pub create_us: i64,
    /// When another took its place.
    pub retire_us: Option<i64>,
}

fn read_key(row: signing_key::Model) -> Key {
    let sealed = row.seed;
    // A release that did not seal kept the secret alone.
    let of_before = || plain(&sealed).map(|seed| ::paper::token::public(&seed, &row.kid).x).unwrap_or_default();
    let public = if row.public.is_empty() { of_before() } else { row.public };
    Key { serial: row.serial, kid: row.kid, public, sealed, create_us: row.create_us, retire_us: row.retire_us }
}

/// All keys, the newest first.
///
/// # Errors
/// What the database says.
pub async fn keys(db: &impl ConnectionTrait) -> Result<Vec<Key>> {
    let query = signing_key::Entity::find().order_by_desc(signing_key::Column::Serial);
    Ok(query.all(db).await?.into_iter().map(read_key).collect())
}

/// Stores a key unless there is one of its serial, and answers all keys: of two writers at once one makes the key.
///
/// # Errors
/// What the database says.
pub async fn add_key(tx: &impl ConnectionTrait, key: &Key) -> Result<Vec<Key>> {
    use signing_key::Column as K;
    let row = signing_key::ActiveModel {
        serial: Set(key.serial),
        kid: Set(key.kid.clone()),
        seed: Set(key.sealed.clone()),
        public: Set(key.public.clone()),
        create_us: Set(key.create_us),
        retire_us: Set(None),
    };
    signing_key::Entity::insert(row)
        .on_conflict(OnConflict::column(K::Serial).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    signing_key::Entity::update_many()
        .col_expr(K::RetireUs, Expr::val(key.create_us))
        .filter(K::Serial.lt(key.serial))
        .filter(K::RetireUs.is_null())
        .exec(tx)
        .await?;
    keys(tx).await
}

/// Puts the sealed secret of a key, and its public half, in the place of what stood there.
///
/// # Errors
/// What the database says.
pub async fn put_sealed(tx: &impl ConnectionTrait, key: &Key) -> Result<()> {
    use signing_key::Column as K;
    signing_key::Entity::update_many()
        .col_expr(K::Seed, Expr::val(&key.sealed))
        .col_expr(K::Public, Expr::val(&key.public))
        .filter(K::Serial.eq(key.serial))
        .exec(tx)
        .await?;
    Ok(())
}
