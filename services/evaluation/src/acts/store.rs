//! The queries of acts.

use kit::{Page, Result, Scope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Cause, Change, Kind};
use crate::shared::store::{before, of_text, stored, to_text};

mod act {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate_act")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub certificate: Uuid,
        pub product: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub kind: String,
        pub acting_unit: String,
        pub number: String,
        pub number_key: String,
        pub act_date: time::Date,
        pub authority: String,
        pub signed_by: String,
        pub ground: String,
        pub document: String,
        pub basis: String,
        pub cause: Option<String>,
        pub conclusion_date: Option<time::Date>,
        pub changes: String,
        pub holder: Option<Uuid>,
        pub previous_holder: Option<Uuid>,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use act::Column as C;

/// The paper of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The unit whose authority acts.
    pub unit: String,
    /// Its number.
    pub number: String,
    /// Its day.
    pub act_date: Date,
    /// Who acts, as printed.
    pub authority: String,
    /// The post that signed.
    pub signed_by: String,
    /// Why.
    pub ground: String,
    /// Where the paper lies.
    pub document: String,
}

/// An act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Its id.
    pub id: Uuid,
    /// The certificate.
    pub certificate: Uuid,
    /// The product.
    pub product: Uuid,
    /// The product's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// What it does.
    pub kind: Kind,
    /// Its paper.
    pub paper: Paper,
    /// What it rests on; may be empty.
    pub basis: String,
    /// Cause of a revocation.
    pub cause: Option<Cause>,
    /// Conclusion that a revocation rests on.
    pub conclusion_date: Option<Date>,
    /// What a correction changed.
    pub changes: Vec<Change>,
    /// New holder of a transfer.
    pub holder: Option<Uuid>,
    /// Holder before it.
    pub previous_holder: Option<Uuid>,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
}

fn read(row: act::Model) -> Result<Act> {
    Ok(Act {
        id: row.id,
        certificate: row.certificate,
        product: row.product,
        unit: row.unit,
        unit_path: row.unit_path,
        kind: stored(&row.kind, Kind::of)?,
        paper: Paper {
            unit: row.acting_unit,
            number: row.number,
            act_date: row.act_date,
            authority: row.authority,
            signed_by: row.signed_by,
            ground: row.ground,
            document: row.document,
        },
        basis: row.basis,
        cause: row.cause.map(|cause| stored(&cause, Cause::of)).transpose()?,
        conclusion_date: row.conclusion_date,
        changes: of_text(&row.changes)?,
        holder: row.holder,
        previous_holder: row.previous_holder,
        sample: row.sample,
        create_us: row.create_us,
    })
}

/// Stores a new act; its changes are written by [`changes_text`].
///
/// # Errors
/// What the database says: a violated unique key means that the certificate has such an act of this number.
pub async fn insert(tx: &impl ConnectionTrait, act: &Act, changes: String) -> Result<(), DbErr> {
    let paper = &act.paper;
    let row = act::ActiveModel {
        id: Set(act.id),
        certificate: Set(act.certificate),
        product: Set(act.product),
        unit: Set(act.unit.clone()),
        unit_path: Set(act.unit_path.clone()),
        kind: Set(act.kind.as_str().to_owned()),
        acting_unit: Set(paper.unit.clone()),
        number: Set(paper.number.clone()),
        number_key: Set(reference::text::fold_tight(&paper.number)),
        act_date: Set(paper.act_date),
        authority: Set(paper.authority.clone()),
        signed_by: Set(paper.signed_by.clone()),
        ground: Set(paper.ground.clone()),
        document: Set(paper.document.clone()),
        basis: Set(act.basis.clone()),
        cause: Set(act.cause.map(|cause| cause.as_str().to_owned())),
        conclusion_date: Set(act.conclusion_date),
        changes: Set(changes),
        holder: Set(act.holder),
        previous_holder: Set(act.previous_holder),
        sample: Set(act.sample),
        create_us: Set(act.create_us),
    };
    act::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The changes of an act as they are stored.
///
/// # Errors
/// INTERNAL; no value of ours fails to be written.
pub fn changes_text(act: &Act) -> Result<String> {
    to_text(&act.changes)
}

/// One act.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Act>> {
    act::Entity::find_by_id(id).one(db).await?.map(read).transpose()
}

/// What a list of acts is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Only on this certificate.
    pub certificate: Option<Uuid>,
    /// Only of this kind.
    pub kind: Option<Kind>,
}

/// A page of acts, the newest first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: &Page) -> Result<Vec<Act>> {
    let mut query = act::Entity::find()
        .filter(filter.scope.on(C::UnitPath))
        .filter(filter.within.on(C::UnitPath))
        .filter(before(page, C::ActDate, C::Id));
    if let Some(certificate) = filter.certificate {
        query = query.filter(C::Certificate.eq(certificate));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(C::Kind.eq(kind.as_str()));
    }
    query = query.order_by_desc(C::ActDate).order_by_desc(C::Id).limit(page.size + 1);
    query.all(db).await?.into_iter().map(read).collect()
}
