//! What runs a service, alone or with others in one process: the same ordered start, drain and end for the binaries, for
//! the all-in-one and for tests.
//!
//! Start: settings → telemetry → listeners bound (so that a taken port is known at once, and callers of a service that
//! is still starting read UNAVAILABLE instead of hanging) → databases opened → migrated, or verified → reference data
//! checked → built → served → ready. A database that does not answer is waited for; one that is behind keeps the process
//! not ready and says which command to run.
//!
//! End (SIGTERM, ctrl-c, [`Running::stop`]): NOT_SERVING → wait for balancers → stop accepting, end streams, let calls
//! finish within the grace → stop tasks, the youngest first → flush telemetry → close databases.
//!
//! In one process every service keeps its own database and its own layers; the one that was mounted last listens, the
//! others are reached through it or through a local [`Link`].
//!
//! Deliberately absent: restarts. Whoever started the process starts it again.

mod command;
mod mount;
mod raise;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Routes;

pub use self::command::run;
use self::mount::Mount;
use self::raise::{Raised, Slot};
use crate::auth::Keys;
use crate::call::Territory;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Database;
use crate::error::BoxError;
use crate::health::Health;
use crate::link::Link;
use crate::serve::{Connections, Front, serve};
use crate::stack::Stack;
use crate::tasks::Tasks;
use crate::telemetry::{self, Telemetry};
use crate::work::Kit;

/// One service of the suite, as its crate describes it.
pub trait Service: Send + Sync + 'static {
    /// Its name, such as `registry`: of its database, its peers' links, its binary `ocop-registry`.
    const NAME: &'static str;
    /// Its package in the contract, such as `ocop.registry.v1`.
    const PACKAGE: &'static str;
    /// The services that it calls.
    const PEERS: &'static [&'static str] = &[];
    /// The history of its tables. A history without a step means that it has no database.
    type Migrator: sea_orm_migration::MigratorTrait;

    /// Checks the reference data that it carries.
    ///
    /// # Errors
    /// Every fault that was found.
    fn check() -> Result<(), Vec<String>> {
        Ok(())
    }

    /// How it knows units.
    #[must_use]
    fn territory() -> Territory {
        Territory::none()
    }

    /// Makes its handlers, and starts its background work.
    fn build(setup: Setup) -> impl Future<Output = Result<Routes, BoxError>> + Send;

    /// What stands in front of its layers when it listens: for a gateway its other protocols.
    #[must_use]
    fn front(setup: &Setup, stack: Stack) -> Front {
        let _only_gateways_need_it = setup;
        Front::new(stack)
    }
}

/// What a service is built with. Cheap to clone.
#[derive(Clone)]
pub struct Setup {
    /// What its rooms work with.
    pub kit: Kit,
    /// The settings.
    pub config: Arc<Config>,
    /// Its background work.
    pub tasks: Tasks,
    /// The health of the process.
    pub health: Health,
    /// The folder of its data, where it has one: a server's database has none.
    pub folder: Option<PathBuf>,
    links: Arc<BTreeMap<String, Link>>,
    all: watch::Receiver<Arc<BTreeMap<String, Link>>>,
}

impl Setup {
    /// The way to another service: in this process where it is mounted, else over the network. A service that nobody has
    /// configured answers every call with UNAVAILABLE.
    #[must_use]
    pub fn peer(&self, name: &str) -> Link {
        self.links.get(name).cloned().unwrap_or_else(|| Link::absent(name))
    }

    /// The way to a service whose feed is followed, which may stand behind this one in the process: waits until it is up.
    /// A feed is followed and nothing else is called by it; the order of services is that of their calls.
    pub async fn source(&self, name: &str) -> Link {
        let found = match self.links.get(name) {
            Some(link) => Some(link.clone()),
            None => {
                let mut all = self.all.clone();
                let raised = all.wait_for(|links| !links.is_empty()).await;
                raised.ok().and_then(|links| links.get(name).cloned())
            }
        };
        found.unwrap_or_else(|| Link::absent(name))
    }

    /// All services that can be reached, by name.
    pub fn peers(&self) -> impl Iterator<Item = (&str, &Link)> {
        self.links.iter().map(|(name, link)| (name.as_str(), link))
    }
}

/// A process to be started.
pub struct Host {
    config: Config,
    clock: Clock,
    keys: Option<Arc<Keys>>,
    data_dir: Option<PathBuf>,
    databases: BTreeMap<&'static str, String>,
    mounts: Vec<Mount>,
}

