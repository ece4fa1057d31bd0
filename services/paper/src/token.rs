//! The signed token of a certificate: a JSON Web Signature in compact form (RFC 7515) with Ed25519 (RFC 8037), so that any
//! tool can check it, without a network. It proves what was issued and by whom, not that it still stands: whoever checks must say so.
//!
//! It carries no personal data: no holder, no signer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{Fault, Result};

/// What a token says. Short names keep the code small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The certificate's id.
    pub c: String,
    /// Its number.
    pub n: String,
    /// The product.
    pub p: String,
    /// Stars.
    pub s: i32,
    /// Day of the decision, `2021-12-01`; the last possible day where it is not known.
    pub d: String,
    /// First day not in force by itself, as far as known.
    pub e: String,
    /// Which paper it is, from 1.
    pub i: i32,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// A public key as a JSON Web Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// "OKP".
    #[serde(default = "okp")]
    pub kty: String,
    /// "Ed25519".
    #[serde(default = "ed25519")]
    pub crv: String,
    /// Its id.
    pub kid: String,
    /// The key, base64url.
    pub x: String,
}

impl Jwk {
    /// The key of an id, as base64url.
    #[must_use]
    pub fn ed25519(kid: &str, x: &str) -> Self {
        Self { kty: okp(), crv: ed25519(), kid: kid.to_owned(), x: x.to_owned() }
    }
}

fn okp() -> String {
    "OKP".to_owned()
}

fn ed25519() -> String {
    "Ed25519".to_owned()
}

/// Keys as a JSON Web Key Set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// Why a token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has not the form of a token.
    #[error("it is no certificate token")]
    Malformed,
    /// No known key has its id.
    #[error("no known key signed it")]
    KeyUnknown,
    /// The signature does not fit.
    #[error("its signature does not fit: it was forged or damaged")]
    SignatureWrong,
}

/// A new secret.
#[must_use]
pub fn seed() -> [u8; 32] {
    rand::random()
}

/// The public key of a seed as a JSON Web Key.
#[must_use]
pub fn public(seed: &[u8; 32], kid: &str) -> Jwk {
    let key = SigningKey::from_bytes(seed).verifying_key();
    Jwk::ed25519(kid, &URL_SAFE_NO_PAD.encode(key.as_bytes()))
}

/// Signs claims.
///
/// # Errors
/// Where they cannot be written, which does not happen.
pub fn sign(claims: &Claims, seed: &[u8; 32], kid: &str) -> Result<String> {
    let header = Header { alg: "EdDSA".to_owned(), kid: kid.to_owned() };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(Fault::of)?);
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).map_err(Fault::of)?);
    let signed = format!("{header}.{body}");
    let signature = SigningKey::from_bytes(seed).sign(signed.as_bytes());
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}

fn decoded<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Id of the key that signed a token, as the token says.
#[must_use]
pub fn kid(token: &str) -> Option<String> {
    let header: Header = decoded(token.split('.').next()?)?;
    (header.alg == "EdDSA").then_some(header.kid)
}

/// Checks a token against known keys and answers what it says.
///
/// # Errors
/// Why it is no good.
pub fn check(token: &str, keys: &Jwks) -> std::result::Result<Claims, Refused> {
    let token = token.trim();
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
    let kid = kid(token).ok_or(Refused::Malformed)?;
    let body = signed.split_once('.').ok_or(Refused::Malformed)?.1;
    let claims: Claims = decoded(body).ok_or(Refused::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Malformed)?;
    let signature = Signature::from_slice(&signature).map_err(|_| Refused::Malformed)?;
    let key = keys.keys.iter().find(|key| key.kid == kid).ok_or(Refused::KeyUnknown)?;
    let bytes = URL_SAFE_NO_PAD.decode(&key.x).ok().and_then(|x| <[u8; 32]>::try_from(x).ok());
    let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or(Refused::KeyUnknown)?;
    key.verify_strict(signed.as_bytes(), &signature).map_err(|_| Refused::SignatureWrong)?;
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            c: "0190a0a0-0000-7000-8000-000000000001".to_owned(),
            n: "120/QĐ-UBND/3".to_owned(),
            p: "Nước mắm cá cơm".to_owned(),
            s: 4,
            d: "2021-12-01".to_owned(),
            e: "2024-12-01".to_owned(),
            i: 1,
        }
    }

    #[test]
    fn a_signed_token_tells_what_was_signed_under_every_key_that_is_still_known() {
        let (old, new) = ([7; 32], [8; 32]);
        let keys = Jwks { keys: vec![public(&new, "k2"), public(&old, "k1")] };
        let token = sign(&claims(), &old, "k1").unwrap();
        assert!(token.len() < 420, "{} characters", token.len());
        assert_eq!(check(&token, &keys), Ok(claims()));
        assert_eq!(check(&format!(" {token}\n"), &keys), Ok(claims()));
        assert_eq!(kid(&token).as_deref(), Some("k1"));
    }

    #[test]
    fn a_changed_token_a_strange_key_and_a_text_are_refused() {
        let keys = Jwks { keys: vec![public(&[7; 32], "k1")] };
        let token = sign(&claims(), &[7; 32], "k1").unwrap();
        let more = Claims { s: 5, ..claims() };
        let forged = sign(&more, &[9; 32], "k1").unwrap();
        assert_eq!(check(&forged, &keys), Err(Refused::SignatureWrong));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&more).unwrap());
        assert_eq!(check(&format!("{header}.{body}.{signature}"), &keys), Err(Refused::SignatureWrong));
        let strange = sign(&claims(), &[7; 32], "k9").unwrap();
        assert_eq!(check(&strange, &keys), Err(Refused::KeyUnknown));
        for text in ["", "a.b.c", "120/QĐ-UBND", &token[..40]] {
            assert_eq!(check(text, &keys), Err(Refused::Malformed), "{text}");
        }
    }
}
