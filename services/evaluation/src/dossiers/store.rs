//! Where the copy of sealed dossiers is kept. Every statement may be repeated without harm.

use kit::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::domain::{Judged, Sealed};
use crate::shared::store::{of_text, stored, to_text};
use crate::sittings::domain::{kind_of, kind_text};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sealed_dossier")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier: Uuid,
        pub product: Uuid,
        pub kind: String,
        pub filing_date: time::Date,
        pub digest: String,
        pub bundle: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What stands for a single product.
const ALONE: &str = "null";

/// Puts a sealed dossier; one that was sealed again has its newest digest.
pub(crate) async fn put(tx: &impl ConnectionTrait, sealed: &Sealed) -> Result<()> {
    use row::Column::{Bundle, Digest, Dossier, FilingDate, Kind, Product};
    let bundle = match &sealed.judged {
        Judged::Untold => String::new(),
        Judged::Alone => ALONE.to_owned(),
        Judged::Bundle(bundle, products) => to_text(&(bundle, products))?,
    };
    let row = row::ActiveModel {
        dossier: Set(sealed.dossier),
        product: Set(sealed.product),
        kind: Set(kind_text(sealed.kind).to_owned()),
        filing_date: Set(sealed.filing_date),
        digest: Set(sealed.digest.clone()),
        bundle: Set(bundle),
    };
    let again = OnConflict::column(Dossier).update_columns([Product, Kind, FilingDate, Digest, Bundle]).to_owned();
    row::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// The sealed dossiers of a product.
pub(crate) async fn of_product(db: &impl ConnectionTrait, product: Uuid) -> Result<Vec<Sealed>> {
    let found = row::Entity::find().filter(row::Column::Product.eq(product)).all(db).await?;
    let read = |row: row::Model| {
        let judged = match row.bundle.as_str() {
            "" => Judged::Untold,
            ALONE => Judged::Alone,
            bundle => of_text(bundle).map(|(bundle, products)| Judged::Bundle(bundle, products))?,
        };
        Ok(Sealed {
            judged,
            dossier: row.dossier,
            product: row.product,
            kind: stored(&row.kind, kind_of)?,
            filing_date: row.filing_date,
            digest: row.digest,
        })
    };
    found.into_iter().map(read).collect()
}
