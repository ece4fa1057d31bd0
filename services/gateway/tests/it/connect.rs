//! Connect's unary calls that go well: JSON as `curl` sends it, and protobuf.

use prost::Message;
use proto::google::r#type::Date;
use proto::registry::v1 as pb;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use serde_json::json;

use super::stage::{CREATE_PRODUCER, GET_UNIT, WARD_8, bearer, http, stage};

const NAME: &str = "Hợp tác xã nước mắm Gành Đỏ – \"loại 1\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_read_as_json_with_its_dates() {
    let stage = stage().await;
    let body = r#"{"name":"units/22018","asOf":{"year":2021,"month":6,"day":30}}"#;
    let unit = stage.json(GET_UNIT, body).await.good();
    assert_eq!(unit["name"], WARD_8);
    assert_eq!(unit["displayName"], "Phường 8");
    assert_eq!(unit["validFrom"], json!({"year": 2018, "month": 5, "day": 7}));
    assert_eq!((&unit["type"], &unit["level"]), (&json!("UNIT_TYPE_WARD"), &json!("UNIT_LEVEL_COMMUNE")));
    // Names as the contract has them are read as well.
    let again = stage.json(GET_UNIT, r#"{"name":"units/22018","as_of":{"year":2021,"month":6,"day":30}}"#).await;
    assert_eq!(again.good(), unit);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_in_vietnamese_comes_back_as_it_was_written() {
    let stage = stage().await;
    let producer = json!({
        "displayName": NAME,
        "legalForm": "LEGAL_FORM_COOPERATIVE",
        "unit": "units/22018",
        "registrationDate": {"year": 2021, "month": 6, "day": 30},
    });
    let request = json!({"producer": producer, "requestId": "00000000-0000-4000-8000-000000000001"}).to_string();
    let first = stage.json(CREATE_PRODUCER, &request).await;
    assert!(first.text().contains(&NAME.replace('"', "\\\"")), "letters stay letters: {}", first.text());
    let created = first.good();
    assert_eq!((&created["displayName"], &created["unit"]), (&json!(NAME), &json!(WARD_8)));
    assert_eq!(created["legalForm"], "LEGAL_FORM_COOPERATIVE");
    // What is empty is written out, what is absent is not there.
    assert_eq!((&created["taxCode"], &created["sample"]), (&json!(""), &json!(false)));
    assert!(created.get("deleteTime").is_none_or(serde_json::Value::is_null));
    assert_eq!(stage.json(CREATE_PRODUCER, &request).await.good(), created, "the same request id, the same answer");
    let name = created["name"].as_str().unwrap();
    let read = stage.json("/ocop.registry.v1.ProducerService/GetProducer", &json!({"name": name}).to_string()).await;
    assert_eq!(read.good(), created);
    let request = stage.admin().say(pb::GetProducerRequest { name: name.to_owned() });
    let grpc = ProducerServiceClient::new(stage.channel().await).get_producer(request).await.unwrap().into_inner();
    assert_eq!(grpc.display_name, NAME);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_is_an_empty_message() {
    let stage = stage().await;
    for body in ["", " \n", "{}"] {
        let regimes = stage.json("/ocop.evaluation.v1.RuleService/ListRegimes", body).await.good();
        assert_eq!(regimes["regimes"].as_array().unwrap().len(), 3, "{body:?}");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protobuf_bodies_are_read_and_answered_in_protobuf() {
    let stage = stage().await;
    let authorization = bearer(&stage.admin().token);
    let send = async |path: &str, body: Vec<u8>| {
        let headers = [("content-type", "application/proto"), ("authorization", authorization.as_str())];
        let answer = http(stage.addr(), "POST", path, &headers, &body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/proto")), "{answer:?}");
        answer.body
    };
    let day = Some(Date { year: 2021, month: 6, day: 30 });
    let ask = pb::GetUnitRequest { name: "units/22018".to_owned(), as_of: day };
    let unit = pb::Unit::decode(send(GET_UNIT, ask.encode_to_vec()).await.as_slice()).unwrap();
    assert_eq!((unit.name.as_str(), unit.display_name.as_str()), (WARD_8, "Phường 8"));
    let producer = pb::Producer {
        display_name: NAME.to_owned(),
        legal_form: pb::LegalForm::Household.into(),
        unit: WARD_8.to_owned(),
        registration_date: day,
        ..Default::default()
    };
    let ask = pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
    let made = pb::Producer::decode(send(CREATE_PRODUCER, ask.encode_to_vec()).await.as_slice()).unwrap();
    assert_eq!((made.display_name.as_str(), made.legal_form()), (NAME, pb::LegalForm::Household));
    let empty = send("/ocop.evaluation.v1.RuleService/ListRegimes", Vec::new()).await;
    let regimes = proto::evaluation::v1::ListRegimesResponse::decode(empty.as_slice()).unwrap();
    assert_eq!(regimes.regimes.len(), 3);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_types_are_read_as_http_says() {
    let stage = stage().await;
    let authorization = bearer(&stage.admin().token);
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/json ;charset=UTF-8"] {
        let headers = [("content-type", kind), ("authorization", authorization.as_str())];
        let body = format!("{{\"name\":\"{WARD_8}\"}}");
        let answer = http(stage.addr(), "POST", GET_UNIT, &headers, body.as_bytes()).await;
        assert_eq!(answer.good()["name"], WARD_8, "{kind}");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_chunks_is_read_whole() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = stage().await;
    let body = format!("{{\"name\":\"{WARD_8}\"}}");
    let (first, second) = body.split_at(7);
    let request = format!(
        "POST {GET_UNIT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         authorization: {}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        bearer(&stage.admin().token),
        first.len(),
        second.len()
    );
    let mut connection = tokio::net::TcpStream::connect(stage.addr()).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(WARD_8), "{answer}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_to_wait_is_taken_and_kept() {
    let stage = stage().await;
    let body = format!("{{\"name\":\"{WARD_8}\"}}");
    for wait in ["60000", "9999999999"] {
        let headers = [("connect-timeout-ms", wait), ("connect-protocol-version", "1")];
        assert_eq!(stage.json_with(GET_UNIT, &body, &headers).await.good()["name"], WARD_8, "{wait}");
    }
    stage.end().await;
}
