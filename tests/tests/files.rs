//! Files through the whole suite: what a caller sends to the gateway is what it gets back from it, byte for byte.

use kit::testing::{backends, reason};
use proto::google::r#type::Date;
use proto::registry::v1 as pb;
use proto::registry::v1::evidence_service_client::EvidenceServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use tests::suite::Suite;

const CHUNK: usize = 1_000_000;

/// A picture of twenty million bytes, as far as its first bytes tell.
fn picture() -> Vec<u8> {
    let noise = (0u32..5_000_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes());
    b"\xFF\xD8\xFF\xE0".iter().copied().chain(noise).collect()
}

fn first(producer: &str) -> pb::UploadEvidenceRequest {
    pb::UploadEvidenceRequest {
        evidence: Some(pb::Evidence {
            producer: producer.to_owned(),
            kind: pb::EvidenceKind::Photo.into(),
            title: "Ảnh mẫu".to_owned(),
            sample: true,
            ..Default::default()
        }),
        file_name: "anh.jpeg".to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_up_and_down_through_the_gateway_and_a_refusal_comes_back_while_it_is_sent() {
    for backend in backends() {
        let suite = Suite::start(backend).await;
        let officer = suite.world.as_role("province_officer", "units/54-20180507");
        let producer = pb::Producer {
            display_name: "HTX Mẫu".to_owned(),
            legal_form: pb::LegalForm::Cooperative.into(),
            unit: "units/22018-20180507".to_owned(),
            registration_date: Some(Date { year: 2021, month: 1, day: 15 }),
            sample: true,
            ..Default::default()
        };
        let request = pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        let mut producers = ProducerServiceClient::new(suite.gateway());
        let maker = producers.create_producer(officer.say(request)).await.unwrap().into_inner().name;
        let mut client = EvidenceServiceClient::new(suite.gateway());
        let upload = |bytes: &[u8]| {
            let part = |part: &[u8]| pb::UploadEvidenceRequest { chunk: part.to_vec().into(), ..Default::default() };
            let parts: Vec<_> = std::iter::once(first(&maker)).chain(bytes.chunks(CHUNK).map(part)).collect();
            officer.say(tokio_stream::iter(parts))
        };
        let bytes = picture();
        let made = client.upload_evidence(upload(&bytes)).await.unwrap().into_inner();
        let request = pb::DownloadEvidenceRequest { name: made.name, version: 1 };
        let mut stream = client.download_evidence(officer.say(request)).await.unwrap().into_inner();
        let mut back = Vec::new();
        while let Some(part) = stream.message().await.unwrap() {
            back.extend_from_slice(&part.chunk);
        }
        assert!(back == bytes, "the bytes that were sent");
        let refusal = client.upload_evidence(upload(&vec![b'<'; 60_000_000])).await.unwrap_err();
        assert_eq!(reason(&refusal), "REQUEST_INVALID");
        assert_eq!(kit::testing::violations(&refusal), [("chunk".to_owned(), "FILE_TYPE_REFUSED".to_owned())]);
        suite.stop().await;
    }
}
