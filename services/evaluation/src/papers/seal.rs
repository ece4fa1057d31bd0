//! What seals the secrets of keys in the database: whoever reads its tables or a copy of them signs no certificate.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a new nonce for each secret and the key's id as associated data, so that no secret can stand
//! in another's place. The sealing key comes from a file (`auth.seal_key`). Where the service has a folder of data of its own (SQLite,
//! `ocop up`) the file is made in it at the first start: it then guards copies of the database, not the disk. A service that has
//! none (PostgreSQL) does not start without the setting. A lost or changed file takes no paper its validity, since papers are
//! checked by the public halves; it only wants a new key (RotateSigningKey) before the next paper.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use kit::{BoxError, Error, Result, Setup};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

/// What a sealed secret begins with; older ones are plain hex digits.
const FORM: &str = "s1:";
/// Fewest bytes of a sealing key's file.
const LEAST: usize = 32;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<LessSafeKey>);

impl Seal {
    /// By the settings.
    ///
    /// # Errors
    /// There is no key where there must be one, or its file cannot be read or is too short.
    pub fn of(setup: &Setup) -> std::result::Result<Self, BoxError> {
        let (path, own) = match (&setup.config.auth.seal_key, &setup.folder) {
            (Some(path), _) => (path.clone(), false),
            (None, Some(folder)) => (folder.join("seal.key"), true),
            (None, None) => {
                return Err("auth.seal_key is not set: the keys that sign certificates are sealed by it".into());
            }
        };
        let bytes = read(&path, own).map_err(|error| format!("auth.seal_key: {}: {error}", path.display()))?;
        if bytes.len() < LEAST {
            return Err(format!("auth.seal_key: {} holds fewer than {LEAST} bytes", path.display()).into());
        }
        Self::new(&bytes).map_err(|error| format!("auth.seal_key: {error:?}").into())
    }

    /// By the bytes of a key.
    ///
    /// # Errors
    /// INTERNAL, which does not happen.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let key = Sha256::digest([b"ocop: keys that sign certificates".as_slice(), bytes].concat());
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| Error::internal("no key of this size"))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Seals the secret of a key.
    ///
    /// # Errors
    /// INTERNAL, which does not happen.
    pub fn close(&self, kid: &str, secret: &[u8; 32]) -> Result<String> {
        let random = paper::token::seed();
        let mut nonce = [0; NONCE_LEN];
        nonce.iter_mut().zip(random).for_each(|(to, from)| *to = from);
        let mut sealed = secret.to_vec();
        let about = Aad::from(kid.as_bytes());
        let done = self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), about, &mut sealed);
        done.map_err(|_| Error::internal("a secret cannot be sealed"))?;
        Ok(format!("{FORM}{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// Opens the secret of a key.
    ///
    /// # Errors
    /// INTERNAL where it was sealed by another key, for another id, or was changed.
    pub fn open(&self, kid: &str, sealed: &str) -> Result<[u8; 32]> {
        let other = || Error::internal(format!("{kid} does not open by auth.seal_key: rotate the signing key"));
        let bytes = sealed.strip_prefix(FORM).and_then(|text| hex::decode(text).ok()).ok_or_else(other)?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).ok_or_else(other)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| other())?;
        let mut rest = rest.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut rest).map_err(|_| other())?;
        <[u8; 32]>::try_from(&*opened).map_err(|_| other())
    }
}

/// The secret of a key as releases kept it that did not seal; none for a sealed one.
#[must_use]
pub fn plain(stored: &str) -> Option<[u8; 32]> {
    hex::decode(stored).ok().and_then(|bytes| bytes.try_into().ok())
}

/// The bytes of the file; where `make` is set, one that is missing is made. Two processes that start together agree on one.
fn read(path: &Path, make: bool) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if make && error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Written whole under another name first: nobody reads half of it.
    let next = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(&paper::token::seed())?;
    file.sync_all()?;
    match fs::hard_link(&next, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => fs::remove_file(&next)?,
    }
    fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_by_its_key_and_id_alone_and_is_another_each_time() {
        let (seal, other) = (Seal::new(&[1; 32]).unwrap(), Seal::new(&[2; 32]).unwrap());
        let secret = [7; 32];
        let sealed = seal.close("k1", &secret).unwrap();
        assert_ne!(sealed, seal.close("k1", &secret).unwrap());
        assert!(!sealed.contains(&hex::encode(secret)));
        assert_eq!(seal.open("k1", &sealed).unwrap(), secret);
        assert!(seal.open("k2", &sealed).is_err() && other.open("k1", &sealed).is_err());
        let changed = if sealed.ends_with('0') { "1" } else { "0" };
        let damaged = format!("{}{changed}", &sealed[..sealed.len() - 1]);
        for text in ["", "s1:", "s1:zz", damaged.as_str(), hex::encode(secret).as_str()] {
            assert!(seal.open("k1", text).is_err(), "{text}");
        }
        assert_eq!((plain(&hex::encode(secret)), plain(&sealed), plain("")), (Some(secret), None, None));
    }

    #[test]
    fn a_missing_file_is_made_once_where_it_may_be_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys").join("seal.key");
        assert_eq!(read(&path, false).unwrap_err().kind(), io::ErrorKind::NotFound);
        let first = read(&path, true).unwrap();
        assert_eq!((first.len(), read(&path, true).unwrap(), read(&path, false).unwrap()), (32, first.clone(), first));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
