//! Papers: the printed certificate, the signed token in its code, the keys, and the public check.
//!
//! A token says what was issued; what stands now is computed at each check. Invariants: editions of a certificate are
//! numbered from 1 without a gap; a key is never forgotten, so that every paper stays checkable; no secret of a key stands in the
//! database in plain.

pub mod api;
pub mod domain;
pub mod seal;
pub mod store;
pub mod wire;
