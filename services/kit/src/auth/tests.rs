use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;

/// 1 July 2021 in microseconds.
const NOW: i64 = 1_625_072_400_000_000;
const SECOND: i64 = 1_000_000;

struct World {
    key: SigningKey,
    verifier: Verifier,
    signer: Arc<Signer>,
    dir: tempfile::TempDir,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn signing_pem(dir: &Path, seed: u8) -> PathBuf {
    let path = dir.join(format!("{seed}.key"));
    fs::write(&path, key(seed).to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
    path
}

fn signer(dir: &Path, seed: u8) -> Arc<Signer> {
    Keys::with_signing_key(&signing_pem(dir, seed), &[]).unwrap().signer().unwrap()
}

fn publish(folder: &Path, signer: &Signer) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{}.pem", signer.kid())), signer.public_pem().unwrap()).unwrap();
}

/// A service that checks by a folder of public keys, with one key in it.
fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let signer = signer(dir.path(), 1);
    let folder = dir.path().join("verify");
    publish(&folder, &signer);
    let keys = Keys::verify_only(&[folder]).unwrap();
    World { key: key(1), verifier: Verifier::new(Arc::new(keys)).unwrap(), signer, dir }
}

impl World {
    fn verify(&self, token: &str, now_us: i64) -> Result<Arc<Caller>, AuthFault> {
        self.verifier.verify(Some(&format!("Bearer {token}")), now_us)
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("verify")
    }

    /// A token signed by the world's own key, with the header and the claims changed.
    fn signed(&self, change: impl FnOnce(&mut Header, &mut Value)) -> String {
        let mut header = Header { kid: Some(self.signer.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
        let now = NOW / SECOND;
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "officer-1", "exp": now + 3600, "nbf": now, "iat": now, "jti": "1",
            "roles": ["province_officer@units/54"],
        });
        change(&mut header, &mut claims);
        let der = self.key.to_pkcs8_der().unwrap();
        encode(&header, &claims, &EncodingKey::from_ed_der(der.as_bytes())).unwrap()
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        self.signed(|_, claims| claims[name] = value)
    }

    fn without_claim(&self, name: &str) -> String {
        self.signed(|_, claims| drop(claims.as_object_mut().unwrap().remove(name)))
    }
}

fn base64(value: &Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

fn officer() -> Held {
    Held { role: Role::ProvinceOfficer, unit: "units/54".to_owned() }
}

#[test]
fn a_minted_token_names_its_caller() {
    let world = world();
    let roles = [officer(), Held { role: Role::Service, unit: "units/vn".to_owned() }];
    let token = world.signer.mint("officer-1", &roles, Duration::from_secs(60), NOW).unwrap();
    let caller = world.verify(&token, NOW).unwrap();
    assert_eq!(
        *caller,
        Caller {
            subject: "officer-1".to_owned(),
            roles: roles.to_vec(),
            producers: Vec::new(),
            expires_us: NOW + 60 * SECOND
        }
    );
    let again = world.verify(&token, NOW).unwrap();
    assert!(Arc::ptr_eq(&caller, &again), "the second time it is remembered");
    let other = world.signer.mint("officer-1", &roles, Duration::from_secs(60), NOW).unwrap();
    assert_ne!(token, other, "every token has its own id");
}

/// The id of a producer.
const PRODUCER: &str = "0190a000-0000-7000-8000-000000000001";

#[test]
fn the_account_of_a_producer_names_whom_it_acts_for() {
    let world = world();
    let (own, ttl) = (PRODUCER.parse().unwrap(), Duration::from_secs(60));
    let held = [Held { role: Role::Producer, unit: "units/22018".to_owned() }];
    let token = world.signer.mint_for("account-1", &held, &[own], ttl, NOW).unwrap();
    assert_eq!(world.verify(&token, NOW).unwrap().producers, [own]);
    let foreign = world.with_claim("producers", json!([format!("producers/{PRODUCER}")]));
    assert_eq!(world.verify(&foreign, NOW).unwrap().producers, [own], "an identity provider writes the same");
    let many = vec![own; 400];
    assert!(matches!(world.signer.mint_for("a", &held, &many, ttl, NOW), Err(KeyFault::TooLong)));
}

#[test]
fn what_has_no_bearer_token_is_missing_it() {
    let world = world();
    for value in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic YTpi"), Some("Bearerx y")] {
        assert_eq!(world.verifier.verify(value, NOW), Err(AuthFault::Missing), "{value:?}");
    }
    let token = world.signer.mint("a", &[], Duration::from_secs(60), NOW).unwrap();
    assert!(world.verifier.verify(Some(&format!("bEARER  {token}")), NOW).is_ok());
}

