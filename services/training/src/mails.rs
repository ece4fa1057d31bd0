//! Messages to invited persons: an outbox in the database, and the task that empties it.
//!
//! A message is a row that names an invitation and what it is about. It is queued in the transaction of the act that asks for
//! it; the task takes it, reads name and address from the registry, makes the text and hands it to the mail server. Taking
//! it moves the moment at which it is due again, so a process that dies while it sends leaves a message that is sent again:
//! at least once, under a Message-ID that stays. Nobody but the task waits for a mail server.
//!
//! Deliberately absent: addresses and texts in the database, messages to anybody who is not invited.

pub mod api;
pub mod domain;
mod sender;
pub(crate) mod store;
mod task;
pub(crate) mod wire;

pub use sender::Sender;
pub(crate) use task::start;
