//! The part of the start that may take its time: databases, migrations, reference data, handlers.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{Request, Response};
use proto::common::v1::ErrorReason as Common;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service as _;
use tower::ServiceExt;

use super::mount::{Mount, service_names};
use super::{Host, Setup};
use crate::auth::{Keys, Verifier};
use crate::cache::Cache;
use crate::config::{AuthConfig, Config, DatabaseConfig};
use crate::db::Database;
use crate::error::{BoxError, Error};
use crate::feed::Feed;
use crate::health::Health;
use crate::inventory;
use crate::link::Link;
use crate::page::PageKey;
use crate::serve::Front;
use crate::stack::{Limits, Stack, StackParts, status_response};
use crate::tasks::Tasks;
use crate::work::{Kit, KitParts};

/// How long to wait before asking again for a database that does not answer or is behind.
const AGAIN: Duration = Duration::from_secs(1);

/// What answers until the services are up: health, and UNAVAILABLE for everything else.
#[derive(Clone)]
pub(super) struct Slot {
    health: Routes,
    front: Arc<OnceLock<Front>>,
}

impl Slot {
    pub(super) fn new(health: &Health) -> Self {
        Self { health: Routes::new(health.server()).prepare(), front: Arc::default() }
    }

    pub(super) fn front(&self) -> Front {
        let slot = self.clone();
        Front::new(tower::service_fn(move |request| slot.clone().answer(request)))
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        if let Some(front) = self.front.get() {
            return front.clone().oneshot(request).await;
        }
        let mut health = self.health;
        if request.uri().path().starts_with("/grpc.health.") {
            return health.call(request).await;
        }
        let peer = inventory::method(request.uri().path()).map_or("ocop", inventory::Method::home);
        let starting = Error::unavailable_as(Common::PeerUnavailable).with("peer", peer);
        Ok(status_response(starting.because("still starting")))
    }
}

/// What is needed for raising a host.
pub(super) struct Parts {
    pub(super) host: Host,
    pub(super) health: Health,
    pub(super) tasks: Tasks,
    pub(super) slot: Slot,
    pub(super) stop: CancellationToken,
}

/// What stands when all services are up.
pub(super) struct Raised {
    pub(super) links: BTreeMap<String, Link>,
    pub(super) databases: BTreeMap<&'static str, Database>,
}

pub(super) async fn raise(parts: Parts) -> Result<Arc<Raised>, String> {
    let (health, slot) = (parts.health.clone(), parts.slot.clone());
    let mut raising = Raising::new(parts).map_err(|e| e.to_string())?;
    let mounts = std::mem::take(&mut raising.parts.host.mounts);
    let names = service_names(&mounts);
    let last = mounts.len().saturating_sub(1);
    for (place, mount) in mounts.iter().enumerate() {
        let listens = (place == last).then_some(names.as_slice());
        raising.raise(mount, listens).await.map_err(|e| format!("{}: {e}", mount.name))?;
    }
    if slot.front.get().is_none() {
        return Err("no service listens".to_owned());
    }
    raising.all.send_replace(Arc::new(raising.links.clone()));
    health.started().await;
    Ok(Arc::new(Raised { links: raising.links, databases: raising.databases }))
}

/// A host on its way up.
struct Raising {
    parts: Parts,
    config: Arc<Config>,
    keys: Arc<Keys>,
    verifier: Arc<Verifier>,
    cache: Cache,
    links: BTreeMap<String, Link>,
    /// The links once all services are up; empty before.
    all: watch::Sender<Arc<BTreeMap<String, Link>>>,
    databases: BTreeMap<&'static str, Database>,
}

