//! `ocop up`: start, what is promised while it runs, and the end.

use super::installation::{Installation, mode, ocop, page};

#[test]
fn it_says_once_where_it_is_ready_and_its_token_works() {
    let installation = Installation::new();
    let up = installation.up();
    let ready: Vec<&String> = up.said.iter().filter(|line| line.starts_with("ready ")).collect();
    assert_eq!(ready, [&format!("ready {}", up.url)]);
    let port: u16 = up.url.strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
    assert_ne!(port, 0);
    let token = installation.path().join("admin.token");
    assert_eq!(mode(&token), 0o600);
    assert_eq!(mode(&installation.path()), 0o700, "its databases hold names of persons");
    assert_eq!(mode(&installation.path().join("keys/signing.pem")), 0o600);
    assert!(up.said.iter().any(|line| line.contains(&token.display().to_string())), "{:?}", up.said);
    let told = up.said.iter().find_map(|line| line.strip_prefix("try ")).expect("what to try first").trim();
    let (program, arguments) = told.split_once(' ').unwrap();
    assert!(program.ends_with("ocop"), "{told}");
    let arguments: Vec<String> = arguments.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect();
    let tried = ocop(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(tried.good().contains("units/vn"), "it works as it is printed: {told}");
    let regimes = up.call(&installation, "ocop.evaluation.v1.RuleService/ListRegimes", "{}");
    assert_eq!(regimes[0]["regimes"].as_array().unwrap().len(), 3);
    // The token file may be named as well.
    let (file, away) = (token.display().to_string(), Installation::new());
    let unit = ["call", "ocop.registry.v1.UnitService/GetUnit", r#"{"name":"units/vn"}"#];
    let with_file = away.run(&[&unit[..], &["--server", &up.url, "--token-file", &file]].concat());
    assert!(with_file.good().contains("units/vn"));
    assert_eq!(away.run(&[&unit[..], &["--server", &up.url]].concat()).refusal().0, "UNAUTHENTICATED UNAUTHENTICATED");
    up.stop();
}

#[test]
fn the_admin_address_tells_life_readiness_and_measurements() {
    let installation = Installation::new();
    let up = installation.up();
    for path in ["/livez", "/readyz"] {
        assert_eq!(page(&up.admin, path), (200, "ok\n".to_owned()), "{path}");
    }
    up.call(&installation, "ocop.evaluation.v1.RuleService/ListRegimes", "{}");
    let (status, metrics) = page(&up.admin, "/metrics");
    assert_eq!(status, 200);
    let counted = |line: &str| line.starts_with("ocop_rpc_duration_seconds_count{") && line.contains("\"ListRegimes\"");
    for host in ["gateway", "evaluation"] {
        let found = metrics.lines().find(|line| counted(line) && line.contains(&format!("host=\"{host}\"")));
        assert!(found.is_some_and(|line| line.ends_with(" 1")), "{host}: {metrics}");
    }
    assert_eq!(page(&up.admin, "/").0, 404);
    assert_eq!(page(&up.url, "/metrics").0, 404, "callers do not see it");
    up.stop();
}

#[test]
fn sigterm_and_ctrl_c_end_it_with_code_0_and_without_a_warning() {
    let installation = Installation::new();
    for signal in ["TERM", "INT"] {
        let up = installation.up();
        up.signal(signal);
        let (status, out, err) = up.ended();
        assert_eq!((status.code(), out.len()), (Some(0), 0), "{signal}: {out:?} {err:?}");
        let loud: Vec<&String> = err.iter().filter(|l| l.contains("WARN") || l.contains("ERROR")).collect();
        assert!(loud.is_empty(), "{signal}: {loud:#?}");
        assert!(err.iter().any(|line| line.contains("stopped")), "{signal}: {err:?}");
    }
}

#[test]
fn a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let installation = Installation::new();
    let up = installation.up();
    let any = ["up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let second = installation.run(&any);
    assert_eq!((second.code, second.out.as_str()), (Some(1), ""), "{second:?}");
    for part in ["another ocop", &installation.data_dir(), "--data-dir"] {
        assert!(second.err.contains(part), "{part}: {second:?}");
    }
    assert_eq!(page(&up.admin, "/readyz").0, 200);
    // A folder of its own, but the port of the first.
    let listen = up.url.trim_start_matches("http://");
    let other = Installation::new().run(&["up", "--listen", listen, "--admin-listen", "127.0.0.1:0"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.err.contains("server.listen") && other.err.contains(listen), "{other:?}");
    up.call(&installation, "ocop.evaluation.v1.RuleService/ListRegimes", "{}");
    up.stop();
    installation.up().stop();
}

#[test]
fn a_killed_one_leaves_a_folder_that_the_next_one_takes_with_all_that_was_answered() {
    let installation = Installation::new();
    let up = installation.up();
    let made = up.call(&installation, "ocop.registry.v1.ProducerService/CreateProducer", PRODUCER);
    up.signal("KILL");
    assert_eq!(up.ended().0.code(), None);
    let up = installation.up();
    let name = format!(r#"{{"name":{}}}"#, made[0]["name"]);
    assert_eq!(up.call(&installation, "ocop.registry.v1.ProducerService/GetProducer", &name), made);
    up.stop();
}

/// A producer of 2021.
const PRODUCER: &str = r#"{"producer":{"displayName":"Hộ sản xuất mẫu","legalForm":"LEGAL_FORM_HOUSEHOLD","unit":"units/22018",
    "registrationDate":{"year":2021,"month":6,"day":30},"sample":true}}"#;

#[test]
fn settings_that_cannot_be_used_are_told_all_at_once() {
    let installation = Installation::new();
    std::fs::create_dir_all(installation.path()).unwrap();
    let file = installation.path().join("ocop.toml");
    std::fs::write(&file, "[server]\nlissen = \"x\"\nmax_streams = 0\n").unwrap();
    let file = file.display().to_string();
    let ended = installation.run(&["up", "--config", &file]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("server.lissen") && ended.err.contains("server.max_streams"), "{ended:?}");
    let missing = installation.run(&["up", "--config", "/nowhere/ocop.toml"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("/nowhere/ocop.toml"), "{missing:?}");
    let nowhere = ocop(&["up", "--data-dir", "/proc/nowhere"]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("/proc/nowhere"), "{nowhere:?}");
}
