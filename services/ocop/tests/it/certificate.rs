//! `ocop certificate`.

use super::installation::{Installation, ocop};

const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq66_7_sDTIfZNnJNgE"}]}"#;

#[test]
fn a_code_is_checked_without_a_network_and_keys_come_from_the_suite() {
    let installation = Installation::new();
    let file = installation.path().with_file_name("keys.json");
    std::fs::write(&file, KEYS).unwrap();
    let keys = file.display().to_string();
    let forged = ocop(&["certificate", "check", "nothing", "--keys", &keys]);
    assert_eq!(forged.code, Some(1), "{forged:?}");
    std::fs::write(&file, "{}").unwrap();
    let no_keys = ocop(&["certificate", "check", "nothing", "--keys", &keys]);
    assert_eq!(no_keys.code, Some(1), "{no_keys:?}");

    let up = installation.up();
    let rotate = "ocop.evaluation.v1.CertificatePaperService/RotateSigningKey";
    up.run(&installation, &["call", rotate]).good();
    let set = up.run(&installation, &["certificate", "keys"]).good();
    assert!(set.contains(r#""kid": "k1""#) && set.contains(r#""crv": "Ed25519""#), "{set}");
    up.stop();
}
