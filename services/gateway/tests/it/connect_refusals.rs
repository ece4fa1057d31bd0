//! Connect's unary calls that are refused: each with Connect's code, the HTTP status, the reason and every violation.

use kit::testing::As;
use serde_json::{Value, json};
use time::macros::date;

use super::stage::{
    Answer, CREATE_PRODUCER, GET_UNIT, MOST, Stage, WARD_8, WATCH, bearer, foreign_token, http, refused, stage,
};

fn undecodable() -> (u16, String, String) {
    refused(400, "invalid_argument", "MESSAGE_UNDECODABLE")
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_no_message_of_the_type_is_refused_with_the_place() {
    let stage = stage().await;
    for (path, body, said) in [
        (GET_UNIT, "{", "EOF"),
        (GET_UNIT, "[]", ""),
        (GET_UNIT, "{} {}", ""),
        (GET_UNIT, r#"{"nam":"units/vn"}"#, "nam"),
        (GET_UNIT, r#"{"name":7}"#, ""),
        (GET_UNIT, r#"{"asOf":"2021-06-30"}"#, ""),
        (GET_UNIT, "{\"name\":\"\u{0}\"}", ""),
        (CREATE_PRODUCER, r#"{"producer":{"legalForm":"LEGAL_FORM_SHOP"}}"#, "LEGAL_FORM_SHOP"),
    ] {
        let answer = stage.json(path, body).await;
        assert_eq!(answer.refusal(), undecodable(), "{body}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{body}: {message}");
    }
    let bytes =
        http(stage.addr(), "POST", GET_UNIT, &kind_and(&stage, "application/json"), b"{\"name\":\"\xff\"}").await;
    assert_eq!(bytes.refusal(), undecodable());
    let bytes = http(stage.addr(), "POST", GET_UNIT, &kind_and(&stage, "application/proto"), b"\x0a\x7fx").await;
    assert_eq!(bytes.refusal(), undecodable());
    stage.end().await;
}

/// Headers with the administrator's token; they live as long as the test.
fn kind_and(stage: &Stage, kind: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("content-type", kind), ("authorization", bearer(&stage.admin().token).leak())]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_violation_is_told_at_once_in_both_languages() {
    let stage = stage().await;
    let body = r#"{"producer":{"displayName":"","legalForm":99,"unit":"units/99999","taxCode":"12",
        "registrationDate":{"year":2021,"month":2,"day":30}},"requestId":"x"}"#;
    let answer = stage.json(CREATE_PRODUCER, body).await;
    assert_eq!(answer.refusal(), refused(400, "invalid_argument", "REQUEST_INVALID"));
    let violations = answer.json()["details"][0]["debug"]["violations"].clone();
    let mut found: Vec<String> = Vec::new();
    for violation in violations.as_array().unwrap() {
        for text in ["description", "descriptionVi"] {
            let text = violation[text].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains('{'), "{violation}");
        }
        let text = |key: &str| violation[key].as_str().unwrap().to_owned();
        found.push(format!("{} {}", text("field"), text("reason")));
    }
    found.sort();
    let expected = [
        "producer.display_name FIELD_REQUIRED",
        "producer.legal_form ENUM_UNKNOWN",
        "producer.registration_date DATE_INVALID",
        "producer.tax_code TAX_CODE_INVALID",
        "request_id REQUEST_ID_MALFORMED",
    ];
    for one in expected {
        assert!(found.iter().any(|f| f == one), "{one} is missing in {found:?}");
    }
    let kinds: Vec<Value> = answer.json()["details"].as_array().unwrap().iter().map(|d| d["type"].clone()).collect();
    assert!(kinds.contains(&json!("google.rpc.BadRequest")) && kinds.contains(&json!("google.rpc.LocalizedMessage")));
    stage.end().await;
}

async fn get_with(stage: &Stage, authorization: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(authorization.map(|a| ("authorization", a)));
    http(stage.addr(), "POST", GET_UNIT, &headers, body.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_good_token_is_refused_before_the_body_is_looked_at() {
    let stage = stage().await;
    let unauthenticated = |reason| refused(401, "unauthenticated", reason);
    let As { token } = stage.admin();
    let cases = [
        (None, "UNAUTHENTICATED"),
        (Some("Basic YWRtaW46YWRtaW4=".to_owned()), "UNAUTHENTICATED"),
        (Some("Bearer a.b.c".to_owned()), "TOKEN_INVALID"),
        (Some(bearer(&foreign_token(stage.world.clock.now_us()))), "TOKEN_INVALID"),
    ];
    for (authorization, reason) in &cases {
        for body in [r#"{"name":"units/vn"}"#, "{"] {
            let answer = get_with(&stage, authorization.as_deref(), body).await;
            assert_eq!(answer.refusal(), unauthenticated(reason), "{authorization:?} {body}");
            assert_eq!(answer.header("x-trace-id").map(str::len), Some(32), "it can be found in the log");
        }
    }
    stage.world.clock.set_noon(date!(2021 - 12 - 16));
    let expired = get_with(&stage, Some(&bearer(&token)), r#"{"name":"units/vn"}"#).await;
    assert_eq!(expired.refusal(), unauthenticated("TOKEN_EXPIRED"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_header_makes_a_caller_into_somebody_else() {
    let stage = stage().await;
    let member = bearer(&stage.world.as_role("council_member", WARD_8).token);
    let body = json!({"producer": {"displayName": "Tổ hợp tác", "legalForm": 3, "unit": WARD_8,
        "registrationDate": {"year": 2021, "month": 6, "day": 30}}})
    .to_string();
    let forged = [
        ("x-ocop-subject", "admin"),
        ("x-ocop-roles", "national_admin@units/vn"),
        ("x-ocop-caller", "admin"),
        ("x-forwarded-user", "admin"),
        ("x-remote-user", "admin"),
        ("authorization", "Bearer a.b.c"),
        ("grpc-metadata-authorization", "Bearer a.b.c"),
    ];
    let mut headers = vec![("content-type", "application/json"), ("authorization", member.as_str())];
    headers.extend_from_slice(&forged);
    let answer = http(stage.addr(), "POST", CREATE_PRODUCER, &headers, body.as_bytes()).await;
    assert_eq!(answer.refusal(), refused(403, "permission_denied", "ROLE_MISSING"));
    let nobody = http(stage.addr(), "POST", CREATE_PRODUCER, &headers[2..7], body.as_bytes()).await;
    assert_ne!(nobody.status, 200);
    let mut alone = vec![("content-type", "application/json")];
    alone.extend_from_slice(&forged[..5]);
    let answer = http(stage.addr(), "POST", CREATE_PRODUCER, &alone, body.as_bytes()).await;
    assert_eq!(answer.refusal(), refused(401, "unauthenticated", "UNAUTHENTICATED"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_a_service_keep_their_code_and_their_http_status() {
    let stage = stage().await;
    let missing = r#"{"name":"producers/01890000-0000-7000-8000-000000000000"}"#;
    for (path, body, expected) in [
        (GET_UNIT, r#"{"name":"units/99999"}"#, refused(404, "not_found", "UNIT_UNKNOWN")),
        ("/ocop.registry.v1.ProducerService/GetProducer", missing, refused(404, "not_found", "RESOURCE_NOT_FOUND")),
        (
            "/ocop.registry.v1.UnitService/MapUnit",
            r#"{"name":"units/22018-20180507","toDate":{"year":2018,"month":5,"day":6}}"#,
            refused(400, "invalid_argument", "REQUEST_INVALID"),
        ),
        ("/ocop.registry.v1.UnitService/Guess", "{}", refused(501, "unimplemented", "METHOD_UNKNOWN")),
        ("/ocop.nobody.v1.Service/Do", "{}", refused(501, "unimplemented", "METHOD_UNKNOWN")),
        ("/ocop.budget.v1.NormService/ListNorms", "{}", refused(503, "unavailable", "PEER_UNAVAILABLE")),
    ] {
        let answer = stage.json(path, body).await;
        assert_eq!(answer.refusal(), expected, "{path} {body}");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_nobody_runs_is_unavailable_and_says_when_to_come_back() {
    let stage = stage().await;
    let answer = stage.json("/ocop.budget.v1.PlanService/GetPlan", r#"{"name":"plans/x"}"#).await;
    assert_eq!(answer.refusal(), refused(503, "unavailable", "PEER_UNAVAILABLE"));
    let debug = &answer.json()["details"][0]["debug"];
    assert_eq!(debug["metadata"]["peer"], "budget");
    assert!(debug["retryAfterMs"].as_u64().unwrap() > 0, "{debug}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused_and_repeating_is_not_suggested() {
    let stage = stage().await;
    let text = "x".repeat(MOST + 1);
    let json = format!("{{\"name\":\"{text}\"}}");
    let proto = proto::registry::v1::GetUnitRequest { name: text, as_of: None };
    let proto = prost::Message::encode_to_vec(&proto);
    for (kind, body) in [("application/json", json.as_bytes()), ("application/proto", &proto)] {
        let answer = http(stage.addr(), "POST", GET_UNIT, &kind_and(&stage, kind), body).await;
        assert_eq!(answer.refusal(), refused(429, "resource_exhausted", "MESSAGE_TOO_LARGE"), "{kind}");
        assert!(answer.json()["details"][0]["debug"].get("retryAfterMs").is_none(), "{kind}");
        assert!(!answer.text().contains("RetryInfo"), "{kind}");
    }
    // Just below it is a question of the field.
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(MOST - 20));
    assert_eq!(stage.json(GET_UNIT, &long).await.refusal(), refused(400, "invalid_argument", "REQUEST_INVALID"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_to_wait_that_is_over_or_no_time_at_all_is_refused() {
    let stage = stage().await;
    let body = format!("{{\"name\":\"{WARD_8}\"}}");
    for wait in ["soon", "", "-1", "1.5", "12345678901"] {
        let answer = stage.json_with(GET_UNIT, &body, &[("connect-timeout-ms", wait)]).await;
        assert_eq!(answer.refusal(), undecodable(), "{wait:?}");
        assert!(answer.text().contains("connect-timeout-ms"), "it says which: {}", answer.text());
    }
    let late = stage.json_with(GET_UNIT, &body, &[("connect-timeout-ms", "0")]).await;
    assert_eq!(late.refusal(), refused(504, "deadline_exceeded", "DEADLINE_EXCEEDED"));
    let other = stage.json_with(GET_UNIT, &body, &[("connect-protocol-version", "2")]).await;
    assert_eq!(other.refusal(), undecodable());
    let packed = stage.json_with(GET_UNIT, &body, &[("content-encoding", "gzip")]).await;
    assert_eq!(packed.refusal(), undecodable());
    assert!(packed.text().contains("content-encoding"), "{}", packed.text());
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_comes_ends_with_the_time_to_wait() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = stage().await;
    let head = format!(
        "POST {GET_UNIT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: {}\r\n\
         connect-timeout-ms: 200\r\ncontent-length: 1000\r\n\r\n{{",
        bearer(&stage.admin().token)
    );
    let mut connection = tokio::net::TcpStream::connect(stage.addr()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), connection.read_to_string(&mut answer));
    read.await.expect("it is answered and closed").unwrap();
    assert!(answer.starts_with("HTTP/1.1 504 ") && answer.contains("DEADLINE_EXCEEDED"), "{answer}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_media_types_other_verbs_and_streams_are_refused_in_words() {
    let stage = stage().await;
    let body = br#"{"name":"units/vn"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/connect+json", "nonsense"] {
        let answer = http(stage.addr(), "POST", GET_UNIT, &kind_and(&stage, kind), body).await;
        assert_eq!(answer.refusal(), refused(415, "invalid_argument", "MESSAGE_UNDECODABLE"), "{kind}");
        assert!(answer.text().contains("application/json"), "it says what is taken: {}", answer.text());
    }
    let none = http(stage.addr(), "POST", GET_UNIT, &[], body).await;
    assert_eq!(none.refusal(), refused(415, "invalid_argument", "MESSAGE_UNDECODABLE"));
    for verb in ["GET", "PUT", "DELETE", "OPTIONS"] {
        for headers in [&[][..], &kind_and(&stage, "application/json")] {
            let answer = http(stage.addr(), verb, GET_UNIT, headers, b"").await;
            assert_eq!(answer.refusal(), refused(405, "unimplemented", "METHOD_CALLED_OTHERWISE"), "{verb}");
            assert_eq!(answer.header("allow"), Some("POST"));
            assert!(answer.text().contains("POST"), "{}", answer.text());
        }
    }
    let stream = stage.json(WATCH, "{}").await;
    assert_eq!(stream.refusal(), refused(501, "unimplemented", "METHOD_CALLED_OTHERWISE"));
    assert!(stream.text().contains("gRPC-Web"), "it says what to use instead: {}", stream.text());
    for path in ["/", "/index.html", "/v1/units/vn"] {
        let answer = http(stage.addr(), "GET", path, &[], b"").await;
        assert_eq!(answer.refusal(), refused(404, "not_found", "RESOURCE_NOT_FOUND"), "{path}");
    }
    let open = stage.json("/grpc.health.v1.Health/Check", "{}").await;
    assert_eq!(open.refusal(), refused(501, "unimplemented", "METHOD_CALLED_OTHERWISE"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_writes_everything_before_it_reads_sees_why_it_was_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = stage().await;
    let token = bearer(&stage.admin().token);
    let body = vec![b'x'; 5 * MOST];
    for (kind, authorization, reason) in [
        ("application/json", token.as_str(), "MESSAGE_TOO_LARGE"),
        ("application/proto", "Bearer a.b.c", "TOKEN_INVALID"),
        ("text/csv", token.as_str(), "MESSAGE_UNDECODABLE"),
    ] {
        let head = format!(
            "POST {GET_UNIT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\n\
             authorization: {authorization}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut connection = tokio::net::TcpStream::connect(stage.addr()).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(&body).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(reason), "{kind}: {answer}");
    }
    stage.end().await;
}