#[test]
fn a_token_holds_from_its_beginning_to_its_end_with_thirty_seconds_for_clocks() {
    let world = world();
    let token = world.signer.mint("a", &[], Duration::from_secs(60), NOW).unwrap();
    // Forwards and backwards, so that both the first look and the remembered token are asked.
    for _ in 0..2 {
        for (at, good) in [(-31, false), (-30, true), (0, true), (60, true), (89, true), (90, false), (86_400, false)] {
            let found = world.verify(&token, NOW + at * SECOND).map(drop);
            assert_eq!(found, if good { Ok(()) } else { Err(AuthFault::Expired) }, "{at} s");
        }
    }
    let no_time = world.signer.mint("a", &[], Duration::ZERO, NOW - 31 * SECOND).unwrap();
    assert_eq!(world.verify(&no_time, NOW), Err(AuthFault::Expired));
}

#[test]
fn what_is_signed_wrongly_is_invalid() {
    let world = world();
    let good = world.signed(|_, _| ());
    assert!(world.verify(&good, NOW).is_ok());
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let kid = world.signer.kid();
    let none = base64(&json!({"alg": "none", "typ": "JWT", "kid": kid}));
    let other_claims = base64(&json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "admin", "exp": NOW}));
    let public = world.signer.public_pem().unwrap();
    let hs = |secret: &[u8]| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
        let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "admin", "exp": NOW / SECOND + 60, "roles": []});
        encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let foreign = signer(world.dir.path(), 9);
    let forged = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    let der = key(9).to_pkcs8_der().unwrap();
    let forged = encode(&forged, &json!({"sub": "x"}), &EncodingKey::from_ed_der(der.as_bytes())).unwrap();
    for (what, token) in [
        ("alg none", format!("{none}.{claims}.")),
        ("alg none with a signature", format!("{none}.{claims}.{signature}")),
        ("HS256 with the public key's PEM as secret", hs(public.as_bytes())),
        ("HS256 with the public key's bytes as secret", hs(world.key.verifying_key().as_bytes())),
        ("an unknown key", foreign.mint("x", &[], Duration::from_secs(60), NOW).unwrap()),
        ("another key under our id", forged),
        ("no key id", world.signed(|header, _| header.kid = None)),
        ("critical extensions", world.signed(|header, _| header.crit = Some(vec!["b64".to_owned()]))),
        ("truncated by one", good[..good.len() - 1].to_owned()),
        ("truncated by a lot", good[..good.len() / 2].to_owned()),
        ("no signature", format!("{header}.{claims}.")),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("other claims", format!("{header}.{other_claims}.{signature}")),
        ("padding", format!("{good}=")),
        ("no JWT", "x".to_owned()),
        ("text", "thẻ".to_owned()),
        ("more than 8 KiB", format!("{good}{}", "A".repeat(8 * 1024))),
    ] {
        assert_eq!(world.verify(&token, NOW), Err(AuthFault::Invalid), "{what}");
        assert_eq!(world.verify(&token, NOW + 86_400 * SECOND), Err(AuthFault::Invalid), "{what}, later");
    }
}

