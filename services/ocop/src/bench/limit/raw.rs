//! The statements of the registry through sqlx, on both engines from one text.

use std::sync::Arc;
use std::time::Duration;

use kit::{BoxError, day, etag, instant, name};
use prost::{Message, Name};
use proto::registry::v1 as pb;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Row, Sqlite};
use time::Date;
use uuid::Uuid;

/// What the service's `GetProduct` runs, word for word; also given to pgbench.
pub(in crate::bench) const PRODUCT: &str = r#"SELECT "product"."id", "product"."producer_id", "product"."code", "product"."product_set", "product"."display_name", "product"."sort_key", "product"."search_key", "product"."unit", "product"."unit_path", "product"."registration_date", "product"."target_year", "product"."target_stars", "product"."sample", "product"."version", "product"."create_us", "product"."update_us", "producer"."display_name" AS "producer_display_name" FROM "product" INNER JOIN "producer" ON "product"."producer_id" = "producer"."id" WHERE "product"."id" = $1 LIMIT $2"#;

const PRODUCER: &str = r#"INSERT INTO "producer" ("id", "display_name", "sort_key", "legal_form", "tax_code", "unit", "unit_path", "registration_date", "sample", "version", "create_us", "update_us", "delete_us") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"#;

/// The words of its name, repeated up to the number that the service pads them to.
const WORDS: &str = r#"INSERT INTO "producer_word" ("word", "owner_id") VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16) ON CONFLICT ("owner_id", "word") DO NOTHING"#;

const JOURNAL: &str = r#"INSERT INTO "journal" ("record_us", "caller", "method", "request_id", "resource", "unit", "act_date", "sample", "payload_type", "payload", "position", "hash") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"#;

const REQUEST: &str = r#"INSERT INTO "request" ("caller", "method", "request_id", "request_hash", "unit_path", "reply", "create_us") VALUES ($1, $2, $3, $4, $5, $6, $7)"#;

/// Who is written down as the caller; as long as the driver's own name is in the service.
const CALLER: &str = "bench";
const METHOD: &str = "/ocop.registry.v1.ProducerService/CreateProducer";

/// A producer to be stored as it is.
pub(super) struct NewProducer {
    /// The answer.
    pub(super) producer: pb::Producer,
    id: Uuid,
    request_id: Uuid,
    unit_path: Arc<str>,
    registration_date: Date,
    now_us: i64,
}

impl NewProducer {
    /// The row that a request asks for; none for a request that the driver does not send.
    #[expect(clippy::disallowed_methods, reason = "the limit has no kit, and keys of another order would cost more")]
    pub(super) fn of(asked: pb::CreateProducerRequest, unit_path: Arc<str>, now_us: i64) -> Option<Self> {
        let request_id = Uuid::try_parse(&asked.request_id).ok()?;
        let mut producer = asked.producer?;
        let registration_date = producer.registration_date.as_ref().and_then(day::of)?;
        let id = Uuid::now_v7();
        producer.name = name::of("producers", id);
        producer.etag = etag(1);
        producer.create_time = Some(instant::pb(now_us));
        producer.update_time = producer.create_time;
        Some(Self { producer, id, request_id, unit_path, registration_date, now_us })
    }

    fn event(&self) -> pb::ProducerRecorded {
        let legal_form = pb::LegalForm::try_from(self.producer.legal_form).unwrap_or_default();
        pb::ProducerRecorded {
            producer: self.producer.name.clone(),
            legal_form: legal_form.as_str_name().to_owned(),
            deleted: false,
            registration_date: Some(day::pb(self.registration_date)),
        }
    }
}

