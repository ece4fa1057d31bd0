//! Pages of a list: keyset cursors in tokens that nobody but this installation can make.
//!
//! A token holds where the last page ended (the values of its last row in the list's order) under an HMAC over the
//! method, everything that selects and orders the rows, and the cursor. A changed, foreign or borrowed token is refused;
//! the page size is not bound, so a reader may change it between pages. The cursor can be read by its holder: it is
//! made of columns of a row that was just shown to the same caller.
//!
//! Deliberately absent: offsets and totals (both read every row), and expiry: a keyset cursor stays right for ever.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Rows on a page where the caller names no size.
const USUAL: i32 = 50;
/// Most rows on a page; a larger wish is cut down to it, as AIP-158 says.
const MOST: i32 = 1000;
/// Format of the tokens. Another format gets another number, so that old tokens are refused, never misread.
const VERSION: u8 = 1;
/// Bytes of the HMAC that a token carries.
const TAG: usize = 16;
/// Longest token that is looked at: a cursor is a handful of columns.
const LONGEST: usize = 8 * 1024;

/// The key that seals page tokens: the same in every replica of a service.
#[derive(Clone)]
pub struct PageKey(Hmac<Sha256>);

/// Why a page was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// The size is negative.
    #[error("the page size is negative")]
    NegativeSize,
    /// The token was not made by this installation for this method and selection.
    #[error("the page token does not belong to this list")]
    BadToken,
}

/// The page that a caller asks for.
#[derive(Clone)]
pub struct Page {
    /// Rows on it, 1 to 1000. Fetch one more: [`Page::cut`] learns from it whether there is a next page.
    pub size: u64,
    /// The order's values of the last row of the page before, as [`Page::cut`] was given them; none for the first page.
    pub after: Option<Vec<String>>,
    seal: Hmac<Sha256>,
}

impl PageKey {
    /// The key of an installation. Derived, so that the secret itself signs nothing but what it is for.
    #[must_use]
    pub fn derive(secret: &[u8]) -> Self {
        let mut mac = keyed(secret);
        mac.update(b"ocop page tokens");
        Self(keyed(&mac.finalize().into_bytes()))
    }

    /// A stamp over bytes for one purpose: made and known by this installation alone, and of no other use.
    #[must_use]
    pub fn stamp(&self, purpose: &str, of: &[u8]) -> [u8; TAG] {
        let made = self.stamping(purpose, of).finalize().into_bytes();
        std::array::from_fn(|at| made.get(at).copied().unwrap_or_default())
    }

    /// True where this installation made the stamp; compared in constant time.
    #[must_use]
    pub fn stamped(&self, purpose: &str, of: &[u8], stamp: &[u8; TAG]) -> bool {
        self.stamping(purpose, of).verify_truncated_left(stamp).is_ok()
    }

    fn stamping(&self, purpose: &str, of: &[u8]) -> Hmac<Sha256> {
        let mut of_purpose = self.0.clone();
        of_purpose.update(b"stamps: ");
        of_purpose.update(purpose.as_bytes());
        let mut mac = keyed(&of_purpose.finalize().into_bytes());
        mac.update(of);
        mac
    }

    /// A key that dies with the process: its tokens hold in no other replica. For tests and installations of one process.
    #[must_use]
    pub fn random() -> Self {
        Self::derive(&rand::random::<[u8; 32]>())
    }

    /// The page of a size after a token. `fingerprint` is everything that selects and orders the rows.
    ///
    /// # Errors
    /// A negative size; a token that was not made for this method and fingerprint with this key.
    pub fn open(&self, method: &str, size: i32, token: &str, fingerprint: &[&str]) -> Result<Page, PageFault> {
        let size = match size {
            ..0 => return Err(PageFault::NegativeSize),
            0 => USUAL,
            size => size.min(MOST),
        };
        let mut seal = self.0.clone();
        seal.update(&[VERSION]);
        // Each part goes in with its length, so that no two selections give the same bytes.
        for part in std::iter::once(&method).chain(fingerprint) {
            seal.update(&part.len().to_be_bytes());
            seal.update(part.as_bytes());
        }
        let after = if token.is_empty() { None } else { Some(unseal(&seal, token).ok_or(PageFault::BadToken)?) };
        Ok(Page { size: u64::from(size.unsigned_abs()), after, seal })
    }
}

impl Page {
    /// Takes the page out of `rows`, which were fetched with one more than [`Page::size`], and makes the next page's
    /// token from the order's values of the last row that stays; it is empty on the last page.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> (Vec<T>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows.last().map(|row| self.token(&key(row))).unwrap_or_default();
        (rows, token)
    }

    /// As [`Page::cut`] for a walk inside the service: the rows that stay, and the page behind them; none on the last page.
    #[must_use]
    pub fn turn<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> (Vec<T>, Option<Self>) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, None);
        }
        rows.truncate(size);
        let after = rows.last().map(key);
        (rows, Some(Self { size: self.size, after, seal: self.seal.clone() }))
    }

    fn token(&self, cursor: &[String]) -> String {
        let cursor = serde_json::Value::from(cursor).to_string();
        let mut seal = self.seal.clone();
        seal.update(cursor.as_bytes());
        let tag = seal.finalize().into_bytes();
        let mut token = vec![VERSION];
        token.extend(tag.iter().take(TAG));
        token.extend_from_slice(cursor.as_bytes());
        BASE64.encode(token)
    }
}

impl fmt::Debug for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageKey(…)")
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("size", &self.size).field("after", &self.after).finish_non_exhaustive()
    }
}

/// HMAC takes keys of every length, so the error case cannot occur.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()))
}

