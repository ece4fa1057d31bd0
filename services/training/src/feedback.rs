//! Feedback: what participants say of a session, without anybody being able to tell who said what.
//!
//! A session has one row. Scores are added up in it, texts stand in it in the order of the alphabet: neither ids nor the
//! order of rows say when something was written. That a participant has answered is a mark in another table: a stamp over
//! session and person, which only this installation can make, and which names no answer. The journal tells that the session's
//! feedback changed. What is kept of a call for its repetition is a hash under the request id, for who sends one.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
