//! Reads another service's feed into tables of this one.
//!
//! One reader per feed and replica: it goes on from the place that was kept, applies each message of the feed in one
//! transaction together with the new place (replicas never put older facts over newer ones: whoever is behind reads on
//! from the other's place), and starts again after a pause when the peer is gone. What an event means is the service's
//! own: it gives a function that is called for every event. An event that it does not know it passes over; an event that
//! it cannot read stops the feed and is logged, because a figure with a hole is worse than a late one.
//!
//! The places stand in the table `cursor`, which the service's own migrations set up with [`crate::migrate::cursor`].

use std::pin::Pin;
use std::time::Duration;

use http::uri::PathAndQuery;
use prost::{Message, Name};
use proto::common::v1::{Event, Freshness, WatchRequest, WatchResponse};
use proto::google::r#type::Date as PbDate;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder, QuerySelect,
};
use time::Date;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use crate::error::{Error, Result};
use crate::host::Setup;
use crate::link::Link;
use crate::{Database, Kit, day, instant};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cursor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub source: String,
        pub position: i64,
        pub head_position: i64,
        pub complete_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far a feed was read: the service that tells it, the position of the last event, the head as the service told it,
/// and the instant before which everything committed is in (0 before the first time that the head was reached).
pub type Cursor = row::Model;

/// What a change of another service means here. Applying an event twice must leave what applying it once leaves.
pub type Apply = for<'a> fn(&'a DatabaseTransaction, Event) -> Applied<'a>;

/// An event being applied.
pub type Applied<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// What an event tells: a message of the source's package.
pub struct Told(prost_types::Any);

impl Told {
    /// What this event tells.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self(event.payload.clone().unwrap_or_default())
    }

    /// True where it is this message.
    #[must_use]
    pub fn is<M: Name>(&self) -> bool {
        self.0.type_url.rsplit('/').next() == Some(M::full_name().as_str())
    }

    /// The message.
    ///
    /// # Errors
    /// INTERNAL where it cannot be read.
    pub fn read<M: Message + Default>(&self) -> Result<M> {
        M::decode(self.0.value.as_slice()).map_err(Error::internal)
    }
}

/// A day that an event must carry.
///
/// # Errors
/// INTERNAL where it does not.
pub fn date(told: Option<&PbDate>) -> Result<Date> {
    told.and_then(day::of).ok_or_else(|| Error::internal("an event carries no day"))
}

/// Starts the reader of a service's feed, as a task of that name. A service that stands behind this one in the order of calls
/// is followed once it is up.
pub fn follow(setup: &Setup, source: &'static str, apply: Apply) {
    let here = setup.clone();
    setup.tasks.spawn(source, move |stop| async move {
        tokio::select! {
            () = stop.cancelled() => {}
            link = here.source(source) => read(here.kit.clone(), link, source, apply, stop.clone()).await,
        }
    });
}

async fn read(kit: Kit, link: Link, source: &'static str, apply: Apply, stop: CancellationToken) {
    let mut pause = Pause::default();
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = read_on(&kit, &link, source, apply, &mut pause) => ended,
        };
        if let Err(error) = ended
            && !error.is_going_down()
        {
            tracing::warn!(source, ?error, "the feed was interrupted, reading on from the place kept");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause.next()) => {}
        }
    }
}

/// Waits longer each time, up to five seconds; success starts over.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    fn next(&mut self) -> Duration {
        self.0 = (self.0 + 1).min(8);
        Duration::from_millis((20 << self.0).min(5000))
    }
}

async fn read_on(kit: &Kit, link: &Link, source: &'static str, apply: Apply, pause: &mut Pause) -> Result<()> {
    let mut position = position(kit.database()?.reader(), source).await?;
    let request = kit.as_service(WatchRequest { after_position: position, until_head: false })?;
    let mut messages = watch(link.clone(), source, request).await?;
    while let Some(message) = messages.message().await.map_err(|status| Error::lost(source, status))? {
        match take(kit.database()?, source, position, message, apply).await? {
            Some(reached) => position = reached,
            // Another replica reads the same feed and is ahead: read on from where it is.
            None => return Ok(()),
        }
        *pause = Pause::default();
    }
    Ok(())
}