fn unseal(seal: &Hmac<Sha256>, token: &str) -> Option<Vec<String>> {
    if token.len() > LONGEST {
        return None;
    }
    let bytes = BASE64.decode(token).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (tag, cursor) = rest.split_at_checked(TAG)?;
    if *version != VERSION {
        return None;
    }
    seal.clone().chain_update(cursor).verify_truncated_left(tag).ok()?;
    serde_json::from_slice(cursor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str = "/ocop.registry.v1.ProducerService/ListProducers";

    fn key() -> PageKey {
        PageKey::derive(b"an installation")
    }

    #[test]
    fn a_stamp_is_known_again_for_its_purpose_and_its_key_alone() {
        let stamp = key().stamp("invitation", b"one");
        assert!(key().stamped("invitation", b"one", &stamp));
        assert!(!key().stamped("invitation", b"two", &stamp) && !key().stamped("pass", b"one", &stamp));
        assert!(!PageKey::derive(b"another").stamped("invitation", b"one", &stamp));
    }

    fn token(cursor: &[&str], fingerprint: &[&str]) -> String {
        let page = key().open(LIST, 1, "", fingerprint).unwrap();
        let cursor: Vec<String> = cursor.iter().map(ToString::to_string).collect();
        page.cut(vec![(), ()], |()| cursor.clone()).1
    }

    #[test]
    fn sizes_are_fifty_by_default_and_a_thousand_at_most() {
        let size = |size| key().open(LIST, size, "", &[]).map(|p| p.size);
        assert_eq!(size(0), Ok(50));
        assert_eq!(size(1), Ok(1));
        assert_eq!(size(1000), Ok(1000));
        assert_eq!(size(i32::MAX), Ok(1000));
        assert_eq!(size(-1), Err(PageFault::NegativeSize));
        assert_eq!(size(i32::MIN), Err(PageFault::NegativeSize));
    }

    #[test]
    fn a_token_holds_for_its_method_selection_and_installation_only() {
        let given = token(&["phở", "1"], &["units/54", "q"]);
        let open = |key: &PageKey, method: &str, fingerprint: &[&str]| {
            key.open(method, 10, &given, fingerprint).map(|p| p.after)
        };
        let there = Ok(Some(vec!["phở".to_owned(), "1".to_owned()]));
        assert_eq!(open(&key(), LIST, &["units/54", "q"]), there, "another size is welcome");
        assert_eq!(open(&PageKey::derive(b"an installation"), LIST, &["units/54", "q"]), there, "another replica");
        for (key, method, fingerprint) in [
            (key(), "/ocop.registry.v1.ProductService/ListProducts", ["units/54", "q"]),
            (key(), LIST, ["units/54", "r"]),
            (key(), LIST, ["units/5", "4q"]),
            (PageKey::derive(b"another"), LIST, ["units/54", "q"]),
            (PageKey::random(), LIST, ["units/54", "q"]),
        ] {
            assert_eq!(open(&key, method, &fingerprint), Err(PageFault::BadToken), "{method} {fingerprint:?}");
        }
        assert_eq!(open(&key(), LIST, &["units/54"]), Err(PageFault::BadToken));
        assert_eq!(open(&key(), LIST, &["units/54", "q", ""]), Err(PageFault::BadToken));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let long = "A".repeat(LONGEST + 1);
        for bad in ["x", "AAAA", "====", "không", " ", &BASE64.encode([VERSION; 1 + TAG]), &long] {
            assert_eq!(key().open(LIST, 1, bad, &[]).map(|p| p.after), Err(PageFault::BadToken), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_was(cursor in proptest::collection::vec(".*", 0..5)) {
            let page = key().open(LIST, 1, "", &["f"]).unwrap();
            let (_, token) = page.cut(vec![(), ()], |()| cursor.clone());
            prop_assume!(token.len() <= LONGEST);
            prop_assert_eq!(key().open(LIST, 7, &token, &["f"]).unwrap().after, Some(cursor));
        }

        #[test]
        fn any_flipped_bit_is_refused(at in 0usize..10_000, bit in 0u32..8) {
            let good = token(&["Tuy An", "018f"], &["f"]);
            let mut bytes = good.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            // A byte that is no character cannot even be sent in a string field.
            if let Ok(bad) = String::from_utf8(bytes) {
                prop_assert_eq!(key().open(LIST, 1, &bad, &["f"]).map(|p| p.after), Err(PageFault::BadToken));
            }
            let mut raw = BASE64.decode(&good).unwrap();
            let at = at % raw.len();
            raw[at] ^= 1 << bit;
            let bad = BASE64.encode(raw);
            prop_assert_eq!(key().open(LIST, 1, &bad, &["f"]).map(|p| p.after), Err(PageFault::BadToken));
        }

        #[test]
        fn a_walk_gives_every_row_once_in_order(rows in 0usize..200, sizes in proptest::collection::vec(1i32..20, 1..9)) {
            let mut seen: Vec<usize> = Vec::new();
            let mut token = String::new();
            for step in 0.. {
                prop_assert!(step <= rows, "the walk does not end");
                let page = key().open(LIST, sizes[step % sizes.len()], &token, &["f"]).unwrap();
                let after = page.after.as_ref().map(|a| a[0].parse::<usize>().unwrap());
                let fetch = usize::try_from(page.size).unwrap() + 1;
                let fetched: Vec<usize> = (0..rows).filter(|r| after.is_none_or(|a| *r > a)).take(fetch).collect();
                let (kept, next) = page.cut(fetched, |row| vec![row.to_string()]);
                prop_assert!(kept.len() <= usize::try_from(page.size).unwrap());
                seen.extend(kept);
                token = next;
                if token.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }
    }
}
