//! Every query about evidence and its versions.

use kit::{Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use time::Date;
use uuid::Uuid;

use super::domain::{self, Span, Status};
use crate::producers::store::{is_or_merged_into, owned};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "evidence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub producer_id: Uuid,
        pub product_id: Option<Uuid>,
        pub kind: i32,
        pub title: String,
        pub issuing_body: String,
        pub document_number: String,
        pub valid_from: Option<time::Date>,
        pub valid_to: Option<time::Date>,
        pub latest: i32,
        pub unit: String,
        pub unit_path: String,
        pub sample: bool,
        pub withdraw_reason: String,
        pub withdraw_us: Option<i64>,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::file::Entity")]
        Version,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod file {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "evidence_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub evidence_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub file_name: String,
        pub media_type: String,
        pub size_bytes: i64,
        pub sha256: String,
        pub issuing_body: String,
        pub document_number: String,
        pub valid_from: Option<time::Date>,
        pub valid_to: Option<time::Date>,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::row::Entity", from = "Column::EvidenceId", to = "super::row::Column::Id")]
        Evidence,
    }

    impl Related<super::row::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Evidence.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A piece of evidence with the file of its newest version.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Evidence {
    pub(crate) id: Uuid,
    pub(crate) producer_id: Uuid,
    pub(crate) product_id: Option<Uuid>,
    pub(crate) kind: i32,
    pub(crate) title: String,
    pub(crate) issuing_body: String,
    pub(crate) document_number: String,
    pub(crate) valid_from: Option<Date>,
    pub(crate) valid_to: Option<Date>,
    pub(crate) latest: i32,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) sample: bool,
    pub(crate) withdraw_reason: String,
    pub(crate) withdraw_us: Option<i64>,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) size_bytes: i64,
    pub(crate) sha256: String,
    pub(crate) file_us: i64,
}

impl Evidence {
    /// From which day to which its newest version is good.
    pub(crate) fn span(&self) -> Span {
        Span { from: self.valid_from, to: self.valid_to }
    }

    /// Its newest version.
    pub(crate) fn latest(&self) -> Version {
        Version {
            place: self.latest,
            file_name: self.file_name.clone(),
            media_type: self.media_type.clone(),
            size_bytes: self.size_bytes,
            sha256: self.sha256.clone(),
            issuing_body: self.issuing_body.clone(),
            document_number: self.document_number.clone(),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            create_us: self.file_us,
        }
    }
}

/// One version.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Version {
    pub(crate) place: i32,
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) size_bytes: i64,
    pub(crate) sha256: String,
    pub(crate) issuing_body: String,
    pub(crate) document_number: String,
    pub(crate) valid_from: Option<Date>,
    pub(crate) valid_to: Option<Date>,
    pub(crate) create_us: i64,
}

/// Inserts evidence with its first version.
pub(crate) async fn evidence_insert(tx: &impl ConnectionTrait, e: &Evidence) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(e.id),
        producer_id: Set(e.producer_id),
        product_id: Set(e.product_id),
        kind: Set(e.kind),
        title: Set(e.title.clone()),
        issuing_body: Set(e.issuing_body.clone()),
        document_number: Set(e.document_number.clone()),
        valid_from: Set(e.valid_from),
        valid_to: Set(e.valid_to),
        latest: Set(e.latest),
        unit: Set(e.unit.clone()),
        unit_path: Set(e.unit_path.clone()),
        sample: Set(e.sample),
        withdraw_reason: Set(e.withdraw_reason.clone()),
        withdraw_us: Set(e.withdraw_us),
        version: Set(e.version),
        create_us: Set(e.create_us),
        update_us: Set(e.update_us),
    };
    row::Entity::insert(row).exec_without_returning(tx).await?;
    latest_insert(tx, e).await
}

