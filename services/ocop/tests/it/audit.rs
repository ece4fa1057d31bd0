//! `ocop audit verify`.

use kit::auth::Keys;
use ocop::client::Client;
use ocop::demo::{self, steps::Steps};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};

use super::installation::{Installation, Up};

const CREATE: &str = "ocop.registry.v1.ProducerService/CreateProducer";

fn producer(n: usize) -> String {
    format!(
        r#"{{"producer":{{"displayName":"Hộ mẫu {n}","legalForm":"LEGAL_FORM_HOUSEHOLD","unit":"units/22018",
        "registrationDate":{{"year":2021,"month":6,"day":30}},"sample":true}}}}"#
    )
}

async fn change(installation: &Installation, statement: &str) {
    assert_eq!(try_execute(installation, "registry", statement).await, Ok(1), "{statement}");
}

/// Does something behind the services' backs.
async fn try_execute(installation: &Installation, service: &str, statement: &str) -> Result<u64, String> {
    let file = installation.path().join(format!("{service}.db"));
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    let done = database.execute_unprepared(statement).await;
    database.close().await.unwrap();
    done.map(|done| done.rows_affected()).map_err(|error| error.to_string())
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

/// The demo's plan with its money: seven lines, 25 entries. Answers the plan.
async fn money(installation: &Installation, up: &Up) -> String {
    let keys = Keys::load_or_create(&installation.path().join("keys")).unwrap();
    let client = Client::connect(&up.url, Some(&installation.path().join("admin.token"))).await.unwrap();
    let mut steps = Steps::new(&client, &keys, 2, |_| {});
    let plan = demo::plan::create(&mut steps).await.unwrap();
    demo::money::year(&mut steps, &plan, 10, 5).await.unwrap();
    plan
}

#[tokio::test]
async fn every_ledger_is_recounted_and_an_account_that_its_entries_do_not_prove_is_named() {
    let installation = Installation::new();
    let up = installation.up();
    let plan = money(&installation, &up).await;
    let of = format!("ledger of units/54-20180507 in 2021 ({plan}): 7 lines, 25 entries, sums");
    let running = installation.run(&["audit", "verify"]).good();
    assert!(running.lines().any(|said| said == format!("{of} agree")), "{running}");
    up.stop();
    // The database lets nobody change an entry; whoever owns the file takes that away first.
    let change = |by: &str| {
        format!(
            "UPDATE entry SET amount_vnd = amount_vnd {by} WHERE id = (SELECT min(id) FROM entry WHERE kind = 'assign')"
        )
    };
    assert!(try_execute(&installation, "budget", &change("+ 1")).await.unwrap_err().contains("never changes"));
    try_execute(&installation, "budget", "DROP TRIGGER entry_unchanged").await.unwrap();
    assert_eq!(try_execute(&installation, "budget", &change("+ 1")).await, Ok(1));
    let broken = installation.run(&["audit", "verify"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    let lines: Vec<&str> = broken.out.lines().skip_while(|said| !said.starts_with("ledger ")).collect();
    assert_eq!((lines[0], lines.len()), (&*format!("{of} DISAGREE"), 3), "{}", broken.out);
    for (line, account) in lines[1..].iter().zip(["funding", "available"]) {
        assert!(line.starts_with("  lines/") && line.contains(&format!(": {account} is kept as ")), "{line}");
        assert!(line.contains(" đồng, its entries sum to "), "{line}");
    }
    assert_eq!(broken.out.matches("intact").count(), 5, "the chains before it hold: {}", broken.out);
    try_execute(&installation, "budget", &change("- 1")).await.unwrap();
    installation.run(&["audit", "verify"]).good();
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
