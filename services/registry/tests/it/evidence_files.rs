//! The bytes of evidence: up and down, limits, types, broken uploads, the scanner.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kit::Link;
use kit::testing::{As, backends};
use proto::registry::v1 as pb;
use proto::registry::v1::evidence_service_client::EvidenceServiceClient;
use sha2::{Digest, Sha256};
use time::macros::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::StreamExt;
use tonic::{Code, Status};

use crate::office::{Office, because, everywhere, everywhere_with, invalid, producer, refused, request_id};

/// A PDF of a length, as far as its first bytes tell; another one for each seed.
pub fn pdf(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = b"%PDF-1.7\n".to_vec();
    while bytes.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The first message of an upload of a test report.
pub fn paper(producer: &str) -> pb::UploadEvidenceRequest {
    pb::UploadEvidenceRequest {
        evidence: Some(pb::Evidence {
            producer: producer.to_owned(),
            kind: pb::EvidenceKind::TestReport.into(),
            title: "Phiếu kiểm nghiệm".to_owned(),
            ..Default::default()
        }),
        file_name: "kiem-nghiem.pdf".to_owned(),
        ..Default::default()
    }
}

/// The messages of an upload.
fn messages(first: pb::UploadEvidenceRequest, bytes: &[u8], chunk: usize) -> Vec<pb::UploadEvidenceRequest> {
    let part = |part: &[u8]| pb::UploadEvidenceRequest { chunk: part.to_vec().into(), ..Default::default() };
    std::iter::once(first).chain(bytes.chunks(chunk).map(part)).collect()
}

/// Uploads as somebody.
pub async fn upload_as(
    office: &Office,
    who: &As,
    first: pb::UploadEvidenceRequest,
    bytes: &[u8],
) -> Result<pb::Evidence, Status> {
    let stream = tokio_stream::iter(messages(first, bytes, 100_000));
    Ok(office.evidence().upload_evidence(who.say(stream)).await?.into_inner())
}

/// Uploads.
pub async fn upload(office: &Office, first: pb::UploadEvidenceRequest, bytes: &[u8]) -> Result<pb::Evidence, Status> {
    upload_as(office, &office.admin(), first, bytes).await
}

/// Downloads: the version told first, and the bytes.
async fn download_by(
    mut client: EvidenceServiceClient<Link>,
    who: &As,
    name: &str,
    version: i32,
) -> Result<(pb::EvidenceVersion, Vec<u8>), Status> {
    let request = pb::DownloadEvidenceRequest { name: name.to_owned(), version };
    let mut stream = client.download_evidence(who.say(request)).await?.into_inner();
    let first = stream.message().await?.expect("a first message");
    assert!(first.chunk.is_empty());
    let mut bytes = Vec::new();
    while let Some(part) = stream.message().await? {
        assert!(part.version.is_none() && !part.chunk.is_empty());
        bytes.extend_from_slice(&part.chunk);
    }
    Ok((first.version.expect("it tells its version"), bytes))
}

/// Downloads.
pub async fn download(office: &Office, name: &str, version: i32) -> Result<(pb::EvidenceVersion, Vec<u8>), Status> {
    download_by(office.evidence(), &office.admin(), name, version).await
}

fn below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            below(&entry.path(), found);
        } else {
            found.insert(entry.file_name().into_string().unwrap());
        }
    }
}

/// The names of all files that lie in the world's place for them.
pub fn lying(office: &Office) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    below(&office.world.dir().join("files"), &mut found);
    found
}

