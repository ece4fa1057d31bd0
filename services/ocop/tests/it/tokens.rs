//! `ocop token mint`.

use super::installation::{Installation, ocop};

const MINT: [&str; 4] = ["token", "mint", "--subject", "an.officer"];

fn mint(installation: &Installation, more: &[&str]) -> String {
    installation.run(&[&MINT, more].concat()).good().trim().to_owned()
}

#[test]
fn a_minted_token_holds_its_role_at_its_unit_for_its_time() {
    let installation = Installation::new();
    let up = installation.up();
    let with = |token: &str, method: &str, json: &str| {
        let file = installation.path().join("minted.token");
        std::fs::write(&file, token).unwrap();
        up.run(&installation, &["call", method, json, "--token-file", &file.display().to_string()])
    };
    let create = |unit: &str| {
        format!(
            r#"{{"producer":{{"displayName":"Hộ mẫu","legalForm":"LEGAL_FORM_HOUSEHOLD","unit":"{unit}",
            "registrationDate":{{"year":2021,"month":6,"day":30}},"sample":true}},"validateOnly":true}}"#
        )
    };
    let method = "ocop.registry.v1.ProducerService/CreateProducer";
    let officer = mint(&installation, &["--role", "province_officer", "--unit", "units/54", "--ttl", "10m"]);
    with(&officer, method, &create("units/22018")).good();
    let outside = with(&officer, method, &create("units/00001"));
    assert_eq!(outside.refusal().0, "PERMISSION_DENIED UNIT_FORBIDDEN");
    let analyst = mint(&installation, &["--role", "analyst", "--unit", "units/vn"]);
    assert_eq!(with(&analyst, method, &create("units/22018")).refusal().0, "PERMISSION_DENIED ROLE_MISSING");
    let foreign = mint(&Installation::new(), &["--role", "national_admin", "--unit", "units/vn"]);
    assert_eq!(with(&foreign, method, &create("units/22018")).refusal().0, "UNAUTHENTICATED TOKEN_INVALID");
    up.stop();
}

#[test]
fn a_token_for_a_folder_that_is_not_served_yet_is_said_to_be_one_and_works_later() {
    let installation = Installation::new();
    let first = installation.run(&[&MINT[..], &["--role", "national_admin", "--unit", "units/vn"]].concat());
    assert!(first.err.contains("is new"), "{first:?}");
    let file = installation.path().join("early.token");
    std::fs::write(&file, first.good()).unwrap();
    let up = installation.up();
    let call = ["call", "ocop.evaluation.v1.RuleService/ListRegimes", "--token-file", &file.display().to_string()];
    assert!(up.run(&installation, &call).good().contains("regimes/q26"));
    up.stop();
}

#[test]
fn what_no_token_can_say_is_refused_with_what_can_be_said() {
    let installation = Installation::new();
    let good = ["--role", "analyst", "--unit", "units/54"];
    for (arguments, said) in [
        (&["--role", "boss", "--unit", "units/54"][..], "province_officer"),
        (&["--role", "unspecified", "--unit", "units/54"], "national_admin"),
        (&["--role", "Analyst", "--unit", "units/54"], "analyst"),
        (&["--role", "analyst", "--unit", "54"], "units/54"),
        (&["--role", "analyst", "--unit", "units/"], "units/54"),
        (&["--role", "analyst"], "--unit"),
        (&[&good[..], &["--ttl", "soon"]].concat(), "such as 1h"),
        (&[&good[..], &["--ttl", "0h"]].concat(), "such as 1h"),
        (&[&good[..], &["--ttl", "1é"]].concat(), "such as 1h"),
        (&[&good[..], &["--ttl", "hh"]].concat(), "such as 1h"),
        (&[&good[..], &["--ttl", ""]].concat(), "such as 1h"),
    ] {
        let ended = installation.run(&[&MINT, arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
    let long = "x".repeat(201);
    for subject in ["", "a\nb", &long] {
        let ended = ocop(&[&["token", "mint", "--subject", subject], &good[..]].concat());
        assert_eq!(ended.code, Some(2), "{subject:?}: {ended:?}");
    }
    assert!(!installation.path().exists(), "nothing was made for a refused command");
}