macro_rules! engine {
    ($module:ident, $database:ty) => {
        mod $module {
            use super::*;

            pub(super) async fn product(
                pool: &sqlx::Pool<$database>,
                id: Uuid,
            ) -> Result<Option<pb::Product>, sqlx::Error> {
                let row = sqlx::query::<$database>(PRODUCT).bind(id).bind(1_i64).fetch_optional(pool).await?;
                let Some(row) = row else { return Ok(None) };
                Ok(Some(pb::Product {
                    name: name::of("products", row.try_get(0)?),
                    producer: name::of("producers", row.try_get(1)?),
                    code: row.try_get(2)?,
                    product_set: row.try_get(3)?,
                    display_name: row.try_get(4)?,
                    unit: row.try_get(7)?,
                    registration_date: Some(day::pb(row.try_get(9)?)),
                    target_year: row.try_get(10)?,
                    target_stars: row.try_get(11)?,
                    sample: row.try_get(12)?,
                    etag: etag(row.try_get(13)?),
                    create_time: Some(instant::pb(row.try_get(14)?)),
                    update_time: Some(instant::pb(row.try_get(15)?)),
                    producer_display_name: row.try_get(16)?,
                    ..Default::default()
                }))
            }

            pub(super) async fn producer(
                mut tx: sqlx::Transaction<'_, $database>,
                new: &NewProducer,
            ) -> Result<(), sqlx::Error> {
                let producer = &new.producer;
                sqlx::query::<$database>(PRODUCER)
                    .bind(new.id)
                    .bind(producer.display_name.as_str())
                    .bind(producer.display_name.as_str())
                    .bind(producer.legal_form)
                    .bind(None::<&str>)
                    .bind(producer.unit.as_str())
                    .bind(&*new.unit_path)
                    .bind(new.registration_date)
                    .bind(producer.sample)
                    .bind(1_i64)
                    .bind(new.now_us)
                    .bind(new.now_us)
                    .bind(None::<i64>)
                    .execute(&mut *tx)
                    .await?;
                let mut words = sqlx::query::<$database>(WORDS);
                for word in producer.display_name.split(' ').cycle().take(8) {
                    words = words.bind(word).bind(new.id);
                }
                words.execute(&mut *tx).await?;
                sqlx::query::<$database>(JOURNAL)
                    .bind(new.now_us)
                    .bind(CALLER)
                    .bind(METHOD)
                    .bind(new.request_id)
                    .bind(producer.name.as_str())
                    .bind(producer.unit.as_str())
                    .bind(new.registration_date)
                    .bind(producer.sample)
                    .bind(pb::ProducerRecorded::type_url())
                    .bind(new.event().encode_to_vec())
                    .bind(None::<i64>)
                    .bind(None::<&[u8]>)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query::<$database>(REQUEST)
                    .bind(CALLER)
                    .bind(METHOD)
                    .bind(new.request_id)
                    .bind(&[0_u8; 32][..])
                    .bind(&*new.unit_path)
                    .bind(producer.encode_to_vec())
                    .bind(new.now_us)
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await
            }
        }
    };
}

engine!(postgres, Postgres);
engine!(sqlite, Sqlite);

/// The connections, set up as the kit sets up the service's. Cheap to clone.
#[derive(Clone)]
pub(super) enum Pool {
    Postgres(sqlx::Pool<Postgres>),
    Sqlite { read: sqlx::Pool<Sqlite>, write: sqlx::Pool<Sqlite> },
}

impl Pool {
    /// Connects with the service's default settings.
    pub(super) async fn open(url: &str) -> Result<Self, BoxError> {
        let defaults = kit::Config::default().database;
        let patience = Duration::from_millis(defaults.acquire_timeout_ms);
        if !url.starts_with("sqlite:") {
            let options: PgConnectOptions = url.parse()?;
            let timeout = [("statement_timeout", defaults.statement_timeout_ms.to_string())];
            let pool = PgPoolOptions::new()
                .max_connections(defaults.max_connections)
                .acquire_timeout(patience)
                .test_before_acquire(false)
                .connect_with(options.options(timeout).statement_cache_capacity(256))
                .await?;
            return Ok(Self::Postgres(pool));
        }
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(patience)
            .statement_cache_capacity(256)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory");
        let pool = |connections| {
            let pool = SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
            pool.acquire_timeout(patience).idle_timeout(None).max_lifetime(None).connect_with(options.clone())
        };
        Ok(Self::Sqlite { write: pool(1).await?, read: pool(defaults.read_connections).await? })
    }

    /// The product of an id.
    pub(super) async fn product(&self, id: Uuid) -> Result<Option<pb::Product>, sqlx::Error> {
        match self {
            Self::Postgres(pool) => postgres::product(pool, id).await,
            Self::Sqlite { read, .. } => sqlite::product(read, id).await,
        }
    }

    /// Stores a producer with what the service stores beside it, in one transaction.
    pub(super) async fn producer(&self, new: &NewProducer) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(pool) => postgres::producer(pool.begin().await?, new).await,
            Self::Sqlite { write, .. } => sqlite::producer(write.begin_with("BEGIN IMMEDIATE").await?, new).await,
        }
    }
}
