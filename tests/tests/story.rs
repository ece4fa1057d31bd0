//! The year of Phú Yên, told through the RPCs that everybody has: by one process and by separate programs, on SQLite and on
//! PostgreSQL with Redis. All tell the same story.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

use std::path::Path;

use kit::auth::Keys;
use kit::testing::{Backend, backends, fresh_postgres, redis_url};
use kit::{Config, Host, Running};
use ocop::client::Client;
use ocop::{demo, suite};
use proto::evaluation::v1::RecordCertificateRequest;
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::insights::v1::PlanProgress;
use tests::collector::Collector;
use tests::processes::{Programs, page};
use tonic::Code;

/// The plan's progress without what differs from run to run: names and instants.
fn told(progress: PlanProgress) -> PlanProgress {
    PlanProgress { name: String::new(), freshness: Vec::new(), ..progress }
}

async fn load(url: &str, keys: &Keys, dir: &Path) -> PlanProgress {
    let token = suite::admin_token(keys).unwrap();
    let file = dir.join("story.token");
    std::fs::write(&file, token).unwrap();
    let client = Client::connect(url, Some(&file)).await.unwrap();
    let mut lines = Vec::new();
    let plan = demo::load(&client, keys, dir, |line| lines.push(line)).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(lines.iter().filter(|line| line.starts_with('[')).count(), 11, "{lines:#?}");
    demo::progress(&client, &plan).await.unwrap()
}

fn settings() -> Config {
    let mut config = Config::default();
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.server.admin_listen = ([127, 0, 0, 1], 0).into();
    config.server.drain_seconds = 0;
    config.telemetry.log_level = "error".to_owned();
    config.database.migrate_on_start = true;
    config
}

async fn one_process(backend: Backend, dir: &Path) -> (Running, Keys) {
    let keys = || Keys::load_or_create(&dir.join("keys")).unwrap();
    let mut config = settings();
    if backend == Backend::Postgres {
        config.redis.url = redis_url();
    }
    let mut host = Host::new(config).data_dir(dir).keys(std::sync::Arc::new(keys()));
    if backend == Backend::Postgres {
        for service in suite::KEEPING {
            host = host.database(service, fresh_postgres(service).await);
        }
    }
    let mut running = suite::mounted(host).start().await.unwrap();
    running.ready().await.unwrap();
    (running, keys())
}

