//! Repeats: a request id takes effect once. The row that says so is written in the effect's own transaction, with the
//! reply; a second call with the same id finds it and answers the same.
//!
//! Nothing is looked up before the effect: the row is inserted last, and where it is there already the whole second
//! effect is rolled back. So a first call pays one insert and a repeat pays for itself.
//! Replies are kept for 48 hours (the contract asks for 24) and then swept; they may hold personal data, which is why
//! they are no part of the journal.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Index, Table, TableCreateStatement};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use sea_orm_migration::prelude::{ColumnDef, SchemaManager};
use sha2::{Digest, Sha256};

use crate::db::Database;
use crate::error::Result;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub caller: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub method: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        pub request_hash: Vec<u8>,
        pub unit_path: String,
        pub reply: Vec<u8>,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who asked, for what, under which id, in which words.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) request_id: Uuid,
    pub(crate) hash: Vec<u8>,
}

impl Key {
    pub(crate) fn hash(body: &[u8]) -> Vec<u8> {
        Sha256::digest(body).to_vec()
    }
}

/// A reply that was given before.
pub(crate) struct Given {
    pub(crate) same_body: bool,
    pub(crate) unit_path: String,
    pub(crate) reply: Vec<u8>,
}

/// Keeps the reply. The outer error is the database's; `false` means that the id was used before.
pub(crate) async fn keep(
    tx: &DatabaseTransaction,
    key: &Key,
    unit_path: String,
    reply: Vec<u8>,
    now_us: i64,
) -> Result<bool> {
    let kept = row::ActiveModel {
        caller: Set(key.caller.clone()),
        method: Set(key.method.clone()),
        request_id: Set(key.request_id),
        request_hash: Set(key.hash.clone()),
        unit_path: Set(unit_path),
        reply: Set(reply),
        create_us: Set(now_us),
    };
    match row::Entity::insert(kept).exec_without_returning(tx).await {
        Ok(_) => Ok(true),
        Err(e) if crate::error::is_unique(&e) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// The reply that was given to this id, if any.
pub(crate) async fn given(database: &Database, key: &Key) -> Result<Option<Given>> {
    let id = (key.caller.clone(), key.method.clone(), key.request_id);
    let found = row::Entity::find_by_id(id).one(database.reader()).await?;
    Ok(found.map(|r| Given { same_body: r.request_hash == key.hash, unit_path: r.unit_path, reply: r.reply }))
}

/// Forgets replies given before an instant.
pub(crate) async fn sweep(database: &Database, before_us: i64) -> Result<u64> {
    let tx = database.begin().await?;
    let gone = row::Entity::delete_many().filter(row::Column::CreateUs.lt(before_us)).exec(&tx).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

/// The table, for the kit's migration.
pub(crate) fn table(manager: &SchemaManager<'_>) -> TableCreateStatement {
    let name = Alias::new;
    let text = |column: &'static str| crate::migrate::bytes_text(manager, name(column)).not_null().take();
    Table::create()
        .table(name("request"))
        .col(text("caller"))
        .col(text("method"))
        .col(ColumnDef::new(name("request_id")).uuid().not_null())
        .col(ColumnDef::new(name("request_hash")).binary().not_null())
        .col(text("unit_path"))
        .col(ColumnDef::new(name("reply")).binary().not_null())
        .col(ColumnDef::new(name("create_us")).big_integer().not_null())
        .primary_key(Index::create().col(name("caller")).col(name("method")).col(name("request_id")))
        .take()
}