#[test]
fn what_is_signed_by_us_and_says_the_wrong_thing_is_invalid() {
    let world = world();
    for (what, token) in [
        ("another audience", world.with_claim("aud", json!("bank"))),
        ("other audiences", world.with_claim("aud", json!(["bank", "shop"]))),
        ("another issuer", world.with_claim("iss", json!("elsewhere"))),
        ("no audience", world.without_claim("aud")),
        ("no issuer", world.without_claim("iss")),
        ("no subject", world.without_claim("sub")),
        ("no expiry", world.without_claim("exp")),
        ("an empty subject", world.with_claim("sub", json!(""))),
        ("a subject of two lines", world.with_claim("sub", json!("a\nb"))),
        ("an endless subject", world.with_claim("sub", json!("a".repeat(201)))),
        ("an expiry in words", world.with_claim("exp", json!("tomorrow"))),
        ("an unknown role", world.with_claim("roles", json!(["province_officer@units/54", "wizard@units/54"]))),
        ("no role", world.with_claim("roles", json!(["unspecified@units/54"]))),
        ("a role in capitals", world.with_claim("roles", json!(["PROVINCE_OFFICER@units/54"]))),
        ("a role without a unit", world.with_claim("roles", json!(["province_officer"]))),
        ("a unit without a number", world.with_claim("roles", json!(["province_officer@units/"]))),
        ("no unit", world.with_claim("roles", json!(["province_officer@products/54"]))),
        ("a producer without its collection", world.with_claim("producers", json!([PRODUCER]))),
        ("a producer that is none", world.with_claim("producers", json!(["producers/1"]))),
        ("a producer that is no list", world.with_claim("producers", json!(format!("producers/{PRODUCER}")))),
        ("two units", world.with_claim("roles", json!(["province_officer@units/54@units/vn"]))),
    ] {
        assert_eq!(world.verify(&token, NOW), Err(AuthFault::Invalid), "{what}");
    }
    for (what, token) in [
        ("one audience of several", world.with_claim("aud", json!(["shop", AUDIENCE]))),
        ("no roles at all", world.without_claim("roles")),
        ("no beginning", world.without_claim("nbf")),
    ] {
        assert_eq!(world.verify(&token, NOW).map(drop), Ok(()), "{what}");
    }
    let eternal = world.with_claim("exp", json!(i64::MAX));
    assert_eq!(world.verify(&eternal, NOW).map(|c| c.expires_us), Ok(i64::MAX));
    assert_eq!(world.verify(&world.with_claim("exp", json!(0)), NOW), Err(AuthFault::Expired));
    assert_eq!(world.verify(&world.with_claim("exp", json!(-1)), NOW), Err(AuthFault::Invalid));
}

#[test]
fn a_new_key_is_found_and_an_old_one_forgotten_without_a_restart() {
    let world = world();
    let old = world.signer.mint("a", &[], Duration::from_secs(3600), NOW).unwrap();
    assert!(world.verify(&old, NOW).is_ok());
    let next = signer(world.dir.path(), 2);
    let new = next.mint("a", &[], Duration::from_secs(3600), NOW).unwrap();
    let again = next.mint("b", &[], Duration::from_secs(3600), NOW).unwrap();
    assert_eq!(world.verify(&new, NOW), Err(AuthFault::Invalid));
    publish(&world.folder(), &next);
    assert_eq!(world.verify(&new, NOW + 4 * SECOND), Err(AuthFault::Invalid), "not read again within five seconds");
    assert!(world.verify(&new, NOW + 5 * SECOND).is_ok());
    assert!(world.verify(&old, NOW + 5 * SECOND).is_ok(), "both keys hold during the change");

    fs::remove_file(world.folder().join(format!("{}.pem", world.signer.kid()))).unwrap();
    assert!(world.verify(&old, NOW + 64 * SECOND).is_ok(), "read at most a minute ago");
    assert_eq!(world.verify(&old, NOW + 65 * SECOND), Err(AuthFault::Invalid), "remembered, but its key is gone");
    assert!(world.verify(&again, NOW + 65 * SECOND).is_ok());

    fs::remove_dir_all(world.folder()).unwrap();
    assert!(world.verify(&new, NOW + 600 * SECOND).is_ok(), "files that cannot be read change nothing");
}

