//! Makes the units that this process answers from of the embedded maps and the changes in force: at the start, as soon as a
//! change is in force here, and every two seconds for what was put in force by another replica.

use std::sync::Arc;
use std::time::Duration;

use kit::{Database, Error, Kit, Result, name};
use reference::units::{self, World};
use sea_orm::ConnectionTrait;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{domain, store};

/// How often the record is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Keeps the process's units as the record says. Cheap to clone.
#[derive(Clone)]
pub struct Keeper {
    database: Database,
    /// One look at a time, so that what was read first is never installed last.
    turn: Arc<Mutex<()>>,
}

impl Keeper {
    /// Over the service's database.
    ///
    /// # Errors
    /// INTERNAL for a kit without a database.
    pub fn new(kit: &Kit) -> Result<Self> {
        Ok(Self { database: kit.database()?.clone(), turn: Arc::default() })
    }

    /// Installs what the record says, where the process answers by anything else.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh(&self) -> Result<()> {
        let _turn = self.turn.lock().await;
        let ids = ids(self.database.reader()).await?;
        if !is_installed(&ids) {
            units::install(world_of(self.database.reader(), &ids).await?);
            tracing::info!(changes = ids.len(), "the map of units has changed");
        }
        Ok(())
    }

    /// Looks at the record until told to stop.
    pub async fn watch(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Err(error) = self.refresh().await
                && !error.is_going_down()
            {
                tracing::warn!(?error, "the changes of units could not be read");
            }
        }
    }
}

async fn ids(db: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    Ok(store::in_force(db).await?.into_iter().map(|(_, id)| id).collect())
}

fn is_installed(ids: &[Uuid]) -> bool {
    units::installed().into_iter().eq(ids.iter().map(|id| name::of("unitChanges", *id)))
}

/// The units that the record says, and the next free place in it.
///
/// # Errors
/// What the database says.
pub(super) async fn recorded(tx: &impl ConnectionTrait) -> Result<(World, i32)> {
    let places = store::in_force(tx).await?;
    let next = places.last().map_or(1, |(place, _)| place + 1);
    let ids: Vec<Uuid> = places.into_iter().map(|(_, id)| id).collect();
    Ok((world_of(tx, &ids).await?, next))
}

/// The units after these changes. What the process knows already is built upon.
async fn world_of(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<World> {
    let current = World::current();
    let known = current.changes().len();
    let same = known <= ids.len()
        && current.changes().iter().eq(ids.iter().take(known).map(|id| name(*id)).collect::<Vec<_>>().iter());
    let (mut world, rest) =
        if same { (current, ids.iter().skip(known)) } else { (World::embedded(), ids.iter().skip(0)) };
    for id in rest {
        let stored = store::change_fetch(db, *id).await?.ok_or_else(|| Error::internal("a change in force is gone"))?;
        world = world.after(&domain::change(name(*id), stored.head.begin_date, &stored.rows));
    }
    Ok(world)
}

fn name(id: Uuid) -> String {
    name::of("unitChanges", id)
}