/// Every package has a feed of the same shape: the call is made by the name of the package, without its client.
async fn watch(
    link: Link,
    source: &'static str,
    request: tonic::Request<WatchRequest>,
) -> Result<Streaming<WatchResponse>> {
    let path = PathAndQuery::try_from(format!("/ocop.{source}.v1.FeedService/Watch")).map_err(Error::internal)?;
    let mut client = tonic::client::Grpc::new(link);
    client.ready().await.map_err(Error::internal)?;
    let codec = tonic_prost::ProstCodec::<WatchRequest, WatchResponse>::default();
    let answer = client.server_streaming(request, path, codec).await;
    Ok(answer.map_err(|status| Error::lost(source, status))?.into_inner())
}

/// Applies one message and keeps the place, together or not at all; answers the place. None where another replica has
/// gone on from here.
///
/// # Errors
/// What the service's function or the database says.
pub async fn take(
    database: &Database,
    source: &'static str,
    position: i64,
    message: WatchResponse,
    apply: Apply,
) -> Result<Option<i64>> {
    let tx = database.begin().await?;
    let events: Vec<_> = message.events.into_iter().filter(|event| event.position > position).collect();
    let reached = events.last().map_or(position, |event| event.position);
    // The head's time holds for what was read only when nothing is left to read.
    let complete_us = message.head_time.filter(|_| reached >= message.head_position).map(|t| instant::of(&t));
    // The place first: it is the lock that lets one replica at a time go on.
    if !go_on(&tx, source, position, (reached, message.head_position, complete_us)).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    for event in events {
        apply(&tx, event).await?;
    }
    tx.commit().await?;
    Ok(Some(reached))
}

/// The last position of a source that was handled; 0 before the first.
///
/// # Errors
/// What the database says.
pub async fn position(db: &impl ConnectionTrait, source: &str) -> Result<i64> {
    let query = row::Entity::find_by_id(source.to_owned()).select_only().column(row::Column::Position);
    let position: Option<i64> = query.into_tuple().one(db).await?;
    Ok(position.unwrap_or(0))
}

/// How far every feed was read, by the name of the service.
///
/// # Errors
/// What the database says.
pub async fn cursors(db: &impl ConnectionTrait) -> Result<Vec<Cursor>> {
    Ok(row::Entity::find().order_by_asc(row::Column::Source).all(db).await?)
}

/// How far a service's feed was read, as it is answered beside what was counted from it.
#[must_use]
pub fn freshness(source: &str, cursors: &[Cursor]) -> Freshness {
    let cursor = cursors.iter().find(|cursor| cursor.source == source);
    let complete = cursor.map_or(0, |c| c.complete_us);
    Freshness {
        service: source.to_owned(),
        position: cursor.map_or(0, |c| c.position),
        behind: cursor.map_or(0, |c| (c.head_position - c.position).max(0)),
        complete_until: (complete > 0).then(|| instant::pb(complete)),
    }
}

/// The instant before which everything that a service committed is here, for a statement that answers it along.
#[must_use]
pub fn complete_us(source: &str) -> SelectStatement {
    let mut place = Query::select();
    place.column(row::Column::CompleteUs).from(row::Entity).and_where(row::Column::Source.eq(source));
    place
}

/// Goes on from a place to the next one (position, head, complete until), for the transaction's reader alone. False where
/// another replica has gone on in the meantime: what this one has read is old, and must not be put over what the other
/// has put.
async fn go_on(
    tx: &impl ConnectionTrait,
    source: &str,
    from: i64,
    (position, head_position, complete_us): (i64, i64, Option<i64>),
) -> Result<bool> {
    use row::Column::{CompleteUs, HeadPosition, Position, Source};
    let mut changed = vec![Position, HeadPosition];
    changed.extend(complete_us.map(|_| CompleteUs));
    let row = row::ActiveModel {
        source: Set(source.to_owned()),
        position: Set(position),
        head_position: Set(head_position),
        complete_us: Set(complete_us.unwrap_or(0)),
    };
    let here = Position.eq(from);
    let again = OnConflict::column(Source).update_columns(changed).action_and_where(here).to_owned();
    Ok(row::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await? > 0)
}