fn assert_the_year(progress: &PlanProgress) {
    let targets: Vec<_> = progress.targets.iter().map(|t| (t.target, t.reached, t.total, t.missing, t.met)).collect();
    assert_eq!(targets, [(15, 17, 0, 0, true), (100, 106, 120, 14, false), (100, 23, 27, 4, false)]);
    assert_eq!(progress.units.len(), 10, "nine districts and the province itself");
    assert_eq!(progress.units.iter().map(|u| u.products_recognised).sum::<i64>(), 17);
    assert_eq!(progress.units.iter().map(|u| u.officers).sum::<i64>(), 120);
    let months: Vec<_> = progress.months.iter().map(|m| m.products_recognised).collect();
    assert_eq!(months.len(), 12);
    assert_eq!(months.iter().sum::<i64>(), 17);
    assert!(months[6] > 0 && months[11] > 0, "the rounds of July and December: {months:?}");
    // Nothing that was recognised in 2021 is real, and every figure says so.
    assert_eq!(progress.targets[0].reached_samples, 17);
    assert!(progress.months.iter().all(|m| m.products_recognised_samples == m.products_recognised));
    assert!(progress.units.iter().all(|u| u.officers_trained_samples == u.officers_trained));
    assert!(progress.units.iter().all(|u| u.producer_managers_trained_samples == u.producer_managers_trained));
    assert!(progress.sample);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_is_the_same_in_one_process_and_in_separate_programs_on_both_databases() {
    let mut stories = Vec::new();
    for backend in backends() {
        let dir = tempfile::tempdir().unwrap();
        let (running, keys) = one_process(backend, dir.path()).await;
        let url = format!("http://{}", running.addr());
        let progress = load(&url, &keys, dir.path()).await;
        assert_the_year(&progress);
        // A second load finds the first and writes nothing.
        let before = positions(&progress);
        let mark = Client::connect(&url, Some(&dir.path().join("story.token"))).await.unwrap();
        let plan = demo::load(&mark, &keys, dir.path(), |_| {}).await.unwrap();
        assert_eq!(plan, progress.name);
        assert_eq!(positions(&demo::progress(&mark, &plan).await.unwrap()), before);
        running.stop().await;
        stories.push((format!("one process, {backend:?}"), told(progress)));

        let programs = Programs::start(backend, None).await;
        let progress = load(&programs.url, &programs.keys, programs.dir.path()).await;
        stories.push((format!("separate programs, {backend:?}"), told(progress)));
    }
    let (first, rest) = stories.split_first().unwrap();
    for story in rest {
        assert_eq!(story.1, first.1, "{} and {}", story.0, first.0);
    }
}

fn positions(progress: &PlanProgress) -> Vec<(String, i64)> {
    progress.freshness.iter().map(|feed| (feed.service.clone(), feed.position)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_crosses_gateway_evaluation_registry_and_database() {
    let backend = *backends().last().unwrap();
    let (collector, addr) = Collector::start().await;
    let programs = Programs::start(backend, Some(format!("http://{addr}"))).await;
    for admin in programs.admin.values() {
        assert_eq!(page(admin, "/livez").0, 200);
        assert_eq!(page(admin, "/readyz").0, 200);
        assert_eq!(page(admin, "/metrics").0, 200);
    }
    let token = suite::admin_token(&programs.keys).unwrap();
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let mut request = tonic::Request::new(RecordCertificateRequest {
        certificate: Some(proto::evaluation::v1::Certificate {
            product: "products/0199aaaa-0000-7000-8000-000000000000".to_owned(),
            stars: 3,
            decision_date: Some(proto::google::r#type::Date { year: 2021, month: 12, day: 1 }),
            authority: "UBND tỉnh".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    });
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request.metadata_mut().insert("traceparent", format!("00-{trace}-{span}-01").parse().unwrap());
    let channel = tonic::transport::Endpoint::from_shared(programs.url.clone()).unwrap().connect().await.unwrap();
    // The product does not exist: evaluation has to ask the registry, and the registry its database, to know.
    let refused = CertificateServiceClient::new(channel).record_certificate(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    for service in ["gateway", "evaluation"] {
        let metrics = page(&programs.admin[service], "/metrics").1;
        assert!(metrics.contains("RecordCertificate") && metrics.contains("INVALID_ARGUMENT"), "{service}: {metrics}");
    }

    let is_server = |service: &'static str| move |s: &&tests::collector::Span| s.server && s.service == service;
    let statement = |s: &&tests::collector::Span| !s.server && s.service == "ocop-registry";
    let spans = collector
        .wait_for(trace, |spans| {
            let servers = ["ocop-gateway", "ocop-evaluation", "ocop-registry"];
            servers.iter().all(|service| spans.iter().any(|s| is_server(service)(&s)))
                && spans.iter().any(|s| statement(&s))
        })
        .await;
    let gateway = spans.iter().find(is_server("ocop-gateway")).unwrap();
    let evaluation = spans.iter().find(is_server("ocop-evaluation")).unwrap();
    let registry = spans.iter().find(is_server("ocop-registry")).unwrap();
    let select = spans.iter().find(statement).unwrap();
    assert_eq!(gateway.parent, span);
    assert_eq!(evaluation.parent, gateway.id);
    assert_eq!(evaluation.name, "ocop.evaluation.v1.CertificateService/RecordCertificate");
    assert_eq!(registry.parent, evaluation.id);
    assert_eq!(registry.name, "ocop.registry.v1.ProductService/GetProduct");
    assert_eq!(select.parent, registry.id);
    assert_eq!(select.name, "SELECT");
}
