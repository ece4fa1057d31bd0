//! Attendance: who was there, half day by half day, what they reached in the test, and who has passed by it.
//!
//! Attendance is a fact that anybody may state about anybody the registry knows: it does not ask whether the person is
//! on duty or was invited, unless the session asks for registration. Whether it counts is coverage's question, on the
//! asked day. A record that is changed late carries the reason.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
