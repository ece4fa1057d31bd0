//! Who calls: bearer tokens, verified in every service and not only at the edge.
//!
//! A token is a JWT signed with Ed25519 by this installation or by an identity provider whose public key it was given.
//! The algorithm is pinned, the key is chosen by its id, audience and issuer must be ours, and the time comes from the
//! caller of [`Verifier::verify`], never from the machine. A verified token is remembered, because a signature check
//! costs more than an echo; nothing is remembered beyond its expiry or across a change of keys.
//!
//! The account of a producer: `ROLE_PRODUCER` at a unit, and the claim `producers` with the names of the producers in whose
//! name it acts. What such a caller reaches is judged in [`crate::Call`] wherever the contract says `own`.
//!
//! Deliberately absent: passwords, sessions, and the question what a role may do where (that is the contract's method
//! option, judged in [`crate::Call`]). A single token cannot be called back: lives are short, and a key that is taken
//! away ends all of its tokens within a minute.

mod keys;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use moka::sync::Cache;
use proto::common::v1::{ErrorReason, Role};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::values::name;

pub use keys::{KeyFault, Keys, Signer};

/// The audience of every token of the suite.
pub const AUDIENCE: &str = "ocop";
/// The issuer of tokens that the suite signs itself, unless the installation names another.
pub const ISSUER: &str = "ocop";
/// The collection of the names in the claim `producers`.
const PRODUCERS: &str = "producers";
/// Longest token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;
/// How far the clocks of issuer and service may differ.
const LEEWAY_US: i64 = 30 * 1_000_000;
/// Verified tokens that are remembered.
const REMEMBERED: u64 = 10_000;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person's or service's stable id; never a name to be shown.
    pub subject: String,
    /// The roles with the units at which they are held.
    pub roles: Vec<Held>,
    /// The producers in whose name a holder of `ROLE_PRODUCER` acts; without any it reaches nobody's rows.
    pub producers: Vec<Uuid>,
    /// When the token ends, in microseconds since 1970.
    pub expires_us: i64,
}

impl Caller {
    /// The caller of a method that is open to everybody, without a token.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { subject: "anonymous".to_owned(), roles: Vec::new(), producers: Vec::new(), expires_us: i64::MAX }
    }
}

/// A role held at a unit. As text: `province_officer@units/54`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// The role.
    pub role: Role,
    /// Name of the unit, such as `units/54`; `units/vn` is the root.
    pub unit: String,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", role_name(self.role), self.unit)
    }
}

impl FromStr for Held {
    type Err = AuthFault;

    fn from_str(text: &str) -> Result<Self, AuthFault> {
        let (role, unit) = text.split_once('@').ok_or(AuthFault::Invalid)?;
        let id = unit.strip_prefix("units/").ok_or(AuthFault::Invalid)?;
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.is_empty() || !id.bytes().all(known) {
            return Err(AuthFault::Invalid);
        }
        Ok(Self { role: role_named(role).ok_or(AuthFault::Invalid)?, unit: unit.to_owned() })
    }
}

/// A role's name in tokens and on the command line: `province_officer`.
#[must_use]
pub fn role_name(role: Role) -> String {
    role.as_str_name().trim_start_matches("ROLE_").to_ascii_lowercase()
}

/// The role of a name such as `province_officer`.
#[must_use]
pub fn role_named(name: &str) -> Option<Role> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let role = Role::from_str_name(&format!("ROLE_{}", name.to_ascii_uppercase()))?;
    (role != Role::Unspecified).then_some(role)
}

/// Why a call is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthFault {
    /// There is no bearer token.
    #[error("the call needs a bearer token")]
    Missing,
    /// The token is damaged, or not signed for this installation, or names what does not exist.
    #[error("the token is not valid here")]
    Invalid,
    /// The token's time has passed or has not come.
    #[error("the token has expired or is not valid yet")]
    Expired,
}

impl AuthFault {
    /// The same as the reason that is sent with UNAUTHENTICATED.
    #[must_use]
    pub fn reason(self) -> ErrorReason {
        match self {
            Self::Missing => ErrorReason::Unauthenticated,
            Self::Invalid => ErrorReason::TokenInvalid,
            Self::Expired => ErrorReason::TokenExpired,
        }
    }
}

/// Checks tokens against the installation's keys.
pub struct Verifier {
    keys: Arc<Keys>,
    rules: Validation,
    passed: Cache<[u8; 32], Arc<Pass>>,
    decoy: (Keys, String),
}

/// A token that was found good.
struct Pass {
    caller: Arc<Caller>,
    begins_us: i64,
    /// The state of the keys by which it was checked.
    generation: u64,
    /// How long it may be remembered.
    lives: Duration,
}

impl Pass {
    fn timely(&self, now_us: i64) -> bool {
        self.begins_us <= now_us.saturating_add(LEEWAY_US) && now_us < self.caller.expires_us.saturating_add(LEEWAY_US)
    }
}

