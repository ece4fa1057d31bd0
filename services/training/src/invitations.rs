//! Invitations: who is asked to come to a session, and what they answered.
//!
//! One invitation per person and session; all changes of a session's invitations happen under the session's lock, as those
//! of its registrations do. Who accepts is registered by the room of registrations and by nobody else.
//!
//! The code by which a person answers is a stamp of this installation over the invitation's id: nothing of it is stored, and
//! it ends with the installation's key.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
