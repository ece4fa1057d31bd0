//! `ocop audit verify`.

use sea_orm::{ConnectOptions, ConnectionTrait, Database};

use super::installation::Installation;

const CREATE: &str = "ocop.registry.v1.ProducerService/CreateProducer";

fn producer(n: usize) -> String {
    format!(
        r#"{{"producer":{{"displayName":"Hộ mẫu {n}","legalForm":"LEGAL_FORM_HOUSEHOLD","unit":"units/22018",
        "registrationDate":{{"year":2021,"month":6,"day":30}},"sample":true}}}}"#
    )
}

async fn change(installation: &Installation, statement: &str) {
    let mut options = ConnectOptions::new(format!("sqlite://{}", installation.path().join("registry.db").display()));
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    assert_eq!(database.execute_unprepared(statement).await.unwrap().rows_affected(), 1, "{statement}");
    database.close().await.unwrap();
}

#[tokio::test]
async fn chains_that_hold_are_said_to_hold_and_the_first_changed_entry_is_named() {
    let installation = Installation::new();
    let up = installation.up();
    for n in 0..4 {
        up.call(&installation, CREATE, &producer(n));
    }
    // It may be asked while the suite runs.
    let running = installation.run(&["audit", "verify"]).good();
    assert!(running.contains("registry: 4 entries, intact"), "{running}");
    up.stop();
    let whole = installation.run(&["audit", "verify"]).good();
    for service in ["registry", "training", "evaluation", "budget", "insights"] {
        assert!(whole.lines().any(|l| l.starts_with(&format!("{service}: ")) && l.ends_with("intact")), "{whole}");
    }
    // One byte of one row, as somebody with a database tool would change it.
    change(&installation, "UPDATE journal SET caller = 'bdmin' WHERE position = 3").await;
    let broken = installation.run(&["audit", "verify"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    let line = broken.out.lines().find(|l| l.starts_with("registry: ")).unwrap();
    assert!(line.contains("2 entries intact, entry 3 is broken: ") && line.contains(CREATE), "{line}");
    assert!(broken.out.contains("training: ") && broken.out.contains("insights: "), "all are walked: {}", broken.out);
    change(&installation, "UPDATE journal SET caller = 'admin' WHERE position = 3").await;
    installation.run(&["audit", "verify"]).good();
    change(&installation, "DELETE FROM journal WHERE position = 2").await;
    let gone = installation.run(&["audit", "verify"]);
    assert_eq!(gone.code, Some(1));
    assert!(gone.out.contains("entry 2 is broken: missing"), "{}", gone.out);
}

#[test]
fn a_folder_without_an_installation_is_no_intact_one() {
    let installation = Installation::new();
    let nothing = installation.run(&["audit", "verify"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(1), ""), "{nothing:?}");
    assert!(nothing.err.contains("registry.db"), "{nothing:?}");
    assert!(!installation.path().exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_with_its_name() {
    let installation = Installation::new();
    std::fs::create_dir_all(installation.path()).unwrap();
    std::fs::write(installation.path().join("registry.db"), "no database at all, but long enough to be one".repeat(50))
        .unwrap();
    let ended = installation.run(&["audit", "verify"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("registry.db") && ended.err.contains("not a database"), "{ended:?}");
}
