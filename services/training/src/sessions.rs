//! Sessions: when and where a course is held, and who attended.
//!
//! Attendance is a fact that anybody may state about anybody the registry knows: it does not ask whether the person is
//! on duty or was invited. Whether it counts is coverage's question, on the asked day.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