/// Lets the cache forget a token when it ends.
struct UntilExpiry;

impl moka::Expiry<[u8; 32], Arc<Pass>> for UntilExpiry {
    fn expire_after_create(&self, _: &[u8; 32], pass: &Arc<Pass>, _: Instant) -> Option<Duration> {
        Some(pass.lives)
    }

    fn expire_after_update(&self, _: &[u8; 32], pass: &Arc<Pass>, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(pass.lives)
    }
}

/// What is read of a token; audience and issuer are compared before.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    producers: Vec<String>,
}

impl Verifier {
    /// A verifier of tokens by these keys.
    ///
    /// # Errors
    /// Where no key could be made for the decoy, which cannot occur with Ed25519.
    pub fn new(keys: Arc<Keys>) -> Result<Self, KeyFault> {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[keys.issuer()]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The machine's clock is not asked: see `Pass::timely`.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let decoy = Keys::generate()?.issued_by(keys.issuer());
        let token = match decoy.signer() {
            Some(signer) => signer.mint("decoy", &[], Duration::ZERO, 0)?,
            None => String::new(),
        };
        let passed = Cache::builder().max_capacity(REMEMBERED).expire_after(UntilExpiry).build();
        Ok(Self { keys, rules, passed, decoy: (decoy, token) })
    }

    /// The caller that the value of an `authorization` header names.
    ///
    /// # Errors
    /// See [`AuthFault`]. A token that is not ours is Invalid whatever else is wrong with it.
    pub fn verify(&self, authorization: Option<&str>, now_us: i64) -> Result<Arc<Caller>, AuthFault> {
        let token = authorization.and_then(bearer).ok_or(AuthFault::Missing)?;
        if token.len() > LONGEST {
            return Err(self.refuse("longer than a token may be"));
        }
        self.keys.refresh(now_us);
        let digest: [u8; 32] = Sha256::digest(token).into();
        let remembered = self.passed.get(&digest).filter(|pass| pass.generation == self.keys.generation());
        if let Some(pass) = remembered {
            return if pass.timely(now_us) { Ok(pass.caller.clone()) } else { Err(AuthFault::Expired) };
        }
        let pass = self.check(token, now_us)?;
        if !pass.timely(now_us) {
            return Err(AuthFault::Expired);
        }
        let caller = pass.caller.clone();
        self.passed.insert(digest, Arc::new(pass));
        Ok(caller)
    }

    fn check(&self, token: &str, now_us: i64) -> Result<Pass, AuthFault> {
        let header = match decode_header(token) {
            Ok(header) if header.alg != Algorithm::EdDSA => return Err(self.refuse("another algorithm")),
            Ok(header) if header.crit.is_some() => return Err(self.refuse("extensions that must be understood")),
            Ok(header) => header,
            Err(_) => return Err(self.refuse("no JWT")),
        };
        let known = self.keys.known(header.kid.as_deref().unwrap_or_default(), now_us);
        let Some((key, generation)) = known else { return Err(self.refuse("an unknown key")) };
        let claims = decode::<Claims>(token, &key, &self.rules).map_err(|error| {
            tracing::debug!(%error, "a token was refused");
            AuthFault::Invalid
        })?;
        pass(claims.claims, generation, now_us)
    }

    /// Refuses before the signature was looked at, but takes the time of having looked, so that the time of an answer
    /// does not tell how far a forged token came.
    fn refuse(&self, why: &str) -> AuthFault {
        let (keys, token) = &self.decoy;
        let sham = keys.any().is_some_and(|key| decode::<Claims>(token, &key, &self.rules).is_ok());
        tracing::debug!(why, sham, "a token was refused");
        AuthFault::Invalid
    }
}

/// The token in a header's value. Another scheme is no bearer token.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn pass(claims: Claims, generation: u64, now_us: i64) -> Result<Pass, AuthFault> {
    let Claims { sub, exp, nbf, roles, producers } = claims;
    if sub.is_empty() || sub.chars().count() > 200 || sub.chars().any(char::is_control) {
        return Err(AuthFault::Invalid);
    }
    let roles = roles.iter().map(|r| r.parse()).collect::<Result<Vec<Held>, _>>()?;
    let producers = producers.iter().map(|p| name::parse(p, PRODUCERS).ok_or(AuthFault::Invalid));
    let producers = producers.collect::<Result<Vec<Uuid>, _>>()?;
    let expires_us = exp.saturating_mul(1_000_000);
    let lives = expires_us.saturating_add(LEEWAY_US).saturating_sub(now_us);
    Ok(Pass {
        caller: Arc::new(Caller { subject: sub, roles, producers, expires_us }),
        begins_us: nbf.saturating_mul(1_000_000),
        generation,
        lives: Duration::from_micros(u64::try_from(lives).unwrap_or(0)),
    })
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}
