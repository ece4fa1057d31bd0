//! What several rooms need: texts of stored values, units and names in requests, keyset conditions, the registry as a peer.

pub mod domain;
pub mod peer;
pub mod store;
pub mod wire;
