//! Registrations: who has a place in a session and who waits for one.
//!
//! Every change of a session's list happens under the session's lock: two callers never give the last place twice, and
//! whoever registered first waits first. A place that becomes free is given away in the same transaction.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
