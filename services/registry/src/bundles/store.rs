//! Every query about bundles. Which products a bundle has is a small list that is always read whole: JSON in a column;
//! that a product lies in one live bundle at most stands in the product's row.

use kit::{Error, Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;
use uuid::Uuid;

use crate::producers::store::{is_or_merged_into, owned};
use crate::products::store::row as product;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bundle")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub display_name: String,
        pub lead_id: Uuid,
        pub products: String,
        pub producer_id: Uuid,
        pub product_set: String,
        pub code: String,
        pub unit: String,
        pub unit_path: String,
        pub form_date: time::Date,
        pub dissolve_date: Option<time::Date>,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored bundle.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    pub(crate) lead_id: Uuid,
    pub(crate) products: Vec<Uuid>,
    pub(crate) producer_id: Uuid,
    pub(crate) product_set: String,
    pub(crate) code: String,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) form_date: Date,
    pub(crate) dissolve_date: Option<Date>,
    pub(crate) reason: String,
    pub(crate) sample: bool,
    pub(crate) version: i64,
    pub(crate) create_us: i64,
    pub(crate) update_us: i64,
}

fn to_row(b: &Bundle) -> Result<row::ActiveModel> {
    let row = row::Model {
        id: b.id,
        display_name: b.display_name.clone(),
        lead_id: b.lead_id,
        products: serde_json::to_string(&b.products).map_err(Error::internal)?,
        producer_id: b.producer_id,
        product_set: b.product_set.clone(),
        code: b.code.clone(),
        unit: b.unit.clone(),
        unit_path: b.unit_path.clone(),
        form_date: b.form_date,
        dissolve_date: b.dissolve_date,
        reason: b.reason.clone(),
        sample: b.sample,
        version: b.version,
        create_us: b.create_us,
        update_us: b.update_us,
    };
    Ok(row::ActiveModel::from(row).reset_all())
}

fn of_row(row: row::Model) -> Result<Bundle> {
    Ok(Bundle {
        id: row.id,
        display_name: row.display_name,
        lead_id: row.lead_id,
        products: serde_json::from_str(&row.products).map_err(Error::internal)?,
        producer_id: row.producer_id,
        product_set: row.product_set,
        code: row.code,
        unit: row.unit,
        unit_path: row.unit_path,
        form_date: row.form_date,
        dissolve_date: row.dissolve_date,
        reason: row.reason,
        sample: row.sample,
        version: row.version,
        create_us: row.create_us,
        update_us: row.update_us,
    })
}

/// Inserts a bundle.
pub(crate) async fn bundle_insert(tx: &impl ConnectionTrait, new: &Bundle) -> Result<()> {
    row::Entity::insert(to_row(new)?).exec_without_returning(tx).await?;
    Ok(())
}

/// The bundle.
pub(crate) async fn bundle_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Bundle>> {
    row::Entity::find_by_id(id).one(db).await?.map(of_row).transpose()
}

/// The bundle, locked until the transaction ends.
pub(crate) async fn bundle_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Bundle>> {
    row::Entity::find_by_id(id).lock_exclusive().one(tx).await?.map(of_row).transpose()
}

/// Stores a bundle as it is now.
pub(crate) async fn bundle_update(tx: &impl ConnectionTrait, now: &Bundle) -> Result<()> {
    row::Entity::update_many().set(to_row(now)?).filter(row::Column::Id.eq(now.id)).exec(tx).await?;
    Ok(())
}

/// Locks products in the order of their ids, so that two bundles never wait for each other.
pub(crate) async fn products_lock(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    let query = product::Entity::find().filter(product::Column::Id.is_in(rows::padded(ids)));
    query.order_by_asc(product::Column::Id).lock_exclusive().all(tx).await?;
    Ok(())
}

/// The products that a bundle holds from now on; those that it held before stand alone.
pub(crate) async fn hold(tx: &impl ConnectionTrait, bundle: Uuid, ids: &[Uuid]) -> Result<()> {
    use product::Column::{BundleId, Id};
    let mut free =
        product::Entity::update_many().col_expr(BundleId, Expr::val(None::<Uuid>)).filter(BundleId.eq(bundle));
    if !ids.is_empty() {
        free = free.filter(Id.is_not_in(rows::padded(ids)));
    }
    free.exec(tx).await?;
    if !ids.is_empty() {
        let held = product::Entity::update_many().col_expr(BundleId, Expr::val(bundle));
        held.filter(Id.is_in(rows::padded(ids))).exec(tx).await?;
    }
    Ok(())
}

/// What a list of bundles is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) producer: Option<Uuid>,
    pub(crate) show_dissolved: bool,
}

/// A page of bundles in the order in which they were recorded.
pub(crate) async fn bundle_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Bundle>> {
    use row::Column::{DissolveDate, Id, ProducerId, UnitPath};
    let mut query = row::Entity::find()
        .filter(reach.on(UnitPath, |owners| owned((row::Entity, ProducerId), owners)))
        .filter(filter.within.on(UnitPath))
        .filter(rows::after_id(page, Id));
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    if !filter.show_dissolved {
        query = query.filter(Expr::col(DissolveDate).is_null());
    }
    query.order_by_asc(Id).limit(page.size + 1).all(db).await?.into_iter().map(of_row).collect()
}
