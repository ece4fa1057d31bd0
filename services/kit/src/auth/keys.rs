//! The keys of an installation: one that signs, where the process may sign, and those by which tokens are checked.
//!
//! Public keys are read from PEM files or folders and read again while the service runs: a new key is found when the
//! first token that names it comes, a key that was taken away is forgotten within a minute. Files that cannot be read
//! leave the keys as they were, because a half-written folder must not lock everybody out.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use ed25519_dalek::pkcs8::KeypairBytes;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use ed25519_dalek::{SigningKey, VerifyingKey};
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use uuid::Uuid;

use super::{AUDIENCE, Held, ISSUER, LONGEST, PRODUCERS};
use crate::values::name;

/// Files are read again at most this often for tokens of unknown keys, so that forged ones cause no reading.
const SOONEST_US: i64 = 5 * 1_000_000;
/// And at least this often, so that a key that was taken away ends.
const LATEST_US: i64 = 60 * 1_000_000;

/// What is wrong with a key or a token that was to be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file holds no Ed25519 key in PEM of the kind that is wanted.
    #[error("{0}: holds no Ed25519 key in PEM (PKCS#8 or SubjectPublicKeyInfo)")]
    NotAKey(PathBuf),
    /// The token would be longer than verifiers accept: too many roles.
    #[error("the token would be longer than {LONGEST} bytes")]
    TooLong,
    /// The library refused.
    #[error("the token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Public keys by their id.
#[derive(Clone, Default)]
struct Known {
    keys: HashMap<String, DecodingKey>,
    generation: u64,
}

/// The keys of an installation.
pub struct Keys {
    issuer: String,
    signer: Option<Arc<Signer>>,
    sources: Vec<PathBuf>,
    known: RwLock<Arc<Known>>,
    read_us: AtomicI64,
}

