use super::*;

#[tokio::test]
async fn a_limit_counts_each_caller_and_each_minute_on_its_own() {
    let cache = Cache::memory();
    for _ in 0..3 {
        assert!(cache.limit("a", 3, 0).await.is_ok());
    }
    let refused = cache.limit("a", 3, 59_000_000).await.map_err(|e| e.reason());
    assert_eq!(refused, Err("RATE_LIMITED"));
    assert!(cache.limit("b", 3, 0).await.is_ok());
    assert!(cache.limit("a", 3, MINUTE_US).await.is_ok());
}

#[tokio::test]
async fn without_redis_limits_still_hold() {
    // A port of the discard service, where nothing listens.
    let config = RedisConfig { url: Some("redis://127.0.0.1:9".to_owned()) };
    let cache = Cache::open(&config).expect("the URL is sound");
    assert!(cache.limit("a", 1, 0).await.is_ok());
    assert!(cache.limit("a", 1, 0).await.is_err());
    cache.publish("bell", b"1").await;
    let begun = Instant::now();
    for _ in 0..200 {
        assert!(cache.limit("a", 1, 0).await.is_err());
    }
    assert!(begun.elapsed() < 100 * PATIENCE, "a Redis that is gone is not waited for at every call");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests are told by their environment which servers there are")]
async fn with_redis_two_processes_share_limit_and_bell() {
    let Some(url) = std::env::var("TEST_REDIS_URL").ok().filter(|u| !u.is_empty()) else { return };
    let config = RedisConfig { url: Some(url) };
    let (one, two) = (Cache::open(&config).expect("sound"), Cache::open(&config).expect("sound"));
    let subject = format!("s{}", std::process::id());
    let mut bell = two.subscribe(&subject);
    // The first words over a new connection may take longer than the patience; ask until it answers.
    for _ in 0..50 {
        one.publish(&subject, b"1").await;
        if tokio::time::timeout(Duration::from_millis(100), bell.next()).await.is_ok() {
            break;
        }
    }
    assert!(one.limit(&subject, 2, 0).await.is_ok());
    assert!(two.limit(&subject, 2, 0).await.is_ok());
    assert!(one.limit(&subject, 2, 0).await.is_err(), "the third call is one too many, wherever it is counted");
}

/// A way to a server that can be cut and mended.
struct Wire {
    addr: std::net::SocketAddr,
    whole: tokio::sync::watch::Sender<bool>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let whole = tokio::sync::watch::Sender::new(true);
        let state = whole.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut state) = (server.clone(), state.subscribe());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut far = tokio::net::TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { addr, whole }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "tests are told by their environment which servers there are")]
async fn a_redis_that_goes_and_comes_back_is_never_an_error() {
    let Some(url) = std::env::var("TEST_REDIS_URL").ok().filter(|u| !u.is_empty()) else { return };
    let server = host_of(&url);
    let wire = Wire::to(server.to_owned()).await;
    let through = RedisConfig { url: Some(url.replace(server, &wire.addr.to_string())) };
    let cache = Cache::open(&through).expect("sound");
    let shared = cache.shared.clone().expect("there is a Redis");
    let answers = async |yes: bool| {
        let asking = async {
            loop {
                assert!(cache.limit("patient", 1_000_000, 0).await.is_ok(), "whether Redis answers or not");
                cache.publish("patient", b"1").await;
                if shared.gone.lock().unwrap().is_none() == yes {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it is noticed");
    };
    answers(true).await;
    wire.whole.send_replace(false);
    answers(false).await;
    for n in 1..=5 {
        assert_eq!(cache.limit("careful", 3, 0).await.is_ok(), n <= 3, "it is counted in the process");
    }
    wire.whole.send_replace(true);
    answers(true).await;
}

/// Host and port of a Redis URL.
fn host_of(url: &str) -> &str {
    url.trim_start_matches("redis://").split('/').next().unwrap()
}