impl Host {
    /// A process with these settings.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            clock: Clock::System,
            keys: None,
            data_dir: None,
            databases: BTreeMap::new(),
            mounts: Vec::new(),
        }
    }

    /// Keeps all data in one folder: a SQLite file per service, migrated at start, and the installation's own keys.
    #[must_use]
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(dir.into());
        self
    }

    /// Changes settings, for tests.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Gives one service a database of its own, in place of what folder or settings say.
    #[must_use]
    pub fn database(mut self, service: &'static str, url: impl Into<String>) -> Self {
        self.databases.insert(service, url.into());
        self
    }

    /// Believes tokens of these keys, in place of those that folder or settings name.
    #[must_use]
    pub fn keys(mut self, keys: Arc<Keys>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets the clock; tests own it.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a service. It reaches those that were mounted before it in the process; the last one listens.
    #[must_use]
    pub fn mount<S: Service>(mut self) -> Self {
        self.mounts.push(Mount::of::<S>());
        self
    }

    /// Starts: when it returns both addresses are bound and answer; [`Running::ready`] waits for the rest.
    /// Must be called inside a multi-threaded runtime.
    ///
    /// # Errors
    /// A setting cannot be used, or an address is taken.
    pub async fn start(self) -> Result<Running, BoxError> {
        let name = match self.mounts.as_slice() {
            [] => return Err("nothing is mounted".into()),
            [only] => format!("ocop-{}", only.name),
            [..] => "ocop".to_owned(),
        };
        let telemetry = telemetry::init(&self.config.telemetry, &name)?;
        let listener = bind(self.config.server.listen, "server.listen").await?;
        let admin = bind(self.config.server.admin_listen, "server.admin_listen").await?;
        let (addr, admin_addr) = (listener.local_addr()?, admin.local_addr()?);

        let health = Health::starting(mount::service_names(&self.mounts)).await;
        let slot = Slot::new(&health);
        let connections = Connections::of(&self.config.server);
        let root = CancellationToken::new();
        let [accepting, administering] = [root.child_token(), root.child_token()];
        let serving = tokio::spawn(serve(listener, slot.front(), connections, accepting.clone()));
        let pages = crate::admin::front(health.clone());
        let administration = tokio::spawn(serve(admin, pages, connections, administering.clone()));

        let (drain, grace) = (self.config.server.drain_seconds, self.config.server.grace_seconds);
        let (progress, raised) = watch::channel(None);
        let (tasks, stop) = (Tasks::below(&root), accepting.clone());
        let parts = raise::Parts { host: self, health: health.clone(), tasks: tasks.clone(), slot, stop };
        let raising = tokio::spawn(async move {
            let outcome = raise::raise(parts).await;
            progress.send_replace(Some(outcome));
        });
        tracing::info!(%addr, admin = %admin_addr, "listening");
        Ok(Running {
            addr,
            admin_addr,
            drain: Duration::from_secs(drain),
            grace: Duration::from_secs(grace),
            health,
            telemetry,
            tasks,
            raised,
            raising,
            accepting,
            serving,
            administering,
            administration,
            root: root.drop_guard(),
        })
    }
}

async fn bind(addr: SocketAddr, key: &str) -> Result<TcpListener, BoxError> {
    TcpListener::bind(addr).await.map_err(|error| format!("{key}: cannot listen on {addr}: {error}").into())
}

/// A process that was started. Dropping it ends everything at once; [`Running::stop`] does so in order.
pub struct Running {
    addr: SocketAddr,
    admin_addr: SocketAddr,
    drain: Duration,
    grace: Duration,
    health: Health,
    telemetry: Telemetry,
    tasks: Tasks,
    raised: watch::Receiver<Option<Result<Arc<Raised>, String>>>,
    raising: JoinHandle<()>,
    accepting: CancellationToken,
    serving: JoinHandle<()>,
    administering: CancellationToken,
    administration: JoinHandle<()>,
    root: DropGuard,
}

impl Running {
    /// Where RPCs are answered.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where `/livez`, `/readyz` and `/metrics` are answered.
    #[must_use]
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin_addr
    }

    /// The health of the process.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Waits until all services are up.
    ///
    /// # Errors
    /// Why the start failed. A database that does not answer or is behind is no failure: it is waited for.
    pub async fn ready(&mut self) -> Result<(), BoxError> {
        let raised = self.raised.wait_for(Option::is_some).await;
        match raised.as_deref() {
            Ok(Some(Ok(_))) => Ok(()),
            Ok(Some(Err(fault))) => Err(fault.clone().into()),
            Ok(None) | Err(_) => Err("the start was given up".into()),
        }
    }

    /// The way to one of the services in this process; none before it is up.
    #[must_use]
    pub fn link(&self, service: &str) -> Option<Link> {
        self.raised.borrow().as_ref()?.as_ref().ok()?.links.get(service).cloned()
    }

    /// The database of one of the services in this process; none before it is up.
    #[must_use]
    pub fn database(&self, service: &str) -> Option<Database> {
        self.raised.borrow().as_ref()?.as_ref().ok()?.databases.get(service).cloned()
    }

    /// What ends with the first SIGTERM or ctrl-c from now on; the caller then calls [`Running::stop`].
    ///
    /// # Errors
    /// The system does not let signals be heard.
    pub fn told_to_stop(&self) -> Result<impl Future<Output = ()> + use<>, BoxError> {
        command::told_to_stop()
    }

    /// Ends in order: see the module.
    pub async fn stop(self) {
        self.health.draining().await;
        tokio::time::sleep(self.drain).await;
        self.raising.abort();
        self.accepting.cancel();
        // The loop closes what is left after the grace; the second more is for the closing itself.
        if tokio::time::timeout(self.grace + Duration::from_secs(1), self.serving).await.is_err() {
            tracing::warn!("connections were left open at the end");
        }
        self.tasks.stop(Duration::from_secs(5)).await;
        self.telemetry.flush().await;
        let raised = self.raised.borrow().clone();
        if let Some(Ok(raised)) = raised {
            for database in raised.databases.values() {
                database.clone().close().await;
            }
        }
        self.administering.cancel();
        if tokio::time::timeout(Duration::from_secs(1), self.administration).await.is_err() {
            tracing::debug!("the admin address was closed with a request in flight");
        }
        drop(self.root);
        tracing::info!("stopped");
    }
}

#[cfg(test)]
mod tests;