impl Keys {
    /// The keys of an installation of one process: `signing.pem` (PKCS#8, mode 0600) and `verify.pem` in a folder, made
    /// where they are missing. Two processes that start together agree on one key.
    ///
    /// # Errors
    /// Files that cannot be read or written or hold no key.
    pub fn load_or_create(dir: &Path) -> Result<Self, KeyFault> {
        fs::create_dir_all(dir).map_err(at(dir))?;
        let (signing, verify) = (dir.join("signing.pem"), dir.join("verify.pem"));
        if !signing.exists() {
            let pem = private_pem(&new_key()).ok_or_else(|| KeyFault::NotAKey(signing.clone()))?;
            create(&signing, &pem, 0o600)?;
        }
        let mode = fs::metadata(&signing).map_err(at(&signing))?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(path = %signing.display(), mode = format!("{:o}", mode & 0o777), "others may read the signing key");
        }
        let signer = Signer::read(&signing)?;
        if !verify.exists() {
            let pem = signer.public_pem().ok_or_else(|| KeyFault::NotAKey(verify.clone()))?;
            create(&verify, &pem, 0o644)?;
        }
        Self::of(Some(signer), vec![verify])
    }

    /// The keys of a service that may sign for itself: its signing key, and files or folders of other public keys.
    ///
    /// # Errors
    /// Files that cannot be read or hold no key.
    pub fn with_signing_key(signing: &Path, verify: &[PathBuf]) -> Result<Self, KeyFault> {
        Self::of(Some(Signer::read(signing)?), verify.to_vec())
    }

    /// The keys of a service that only checks: PEM files (of one or more public keys) or folders of such files.
    ///
    /// # Errors
    /// Files that cannot be read or hold no key.
    pub fn verify_only(verify: &[PathBuf]) -> Result<Self, KeyFault> {
        Self::of(None, verify.to_vec())
    }

    /// A key that dies with the process, for tests.
    ///
    /// # Errors
    /// None that can occur with Ed25519.
    pub fn generate() -> Result<Self, KeyFault> {
        let signer = Signer::of(new_key()).ok_or_else(|| KeyFault::NotAKey(PathBuf::new()))?;
        Self::of(Some(signer), Vec::new())
    }

    /// Sets who issues the tokens, where it is not [`ISSUER`].
    #[must_use]
    pub fn issued_by(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.issuer);
        self.signer =
            self.signer.map(|signer| Arc::new(Signer { issuer: issuer.to_owned(), ..Signer::clone(&signer) }));
        self
    }

    /// Who issues the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What makes tokens, where this process may.
    #[must_use]
    pub fn signer(&self) -> Option<Arc<Signer>> {
        self.signer.clone()
    }

    fn of(signer: Option<Signer>, sources: Vec<PathBuf>) -> Result<Self, KeyFault> {
        let issuer = ISSUER.to_owned();
        let signer = signer.map(Arc::new);
        let keys = Self { issuer, signer, sources, known: RwLock::default(), read_us: AtomicI64::new(i64::MIN) };
        let found = keys.read()?;
        if found.is_empty() {
            return Err(KeyFault::NotAKey(keys.sources.first().cloned().unwrap_or_default()));
        }
        keys.replace(found);
        Ok(keys)
    }

    /// The key of an id with the generation it belongs to. An unknown id makes the files be read again.
    pub(super) fn known(&self, kid: &str, now_us: i64) -> Option<(DecodingKey, u64)> {
        let find = |known: Arc<Known>| known.keys.get(kid).map(|key| (key.clone(), known.generation));
        find(self.current()).or_else(|| {
            self.read_again(now_us, SOONEST_US);
            find(self.current())
        })
    }

    /// Some key, for work that must only look like a check.
    pub(super) fn any(&self) -> Option<DecodingKey> {
        self.current().keys.values().next().cloned()
    }

    /// Reads the files again where the last time lies too far back.
    pub(super) fn refresh(&self, now_us: i64) {
        self.read_again(now_us, LATEST_US);
    }

    /// Rises with every change of the keys.
    pub(super) fn generation(&self) -> u64 {
        self.current().generation
    }

    fn current(&self) -> Arc<Known> {
        self.known.read().map_or_else(|e| e.into_inner().clone(), |known| known.clone())
    }

    fn read_again(&self, now_us: i64, after_us: i64) {
        let last = self.read_us.load(Ordering::Acquire);
        // A clock that was set back counts as a long time.
        let fresh = last != i64::MIN && (0..after_us).contains(&now_us.saturating_sub(last));
        // Of callers at the same moment one reads.
        if self.sources.is_empty()
            || fresh
            || self.read_us.compare_exchange(last, now_us, Ordering::AcqRel, Ordering::Acquire).is_err()
        {
            return;
        }
        match self.read() {
            Ok(found) if !found.is_empty() => self.replace(found),
            Ok(_) => tracing::warn!("the files of public keys are empty; the keys stay as they were"),
            Err(error) => tracing::warn!(%error, "public keys cannot be read; the keys stay as they were"),
        }
    }

    fn replace(&self, found: HashMap<String, DecodingKey>) {
        let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        // An id is the hash of its key: equal ids are equal keys.
        if known.keys.len() != found.len() || !found.keys().all(|kid| known.keys.contains_key(kid)) {
            // Keys without files are made, not read.
            if !self.sources.is_empty() {
                let kids: Vec<&String> = found.keys().collect();
                tracing::info!(?kids, "public keys were read");
            }
            *known = Arc::new(Known { keys: found, generation: known.generation + 1 });
        }
    }

    fn read(&self) -> Result<HashMap<String, DecodingKey>, KeyFault> {
        let mut found: Vec<VerifyingKey> = self.signer.iter().map(|s| s.key.verifying_key()).collect();
        for source in &self.sources {
            if source.is_dir() {
                for entry in fs::read_dir(source).map_err(at(source))? {
                    let path = entry.map_err(at(source))?.path();
                    // A folder may hold other things, such as a private key or a secret mount's links.
                    if path.extension().is_some_and(|e| e == "pem") {
                        found.extend(public_keys(&path)?);
                    }
                }
            } else {
                let keys = public_keys(source)?;
                if keys.is_empty() {
                    return Err(KeyFault::NotAKey(source.clone()));
                }
                found.extend(keys);
            }
        }
        Ok(found.iter().map(|key| (kid(key), DecodingKey::from_ed_der(key.as_bytes()))).collect())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<String> = self.current().keys.keys().cloned().collect();
        let signs = self.signer.as_ref().map(|s| &s.kid);
        f.debug_struct("Keys").field("issuer", &self.issuer).field("signs", &signs).field("knows", &kids).finish()
    }
}

/// Makes tokens.
#[derive(Clone)]
pub struct Signer {
    kid: String,
    issuer: String,
    key: SigningKey,
    encoding: EncodingKey,
}

