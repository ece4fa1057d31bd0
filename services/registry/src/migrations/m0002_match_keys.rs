//! Keys by which producers of equal and similar names are found, their indexes, and what merges them. The keys of rows that are there
//! already are worked out here, by `reference::names` as it is now; a release that folds otherwise writes them anew with
//! a migration of its own.

use kit::migrate::name;
use reference::names::ProducerName;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 3] = ["match_key", "match_head", "match_tail"];

/// Rows read at a time: memory does not grow with the table.
const BATCH: u64 = 1000;

/// The next rows by id, deleted ones too.
async fn batch(db: &SchemaManagerConnection<'_>, after: Uuid) -> Result<Vec<(Uuid, String)>, DbErr> {
    let next = Query::select()
        .columns([name("id"), name("display_name")])
        .from(name("producer"))
        .and_where(Expr::col(name("id")).gt(after))
        .order_by(name("id"), Order::Asc)
        .limit(BATCH)
        .take();
    let rows = db.query_all(&next).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "display_name")?))).collect()
}

async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let rows = batch(db, after).await?;
        for (id, display_name) in &rows {
            let named = ProducerName::of(display_name);
            let keys = [named.key(), named.head(), named.tail()];
            let update = Query::update()
                .table(name("producer"))
                .values(COLUMNS.into_iter().zip(keys).map(|(column, key)| (name(column), key.into())))
                .and_where(Expr::col(name("id")).eq(*id))
                .take();
            db.execute(&update).await?;
        }
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            // Rows of an older release that still writes beside this one have no key; an update gives them one.
            let column = kit::migrate::bytes_text(manager, name(column)).not_null().default("").take();
            manager.alter_table(Table::alter().table(name("producer")).add_column(column).take()).await?;
        }
        let reason = ColumnDef::new(name("merge_reason")).text().not_null().default("").take();
        for column in [ColumnDef::new(name("merged_into")).uuid().take(), reason] {
            manager.alter_table(Table::alter().table(name("producer")).add_column(column).take()).await?;
        }
        let db = manager.get_connection();
        fill(db).await?;
        for index in [
            "CREATE INDEX producer_match_key ON producer (match_key, unit, id) WHERE delete_us IS NULL",
            "CREATE INDEX producer_match_head ON producer (match_head, id) WHERE delete_us IS NULL",
            "CREATE INDEX producer_match_tail ON producer (match_tail, id) WHERE delete_us IS NULL",
            "CREATE INDEX producer_merged ON producer (merged_into) WHERE merged_into IS NOT NULL",
        ] {
            db.execute_raw(Statement::from_string(manager.get_database_backend(), index)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["producer_match_key", "producer_match_head", "producer_match_tail", "producer_merged"] {
            manager.drop_index(Index::drop().name(index).table(name("producer")).to_owned()).await?;
        }
        for column in COLUMNS.into_iter().chain(["merged_into", "merge_reason"]) {
            manager.alter_table(Table::alter().table(name("producer")).drop_column(name(column)).take()).await?;
        }
        Ok(())
    }
}
