//! The journal: audit log and event feed in one. Every write appends its facts in its own transaction; a sealer gives
//! committed facts their place and chains them by hash.
//!
//! # Why a sealer
//! Sequence numbers become visible out of order on PostgreSQL: a reader that has seen 7 may meet 6 later and lose it.
//! A head row updated last by each write would order them, but holds its lock through the commit's fsync, so that
//! writers queue one behind the other. Instead facts are inserted without a place, and one sealer at a time (an advisory
//! lock) numbers what is committed, in batches, 1, 2, 3 … without gaps. Readers see sealed facts only.
//! A batch is numbered in the order of insertion: whoever saw another's commit inserted later, so no effect comes before
//! its cause.
//!
//! Settled by trial (`cargo run --release -p kit --features testing --example order`; 2 cores shared with the server and
//! with other builds, so read the ratios; an effect, a fact and a commit per write, until the last fact has its place;
//! writes in a second, and in brackets the part of what the same writes do without any order):
//!
//! | engine, writers | no order | head row | sealer |
//! |---|---|---|---|
//! | PostgreSQL, 16 | 5,370 | 1,143 (0.22) | 5,024 (0.87) |
//! | PostgreSQL, 64 | 7,694 | 2,191 (0.29) | 6,619 (0.88) |
//! | SQLite, 16 | 2,831 | 1,807 (0.64) | 1,323 (0.85) |
//! | SQLite, 64 | 2,626 | 2,887 (1.01) | 3,220 (1.07) |
//!
//! (Middle of five rounds, ratios within a round; the SQLite rows differ by more between rounds than between the ways: it
//! has one writer either way.) On PostgreSQL the sealer carries three to four times the writes; its price is that a fact
//! can be read some 25 ms after its commit. That 16 writers in one process or two make one feed, every committed fact
//! once and each writer's in their order, is proved by the tests of [`crate::feed`] on both engines.
//!
//! # The chain
//! hash(n) = SHA-256(hash(n − 1) ‖ every column of fact n). `ocop audit verify` recomputes it and names the first fact
//! that was changed, is missing or cannot be read. Facts hold names of resources, never personal data.
//! What a chain alone cannot show: the newest facts cut off at the end, or all of it computed anew from some fact on, by
//! somebody with the database's password. Against both helps only a head that is kept elsewhere; readers of the feed keep
//! their position, and are refused with POSITION_UNKNOWN where the head has gone back behind it.
//!
//! Deliberately absent: deletion. The feed has no trimming yet, so every position from 1 can be read.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Index, Table};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::{ColumnDef, DeriveMigrationName, MigrationTrait, SchemaManager};
use sha2::{Digest, Sha256};
use time::Date;

use crate::db::Database;
use crate::error::Result;
use crate::values::day;

/// One fact of a write: what changed, where, on which day. See [`Fact::of`].
#[derive(Clone, Debug)]
pub struct Fact {
    pub(crate) resource: String,
    pub(crate) unit: String,
    pub(crate) act_date: Option<Date>,
    pub(crate) sample: bool,
    pub(crate) payload: prost_types::Any,
}

impl Fact {
    /// A fact about a resource.
    #[must_use]
    pub fn of(resource: &str) -> Self {
        Self {
            resource: resource.to_owned(),
            unit: String::new(),
            act_date: None,
            sample: false,
            payload: prost_types::Any::default(),
        }
    }

