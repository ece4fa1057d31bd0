use super::*;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_database_url_that_cannot_be_read_is_told_without_its_password() {
    for url in ["postgres://u:secret@h:port/d", "postgres://u:sec#ret@h/d"] {
        let faults = Config::load(None, env(&[("OCOP_DATABASE__URL", url)])).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("database.url") && faults[0].contains("%23"), "{faults:?}");
        assert!(!faults[0].contains("sec"), "{faults:?}");
    }
    assert!(Config::load(None, env(&[("OCOP_DATABASE__URL", "postgres://u:sec%23ret@h:5433/d")])).is_ok());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = file("[server]\nmax_streams = 7\nmax_in_flight = 9\n[peers]\nregistry = \"http://a:1\"");
    let env = env(&[
        ("OCOP_SERVER__MAX_STREAMS", "8"),
        ("OCOP_PEERS__BUDGET", "http://b:2"),
        ("OCOP_AUTH__ISSUER", "42"),
        ("OCOP_TELEMETRY__SAMPLE_RATIO", "0.5"),
        ("OCOP_DATABASE__MIGRATE_ON_START", "true"),
        ("OCOP_REDIS__URL", "\"redis://r\""),
        ("PATH", "/bin"),
    ]);
    let config = Config::load(Some(file.path()), env).unwrap();
    assert_eq!((config.server.max_streams, config.server.max_in_flight), (8, 9));
    assert_eq!(config.server.grace_seconds, 25);
    assert_eq!(config.auth.issuer, "42");
    assert!((config.telemetry.sample_ratio - 0.5).abs() < f64::EPSILON);
    assert!(config.database.migrate_on_start);
    assert_eq!(config.redis.url.as_deref(), Some("redis://r"));
    assert_eq!(config.peers.keys().collect::<Vec<_>>(), ["budget", "registry"]);
}

#[test]
fn every_fault_is_told_at_once() {
    let file = file("[server]\nlisten = \"here\"\nports = 3\n[databases]\nurl = \"x\"\n[auth]\nissuer = 7");
    let env = env(&[
        ("OCOP_SERVER__MAX_STREAMS", "many"),
        ("OCOP_LISTEN", "0.0.0.0:1"),
        ("OCOP_DATABASE__URL", "mysql://u:secret@h/d"),
        ("OCOP_PEERS__REGISTRY", "registry:8080"),
        ("OCOP_TELEMETRY__LOG_FORMAT", "xml"),
    ]);
    let faults = Config::load(Some(file.path()), env).unwrap_err();
    let all = faults.join("\n");
    for part in [
        "server.listen must be an IP address",
        "server.ports is no setting",
        "databases.url is no setting",
        "auth.issuer must be a text",
        "OCOP_SERVER__MAX_STREAMS: server.max_streams must be a whole number from 1 to 10000, not \"many\"",
        "OCOP_LISTEN is no setting; known are OCOP_SERVER__LISTEN",
        "database.url must be a URL that begins with sqlite:",
        "peers.registry must be a URL",
        "log_format must be one of text, json",
    ] {
        assert!(all.contains(part), "{part} is missing in\n{all}");
    }
    assert_eq!(faults.len(), 9);
    assert!(!all.contains("secret"), "{all}");
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_a_fault() {
    assert!(Config::load(Some(Path::new("/nowhere/ocop.toml")), env(&[])).is_err());
    assert!(Config::load(Some(file("[server").path()), env(&[])).is_err());
    assert_eq!(Config::load(None, env(&[])), Ok(Config::default()));
}

#[test]
fn every_field_has_a_documented_key_whose_default_passes_its_own_rule() {
    let defaults = Table::try_from(Config::default()).unwrap();
    for (section, values) in defaults.iter().filter(|(s, _)| *s != PEERS) {
        for (name, value) in values.as_table().unwrap() {
            let key = find(section, name).unwrap_or_else(|| panic!("{section}.{name} is not declared"));
            assert_eq!(key.kind.fault(value), None, "{section}.{name}");
        }
    }
    for row in Config::document() {
        assert!(row.doc.len() > 10, "{} needs a description", row.key);
    }
    assert!(Config::document().iter().any(|r| r.key == "server.listen" && r.default == "\"127.0.0.1:8080\""));
}

#[test]
fn every_declared_key_is_a_field() {
    for key in keys() {
        let sample = match key.kind {
            Kind::Address => "\"127.0.0.1:1\"".to_owned(),
            Kind::Count { least, .. } => least.to_string(),
            Kind::Ratio => "0.5".to_owned(),
            Kind::Flag => "true".to_owned(),
            Kind::Text | Kind::Path => "\"x\"".to_owned(),
            Kind::Choice(words) => format!("\"{}\"", words[0]),
            Kind::Url(schemes) => format!("\"{}://x\"", schemes[0]),
        };
        let file = file(&format!("[{}]\n{} = {sample}", key.section, key.name));
        Config::load(Some(file.path()), env(&[])).unwrap_or_else(|e| panic!("{}.{}: {e:?}", key.section, key.name));
    }
}

#[test]
fn passwords_are_never_shown() {
    let cases = [
        ("postgres://ocop:p@ss/w:rd@db:5432/registry", "postgres://ocop:***@db:5432/registry"),
        (
            "postgres://ocop@db/registry?password=x&sslmode=require",
            "postgres://ocop@db/registry?password=***&sslmode=require",
        ),
        ("redis://:x@cache:6379", "redis://:***@cache:6379"),
        ("sqlite://data/registry.db?mode=rwc", "sqlite://data/registry.db?mode=rwc"),
        ("http://collector:4317", "http://collector:4317"),
    ];
    for (url, shown) in cases {
        assert_eq!(check::masked(Value::String(url.to_owned())).as_str(), Some(shown));
    }
    let env = env(&[("OCOP_DATABASE__URL", "postgres://u:secret@h/d"), ("OCOP_REDIS__URL", "redis://u:secret@h")]);
    let config = Config::load(None, env).unwrap();
    for shown in [config.to_toml_masked(), format!("{config:?}"), format!("{:?}{:?}", config.database, config.redis)] {
        assert!(shown.contains("***") && !shown.contains("secret"), "{shown}");
    }
}

#[test]
fn printed_settings_can_be_read_again() {
    let config = Config::load(None, env(&[("OCOP_PEERS__REGISTRY", "http://r:1")])).unwrap();
    let file = file(&config.to_toml_masked());
    assert_eq!(Config::load(Some(file.path()), env(&[])), Ok(config));
}
