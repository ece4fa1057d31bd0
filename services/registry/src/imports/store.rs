//! What was imported under which request id, with the verdicts.

use kit::Result;
use kit::db::is_postgres;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use uuid::Uuid;

mod run {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_run")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub caller: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        pub create_us: i64,
        pub id: Uuid,
        pub request_hash: Vec<u8>,
        pub finished: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod batch {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_batch")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub caller: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub batch: i32,
        pub create_us: i64,
        pub verdicts: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An import that was begun.
pub(crate) type Run = run::Model;

/// Who imports under which id.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) caller: String,
    pub(crate) request_id: Uuid,
}

/// The advisory lock of PostgreSQL that one import at a time holds.
const TURN: i64 = 0x6f63_6f70_0010;

/// Takes the turn of imports until the transaction ends; false where another import has it. Two lists that name the same new
/// producers must see each other's. SQLite has one writer anyway.
pub(crate) async fn turn(tx: &impl ConnectionTrait) -> Result<bool> {
    if !is_postgres(tx) {
        return Ok(true);
    }
    // Every statement of an import looks keys up. A plan made while the tables were empty would read them whole later.
    tx.execute_unprepared("SET LOCAL enable_seqscan = off").await?;
    let sql = "SELECT pg_try_advisory_xact_lock($1) AS turn";
    let row = tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [TURN.into()])).await?;
    Ok(row.map(|row| row.try_get("", "turn")).transpose()?.unwrap_or(false))
}

/// The import of a key.
pub(crate) async fn run_fetch(db: &impl ConnectionTrait, key: &Key) -> Result<Option<Run>> {
    Ok(run::Entity::find_by_id((key.caller.clone(), key.request_id)).one(db).await?)
}

/// Writes down that an import has begun.
pub(crate) async fn run_insert(tx: &impl ConnectionTrait, new: Run) -> std::result::Result<(), DbErr> {
    run::Entity::insert(run::ActiveModel::from(new)).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes down that an import has ended.
pub(crate) async fn run_finish(tx: &impl ConnectionTrait, key: &Key) -> Result<()> {
    run::Entity::update_many()
        .col_expr(run::Column::Finished, Expr::val(true))
        .filter(run::Column::Caller.eq(&key.caller))
        .filter(run::Column::RequestId.eq(key.request_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets imports that were begun before an instant.
pub(crate) async fn sweep(tx: &impl ConnectionTrait, before_us: i64) -> Result<()> {
    batch::Entity::delete_many().filter(batch::Column::CreateUs.lt(before_us)).exec(tx).await?;
    run::Entity::delete_many().filter(run::Column::CreateUs.lt(before_us)).exec(tx).await?;
    Ok(())
}

/// Keeps the verdicts of a batch.
pub(crate) async fn batch_insert(
    tx: &impl ConnectionTrait,
    key: &Key,
    (batch, verdicts): (i32, Vec<u8>),
    create_us: i64,
) -> std::result::Result<(), DbErr> {
    let (caller, request_id) = (Set(key.caller.clone()), Set(key.request_id));
    let new = batch::ActiveModel {
        caller,
        request_id,
        batch: Set(batch),
        create_us: Set(create_us),
        verdicts: Set(verdicts),
    };
    batch::Entity::insert(new).exec_without_returning(tx).await?;
    Ok(())
}

fn of(key: &Key) -> sea_orm::Select<batch::Entity> {
    let own = batch::Entity::find().filter(batch::Column::Caller.eq(&key.caller));
    own.filter(batch::Column::RequestId.eq(key.request_id))
}

/// How many batches are stored.
pub(crate) async fn batch_count(db: &impl ConnectionTrait, key: &Key) -> Result<i32> {
    Ok(i32::try_from(of(key).count(db).await?).unwrap_or(i32::MAX))
}

/// The verdicts of a batch.
pub(crate) async fn batch_fetch(db: &impl ConnectionTrait, key: &Key, number: i32) -> Result<Option<Vec<u8>>> {
    let verdicts = of(key).filter(batch::Column::Batch.eq(number)).select_only().column(batch::Column::Verdicts);
    Ok(verdicts.order_by_asc(batch::Column::Batch).into_tuple().one(db).await?)
}
