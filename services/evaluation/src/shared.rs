//! What several rooms need: texts of stored values, units and names in requests, steps by tables, keyset conditions, the registry as a peer, bundles
//! as it has them.

pub mod bundles;
pub mod domain;
pub mod peer;
pub mod steps;
pub mod store;
pub mod wire;