    /// The unit that it belongs to, by name.
    #[must_use]
    pub fn at(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The act's own day; today where it is not said.
    #[must_use]
    pub fn on(mut self, act_date: Date) -> Self {
        self.act_date = Some(act_date);
        self
    }

    /// True where the resource is an invented sample.
    #[must_use]
    pub fn sample(mut self, sample: bool) -> Self {
        self.sample = sample;
        self
    }

    /// What happened, as an event message of the package.
    #[must_use]
    pub fn tells<M: prost::Name>(mut self, event: &M) -> Self {
        self.payload = prost_types::Any { type_url: M::type_url(), value: event.encode_to_vec() };
        self
    }
}

/// Who did it, for the rows of one write.
pub(crate) struct Author<'a> {
    pub(crate) caller: &'a str,
    pub(crate) method: &'a str,
    pub(crate) request_id: Option<Uuid>,
    pub(crate) now_us: i64,
    pub(crate) today: Date,
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub record_us: i64,
        pub caller: String,
        pub method: String,
        pub request_id: Option<Uuid>,
        pub resource: String,
        pub unit: String,
        pub act_date: time::Date,
        pub sample: bool,
        pub payload_type: String,
        pub payload: Vec<u8>,
        pub position: Option<i64>,
        pub hash: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A sealed fact as the feed and the audit read it.
pub(crate) type Entry = row::Model;

/// Appends the facts of a write to its transaction.
pub(crate) async fn append(tx: &DatabaseTransaction, author: &Author<'_>, facts: Vec<Fact>) -> Result<()> {
    let rows = facts.into_iter().map(|fact| row::ActiveModel {
        id: sea_orm::ActiveValue::NotSet,
        record_us: Set(author.now_us),
        caller: Set(author.caller.to_owned()),
        method: Set(author.method.to_owned()),
        request_id: Set(author.request_id),
        resource: Set(fact.resource),
        unit: Set(fact.unit),
        act_date: Set(fact.act_date.unwrap_or(author.today)),
        sample: Set(fact.sample),
        payload_type: Set(fact.payload.type_url),
        payload: Set(fact.payload.value),
        position: Set(None),
        hash: Set(None),
    });
    row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// How many facts one sealing transaction takes.
const BATCH: u64 = 500;
/// PostgreSQL's advisory lock of the sealer.
const SEAL_LOCK: i64 = 0x6f63_6f70_0002;

/// Seals everything that is committed by now. Answers the position of the newest sealed fact.
pub(crate) async fn seal(database: &Database) -> Result<i64> {
    loop {
        if !any_unsealed(database).await? {
            return head(database).await;
        }
        let tx = database.begin().await?;
        if crate::db::is_postgres(&tx) {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({SEAL_LOCK})")).await?;
        }
        let last = row::Entity::find()
            .filter(row::Column::Position.is_not_null())
            .order_by_desc(row::Column::Position)
            .one(&tx)
            .await?;
        let waiting = row::Entity::find()
            .filter(row::Column::Position.is_null())
            .order_by_asc(row::Column::Id)
            .limit(BATCH)
            .all(&tx)
            .await?;
        if !waiting.is_empty() {
            tx.execute_unprepared(&sealing(last, waiting, crate::db::is_postgres(&tx))).await?;
        }
        tx.commit().await?;
    }
}

async fn any_unsealed(database: &Database) -> Result<bool> {
    let some = row::Entity::find().select_only().column(row::Column::Id).filter(row::Column::Position.is_null());
    let found: Option<i64> = some.limit(1).into_tuple().one(database.reader()).await?;
    Ok(found.is_some())
}

/// The one statement that seals a batch. All its values are our own numbers and hashes; written as text because its
/// length varies and would push useful statements out of the statement cache.
fn sealing(last: Option<Entry>, waiting: Vec<Entry>, postgres: bool) -> String {
    use std::fmt::Write;
    let (mut position, mut hash) =
        last.map_or((0, Vec::new()), |e| (e.position.unwrap_or(0), e.hash.unwrap_or_default()));
    let mut values = String::new();
    for entry in waiting {
        position += 1;
        hash = chained(&hash, position, &entry);
        let comma = if values.is_empty() { "" } else { "," };
        let literal =
            if postgres { format!("'\\x{}'::bytea", hex::encode(&hash)) } else { format!("x'{}'", hex::encode(&hash)) };
        let _ = write!(values, "{comma}({},{position},{literal})", entry.id);
    }
    format!(
        "UPDATE journal SET position = v.column2, hash = v.column3 FROM (VALUES {values}) AS v WHERE journal.id = v.column1"
    )
}

/// The hash of a fact at a place, from the hash before it.
fn chained(previous: &[u8], position: i64, entry: &Entry) -> Vec<u8> {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    part(previous);
    part(&position.to_be_bytes());
    part(&entry.id.to_be_bytes());
    part(&entry.record_us.to_be_bytes());
    part(entry.caller.as_bytes());
    part(entry.method.as_bytes());
    part(entry.request_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
    part(entry.resource.as_bytes());
    part(entry.unit.as_bytes());
    part(day::iso(entry.act_date).as_bytes());
    part(&[u8::from(entry.sample)]);
    part(entry.payload_type.as_bytes());
    part(&entry.payload);
    hasher.finalize().to_vec()
}

/// Position of the newest sealed fact; 0 before the first.
pub(crate) async fn head(database: &Database) -> Result<i64> {
    let head: Option<Option<i64>> = row::Entity::find()
        .select_only()
        .column_as(row::Column::Position.max(), "head")
        .into_tuple()
        .one(database.reader())
        .await?;
    Ok(head.flatten().unwrap_or(0))
}

/// Sealed facts after a position, in order.
pub(crate) async fn after(database: &Database, position: i64, most: u64) -> Result<Vec<Entry>> {
    let rows = row::Entity::find()
        .filter(row::Column::Position.gt(position))
        .order_by_asc(row::Column::Position)
        .limit(most)
        .all(database.reader())
        .await?;
    Ok(rows)
}

/// What a walk over the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Facts whose hash was recomputed and fits.
    pub intact: i64,
    /// The first fact that does not fit, with what is wrong with it.
    pub broken: Option<(i64, String)>,
}

/// Recomputes the chain from the first fact.
///
/// # Errors
/// What the database says.
pub async fn verify(database: &Database) -> Result<Verdict> {
    seal(database).await?;
    let (mut position, mut hash, mut most) = (0, Vec::new(), 1000);
    loop {
        let batch = match after(database, position, most).await {
            Ok(batch) => batch,
            // One fact among these holds what is no value of its column any more: find out which.
            Err(error) if error.code() == tonic::Code::Internal && most > 1 => {
                most = 1;
                continue;
            }
            Err(error) if error.code() == tonic::Code::Internal => {
                let what = "cannot be read".to_owned();
                return Ok(Verdict { intact: position, broken: Some((position + 1, what)) });
            }
            Err(error) => return Err(error),
        };
        if batch.is_empty() {
            return Ok(Verdict { intact: position, broken: None });
        }
        for entry in batch {
            let expected = position + 1;
            let found = entry.position.unwrap_or(0);
            if found != expected {
                return Ok(Verdict {
                    intact: position,
                    broken: Some((expected, format!("missing; the next is {found}"))),
                });
            }
            hash = chained(&hash, expected, &entry);
            if entry.hash.as_deref() != Some(hash.as_slice()) {
                let what = format!("{} by {} does not fit its hash", entry.resource, entry.method);
                return Ok(Verdict { intact: position, broken: Some((expected, what)) });
            }
            position = expected;
        }
    }
}

/// The tables of the kit in every service's database: `journal` and `request`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> std::result::Result<(), DbErr> {
        let name = Alias::new;
        let text = |column: &'static str| crate::migrate::bytes_text(manager, name(column)).not_null().take();
        let big = |column: &'static str| ColumnDef::new(name(column)).big_integer().not_null().take();
        manager
            .create_table(
                Table::create()
                    .table(name("journal"))
                    .col(ColumnDef::new(name("id")).big_integer().not_null().auto_increment().primary_key())
                    .col(big("record_us"))
                    .col(text("caller"))
                    .col(text("method"))
                    .col(ColumnDef::new(name("request_id")).uuid())
                    .col(text("resource"))
                    .col(text("unit"))
                    .col(ColumnDef::new(name("act_date")).date().not_null())
                    .col(ColumnDef::new(name("sample")).boolean().not_null())
                    .col(text("payload_type"))
                    .col(ColumnDef::new(name("payload")).binary().not_null())
                    .col(ColumnDef::new(name("position")).big_integer())
                    .col(ColumnDef::new(name("hash")).binary())
                    .take(),
            )
            .await?;
        let by_position =
            Index::create().name("journal_position").table(name("journal")).col(name("position")).unique().take();
        manager.create_index(by_position).await?;
        // A partial index: it holds only what waits for the sealer, so it stays small for ever.
        let waiting = "CREATE INDEX journal_unsealed ON journal (id) WHERE position IS NULL";
        manager.get_connection().execute_unprepared(waiting).await?;
        manager.create_table(crate::repeat::table(manager)).await?;
        let old = Index::create().name("request_create_us").table(name("request")).col(name("create_us")).take();
        manager.create_index(old).await
    }

    async fn down(&self, manager: &SchemaManager) -> std::result::Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("request")).take()).await?;
        manager.drop_table(Table::drop().table(Alias::new("journal")).take()).await
    }
}

#[cfg(test)]
mod tests;