impl Raising {
    fn new(parts: Parts) -> Result<Self, BoxError> {
        let mut config = parts.host.config.clone();
        config.files.url = config.files.url.take().or_else(|| files_folder(&parts.host));
        let config = Arc::new(config);
        let keys = keys(&parts.host)?;
        let verifier = Arc::new(Verifier::new(keys.clone())?);
        let cache = Cache::open(&config.redis)?;
        let mut links = BTreeMap::new();
        for (name, url) in &config.peers {
            links.insert(name.clone(), Link::remote(name, url)?);
        }
        Ok(Self {
            parts,
            config,
            keys,
            verifier,
            cache,
            links,
            all: watch::Sender::default(),
            databases: BTreeMap::new(),
        })
    }

    async fn raise(&mut self, mount: &Mount, listens: Option<&[String]>) -> Result<(), BoxError> {
        let database = if mount.has_database { Some(self.open(mount).await?) } else { None };
        (mount.check)().map_err(|faults| format!("the reference data is not sound: {}", faults.join("; ")))?;
        let feed = database.clone().map(|d| self.feed(mount, d));
        let setup = self.setup(mount, database, feed)?;
        let routes = (mount.build)(setup.clone()).await?;
        let routes = match listens {
            Some(names) => with_reflection(routes.add_service(self.parts.health.server()), names)?,
            None => routes,
        };
        let stack = Stack::new(StackParts {
            host: mount.name,
            routes,
            verifier: self.verifier.clone(),
            cache: self.cache.clone(),
            clock: self.parts.host.clock.clone(),
            limits: Limits::of(&self.config),
            stop: self.parts.stop.clone(),
        });
        self.links.insert(mount.name.to_owned(), Link::local(stack.clone()));
        if listens.is_some() {
            // Set once: only the last service listens.
            let _first = self.parts.slot.front.set((mount.front)(&setup, stack));
        }
        Ok(())
    }

    async fn open(&mut self, mount: &Mount) -> Result<Database, BoxError> {
        let config = database_config(&self.parts.host, mount.name)?;
        let health = &self.parts.health;
        let database = loop {
            match Database::open(&config, mount.name).await {
                Ok(database) => break database,
                Err(error) if error.code() == Code::Unavailable => {
                    health.misses(mount.name, format!("the database does not answer ({})", error.reason())).await;
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(format!("{error:?}").into()),
            }
        };
        if config.migrate_on_start {
            (mount.migrate)(&database).await.map_err(|error| format!("migrating: {error:?}"))?;
        } else {
            verify(mount, &database, health).await?;
        }
        self.databases.insert(mount.name, database.clone());
        let (watched, health) = (database.clone(), health.clone());
        let name = mount.name;
        self.parts.tasks.spawn("database health", move |stop| health.watch(name, watched, stop));
        Ok(database)
    }

    fn feed(&self, mount: &Mount, database: Database) -> Feed {
        let clock = self.parts.host.clock.clone();
        let feed = Feed::new(mount.name, database, self.cache.clone(), clock, self.parts.stop.clone());
        let running = feed.clone();
        self.parts.tasks.spawn("feed", move |stop| async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = running.run() => {}
            }
        });
        feed
    }

    fn setup(&self, mount: &Mount, database: Option<Database>, feed: Option<Feed>) -> Result<Setup, BoxError> {
        let kit = Kit::new(KitParts {
            service: mount.name,
            database,
            clock: self.parts.host.clock.clone(),
            pages: Arc::new(page_key(&self.config.auth, &self.keys)?),
            territory: (mount.territory)(),
            signer: self.keys.signer(),
            feed,
        });
        let missing: Vec<&str> = mount.peers.iter().copied().filter(|p| !self.links.contains_key(*p)).collect();
        if !missing.is_empty() {
            tracing::warn!(service = mount.name, "peers are not configured: {}", missing.join(", "));
        }
        Ok(Setup {
            kit,
            config: self.config.clone(),
            tasks: self.parts.tasks.clone(),
            health: self.parts.health.clone(),
            folder: beside(&self.parts.host),
            links: Arc::new(self.links.clone()),
            all: self.all.subscribe(),
        })
    }
}

