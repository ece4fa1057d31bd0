use proto::common::v1::Role;
use proto::registry::v1::GetUnitRequest;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use proto::registry::v1::unit_service_server::UnitServiceServer;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::*;
use crate::auth::Held;
use crate::stack::fake::{Fake, reason};
use crate::testing::{Fresh, backends};

pub(super) struct History;

impl MigratorTrait for History {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(crate::journal::Migration)]
    }
}

pub(super) struct Nothing;

impl MigratorTrait for Nothing {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Vec::new()
    }
}

/// Keeps the units.
pub(super) struct Registry;

impl Service for Registry {
    const NAME: &'static str = "registry";
    const PACKAGE: &'static str = "ocop.registry.v1";
    type Migrator = History;

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        setup.kit.database()?.ping().await?;
        Ok(Routes::new(UnitServiceServer::new(Fake(Arc::default()))))
    }
}

/// Hands everything on to the registry, as a gateway does.
struct Gateway;

impl Service for Gateway {
    const NAME: &'static str = "gateway";
    const PACKAGE: &'static str = "ocop.gateway.v1";
    const PEERS: &'static [&'static str] = &["registry"];
    type Migrator = Nothing;

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        assert!(setup.kit.database().is_err(), "a service without a history has no database");
        Ok(crate::serve::routes(Front::new(setup.peer("registry"))))
    }
}

/// Whose reference data is broken.
pub(super) struct Broken;

impl Service for Broken {
    const NAME: &'static str = "broken";
    const PACKAGE: &'static str = "ocop.broken.v1";
    const PEERS: &'static [&'static str] = &["registry"];
    type Migrator = Nothing;

    fn check() -> Result<(), Vec<String>> {
        Err(vec!["card 7 sums to 99".to_owned(), "card 8 has no minimum".to_owned()])
    }

    async fn build(_: Setup) -> Result<Routes, BoxError> {
        Ok(Routes::default())
    }
}

pub(super) fn config() -> Config {
    let mut config = Config::default();
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.server.admin_listen = ([127, 0, 0, 1], 0).into();
    config.server.drain_seconds = 0;
    config.server.grace_seconds = 2;
    config.telemetry.log_level = "off".to_owned();
    config
}

pub(super) fn keys() -> Arc<Keys> {
    Arc::new(Keys::generate().unwrap())
}

fn token(keys: &Keys) -> String {
    let held = [Held { role: Role::Analyst, unit: "units/vn".to_owned() }];
    keys.signer().unwrap().mint("tester", &held, Duration::from_secs(60), Clock::System.now_us()).unwrap()
}

