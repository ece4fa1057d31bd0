//! What was acknowledged is there after `kill -9`, nothing took effect twice, and nothing appeared that nobody sent.

#![expect(clippy::unwrap_used, reason = "a test that meets something else has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ocop::client::Client;
use proto::google::r#type::Date;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::{CreateProducerRequest, LegalForm, ListProducersRequest, Producer};
use tests::processes::{Process, run};
use uuid::Uuid;

const WRITERS: u32 = 8;
/// Acknowledged writes before the process is killed, in each round.
const ACKNOWLEDGED: u32 = 150;
const ROUNDS: u32 = 3;

async fn up(dir: &std::path::Path) -> (Process, Client) {
    let folder = dir.display().to_string();
    let arguments = ["--data-dir", &folder, "up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let mut process = Process::start("ocop", &arguments, &BTreeMap::new(), dir);
    let url = process.says("\nready ").await;
    let client = Client::connect(url.trim(), Some(&dir.join("admin.token"))).await.unwrap();
    (process, client)
}

fn request(number: u32, id: Uuid) -> CreateProducerRequest {
    let producer = Producer {
        display_name: format!("Hộ mẫu {number}"),
        legal_form: LegalForm::Household.into(),
        unit: "units/22120".to_owned(),
        registration_date: Some(Date { year: 2021, month: 3, day: 1 }),
        sample: true,
        ..Default::default()
    };
    CreateProducerRequest { producer: Some(producer), request_id: id.to_string(), validate_only: false }
}

/// The id of a number: what was sent before the kill is sent again with the same one.
fn id_of(number: u32) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

/// Writes from many tasks until enough is acknowledged, then kills the process while they go on. Answers what was
/// acknowledged, and notes every number that was sent.
async fn write_and_kill(
    process: Process,
    client: &Client,
    next: &Arc<AtomicU32>,
    sent: &Arc<Mutex<BTreeSet<u32>>>,
) -> BTreeMap<u32, String> {
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let gone = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (client, next, sent) = (client.clone(), next.clone(), sent.clone());
        let (acknowledged, gone) = (acknowledged.clone(), gone.clone());
        writers.push(tokio::spawn(async move {
            let mut registry = ProducerServiceClient::new(client.channel.clone());
            while !gone.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                sent.lock().unwrap().insert(number);
                match registry.create_producer(client.request(request(number, id_of(number)))).await {
                    Ok(answer) => acknowledged.lock().unwrap().insert(number, answer.into_inner().name),
                    Err(_) => return,
                };
            }
        }));
    }
    while acknowledged.lock().unwrap().len() < ACKNOWLEDGED as usize {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    process.kill();
    gone.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    Arc::try_unwrap(acknowledged).unwrap().into_inner().unwrap()
}

async fn all(client: &Client) -> Vec<Producer> {
    let mut registry = ProducerServiceClient::new(client.channel.clone());
    let (mut producers, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListProducersRequest { page_size: 1000, page_token, ..Default::default() };
        let page = registry.list_producers(client.request(request)).await.unwrap().into_inner();
        producers.extend(page.producers);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return producers;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_writes_loses_no_acknowledged_write_and_doubles_none() {
    let dir = tempfile::tempdir().unwrap();
    let (next, sent) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(BTreeSet::new())));
    let mut acknowledged = BTreeMap::new();
    for _ in 0..ROUNDS {
        let (process, client) = up(dir.path()).await;
        acknowledged.extend(write_and_kill(process, &client, &next, &sent).await);
    }
    let (process, client) = up(dir.path()).await;
    let stored: BTreeMap<String, String> = all(&client).await.into_iter().map(|p| (p.display_name, p.name)).collect();
    for (number, name) in &acknowledged {
        assert_eq!(stored.get(&format!("Hộ mẫu {number}")), Some(name), "acknowledged and not stored as it was");
    }

    // Whoever got no answer asks again with the same id: every number ends up stored once.
    let sent = sent.lock().unwrap().clone();
    let mut registry = ProducerServiceClient::new(client.channel.clone());
    for number in sent.iter().filter(|number| !acknowledged.contains_key(number)) {
        let answer = registry.create_producer(client.request(request(*number, id_of(*number)))).await.unwrap();
        let known = stored.get(&format!("Hộ mẫu {number}"));
        assert!(known.is_none_or(|name| *name == answer.get_ref().name), "stored before and stored again");
    }
    let names: Vec<String> = all(&client).await.into_iter().map(|producer| producer.display_name).collect();
    let wanted: BTreeSet<String> = sent.iter().map(|number| format!("Hộ mẫu {number}")).collect();
    assert_eq!(names.len(), wanted.len(), "nothing twice");
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), wanted, "nothing lost, nothing that nobody sent");
    process.kill();

    let folder = dir.path().display().to_string();
    let (intact, text) = run("ocop", &["--data-dir", &folder, "audit", "verify"], &BTreeMap::new());
    assert!(intact, "{text}");
    assert!(text.contains(&format!("registry: {} entries, intact", sent.len())), "{text}");
}