/// Waits until the database has every migration of this program. It is never migrated here.
async fn verify(mount: &Mount, database: &Database, health: &Health) -> Result<(), BoxError> {
    loop {
        let what = match (mount.pending)(database).await {
            Ok(pending) if pending.is_empty() => {
                health.has_all(mount.name).await;
                return Ok(());
            }
            Ok(pending) => {
                format!("the database is behind by {} migration(s); run: ocop-{} migrate", pending.len(), mount.name)
            }
            Err(error) if error.code() == Code::Unavailable => {
                format!("the database does not answer ({})", error.reason())
            }
            Err(error) => return Err(format!("verifying the database: {error:?}").into()),
        };
        health.misses(mount.name, what).await;
        tokio::time::sleep(AGAIN).await;
    }
}

/// The settings of one service's database.
pub(super) fn database_config(host: &Host, service: &'static str) -> Result<DatabaseConfig, BoxError> {
    let mut config = host.config.database.clone();
    if let Some(dir) = &host.data_dir {
        std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        config.url = format!("sqlite://{}?mode=rwc", dir.join(format!("{service}.db")).display());
        config.migrate_on_start = true;
    }
    if let Some(url) = host.databases.get(service) {
        config.url.clone_from(url);
    }
    Ok(config)
}

/// Where files lie if no setting says so: beside the SQLite databases. A server's database has no folder.
fn files_folder(host: &Host) -> Option<String> {
    let files = std::path::absolute(beside(host)?.join("files")).ok()?;
    Some(format!("file://{}", files.display()))
}

/// The folder of the SQLite databases; none for a server's.
fn beside(host: &Host) -> Option<PathBuf> {
    if let Some(dir) = &host.data_dir {
        return Some(dir.clone());
    }
    let file = host.config.database.url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(Path::new(file.split('?').next()?).parent()?.to_owned())
}

/// The keys that a host believes and signs with.
pub(super) fn keys(host: &Host) -> Result<Arc<Keys>, BoxError> {
    if let Some(keys) = &host.keys {
        return Ok(keys.clone());
    }
    let auth = &host.config.auth;
    let verify: Vec<_> = auth.verify_keys.iter().cloned().collect();
    let keys = match (&auth.signing_key, &host.data_dir) {
        (Some(signing), _) => Keys::with_signing_key(signing, &verify)?,
        (None, Some(dir)) if verify.is_empty() => Keys::load_or_create(&dir.join("keys"))?,
        (None, _) if verify.is_empty() => return Err("auth.verify_keys is not set".into()),
        (None, _) => Keys::verify_only(&verify)?,
    };
    Ok(Arc::new(keys.issued_by(&auth.issuer)))
}

/// The key of page tokens: the same in all replicas where the settings allow it.
pub(super) fn page_key(auth: &AuthConfig, keys: &Keys) -> Result<PageKey, BoxError> {
    if let Some(path) = &auth.page_key {
        return Ok(PageKey::derive(&secret(path)?));
    }
    Ok(match keys.signer() {
        Some(signer) => PageKey::derive(&signer.derive("page tokens")),
        None => PageKey::random(),
    })
}

fn secret(path: &Path) -> Result<Vec<u8>, BoxError> {
    let bytes = std::fs::read(path).map_err(|error| format!("auth.page_key: {}: {error}", path.display()))?;
    if bytes.len() < 32 {
        return Err(format!("auth.page_key: {} holds fewer than 32 bytes", path.display()).into());
    }
    Ok(Sha256::digest(bytes).to_vec())
}

fn with_reflection(routes: Routes, names: &[String]) -> Result<Routes, BoxError> {
    let builder = || {
        let mut builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        for name in names {
            builder = builder.with_service_name(name.clone());
        }
        builder
    };
    Ok(routes.add_service(builder().build_v1()?).add_service(builder().build_v1alpha()?))
}