async fn page(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get_unit(addr: SocketAddr, keys: &Keys) -> Result<String, tonic::Status> {
    let link = Link::remote("it", &format!("http://{addr}")).unwrap();
    let mut request = tonic::Request::new(GetUnitRequest { name: "units/54".to_owned(), ..GetUnitRequest::default() });
    request.metadata_mut().insert("authorization", format!("Bearer {}", token(keys)).parse().unwrap());
    UnitServiceClient::new(link).get_unit(request).await.map(|u| u.into_inner().name)
}

async fn health(addr: SocketAddr, service: &str) -> ServingStatus {
    let link = Link::remote("it", &format!("http://{addr}")).unwrap();
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(link).check(request).await.unwrap().into_inner().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_starts_in_order_answers_and_stops() {
    let (dir, keys) = (TempDir::new().unwrap(), keys());
    let host = Host::new(config()).data_dir(dir.path()).keys(keys.clone()).mount::<Registry>();
    let mut running = host.start().await.unwrap();
    running.ready().await.unwrap();
    let (addr, admin) = (running.addr(), running.admin_addr());
    assert_eq!(get_unit(addr, &keys).await.unwrap(), "units/54");
    assert_eq!(health(addr, "").await, ServingStatus::Serving);
    assert_eq!(health(addr, "ocop.registry.v1.UnitService").await, ServingStatus::Serving);
    assert!(page(admin, "/livez").await.starts_with("HTTP/1.1 200"));
    assert!(page(admin, "/readyz").await.starts_with("HTTP/1.1 200"));
    assert!(page(admin, "/metrics").await.contains("host=\"registry\""));
    assert!(running.database("registry").unwrap().pending::<History>().await.unwrap().is_empty());
    running.stop().await;
    assert!(TcpStream::connect(addr).await.is_err() && TcpStream::connect(admin).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_behind_keeps_the_service_from_being_ready_until_it_is_migrated() {
    for backend in backends() {
        let (fresh, keys) = (Fresh::on(backend).await, keys());
        let url = fresh.config.url.clone();
        let host = Host::new(config()).database("registry", url).keys(keys.clone()).mount::<Registry>();
        let mut running = host.start().await.unwrap();
        let (addr, admin) = (running.addr(), running.admin_addr());
        let advice = "the database is behind by 1 migration(s); run: ocop-registry migrate";
        let told = async {
            while !page(admin, "/readyz").await.contains(advice) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), told).await.expect("/readyz says what to do");
        assert!(page(admin, "/readyz").await.starts_with("HTTP/1.1 503"));
        assert!(page(admin, "/livez").await.starts_with("HTTP/1.1 200"), "it must not be restarted for that");
        assert_eq!(health(addr, "").await, ServingStatus::NotServing);
        let early = get_unit(addr, &keys).await.unwrap_err();
        assert_eq!((early.code(), reason(&early).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"));

        fresh.open::<History>().await.close().await;
        tokio::time::timeout(Duration::from_secs(10), running.ready()).await.expect("it notices").unwrap();
        assert_eq!(get_unit(addr, &keys).await.unwrap(), "units/54");
        running.stop().await;
        fresh.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_whose_redis_is_gone_starts_answers_and_still_limits() {
    let (dir, keys) = (TempDir::new().unwrap(), keys());
    let mut settings = config();
    // A port of the discard service, where nothing listens.
    settings.redis.url = Some("redis://127.0.0.1:9".to_owned());
    settings.limits.calls_per_minute = 3;
    let clock = Clock::fixed(Clock::System.now_us());
    let host = Host::new(settings).data_dir(dir.path()).keys(keys.clone()).clock(clock).mount::<Registry>();
    let mut running = host.start().await.unwrap();
    running.ready().await.unwrap();
    for _ in 0..3 {
        assert_eq!(get_unit(running.addr(), &keys).await.unwrap(), "units/54");
    }
    let refused = get_unit(running.addr(), &keys).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "RATE_LIMITED"));
    assert!(page(running.admin_addr(), "/readyz").await.starts_with("HTTP/1.1 200"), "Redis is no part of readiness");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_one_process_the_last_service_listens_and_reaches_the_others() {
    let (dir, keys) = (TempDir::new().unwrap(), keys());
    let host = Host::new(config()).data_dir(dir.path()).keys(keys.clone()).mount::<Registry>().mount::<Gateway>();
    let mut running = host.start().await.unwrap();
    running.ready().await.unwrap();
    assert_eq!(get_unit(running.addr(), &keys).await.unwrap(), "units/54");
    assert_eq!(health(running.addr(), "ocop.registry.v1.UnitService").await, ServingStatus::Serving);
    let metrics = page(running.admin_addr(), "/metrics").await;
    assert!(metrics.contains("host=\"gateway\"") && metrics.contains("host=\"registry\""), "both layers were passed");
    assert!(running.link("registry").is_some() && running.database("gateway").is_none());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_cannot_succeed_says_why() {
    let mut running = Host::new(config()).keys(keys()).mount::<Broken>().start().await.unwrap();
    let fault = running.ready().await.unwrap_err().to_string();
    assert!(fault.contains("broken") && fault.contains("card 7 sums to 99; card 8 has no minimum"), "{fault}");
    running.stop().await;

    let mut running = Host::new(config()).mount::<Broken>().start().await.unwrap();
    assert!(running.ready().await.unwrap_err().to_string().contains("auth.verify_keys is not set"));
    running.stop().await;

    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = config();
    settings.server.listen = taken.local_addr().unwrap();
    let fault = Host::new(settings).keys(keys()).mount::<Broken>().start().await.err().unwrap().to_string();
    assert!(fault.starts_with("server.listen: cannot listen on"), "{fault}");
    assert!(Host::new(config()).start().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_process_ends_it() {
    let (dir, keys) = (TempDir::new().unwrap(), keys());
    let host = Host::new(config()).data_dir(dir.path()).keys(keys.clone()).mount::<Registry>();
    let mut running = host.start().await.unwrap();
    running.ready().await.unwrap();
    let addr = running.addr();
    drop(running);
    let closed = async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the port is closed");
}

#[test]
fn page_tokens_hold_in_every_replica_that_is_given_the_same_key() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("page.key");
    let settings = crate::config::AuthConfig { page_key: Some(path.clone()), ..Default::default() };
    let key = |keys: &Keys| raise::page_key(&settings, keys);
    let (one, other) = (Keys::generate().unwrap(), Keys::generate().unwrap());
    assert!(key(&one).is_err(), "the file is missing");
    std::fs::write(&path, "short").unwrap();
    assert!(key(&one).err().unwrap().to_string().contains("fewer than 32 bytes"));
    std::fs::write(&path, [7; 32]).unwrap();
    let page = key(&one).unwrap().open("m", 1, "", &[]).unwrap();
    let (_, token) = page.cut(vec![1, 2], |n| vec![n.to_string()]);
    assert!(key(&other).unwrap().open("m", 1, &token, &[]).is_ok());
}