/// What a token says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    producers: Vec<String>,
}

impl Signer {
    /// A token for a subject with roles, good from now on for a time (of whole seconds, rounded up).
    ///
    /// # Errors
    /// More roles than a token may hold.
    pub fn mint(&self, subject: &str, roles: &[Held], ttl: Duration, now_us: i64) -> Result<String, KeyFault> {
        self.mint_for(subject, roles, &[], ttl, now_us)
    }

    /// The same for the account of producers: its holders of `ROLE_PRODUCER` act for these.
    ///
    /// # Errors
    /// More roles or producers than a token may hold.
    pub fn mint_for(
        &self,
        subject: &str,
        roles: &[Held],
        producers: &[Uuid],
        ttl: Duration,
        now_us: i64,
    ) -> Result<String, KeyFault> {
        let now = now_us.div_euclid(1_000_000);
        let ttl = ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0));
        let claims = Claims {
            iss: &self.issuer,
            aud: AUDIENCE,
            sub: subject,
            exp: now.saturating_add_unsigned(ttl),
            nbf: now,
            iat: now,
            jti: hex::encode(rand::random::<[u8; 16]>()),
            roles: roles.iter().map(ToString::to_string).collect(),
            producers: producers.iter().map(|id| name::of(PRODUCERS, *id)).collect(),
        };
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let token = encode(&header, &claims, &self.encoding)?;
        if token.len() > LONGEST { Err(KeyFault::TooLong) } else { Ok(token) }
    }

    /// The id by which verifiers find the public key: 16 hex digits of its SHA-256.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A secret for another purpose of the installation (such as sealing page tokens), the same in every process that
    /// holds the signing key and telling nothing of it.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // HMAC takes keys of every length, so the error case cannot occur.
        let mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.chain_update(purpose.as_bytes()).finalize().into_bytes().into()
    }

    /// The public key in PEM, for services that only check.
    #[must_use]
    pub fn public_pem(&self) -> Option<String> {
        self.key.verifying_key().to_public_key_pem(LineEnding::LF).ok()
    }

    fn read(path: &Path) -> Result<Self, KeyFault> {
        let pem = fs::read_to_string(path).map_err(at(path))?;
        let key = SigningKey::from_pkcs8_pem(&pem).ok();
        key.and_then(Self::of).ok_or_else(|| KeyFault::NotAKey(path.to_owned()))
    }

    fn of(key: SigningKey) -> Option<Self> {
        let encoding = EncodingKey::from_ed_der(key.to_pkcs8_der().ok()?.as_bytes());
        Some(Self { kid: kid(&key.verifying_key()), issuer: ISSUER.to_owned(), key, encoding })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn new_key() -> SigningKey {
    SigningKey::from_bytes(&rand::random())
}

/// Without the public half: OpenSSL up to 3 does not read the newer form that has it.
fn private_pem(key: &SigningKey) -> Option<String> {
    let pair = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    Some(pair.to_pkcs8_pem(LineEnding::LF).ok()?.to_string())
}

fn kid(key: &VerifyingKey) -> String {
    hex::encode(Sha256::digest(key.as_bytes())).chars().take(16).collect()
}

/// The public keys in a file; weak ones, for which signatures can be made up, do not count.
fn public_keys(path: &Path) -> Result<Vec<VerifyingKey>, KeyFault> {
    const END: &str = "-----END PUBLIC KEY-----";
    let text = fs::read_to_string(path).map_err(at(path))?;
    let blocks = text
        .split_inclusive(END)
        .filter_map(|part| part.find("-----BEGIN PUBLIC KEY-----").map(|b| part.split_at(b).1));
    blocks
        .map(|pem| match VerifyingKey::from_public_key_pem(pem) {
            Ok(key) if !key.is_weak() => Ok(key),
            _ => Err(KeyFault::NotAKey(path.to_owned())),
        })
        .collect()
}

/// Creates a file whole or not at all; a file that another process made meanwhile stays.
fn create(path: &Path, content: &str, mode: u32) -> Result<(), KeyFault> {
    let draft = path.with_extension(format!("{}.tmp", hex::encode(rand::random::<[u8; 8]>())));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all()),
        }
    };
    let written = write();
    fs::remove_file(&draft)
        .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        .map_err(at(&draft))?;
    written.map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyFault {
    let path = path.to_owned();
    move |cause| KeyFault::File { path, cause }
}
