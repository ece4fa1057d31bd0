//! Contacts of producers and persons, and the personal numbers of households. Personal data: in clear only to roles that
//! need it (`shared::reach`), masked to others.
//!
//! Deliberately absent: messages and reminders, and proof that a contact is right.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