/// Waits for a state.
async fn until(what: &str, is: impl Fn() -> bool) {
    let waiting = async {
        while !is() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect(what);
}

pub async fn maker(office: &Office) -> String {
    office.add_producer(producer("HTX Mẫu")).await.unwrap().name
}

/// Nothing of a refused upload is left.
async fn nothing_left(office: &Office, before: &[(&'static str, i64)]) {
    assert_eq!(office.rows().await, before);
    until("nothing lies there", || lying(office).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_mebibytes_go_up_and_down_byte_for_byte_through_a_real_listener() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let link = Link::remote("registry", &office.world.url()).unwrap();
        let mut client = EvidenceServiceClient::new(link.clone());
        let bytes = pdf(20 * 1024 * 1024 + 3, 1);
        let hash = sha256(&bytes);
        let first = pb::UploadEvidenceRequest {
            size_bytes: bytes.len() as i64,
            sha256: hash.clone(),
            request_id: request_id(1),
            ..paper(&maker)
        };
        for chunk in [1_000_000, 3_999_999] {
            let stream = tokio_stream::iter(messages(first.clone(), &bytes, chunk));
            let made = client.upload_evidence(office.admin().say(stream)).await.unwrap().into_inner();
            let version = made.latest_version.clone().unwrap();
            assert_eq!((version.version, version.size_bytes), (1, bytes.len() as i64));
            assert_eq!((&*version.media_type, &*version.sha256), ("application/pdf", &*hash));
            let (told, back) = download_by(client.clone(), &office.admin(), &made.name, 0).await.unwrap();
            assert!(back == bytes, "the bytes that were sent");
            assert_eq!(told, version);
        }
        let rows = office.rows_of(&["evidence", "evidence_version"]).await;
        assert_eq!(rows, [("evidence", 1), ("evidence_version", 1)], "the second was a repeat");
        assert_eq!(lying(&office), BTreeSet::from([hash]));
    })
    .await;
}

#[tokio::test]
async fn the_same_file_lies_there_once_and_both_pieces_of_evidence_read_it() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let bytes = pdf(300_000, 2);
        let one = upload(&office, paper(&maker), &bytes).await.unwrap();
        let two = upload(&office, paper(&maker), &bytes).await.unwrap();
        assert_ne!(one.name, two.name);
        assert_eq!(lying(&office), BTreeSet::from([sha256(&bytes)]));
        for name in [one.name, two.name] {
            assert!(download(&office, &name, 1).await.unwrap().1 == bytes);
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_not_as_announced_is_refused_with_all_that_differs_and_leaves_nothing() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let before = office.rows().await;
        let bytes = pdf(5000, 3);
        let first = pb::UploadEvidenceRequest { size_bytes: 5001, sha256: sha256(b"other"), ..paper(&maker) };
        let both = invalid(&[("sha256", "FILE_HASH_DIFFERS"), ("size_bytes", "FILE_SIZE_DIFFERS")]);
        assert_eq!(refused(upload(&office, first, &bytes).await), both);
        assert_eq!(refused(upload(&office, paper(&maker), b"").await), invalid(&[("chunk", "FIELD_REQUIRED")]));
        for bad in [&b"MZ\x90\0 and so on and on"[..], b"<!DOCTYPE html><html>", b"\x7FELF", b"PK\x03\x04 an archive"] {
            let named = pb::UploadEvidenceRequest { file_name: "giay.pdf".to_owned(), ..paper(&maker) };
            assert_eq!(refused(upload(&office, named, bad).await), invalid(&[("chunk", "FILE_TYPE_REFUSED")]));
        }
        nothing_left(&office, &before).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_beyond_the_limit_is_refused_before_it_is_sent_or_at_the_byte_too_many() {
    everywhere_with(
        |config| config.files.max_bytes = 1_000_000,
        async |office| {
            let maker = maker(&office).await;
            let before = office.rows().await;
            let bytes = pdf(1_000_001, 4);
            let told = pb::UploadEvidenceRequest { size_bytes: 1_000_001, ..paper(&maker) };
            assert_eq!(refused(upload(&office, told, &[]).await), invalid(&[("size_bytes", "FILE_TOO_LARGE")]));
            assert_eq!(refused(upload(&office, paper(&maker), &bytes).await), invalid(&[("chunk", "FILE_TOO_LARGE")]));
            // Over the network too, while the caller still sends.
            let mut remote = EvidenceServiceClient::new(Link::remote("registry", &office.world.url()).unwrap());
            let stream = tokio_stream::iter(messages(paper(&maker), &pdf(20_000_000, 4), 1_000_000));
            let refusal = refused(remote.upload_evidence(office.admin().say(stream)).await);
            assert_eq!(refusal, invalid(&[("chunk", "FILE_TOO_LARGE")]));
            nothing_left(&office, &before).await;
            assert!(upload(&office, paper(&maker), &bytes[..1_000_000]).await.is_ok(), "the limit itself is taken");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upload_that_breaks_off_in_the_middle_leaves_nothing() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let before = office.rows().await;
        let remote = Link::remote("registry", &office.world.url()).unwrap();
        for link in [office.world.link("registry"), remote] {
            let begun = messages(paper(&maker), &pdf(2_000_000, 5), 100_000);
            let endless = tokio_stream::iter(begun).chain(tokio_stream::pending());
            let request = office.admin().say(endless);
            let mut client = EvidenceServiceClient::new(link);
            let call = tokio::spawn(async move { client.upload_evidence(request).await });
            until("the file begins to lie there", || !lying(&office).is_empty()).await;
            call.abort();
            assert!(call.await.unwrap_err().is_cancelled());
            nothing_left(&office, &before).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uploads_at_once_each_make_their_version() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let made = upload(&office, paper(&maker), &pdf(1000, 6)).await.unwrap();
        let uploads: Vec<_> = (0..8)
            .map(|n| {
                let (office, evidence) = (office.clone(), made.name.clone());
                tokio::spawn(async move {
                    let version = Some(pb::NewEvidenceVersion { evidence, ..Default::default() });
                    let first = pb::UploadEvidenceRequest {
                        new_version: version,
                        file_name: format!("{n}.pdf"),
                        ..Default::default()
                    };
                    let bytes = pdf(700_000, 100 + n % 4);
                    let version = upload(&office, first, &bytes).await.unwrap().latest_version.unwrap();
                    assert_eq!(version.sha256, sha256(&bytes));
                    version.version
                })
            })
            .collect();
        let mut versions = BTreeSet::new();
        for upload in uploads {
            versions.insert(upload.await.unwrap());
        }
        assert_eq!(versions, (2..=9).collect());
        assert_eq!(lying(&office).len(), 5, "four files sent twice, and the first one");
        for version in 1..=9 {
            let (told, bytes) = download(&office, &made.name, version).await.unwrap();
            assert_eq!((told.version, told.sha256), (version, sha256(&bytes)));
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_after_a_day() {
    for backend in backends() {
        let mut leftover = std::path::PathBuf::new();
        let world = kit::testing::World::on(backend).at(date!(2099 - 01 - 01)).configure(|config| {
            let folder = config.files.url.as_deref().unwrap().trim_start_matches("file://");
            leftover = Path::new(folder).join("incoming/left#1");
            std::fs::create_dir_all(leftover.parent().unwrap()).unwrap();
            std::fs::write(&leftover, "a part").unwrap();
        });
        let world = world.mount::<registry::Registry>().start().await;
        until("it is swept", || !leftover.exists()).await;
        world.stop().await;
    }
}

/// Reads one INSTREAM command and answers it as the file's bytes tell.
async fn answer_as_clamd(mut socket: TcpStream) -> std::io::Result<()> {
    let mut command = [0; 10];
    socket.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let length = socket.read_u32().await?;
        if length == 0 {
            break;
        }
        (&mut socket).take(length.into()).read_to_end(&mut file).await?;
    }
    let has = |word: &[u8]| file.windows(word.len()).any(|w| w == word);
    if has(b"EICAR") {
        socket.write_all(b"stream: Eicar-Test-Signature FOUND\0").await
    } else if has(b"LIMIT") {
        socket.write_all(b"INSTREAM size limit exceeded. ERROR\0").await
    } else if has(b"SILENT") {
        Ok(())
    } else {
        socket.write_all(b"stream: OK\0").await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_scanner_refuses_or_does_not_answer_is_not_stored() {
    let clamd = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = clamd.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((socket, _)) = clamd.accept().await {
            tokio::spawn(answer_as_clamd(socket));
        }
    });
    everywhere_with(
        |config| config.files.scan = Some(format!("tcp://{address}")),
        async |office| {
            let maker = maker(&office).await;
            let before = office.rows().await;
            let with = |word: &[u8]| [&pdf(600_000, 7), word].concat();
            let infected = because(Code::FailedPrecondition, "FILE_INFECTED");
            assert_eq!(refused(upload(&office, paper(&maker), &with(b"EICAR")).await), infected);
            let silent = because(Code::Unavailable, "PEER_UNAVAILABLE");
            for word in [&b"SILENT"[..], b"LIMIT"] {
                assert_eq!(refused(upload(&office, paper(&maker), &with(word)).await), silent);
            }
            nothing_left(&office, &before).await;
            assert!(upload(&office, paper(&maker), &with(b"clean")).await.is_ok());
        },
    )
    .await;
    serving.abort();
}

#[tokio::test]
async fn a_program_scans_by_its_exit_code_and_none_means_come_back_later() {
    let clean = None;
    let infected = Some(because(Code::FailedPrecondition, "FILE_INFECTED"));
    let gone = || Some(because(Code::Unavailable, "PEER_UNAVAILABLE"));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("tcp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    for (scan, expected) in [
        ("exec:/bin/true", clean),
        ("exec:/bin/false", infected),
        ("exec:/bin/sh --no-such-option", gone()),
        ("exec:/nonexistent/scanner -", gone()),
        ("unix:///nonexistent/clamd.ctl", gone()),
        (&*nowhere, gone()),
    ] {
        everywhere_with(
            |config| config.files.scan = Some(scan.to_owned()),
            async |office: Arc<Office>| {
                let maker = maker(&office).await;
                let answer = upload(&office, paper(&maker), &pdf(400_000, 8)).await;
                match &expected {
                    None => assert!(answer.is_ok(), "{scan}: {answer:?}"),
                    Some(expected) => assert_eq!(refused(answer), *expected, "{scan}"),
                }
                assert_eq!(lying(&office).len(), usize::from(expected.is_none()), "{scan}");
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_installation_without_a_place_for_files_says_so() {
    // On SQLite a folder is always found beside the databases.
    for backend in backends().into_iter().filter(|b| *b == kit::testing::Backend::Postgres) {
        let world = kit::testing::World::on(backend).configure(|config| {
            config.files.url = None;
            config.database.url = "postgres://nobody@localhost/none".to_owned();
        });
        let office = Office { world: world.mount::<registry::Registry>().start().await };
        let maker = maker(&office).await;
        let expected = because(Code::FailedPrecondition, "FILES_NOT_CONFIGURED");
        assert_eq!(refused(upload(&office, paper(&maker), &pdf(100, 9)).await), expected);
        office.world.stop().await;
    }
}
