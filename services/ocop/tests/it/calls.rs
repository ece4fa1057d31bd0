//! `ocop call`.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::json;

use super::installation::{Installation, Up};

const GET_UNIT: &str = "ocop.registry.v1.UnitService/GetUnit";
const CREATE: &str = "ocop.registry.v1.ProducerService/CreateProducer";
const WATCH: &str = "ocop.registry.v1.FeedService/Watch";

fn create(up: &Up, installation: &Installation, n: usize) {
    let producer = json!({"displayName": format!("Hợp tác xã mẫu {n}"), "legalForm": "LEGAL_FORM_COOPERATIVE",
        "unit": "units/22018", "registrationDate": {"year": 2021, "month": 6, "day": 30}, "sample": true});
    let made = up.call(installation, CREATE, &json!({"producer": producer}).to_string());
    assert_eq!(made[0]["displayName"], format!("Hợp tác xã mẫu {n}"));
}

#[test]
fn unary_calls_and_streams_answer_json() {
    let installation = Installation::new();
    let up = installation.up();
    let unit = up.call(&installation, GET_UNIT, r#"{"name":"units/22018","asOf":{"year":2021,"month":6,"day":30}}"#);
    assert_eq!(unit.len(), 1);
    assert_eq!((&unit[0]["displayName"], &unit[0]["validFrom"]["year"]), (&json!("Phường 8"), &json!(2018)));
    for n in 0..3 {
        create(&up, &installation, n);
    }
    let messages = up.call(&installation, WATCH, r#"{"untilHead":true}"#);
    let events: Vec<_> = messages.iter().flat_map(|m| m["events"].as_array().unwrap()).collect();
    assert_eq!(events.iter().map(|e| e["position"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2", "3"]);
    let inside = &events[0]["payload"];
    assert!(inside["@type"].as_str().unwrap().ends_with("/ocop.registry.v1.ProducerRecorded"), "{inside}");
    assert!(inside["producer"].as_str().unwrap().starts_with("producers/"), "{inside}");
    // Every method of every package can be found; an empty request and a leading slash are fine.
    let any = up.run(&installation, &["call", "/ocop.evaluation.v1.RuleService/ListRegimes", ""]);
    assert!(any.good().contains("regimes/q1048"));
    let health = up.call(&installation, "grpc.health.v1.Health/Check", "{}");
    assert_eq!(health, [json!({"status": "SERVING"})]);
    up.stop();
}

#[test]
fn a_refusal_is_json_on_stderr_and_exit_code_1() {
    let installation = Installation::new();
    let up = installation.up();
    let refusal = |method: &str, json: &str| up.run(&installation, &["call", method, json]).refusal();
    let (said, all) = refusal(CREATE, r#"{"producer":{"legalForm":99,"unit":"units/99999"},"requestId":"x"}"#);
    assert_eq!(said, "INVALID_ARGUMENT REQUEST_INVALID");
    let violations = all["violations"].as_array().unwrap();
    assert!(violations.len() >= 3, "{all}");
    for violation in violations {
        for part in ["field", "reason", "description", "descriptionVi"] {
            assert!(!violation[part].as_str().unwrap().is_empty(), "{violation}");
        }
    }
    for (method, json, expected) in [
        (GET_UNIT, r#"{"name":"units/99999"}"#, "NOT_FOUND UNIT_UNKNOWN"),
        (GET_UNIT, r#"{"nam":"units/vn"}"#, "INVALID_ARGUMENT MESSAGE_UNDECODABLE"),
        (GET_UNIT, "{", "INVALID_ARGUMENT MESSAGE_UNDECODABLE"),
        (WATCH, r#"{"afterPosition":"99"}"#, "FAILED_PRECONDITION POSITION_UNKNOWN"),
        ("ocop.registry.v1.UnitService/Guess", "{}", "UNIMPLEMENTED METHOD_UNKNOWN"),
        ("ocop.nobody.v1.Service/Do", "{}", "UNIMPLEMENTED METHOD_UNKNOWN"),
    ] {
        assert_eq!(refusal(method, json).0, expected, "{method} {json}");
    }
    let (_, unknown) = refusal(GET_UNIT, r#"{"name":"units/99999"}"#);
    assert_eq!(unknown["messageVi"], "Không có đơn vị units/99999.", "no day was told, so none is spoken of");
    let (_, unknown) = refusal(GET_UNIT, r#"{"name":"units/99999","asOf":{"year":2021,"month":6,"day":30}}"#);
    assert_eq!(unknown["messageVi"], "Không có đơn vị units/99999 vào ngày 30/06/2021.");
    up.stop();
}

#[test]
fn what_never_came_to_a_refusal_is_told_in_words() {
    let installation = Installation::new();
    let nobody = installation.run(&["call", GET_UNIT, "{}", "--server", "http://127.0.0.1:1"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(1), ""));
    assert!(
        nobody.err.contains("http://127.0.0.1:1 does not answer: ") && nobody.err.contains("refused"),
        "{nobody:?}"
    );
    let up = installation.up();
    let bad = up.run(&installation, &["call", "GetUnit"]);
    assert_eq!(bad.code, Some(1));
    assert!(bad.err.contains("package.Service/Method"), "{bad:?}");
    let token = up.run(&installation, &["call", GET_UNIT, "{}", "--token-file", "/nowhere/token"]);
    assert_eq!(token.code, Some(1));
    assert!(token.err.contains("/nowhere/token"), "{token:?}");
    up.stop();
}

#[test]
fn a_reader_that_has_seen_enough_of_a_stream_is_no_fault() {
    let installation = Installation::new();
    let up = installation.up();
    create(&up, &installation, 1);
    let data_dir = installation.data_dir();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ocop"))
        .args(["call", WATCH, "{}", "--server", &up.url, "--data-dir", &data_dir])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 20]).unwrap();
    drop(out);
    create(&up, &installation, 2);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(0), ""));
    up.stop();
}