#[test]
fn an_installation_makes_its_keys_once_and_keeps_the_secret_one_to_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let kids: Vec<String> = std::thread::scope(|scope| {
        let start = || Keys::load_or_create(&data).unwrap().signer().unwrap().kid().to_owned();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
    assert_eq!(fs::metadata(data.join("signing.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    let mut files: Vec<_> = fs::read_dir(&data).unwrap().map(|f| f.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["signing.pem", "verify.pem"], "no drafts are left");

    let keys = Keys::load_or_create(&data).unwrap();
    let token = keys.signer().unwrap().mint("a", &[officer()], Duration::from_secs(60), NOW).unwrap();
    let elsewhere = Verifier::new(Arc::new(Keys::verify_only(&[data.join("verify.pem")]).unwrap())).unwrap();
    assert_eq!(elsewhere.verify(Some(&format!("Bearer {token}")), NOW).unwrap().roles, [officer()]);
    assert_eq!(kids[0].len(), 16);
    assert!(!format!("{keys:?} {:?}", keys.signer()).contains(&format!("{:?}", keys.signer().unwrap().derive(""))));
}

#[test]
fn files_without_a_key_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.pem");
    assert!(matches!(Keys::verify_only(std::slice::from_ref(&path)), Err(KeyFault::File { .. })));
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    for text in ["", "no key", weak, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        fs::write(&path, text).unwrap();
        assert!(matches!(Keys::verify_only(std::slice::from_ref(&path)), Err(KeyFault::NotAKey(_))), "{text}");
        assert!(matches!(Keys::with_signing_key(&path, &[]), Err(KeyFault::NotAKey(_))), "{text}");
    }
    assert!(matches!(Keys::verify_only(&[dir.path().join("y")]), Err(KeyFault::File { .. })));
    fs::create_dir(dir.path().join("empty")).unwrap();
    assert!(matches!(Keys::verify_only(&[dir.path().join("empty")]), Err(KeyFault::NotAKey(_))));
}

#[test]
fn another_issuer_can_be_named() {
    let keys = Arc::new(Keys::generate().unwrap().issued_by("https://id.phuyen.gov.vn"));
    let token = keys.signer().unwrap().mint("a", &[], Duration::from_secs(60), NOW).unwrap();
    let header = format!("Bearer {token}");
    assert!(Verifier::new(keys.clone()).unwrap().verify(Some(&header), NOW).is_ok());
    let roles: Vec<Held> = (0..400).map(|i| Held { unit: format!("units/{i}-20210101"), ..officer() }).collect();
    assert!(matches!(keys.signer().unwrap().mint("a", &roles, Duration::ZERO, NOW), Err(KeyFault::TooLong)));
}

#[test]
fn secrets_for_other_purposes_differ_and_last() {
    let dir = tempfile::tempdir().unwrap();
    let (one, same, other) = (signer(dir.path(), 1), signer(dir.path(), 1), signer(dir.path(), 2));
    assert_eq!(one.derive("pages"), same.derive("pages"));
    assert_ne!(one.derive("pages"), one.derive("else"));
    assert_ne!(one.derive("pages"), other.derive("pages"));
}

#[test]
fn every_role_has_a_name_of_its_own() {
    let roles: Vec<Role> = (1..100).map_while(|n| Role::try_from(n).ok()).collect();
    assert_eq!(roles.len(), 16);
    for role in roles {
        assert_eq!(role_named(&role_name(role)), Some(role));
    }
    assert_eq!(role_name(Role::ProvinceOfficer), "province_officer");
    assert_eq!((role_named("unspecified"), role_named(""), role_named("Trainer")), (None, None, None));
    assert_eq!("service@units/vn".parse::<Held>().map(|h| h.to_string()), Ok("service@units/vn".to_owned()));
}

#[test]
fn what_a_check_costs() {
    let world = world();
    let tokens: Vec<String> =
        (0..200).map(|_| world.signer.mint("a", &[officer()], Duration::from_secs(60), NOW).unwrap()).collect();
    let begun = Instant::now();
    assert!(tokens.iter().all(|token| world.verify(token, NOW).is_ok()));
    let first = begun.elapsed() / 200;
    let header = format!("Bearer {}", tokens[0]);
    let begun = Instant::now();
    assert!((0..10_000).all(|_| world.verifier.verify(Some(&header), NOW).is_ok()));
    println!("auth: first look {first:?}, remembered {:?}", begun.elapsed() / 10_000);
}
