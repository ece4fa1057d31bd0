//! Codes that are handed out and known again: nothing of them is stored.

use super::Kit;

impl Kit {
    /// A stamp over bytes for one purpose, by which this service knows again what it gave out (codes of invitations): the
    /// same in all its replicas, made with the key of page tokens, so it ends with that key.
    #[must_use]
    pub fn stamp(&self, purpose: &str, of: &[u8]) -> [u8; 16] {
        self.0.pages.stamp(purpose, of)
    }

    /// True where this service made the stamp.
    #[must_use]
    pub fn stamped(&self, purpose: &str, of: &[u8], stamp: &[u8; 16]) -> bool {
        self.0.pages.stamped(purpose, of, stamp)
    }
}
