//! Assignments: the People's Committee turns an approved estimate into money, and the ledger of its lines begins.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