/// Inserts the newest version of evidence.
pub(crate) async fn latest_insert(tx: &impl ConnectionTrait, e: &Evidence) -> Result<()> {
    let row = file::ActiveModel {
        evidence_id: Set(e.id),
        place: Set(e.latest),
        file_name: Set(e.file_name.clone()),
        media_type: Set(e.media_type.clone()),
        size_bytes: Set(e.size_bytes),
        sha256: Set(e.sha256.clone()),
        issuing_body: Set(e.issuing_body.clone()),
        document_number: Set(e.document_number.clone()),
        valid_from: Set(e.valid_from),
        valid_to: Set(e.valid_to),
        create_us: Set(e.file_us),
    };
    file::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Stores what changed of evidence.
pub(crate) async fn evidence_update(tx: &impl ConnectionTrait, e: &Evidence) -> Result<()> {
    use row::Column;
    row::Entity::update_many()
        .col_expr(Column::ProductId, Expr::val(e.product_id))
        .col_expr(Column::Kind, Expr::val(e.kind))
        .col_expr(Column::Title, Expr::val(e.title.as_str()))
        .col_expr(Column::IssuingBody, Expr::val(e.issuing_body.as_str()))
        .col_expr(Column::DocumentNumber, Expr::val(e.document_number.as_str()))
        .col_expr(Column::ValidFrom, Expr::val(e.valid_from))
        .col_expr(Column::ValidTo, Expr::val(e.valid_to))
        .col_expr(Column::Latest, Expr::val(e.latest))
        .col_expr(Column::WithdrawReason, Expr::val(e.withdraw_reason.as_str()))
        .col_expr(Column::WithdrawUs, Expr::val(e.withdraw_us))
        .col_expr(Column::Version, Expr::val(e.version))
        .col_expr(Column::UpdateUs, Expr::val(e.update_us))
        .filter(Column::Id.eq(e.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Stores what changed of what is said of the newest version.
pub(crate) async fn latest_update(tx: &impl ConnectionTrait, e: &Evidence) -> Result<()> {
    use file::Column;
    file::Entity::update_many()
        .col_expr(Column::IssuingBody, Expr::val(e.issuing_body.as_str()))
        .col_expr(Column::DocumentNumber, Expr::val(e.document_number.as_str()))
        .col_expr(Column::ValidFrom, Expr::val(e.valid_from))
        .col_expr(Column::ValidTo, Expr::val(e.valid_to))
        .filter(Column::EvidenceId.eq(e.id))
        .filter(Column::Place.eq(e.latest))
        .exec(tx)
        .await?;
    Ok(())
}

fn with_latest() -> sea_orm::Select<row::Entity> {
    row::Entity::find()
        .join(JoinType::InnerJoin, row::Relation::Version.def())
        .filter(Expr::col((file::Entity, file::Column::Place)).equals((row::Entity, row::Column::Latest)))
        .column(file::Column::FileName)
        .column(file::Column::MediaType)
        .column(file::Column::SizeBytes)
        .column(file::Column::Sha256)
        .column_as(file::Column::CreateUs, "file_us")
}

/// The evidence.
pub(crate) async fn evidence_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Evidence>> {
    Ok(with_latest().filter(row::Column::Id.eq(id)).into_model().one(db).await?)
}

/// The evidence, its row locked until the transaction ends.
pub(crate) async fn evidence_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Evidence>> {
    match row::Entity::find_by_id(id).lock_exclusive().one(tx).await? {
        Some(_) => evidence_fetch(tx, id).await,
        None => Ok(None),
    }
}

/// One version of evidence.
pub(crate) async fn version_fetch(db: &impl ConnectionTrait, id: Uuid, place: i32) -> Result<Option<Version>> {
    Ok(file::Entity::find_by_id((id, place)).into_model().one(db).await?)
}

/// A page of the versions of evidence, the oldest first.
pub(crate) async fn version_list(db: &impl ConnectionTrait, id: Uuid, page: &Page) -> Result<Vec<Version>> {
    // Tokens are sealed, so the cursor is what this list wrote; anything else ends the walk.
    let after = page.after.as_deref().map_or(0, |after| match after {
        [place] => place.parse().unwrap_or(i32::MAX),
        _ => i32::MAX,
    });
    let query = file::Entity::find().filter(file::Column::EvidenceId.eq(id)).filter(file::Column::Place.gt(after));
    Ok(query.order_by_asc(file::Column::Place).limit(page.size + 1).into_model().all(db).await?)
}

/// What a list of evidence is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) producer: Option<Uuid>,
    pub(crate) product: Option<Uuid>,
    pub(crate) kind: i32,
    pub(crate) status: Option<Status>,
    pub(crate) as_of: Date,
    pub(crate) show_withdrawn: bool,
}

/// Evidence of a status on a day: what [`domain::status`] says, as a condition.
fn is(status: Status, on: Date) -> Condition {
    use row::Column::{ValidFrom, ValidTo};
    let col = |column| Expr::col((row::Entity, column));
    let begun = || Condition::any().add(col(ValidFrom).is_null()).add(col(ValidFrom).lte(on));
    let soon = domain::soon(on);
    match status {
        Status::Undated => Condition::all().add(col(ValidFrom).is_null()).add(col(ValidTo).is_null()),
        Status::NotYetValid => Condition::all().add(col(ValidFrom).gt(on)),
        Status::Expired => Condition::all().add(begun()).add(col(ValidTo).lt(on)),
        Status::Expiring => Condition::all().add(begun()).add(col(ValidTo).gte(on)).add(col(ValidTo).lte(soon)),
        Status::Valid => {
            let endless = Condition::all().add(col(ValidTo).is_null()).add(col(ValidFrom).is_not_null());
            Condition::all().add(begun()).add(Condition::any().add(endless).add(col(ValidTo).gt(soon)))
        }
    }
}

/// A page of evidence in the order in which it was recorded.
pub(crate) async fn evidence_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Evidence>> {
    use row::Column::{Id, Kind, ProducerId, ProductId, UnitPath, WithdrawUs};
    let path = (row::Entity, UnitPath);
    let mut query = with_latest()
        .filter(reach.on(path, |owners| owned((row::Entity, ProducerId), owners)))
        .filter(filter.within.on(path))
        .filter(rows::after_id(page, (row::Entity, Id)));
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    if let Some(product) = filter.product {
        query = query.filter(ProductId.eq(product));
    }
    if filter.kind != 0 {
        query = query.filter(Kind.eq(filter.kind));
    }
    if let Some(status) = filter.status {
        query = query.filter(is(status, filter.as_of));
    }
    if !filter.show_withdrawn {
        query = query.filter(WithdrawUs.is_null());
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).into_model().all(db).await?)
}
